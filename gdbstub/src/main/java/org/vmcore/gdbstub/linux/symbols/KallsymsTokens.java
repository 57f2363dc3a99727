package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** What each byte of a compressed name in kallsyms stands for: kallsyms_token_table. */
final class KallsymsTokens {
  static final int COUNT = 256;

  /** KSYM_NAME_LEN is 512 since 6.1, and no token is longer. */
  static final int MAX_LENGTH = 512;

  private final byte[][] texts;

  private KallsymsTokens(byte[][] texts) {
    this.texts = texts;
  }

  /**
   * As VMCOREINFO tells its place. Without a table, as some vendors' kernels are built, each byte
   * stands for itself.
   */
  static Optional<KallsymsTokens> of(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    OptionalLong table = vmcoreinfo.symbol("kallsyms_token_table");
    OptionalLong index = vmcoreinfo.symbol("kallsyms_token_index");
    if (table.isEmpty() || index.isEmpty()) {
      byte[][] identity = new byte[COUNT][];
      for (int i = 0; i < COUNT; i++) {
        identity[i] = new byte[] {(byte) i};
      }
      return Optional.of(new KallsymsTokens(identity));
    }
    return memory
        .bytes(index.getAsLong(), COUNT * Short.BYTES)
        .flatMap(
            starts -> {
              int last = start(starts, COUNT - 1);
              return parse(memory.upTo(table.getAsLong(), last + MAX_LENGTH), starts);
            });
  }

  /** Where a token starts in the table, as kallsyms_token_index, u16[256], has it. */
  static int start(ByteBuffer index, int token) {
    return index.getShort(token * Short.BYTES) & 0xffff;
  }

  /**
   * @param table kallsyms_token_table: NUL-terminated texts
   * @param index kallsyms_token_index
   * @return empty when a token does not end in the table
   */
  static Optional<KallsymsTokens> parse(byte[] table, ByteBuffer index) {
    byte[][] texts = new byte[COUNT][];
    for (int i = 0; i < COUNT; i++) {
      int from = start(index, i);
      int end = from;
      while (end < table.length && table[end] != 0 && end - from <= MAX_LENGTH) {
        end++;
      }
      if (end >= table.length || table[end] != 0) {
        return Optional.empty();
      }
      texts[i] = Arrays.copyOfRange(table, from, end);
    }
    return Optional.of(new KallsymsTokens(texts));
  }

  /** The text of a token, not to be written to. */
  byte[] text(byte token) {
    return texts[token & 0xff];
  }
}
