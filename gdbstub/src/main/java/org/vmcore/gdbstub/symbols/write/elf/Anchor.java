package org.vmcore.gdbstub.symbols.write.elf;

/** What an address of a kernel is counted from: it tells what the same kernel has elsewhere. */
public enum Anchor {
  /** Zero: it is the same in every run, or of one run alone. */
  NONE,
  /** Where the kernel's image starts, which KASLR moves. */
  IMAGE,
  /** Where the section of per-CPU variables starts. */
  PER_CPU
}
