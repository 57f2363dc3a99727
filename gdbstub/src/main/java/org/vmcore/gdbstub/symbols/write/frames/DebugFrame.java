package org.vmcore.gdbstub.symbols.write.frames;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes a {@code .debug_frame} section (DWARF 4 standard, 6.4.1): entries in the 32-bit format,
 * version 3. Code is counted in bytes, saved registers in units of -4.
 *
 * <pre>
 * CIE  length u32, 0xffffffff, version, augmentation, 1, -4, return-address register, [0], rules
 * FDE  length u32, offset of its CIE u32, start, length, [0], rules
 * </pre>
 *
 * What is in brackets is the length of the augmentation data, with augmentations that start with
 * 'z'; gdb ends itself over an FDE that lacks it.
 */
final class DebugFrame {
  /**
   * The frame was interrupted rather than called from: its caller's address is exact, and its stack
   * may be another (GCC's 'S', as in {@code .eh_frame}).
   */
  static final String SIGNAL = "zS";

  static final String PLAIN = "";

  private static final int CIE_ID = 0xffffffff;
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 8;

  private final ByteOrder byteOrder;
  private final int addressBytes;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /**
   * @param addressBytes 4 or 8
   */
  DebugFrame(ByteOrder byteOrder, int addressBytes) {
    this.byteOrder = byteOrder;
    this.addressBytes = addressBytes;
  }

  /**
   * A common information entry, for FDEs to refer to.
   *
   * @param offset where it is in the section
   */
  record Cie(int offset, boolean augmented) {}

  Cie cie(String augmentation, int returnRegister, CfaRules initial) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(VERSION);
    body.writeBytes(augmentation.getBytes(StandardCharsets.ISO_8859_1));
    body.write(0);
    body.write(1);
    CfaRules.sleb(body, -CfaRules.DATA_ALIGNMENT);
    CfaRules.uleb(body, returnRegister);
    boolean augmented = augmentation.startsWith("z");
    if (augmented) {
      body.write(0);
    }
    body.writeBytes(initial.bytes());
    Cie cie = new Cie(out.size(), augmented);
    append(CIE_ID, body.toByteArray());
    return cie;
  }

  /**
   * What is true of the instructions from {@code start} on.
   *
   * @param length bytes of code, at least 1
   */
  void fde(Cie cie, long start, long length, CfaRules rules) {
    byte[] instructions = rules.bytes();
    ByteBuffer body =
        ByteBuffer.allocate(2 * Long.BYTES + 1 + instructions.length).order(byteOrder);
    address(body, start);
    address(body, length);
    if (cie.augmented()) {
      body.put((byte) 0);
    }
    body.put(instructions);
    byte[] bytes = new byte[body.position()];
    body.get(0, bytes);
    append(cie.offset(), bytes);
  }

  private void address(ByteBuffer body, long value) {
    if (addressBytes == Long.BYTES) {
      body.putLong(value);
    } else {
      body.putInt((int) value);
    }
  }

  /** Padded with DW_CFA_nop, which is 0. */
  private void append(int cie, byte[] body) {
    int size = (2 * Integer.BYTES + body.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer entry = ByteBuffer.allocate(size).order(byteOrder);
    out.writeBytes(entry.putInt(size - Integer.BYTES).putInt(cie).put(body).array());
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
