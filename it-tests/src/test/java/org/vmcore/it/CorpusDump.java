package org.vmcore.it;

import java.nio.file.Path;
import java.util.Optional;

/** The x86-64 dumps of the corpus. */
enum CorpusDump {
  RAW_ELF("kdump-null-deref", "vmcore.raw", "kernel"),
  ZLIB("kdump-btf-null-deref", "vmcore.d31.zlib", "kernel-btf"),
  FIVE_LEVELS_SNAPPY("kdump-5level-sysrq", "vmcore.d31.snappy", "kernel"),
  FIVE_LEVELS_ZSTD("kdump-5level-sysrq", "vmcore.d31.zstd", "kernel"),
  NO_KASLR_LZO("kdump-nokaslr-sysrq", "vmcore.d31.lzo", "kernel"),
  DISK_FULL("kdump-disk-full", "vmcore.enospc", "kernel"),
  QEMU_ELF("qemu-null-deref", "qemu.elf", "kernel");

  private final String directory;
  private final String name;
  private final String kernel;

  CorpusDump(String directory, String name, String kernel) {
    this.directory = "x86_64/" + directory + "/";
    this.name = name;
    this.kernel = "x86_64/" + kernel + "/";
  }

  Path file() {
    return Corpus.file(directory + name);
  }

  Truth truth() {
    Truth truth = Truth.read(Corpus.file(directory + name + ".truth.tsv"));
    if (this != DISK_FULL) {
      return truth;
    }
    // The file calls one page absent that is whole: it holds what the guest printed of it
    // (gt-from-guest.txt).
    return truth.withBytes("kmalloc256", "0000000000eeffc0");
  }

  /** The kernel that ran, with its symbols. */
  Path vmlinux() {
    return Corpus.file(kernel + "vmlinux");
  }

  /** The directory of the modules that ran. */
  Path modules() {
    return Corpus.archive(kernel + "modules.tar.xz").resolve("modules");
  }

  /** Another file beside the dump, if there is one. */
  Optional<String> find(String other) {
    return Corpus.find(directory + other);
  }

  /** Another file beside the dump. */
  String text(String other) {
    return Corpus.text(directory + other);
  }
}
