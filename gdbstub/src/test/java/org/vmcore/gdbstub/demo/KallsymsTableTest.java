package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.demo.KallsymsTable.Entry;

class KallsymsTableTest {

  @Test
  void encodesOffsetsAsTheKernelReadsThem() {
    // kernel/kallsyms.c, kallsyms_sym_address(): positive is absolute, else base - 1 - offset.
    KallsymsTable table =
        new KallsymsTable(
            List.of(
                new Entry("cpu_number", 'A', 0x48),
                new Entry("_text", 'T', 0xffffffff81000000L),
                new Entry("jiffies", 'D', 0xffffffff81406000L)));
    ByteBuffer offsets =
        ByteBuffer.wrap(table.offsets(0xffffffff81000000L)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(offsets.getInt()).isEqualTo(0x48);
    assertThat(offsets.getInt()).isEqualTo(-1);
    assertThat(offsets.getInt()).isEqualTo(-1 - 0x406000);
  }

  @Test
  void compressesRepeatedPairs() {
    KallsymsTable table =
        new KallsymsTable(List.of(new Entry("abab", 'T', 0), new Entry("ab", 't', 1)));
    // Token 0 is ab, token 1 is Tab or abab or the like; letters stand for themselves.
    assertThat(table.names().length).isLessThan(2 + "Tabab".length() + "tab".length());
    byte[] tokens = table.tokenTable();
    assertThat(new String(tokens, 0, 3, ISO_8859_1)).isEqualTo("ab\0");
    ByteBuffer index = ByteBuffer.wrap(table.tokenIndex()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(tokens[index.getShort('a' * 2)]).isEqualTo((byte) 'a');
    assertThat(index.getShort(0)).isZero();
    assertThat(index.getShort(2)).isEqualTo((short) 3);
  }

  @Test
  void namesEverySymbolInTheDumpItself() {
    DemoMachine machine = DemoMachine.builder().build();
    DemoTruth truth = machine.truth();
    Map<String, Long> expected = new LinkedHashMap<>(truth.symbols());
    expected.keySet().removeIf(name -> name.startsWith("kallsyms_"));
    assertThat(decode(machine)).isEqualTo(expected);
  }

  /** What kernel/kallsyms.c does in kallsyms_expand_symbol(), over the dump's memory. */
  private static Map<String, Long> decode(DemoMachine machine) {
    DemoTruth truth = machine.truth();
    Vmcoreinfo info = machine.dump().vmcoreinfo().orElseThrow();
    ReferenceWalk kernel =
        new ReferenceWalk(machine.dump().memory(), truth.kernelRoot(), truth.levels(), 0);
    long base = kernel.load(info.symbol("kallsyms_relative_base").orElseThrow());
    int count = (int) kernel.load(info.symbol("kallsyms_num_syms").orElseThrow());
    long offsets = info.symbol("kallsyms_offsets").orElseThrow();
    long name = info.symbol("kallsyms_names").orElseThrow();
    long tokens = info.symbol("kallsyms_token_table").orElseThrow();
    long index = info.symbol("kallsyms_token_index").orElseThrow();
    Map<String, Long> symbols = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      int length = kernel.load(name, 1)[0];
      StringBuilder text = new StringBuilder();
      for (byte token : kernel.load(name + 1, length)) {
        byte[] at = kernel.load(index + (token & 0xff) * 2L, 2);
        long letter = tokens + ByteBuffer.wrap(at).order(ByteOrder.LITTLE_ENDIAN).getShort();
        for (; kernel.load(letter, 1)[0] != 0; letter++) {
          text.append((char) kernel.load(letter, 1)[0]);
        }
      }
      name += 1 + length;
      int offset = (int) kernel.load(offsets + i * 4L);
      symbols.put(text.substring(1), offset >= 0 ? offset : base - 1 - offset);
    }
    return symbols;
  }
}
