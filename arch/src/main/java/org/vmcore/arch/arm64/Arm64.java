package org.vmcore.arch.arm64;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.Architecture;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.DumpInfo;

/** arm64 (AArch64), little-endian and big-endian. */
public final class Arm64 implements Architecture {
  /** {@code EM_AARCH64} (ELF for the Arm 64-bit Architecture, IHI 0056). */
  private static final int EM_AARCH64 = 183;

  @Override
  public String name() {
    return "arm64";
  }

  @Override
  public String tripleName() {
    return "aarch64";
  }

  /**
   * By the ELF header, or {@code utsname.machine}; a header without either (QEMU's kdump files)
   * leaves the VMCOREINFO and the notes.
   */
  @Override
  public boolean recognises(Dump dump) {
    DumpInfo info = dump.info();
    if (info.elfMachine().isPresent()) {
      return info.elfMachine().getAsInt() == EM_AARCH64;
    }
    String machine = info.machine().orElse("");
    if (!machine.isEmpty() && !machine.equals("Unknown")) {
      // UTS_MACHINE (Linux arch/arm64/Makefile).
      return machine.equals("aarch64") || machine.equals("aarch64_be");
    }
    if (info.wordBits() != 64) {
      return false;
    }
    ByteOrder order = info.byteOrder();
    // No other architecture has kimage_voffset (Linux arch/arm64/kernel/vmcore_info.c).
    return dump.vmcoreinfo().map(v -> v.number("kimage_voffset").isPresent()).orElse(false)
        || dump.notes().stream().anyMatch(note -> Arm64Notes.isPlausible(note, order));
  }

  @Override
  public RegisterSet registers() {
    return Arm64Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return Arm64Notes.cpus(dump);
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    Arm64PageTable tables = (Arm64PageTable) kernel.virtual().pageTable();
    return new VirtualMemory(kernel.physical(), tables.withUserRoot(root));
  }
}
