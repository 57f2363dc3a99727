package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * A small made-up x86-64 machine with a Linux-like kernel and two CPUs, one of which has crashed: a
 * driver stored through a null pointer while a program wrote to its device.
 *
 * @param dump the machine's memory and notes
 * @param vmlinux the kernel's ELF file; do not change it
 * @param truth what there is to be seen in the dump
 */
@SuppressWarnings("ArrayRecordComponent") // Built once, never compared.
public record DemoMachine(SyntheticDump dump, byte[] vmlinux, DemoTruth truth) {

  /** Which program wrote the dump; they differ in notes and segments. */
  public enum Dumper {
    /** The crash kernel: PRSTATUS with pids, PT_LOADs at kernel addresses. */
    KDUMP,
    /** QEMU's dump-guest-memory: control registers, PT_LOADs at physical addresses. */
    QEMU
  }

  /** A machine as most people's: see {@link Builder} for the choices. */
  public static Builder builder() {
    return new Builder();
  }

  /** Commands for gdb that show the machine, and say what they show. */
  public static String gdbScript() {
    try (InputStream script = DemoMachine.class.getResourceAsStream("demo.gdb")) {
      if (script == null) {
        throw new IllegalStateException("demo.gdb is missing from the program");
      }
      return new String(script.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The choices one has. */
  public static final class Builder {
    private static final long LARGE_PAGE = 0x200000;

    Dumper dumper = Dumper.KDUMP;
    int levels = 4;
    long kaslrOffset = 0x1c000000;
    long physicalStart = 0x0b600000;
    long smeMask;
    int crashedCpu;
    boolean pageTableIsolation;
    boolean otherCpuInUserMode;
    boolean vmappedStacks = true;
    boolean vmcoreinfoNote = true;
    Set<String> omittedKeys = Set.of();

    private Builder() {}

    public Builder dumper(Dumper value) {
      dumper = value;
      return this;
    }

    /** Levels of page tables, 4 or 5. */
    public Builder levels(int value) {
      if (value != 4 && value != 5) {
        throw new IllegalArgumentException("levels must be 4 or 5: " + value);
      }
      levels = value;
      return this;
    }

    /** Bytes that the kernel image is moved by: a multiple of 2 MiB below 0x3e000000. */
    public Builder kaslrOffset(long value) {
      requireLargePage("kaslrOffset", value, 0, 0x3e000000);
      kaslrOffset = value;
      return this;
    }

    /** Where the image is in physical memory: a multiple of 2 MiB in 0x1000000 to 0x1f000000. */
    public Builder physicalStart(long value) {
      requireLargePage("physicalStart", value, 0x1000000, 0x1f000000);
      physicalStart = value;
      return this;
    }

    /** The bit that AMD SME sets in page-table entries, such as 1L &lt;&lt; 47; 0 for none. */
    public Builder smeMask(long value) {
      smeMask = value;
      return this;
    }

    /** The number of the CPU that crashed, 0 or 1. */
    public Builder crashedCpu(int value) {
      if (value != 0 && value != 1) {
        throw new IllegalArgumentException("crashedCpu must be 0 or 1: " + value);
      }
      crashedCpu = value;
      return this;
    }

    /** Separate page tables for user mode. */
    public Builder pageTableIsolation(boolean value) {
      pageTableIsolation = value;
      return this;
    }

    /** The other CPU runs a second thread of the program, instead of nothing. */
    public Builder otherCpuInUserMode(boolean value) {
      otherCpuInUserMode = value;
      return this;
    }

    /** Kernel stacks are in the vmalloc area, not in the direct map. */
    public Builder vmappedStacks(boolean value) {
      vmappedStacks = value;
      return this;
    }

    /** The dump carries VMCOREINFO; without, it is only in memory. */
    public Builder vmcoreinfoNote(boolean value) {
      vmcoreinfoNote = value;
      return this;
    }

    /** VMCOREINFO lacks these keys, such as {@code NUMBER(phys_base)}, as older kernels' does. */
    public Builder withoutVmcoreinfoKeys(String... keys) {
      omittedKeys = Set.of(keys);
      return this;
    }

    public DemoMachine build() {
      return new CrashScene(this).build();
    }

    private static void requireLargePage(String what, long value, long from, long to) {
      if (value < from || value > to || value % LARGE_PAGE != 0) {
        throw new IllegalArgumentException(
            "%s must be a multiple of 2 MiB from %#x to %#x: %#x".formatted(what, from, to, value));
      }
    }
  }
}
