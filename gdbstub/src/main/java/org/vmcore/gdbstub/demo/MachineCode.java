package org.vmcore.gdbstub.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * One function of x86-64 machine code, written down instruction by instruction: the bytes, and
 * beside them what a disassembler says of them.
 *
 * <p>Among the bytes, <code>{name}</code> stands for the 32-bit distance from the end of the
 * instruction to a symbol, and <code>{=name+8}</code> for the 32-bit absolute address of the
 * zero-based per-CPU variable {@code name}, plus 8.
 */
final class MachineCode {
  private final String name;
  private final boolean global;
  private final List<String> listing = new ArrayList<>();
  private final List<Reference> references = new ArrayList<>();
  private final Map<String, Integer> returnOffsets = new LinkedHashMap<>();
  private byte[] bytes = new byte[0];
  private int frameSize = -1;
  private int leaveEnd = -1;
  private int stop = -1;

  private MachineCode(String name, boolean global) {
    this.name = name;
    this.global = global;
  }

  static MachineCode global(String name) {
    return new MachineCode(name, true);
  }

  /** A function that C would call static. */
  static MachineCode local(String name) {
    return new MachineCode(name, false);
  }

  /** Adds one instruction; {@code assembly} is how objdump prints it, addresses as names. */
  MachineCode op(String code, String assembly) {
    String[] tokens = code.split(" ", -1);
    int start = bytes.length;
    int length = 0;
    for (String token : tokens) {
      length += token.startsWith("{") ? Integer.BYTES : 1;
    }
    bytes = Arrays.copyOf(bytes, start + length);
    int at = start;
    for (String token : tokens) {
      if (token.startsWith("{")) {
        references.add(Reference.parse(at, bytes.length, token.substring(1, token.length() - 1)));
        at += Integer.BYTES;
      } else {
        bytes[at++] = (byte) HexFormat.fromHexDigits(token);
      }
    }
    listing.add(assembly);
    return this;
  }

  /** The standard prologue, by which debuggers find the caller without any debug information. */
  MachineCode enter(int localBytes) {
    frameSize = localBytes;
    op("55", "push %rbp");
    op("48 89 e5", "mov %rsp,%rbp");
    if (localBytes > 0) {
      op(
          "48 83 ec " + HexFormat.of().toHexDigits((byte) localBytes),
          "sub $%#x,%%rsp".formatted(localBytes));
    }
    return this;
  }

  /** The epilogue that undoes {@link #enter}. */
  MachineCode leave() {
    op("c9", "leave");
    leaveEnd = bytes.length;
    return op("c3", "ret");
  }

  MachineCode call(String callee) {
    return op("e8 {" + callee + "}", "call " + callee).returnsFrom(callee);
  }

  /** Says that the instruction before is a call that went to {@code callee}. */
  MachineCode returnsFrom(String callee) {
    returnOffsets.put(callee, bytes.length);
    return this;
  }

  /** Says that a CPU stopped before the instruction that follows. */
  MachineCode stopsHere() {
    stop = bytes.length;
    return this;
  }

  String name() {
    return name;
  }

  boolean isGlobal() {
    return global;
  }

  int length() {
    return bytes.length;
  }

  /** The instructions as a disassembler prints them. */
  List<String> listing() {
    return List.copyOf(listing);
  }

  /** Whether the function keeps its frame in rbp. */
  boolean hasFrame() {
    return frameSize >= 0;
  }

  /** Bytes below the saved rbp that the prologue sets aside. */
  int frameSize() {
    return frameSize;
  }

  /** Where the frame is gone again, or -1 in a function that does not return. */
  int leaveEnd() {
    return leaveEnd;
  }

  /** Where {@code callee} returns to, from the start of this function. */
  int returnOffset(String callee) {
    Integer offset = returnOffsets.get(callee);
    if (offset == null) {
      throw new IllegalArgumentException(name + " does not call " + callee);
    }
    return offset;
  }

  /** Where the CPU stopped, from the start of this function. */
  int stopOffset() {
    if (stop < 0) {
      throw new IllegalStateException("no CPU stops in " + name);
    }
    return stop;
  }

  /** The bytes, for a function at {@code address}. */
  byte[] link(long address, ToLongFunction<String> symbols) {
    ByteBuffer linked = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (Reference reference : references) {
      long target = symbols.applyAsLong(reference.symbol) + reference.addend;
      long value = reference.relative ? target - (address + reference.end) : target;
      linked.putInt(reference.offset, Math.toIntExact(value));
    }
    return linked.array();
  }

  private record Reference(int offset, int end, boolean relative, String symbol, int addend) {
    static Reference parse(int offset, int end, String text) {
      boolean relative = !text.startsWith("=");
      String sum = relative ? text : text.substring(1);
      int plus = sum.indexOf('+');
      return plus < 0
          ? new Reference(offset, end, relative, sum, 0)
          : new Reference(
              offset,
              end,
              relative,
              sum.substring(0, plus),
              Integer.parseInt(sum.substring(plus + 1)));
    }
  }
}
