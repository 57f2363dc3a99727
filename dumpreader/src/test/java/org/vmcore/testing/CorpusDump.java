package org.vmcore.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmcore.testing.Truth.Place;

/** The x86-64 dumps of the corpus. */
public enum CorpusDump implements RealDump {
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

  @Override
  public Path file() {
    return Corpus.file(directory + name);
  }

  @Override
  public Truth truth() {
    Truth truth = Truth.read(Corpus.file(directory + name + ".truth.tsv"));
    if (this != DISK_FULL) {
      return truth;
    }
    // The file calls one page absent that is whole: it holds what the guest printed of it
    // (gt-from-guest.txt).
    return truth.withBytes("kmalloc256", "0000000000eeffc0");
  }

  /** The guest's module put {@code 0xc0ffee0000000000 + offset} into each word of it. */
  @Override
  public Place buffer() {
    Place start =
        truth().memory().stream()
            .filter(place -> place.label().equals("kmalloc64k"))
            .findFirst()
            .orElseThrow();
    StringBuilder bytes = new StringBuilder();
    for (long offset = 0; offset < 64 << 10; offset += Long.BYTES) {
      bytes.append("%016x".formatted(Long.reverseBytes(0xc0ffee0000000000L + offset)));
    }
    return new Place("buffer", 0, start.virtual(), start.physical(), bytes.toString());
  }

  @Override
  public int crashedCpu() {
    return switch (this) {
      case RAW_ELF, DISK_FULL, QEMU_ELF -> 0;
      case ZLIB, FIVE_LEVELS_SNAPPY, FIVE_LEVELS_ZSTD, NO_KASLR_LZO -> 1;
    };
  }

  @Override
  public String lastWords() {
    return text("oops.txt");
  }

  @Override
  public List<String> kallsyms() {
    return text("kallsyms.txt").lines().toList();
  }

  @Override
  public List<String> moduleList() {
    return text("modules.txt").lines().toList();
  }

  @Override
  public String release() {
    return this == ZLIB ? "6.1.192-vmcorebtf" : "6.1.192-vmcoretest";
  }

  /** The kernel that ran, with its symbols. */
  public Path vmlinux() {
    return Corpus.file(kernel + "vmlinux");
  }

  /** The directory of the modules that ran. */
  public Path modules() {
    return Corpus.archive(kernel + "modules.tar.xz").resolve("modules");
  }

  /** Another file beside the dump, if there is one. */
  public Optional<String> find(String other) {
    return Corpus.find(directory + other);
  }

  /** Another file beside the dump. */
  public String text(String other) {
    return Corpus.text(directory + other);
  }
}
