package org.vmcore.gdbstub.linux.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;

class MountShapeTest {
  /** What the kernel's own types tell. */
  @ParameterizedTest
  @ValueSource(strings = {"x86_64/kdump-btf-null-deref/vmcore.d31.zlib"})
  void findsWhatTheTypesTell(String dump) throws Exception {
    try (CrashedMachine machine = RealDumps.open(dump)) {
      LinuxKernel linux = machine.linux();
      TypedMemory types = linux.types().orElseThrow();

      Optional<List<Mounts.Mounted>> found = MountShape.find(linux.memory(), linux::address);

      assertThat(found.orElseThrow())
          .hasSizeGreaterThan(2)
          .isEqualTo(Mounts.of(types, types.variable("init_task", "struct task_struct")).all());
    }
  }

  private static final long BASE = 0xffff880006000000L;
  private static final long PROXY = BASE;
  private static final long NAMES = BASE + 0x80;
  private static final long SYSTEMS = BASE + 0x88;
  private static final long ROOTFS = BASE + 0x100;
  private static final long PROC = BASE + 0x180;
  private static final long NAMESPACE = BASE + 0x200;
  private static final long FIRST_MOUNT = BASE + 0x400;
  private static final long SECOND_MOUNT = BASE + 0x600;
  private static final long FIRST_BLOCK = BASE + 0x800;
  private static final long SECOND_BLOCK = BASE + 0xa00;
  private static final long FIRST_ROOT = BASE + 0xc00;
  private static final long SECOND_ROOT = BASE + 0xd00;
  private static final long DIRECTORY = BASE + 0xe00;
  private static final long TEXTS = BASE + 0xf00;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x1000, 8);

  private void mount(long mount, long parent, long mountpoint, long root, long block, long device) {
    memory
        .word(mount + 16, parent)
        .word(mount + 24, mountpoint)
        .word(mount + 32, root)
        .word(mount + 40, block)
        .word(mount + 88, device);
  }

  private void dentry(long dentry, long parent, long name) {
    memory.word(dentry + 40, parent).word(dentry + 56, name);
  }

  /** With the members where Linux 2.6.32 had them; the kind of a file system is 48 bytes in. */
  @Test
  void linux2632() {
    memory
        .word(PROXY + 8, NAMES)
        .word(PROXY + 24, NAMESPACE)
        .word(SYSTEMS, ROOTFS)
        .word(ROOTFS, TEXTS)
        .word(ROOTFS + 40, PROC)
        .word(PROC, TEXTS + 16)
        .text(TEXTS, "rootfs")
        .text(TEXTS + 16, "proc")
        .text(TEXTS + 32, "/")
        .text(TEXTS + 48, "none")
        .word(NAMESPACE + 16, FIRST_MOUNT + 96)
        .word(NAMESPACE + 24, SECOND_MOUNT + 96)
        .word(FIRST_MOUNT + 96, SECOND_MOUNT + 96)
        .word(FIRST_MOUNT + 104, NAMESPACE + 16)
        .word(SECOND_MOUNT + 96, NAMESPACE + 16)
        .word(SECOND_MOUNT + 104, FIRST_MOUNT + 96)
        .word(FIRST_BLOCK + 48, ROOTFS)
        .word(SECOND_BLOCK + 48, PROC);
    mount(FIRST_MOUNT, FIRST_MOUNT, FIRST_ROOT, FIRST_ROOT, FIRST_BLOCK, TEXTS);
    mount(SECOND_MOUNT, FIRST_MOUNT, DIRECTORY, SECOND_ROOT, SECOND_BLOCK, TEXTS + 48);
    dentry(FIRST_ROOT, FIRST_ROOT, TEXTS + 32);
    dentry(SECOND_ROOT, SECOND_ROOT, TEXTS + 32);
    dentry(DIRECTORY, FIRST_ROOT, TEXTS + 16);

    assertThat(find().orElseThrow())
        .containsExactly(
            new Mounts.Mounted(FIRST_MOUNT, FIRST_BLOCK, "rootfs", "rootfs", "/"),
            new Mounts.Mounted(SECOND_MOUNT, SECOND_BLOCK, "proc", "none", "/proc"));
  }

  @Test
  void memoryWithoutMountsHasNone() {
    assertThat(find()).isEmpty();
    memory.word(PROXY + 8, NAMES).word(PROXY + 24, NAMESPACE).word(SYSTEMS, ROOTFS);
    assertThat(find()).isEmpty();
  }

  private Optional<List<Mounts.Mounted>> find() {
    LinuxKernel kernel = kernel();
    return MountShape.find(kernel.memory(), kernel::address);
  }

  private LinuxKernel kernel() {
    return LinuxKernel.open(
        memory.memory(),
        Optional.empty(),
        List.of(
            names -> Map.of("init_nsproxy", PROXY, "init_uts_ns", NAMES, "file_systems", SYSTEMS)),
        needed -> Optional.empty());
  }
}
