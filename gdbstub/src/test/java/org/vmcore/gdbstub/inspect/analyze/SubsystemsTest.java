package org.vmcore.gdbstub.inspect.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names as the list of maintainers has them, of paths as reports and tables of BUG() name them. */
class SubsystemsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mm/slub.c:435|SLAB ALLOCATOR",
        "mm/mmap.c|MEMORY MANAGEMENT",
        "fs/ext4/inode.c:2750|EXT4 FILE SYSTEM",
        "fs/inode.c:611|FILESYSTEMS (VFS and infrastructure)",
        "/build/linux-6.1.90/drivers/net/ethernet/intel/e1000/e1000_main.c:1|INTEL ETHERNET DRIVERS",
        "../drivers/net/tun.c:10|NETWORKING DRIVERS",
        "drivers/md/dm-thin.c:3|DEVICE-MAPPER  (LVM)",
        "arch/x86/kvm/mmu/mmu.c:1|KERNEL VIRTUAL MACHINE FOR X86 (KVM/x86)"
      })
  void theLongestPathThatFitsTells(String source, String name) {
    assertThat(Subsystems.of(source)).contains(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/root/module/lab_causes.c:298", "init/main.c:5", "mm", "", "kernel/", "xmm/a.c"})
  void ofOthersNothingIsSaid(String source) {
    assertThat(Subsystems.of(source)).isEmpty();
  }
}
