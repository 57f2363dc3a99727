package org.vmcore.it;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.Truth;

/** The dumps of the corpus of other machines than x86-64. */
enum ForeignDump {
  ARM_KDUMP("arm/kdump", "vmcore.md-zlib-d31"),
  ARM_QEMU("arm/qemu", "vmcore.elf"),
  ARM_LPAE_QEMU("arm-lpae/qemu", "vmcore.elf"),
  ARM64_KDUMP("arm64/kdump", "vmcore.md-zlib-d31"),
  ARM64_QEMU("arm64/qemu", "vmcore.elf"),
  ARM64_64K_QEMU("arm64-64k/qemu-lva", "vmcore.elf"),
  I386_QEMU("i386/qemu", "vmcore.elf"),
  I386_PAE_KDUMP("i386-pae/kdump", "vmcore.md-lzo-d31"),
  I386_PAE_QEMU("i386-pae/qemu", "vmcore.elf"),
  PPC64LE_RADIX_KDUMP("ppc64le/kdump-radix", "vmcore.md-zlib-d31"),
  PPC64LE_HASH_QEMU("ppc64le/qemu-hash", "vmcore.elf"),
  RISCV64_SV57_KDUMP("riscv64/kdump-sv57", "vmcore"),
  RISCV64_SV39_QEMU("riscv64-sv39/qemu", "vmcore.elf"),
  S390X_KDUMP("s390x/kdump", "vmcore.md-zlib-d31"),
  S390X_QEMU("s390x/qemu", "vmcore.elf");

  private final String directory;
  private final String name;

  ForeignDump(String directory, String name) {
    this.directory = directory + "/";
    this.name = name;
  }

  /** Such as {@code arm64-64k}. */
  private String machine() {
    return directory.substring(0, directory.indexOf('/'));
  }

  boolean isOf(String architecture) {
    return machine().startsWith(architecture);
  }

  boolean isKdump() {
    return directory.contains("kdump");
  }

  /** Whether the user memory of processes is in the file. */
  boolean hasUserMemory() {
    return !name.endsWith("-d31");
  }

  /** What the guest printed; another's with the same programs where it did not get to print all. */
  String console() {
    return switch (this) {
      case I386_QEMU, I386_PAE_QEMU -> Corpus.text("i386-pae/kdump/console.txt");
      case ARM_KDUMP -> Corpus.text("arm/qemu/console.txt");
      default -> text("console.txt");
    };
  }

  Path file() {
    return Corpus.file(directory + name);
  }

  Truth truth() {
    return Truth.read(Corpus.file(directory + "truth.tsv"));
  }

  /** The kernel that ran, with its symbols. */
  Path vmlinux() {
    return Corpus.file(machine() + "/kernel/vmlinux");
  }

  /** The module that ran, with debug info. */
  Path module() {
    return Corpus.file(machine() + "/kernel/vmlab.ko");
  }

  /** Another file beside the dump, if there is one. */
  Optional<String> find(String other) {
    return Corpus.find(directory + other);
  }

  /** Another file beside the dump. */
  String text(String other) {
    return Corpus.text(directory + other);
  }

  /** Those that QEMU's monitor was asked about too. */
  static List<ForeignDump> ofQemu() {
    return List.of(values()).stream().filter(dump -> !dump.isKdump()).toList();
  }
}
