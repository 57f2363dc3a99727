package org.vmcore.gdbstub.demo;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;

/** Puts a demo machine together: loads the kernel, lets it run into the crash, takes the dump. */
final class CrashScene {

  // Intel SDM vol. 3A, 2.5; the flags are what Linux sets.
  private static final long CR0 = 0x80050033L;
  private static final long CR4 = 0x3006a0L;
  private static final long CR4_LA57 = 1 << 12;
  private static final long CR4_PCIDE = 1 << 17;

  private final DemoMachine.Builder options;
  private final KernelImage image = new KernelImage();
  private final AddressPlan plan;
  private final SyntheticDump.Builder dump =
      SyntheticDump.builder("demo", ElfMachines.EM_X86_64, 64, ByteOrder.LITTLE_ENDIAN);
  private final MachineMemory memory;
  private final AddressSpaces spaces;
  private final List<CpuScene> cpus = new ArrayList<>();

  CrashScene(DemoMachine.Builder options) {
    this.options = options;
    this.plan = AddressPlan.of(image, options);
    this.memory = new MachineMemory(plan, dump);
    memory.loadImage();
    this.spaces = new AddressSpaces(options, plan, dump);
  }

  DemoMachine build() {
    memory.writeVariables(options.crashedCpu, options.levels);
    memory.writeObjects();
    memory.writeProgram();
    for (int cpu = 0; cpu < AddressPlan.CPUS; cpu++) {
      CpuScene scene = scene(cpu, new KernelStack(plan.stack(cpu)));
      cpus.add(scene);
      memory.writeCpu(cpu, scene);
    }
    byte[] vmcoreinfo = DemoVmcoreinfo.text(plan, options);
    dump.write(AddressPlan.VMCOREINFO, vmcoreinfo);
    addNotes(vmcoreinfo);
    addSegments();
    return new DemoMachine(dump.build(), ElfImage.write(image), truth());
  }

  private CpuScene scene(int cpu, KernelStack stack) {
    if (cpu == options.crashedCpu) {
      return CpuScene.crashed(plan, AddressPlan.WRITER_PID, plan.direct(AddressPlan.WRITER), stack);
    }
    if (options.otherCpuInUserMode) {
      return CpuScene.userMode(
          AddressPlan.WRITER_PID + 1, plan.direct(AddressPlan.SECOND_THREAD), stack);
    }
    long idleTask = cpu == 0 ? plan.runTime("init_task") : plan.direct(AddressPlan.SWAPPER_1);
    return CpuScene.idle(plan, cpu, idleTask, stack);
  }

  private void addNotes(byte[] vmcoreinfo) {
    for (int cpu = 0; cpu < AddressPlan.CPUS; cpu++) {
      int pid = isQemu() ? cpu + 1 : cpus.get(cpu).pid();
      dump.note(Note.CORE, Note.NT_PRSTATUS, CrashNotes.prstatus(pid, registers(cpu)));
    }
    if (isQemu()) {
      for (int cpu = 0; cpu < AddressPlan.CPUS; cpu++) {
        long swapped = cpus.get(cpu).isUserMode() ? plan.direct(plan.perCpuArea(cpu)) : 0;
        dump.note(Note.QEMU, 0, CrashNotes.qemuCpuState(registers(cpu), swapped));
      }
    }
    if (options.vmcoreinfoNote) {
      dump.note(Note.VMCOREINFO, 0, vmcoreinfo);
    }
  }

  /** The registers of a CPU, as far as the dump will have them. */
  private Registers registers(int cpu) {
    CpuScene scene = cpus.get(cpu);
    Registers registers = new Registers();
    for (String name : CrashNotes.PRSTATUS_REGISTERS) {
      registers.set(name, scene.registers().get(name));
    }
    if (isQemu()) {
      registers.set("orig_rax", 0); // QEMU does not know it
      if (!scene.isUserMode()) {
        registers.set("gs_base", plan.direct(plan.perCpuArea(cpu)));
      }
      registers.set("cr0", CR0);
      registers.set("cr2", cpu == options.crashedCpu ? DemoCode.DEVICE_LAST_COUNT : 0);
      registers.set("cr3", spaces.cr3(scene));
      registers.set(
          "cr4",
          CR4
              | (options.levels == 5 ? CR4_LA57 : 0)
              | (options.pageTableIsolation ? CR4_PCIDE : 0));
    }
    return registers;
  }

  private void addSegments() {
    if (!isQemu()) {
      long size = image.end() - KernelImage.TEXT;
      dump.segment(new Segment(plan.runTime("_text"), plan.physicalStart(), size, size));
    }
    long offset = isQemu() ? 0 : plan.pageOffset();
    dump.build()
        .memory()
        .forEachRange(
            (start, length, presence) ->
                dump.segment(new Segment(offset + start, start, length, length)));
  }

  private DemoTruth truth() {
    Map<String, Long> symbols = new LinkedHashMap<>();
    image.symbols().forEach((name, symbol) -> symbols.put(name, plan.runTime(symbol)));
    List<DemoTruth.Cpu> seen = new ArrayList<>();
    for (int cpu = 0; cpu < AddressPlan.CPUS; cpu++) {
      CpuScene scene = cpus.get(cpu);
      seen.add(
          new DemoTruth.Cpu(
              cpu,
              isQemu() ? OptionalInt.empty() : OptionalInt.of(scene.pid()),
              cpu == options.crashedCpu,
              scene.isUserMode(),
              registers(cpu).asMap(),
              scene.backtrace()));
    }
    return new DemoTruth(
        KernelImage.RELEASE,
        HexFormat.of().formatHex(image.buildId()),
        plan.kaslrOffset(),
        plan.physBase(),
        plan.pageOffset(),
        options.levels,
        spaces.kernel().root(),
        spaces.process().root(),
        spaces.userMode().map(X86PageTables::root),
        symbols,
        seen,
        memory.known(),
        memory.holes());
  }

  private boolean isQemu() {
    return options.dumper == Dumper.QEMU;
  }
}
