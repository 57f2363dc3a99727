package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.LinuxKernel;

class SystemMapTest {
  private static final long SLIDE = 0x3a00_0000;

  @TempDir private Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("System.map"), text);
  }

  private Path kernel() throws IOException {
    return file(
        """
        0000000000000000 D __per_cpu_start
        0000000000014000 D current_task
        ffffffff81000000 T _text
        ffffffff81000000 T _stext
        ffffffff81800000 D init_task
        ffffffff81801000 d irq_desc_tree.llvm.123
        ffffffff82000000 B _end
        """);
  }

  @Test
  void namesAreMovedWithTheImageAndPerCpuOffsetsAreNot() throws IOException {
    SystemMap map = SystemMap.read(kernel());
    NameList moved = map.moved(SLIDE);

    assertThat(map.linkAddress("init_task")).hasValue(0xffffffff81800000L);
    assertThat(moved.find(Set.of("init_task", "current_task", "irq_desc_tree", "no")))
        .hasSize(3)
        .containsEntry("init_task", 0xffffffffbb800000L)
        .containsEntry("irq_desc_tree", 0xffffffffbb801000L)
        .containsEntry("current_task", 0x14000L);
    assertThat(moved.at(0xffffffffbb800010L))
        .hasValueSatisfying(at -> assertThat(at.text()).isEqualTo("init_task+16"));
    assertThat(moved.at(0xffffffffbb000000L).orElseThrow().symbol().name()).isEqualTo("_text");
    assertThat(moved.at(0xffffffffbc000001L)).isEmpty();
    assertThat(moved.at(0x14010L)).isEmpty();
  }

  /** As on a kernel without CONFIG_KALLSYMS, or one whose table has code alone. */
  @Test
  void aKernelIsAskedByTheNamesOfTheFile() throws IOException {
    LinuxKernel kernel =
        LinuxKernel.open(
            LinearKernel.memory(0, ByteOrder.LITTLE_ENDIAN, 8, new byte[16]),
            Optional.empty(),
            List.of(SystemMap.read(kernel()).moved(0)),
            needed -> Optional.empty());

    assertThat(kernel.address("init_task")).hasValue(0xffffffff81800000L);
    assertThat(kernel.symbolNames().named("init_task"))
        .extracting(SymbolNames.Named::type)
        .containsExactly('D');
    assertThat(kernel.symbolNames().matching(name -> name.startsWith("irq_"), 9))
        .extracting(SymbolNames.Named::name)
        .containsExactly("irq_desc_tree");
  }

  /** Until 2.6.33; {@code percpu runqueues} finds it all the same. */
  @Test
  void perCpuVariablesHadAPrefix() throws IOException {
    LinuxKernel kernel =
        LinuxKernel.open(
            LinearKernel.memory(0, ByteOrder.LITTLE_ENDIAN, 8, new byte[16]),
            Optional.empty(),
            List.of(SystemMap.read(file("000000000000b000 D per_cpu__runqueues\n")).moved(0)),
            needed -> Optional.empty());

    assertThat(kernel.address("runqueues")).hasValue(0xb000L);
    assertThat(kernel.symbolNames().named("runqueues"))
        .extracting(SymbolNames.Named::name)
        .containsExactly("per_cpu__runqueues");
  }

  @Test
  void whatIsNoSystemMapIsSaidToBeNone() throws IOException {
    Path elf = file("ffffffff81000000 T _text\n\u007fELF\n");

    assertThatThrownBy(() -> SystemMap.read(elf))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2 is not an address, a letter and a name")
        .hasMessageContaining("give the kernel's System.map");
    assertThatThrownBy(() -> SystemMap.read(file(""))).hasMessageContaining("is empty");
  }
}
