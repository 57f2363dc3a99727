package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.demo.DemoTruth.Hole;
import org.vmcore.gdbstub.demo.DemoTruth.Memory;
import org.vmcore.gdbstub.demo.DemoTruth.Reason;
import org.vmcore.gdbstub.demo.DemoTruth.Space;

/** Fills the demo's memory, page tables aside, and keeps a record of what is where. */
final class MachineMemory {
  private static final int PAGE = SyntheticDump.PAGE_SIZE;
  private static final long JIFFIES = 0x1000104a7L;
  private static final String COMMAND_LINE =
      "BOOT_IMAGE=/boot/vmlinuz-" + KernelImage.RELEASE + " root=/dev/null crashkernel=64M";

  private final AddressPlan plan;
  private final KernelImage image;
  private final SyntheticDump.Builder memory;
  private final List<Memory> known = new ArrayList<>();
  private final List<Hole> holes = new ArrayList<>();

  MachineMemory(AddressPlan plan, SyntheticDump.Builder memory) {
    this.plan = plan;
    this.image = plan.image();
    this.memory = memory;
  }

  List<Memory> known() {
    return known;
  }

  List<Hole> holes() {
    return holes;
  }

  /** What the boot loader and the kernel's relocation code do. */
  void loadImage() {
    memory.zeroPages(plan.physicalStart(), image.end() - KernelImage.TEXT);
    for (ImageSection section : image.sections()) {
      byte[] contents = section.contents().clone();
      ByteBuffer relocated = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN);
      section
          .pointers()
          .forEach(pointer -> relocated.putLong(pointer.offset(), plan.runTime(pointer.target())));
      memory.write(plan.imagePhysical(image.loadAddress(section)), contents);
    }
    for (MachineCode function : image.functions()) {
      long address = image.address(function.name());
      knownSymbol(function.name(), function.link(address, image::address));
    }
    knownSymbol("linux_banner", text(KernelImage.BANNER));
    int release = 2 * KernelImage.UTS_FIELD;
    known(
        "release in init_uts_ns",
        Space.KERNEL,
        plan.runTime("init_uts_ns") + release,
        plan.physical("init_uts_ns") + release,
        text(KernelImage.RELEASE));
  }

  /** What the kernel's variables were by then. */
  void writeVariables(int crashedCpu, int levels) {
    setWord("jiffies", JIFFIES);
    setWord("phys_base", plan.physBase());
    setWord("__cpu_online_mask", (1L << AddressPlan.CPUS) - 1);
    setHalf("nr_cpu_ids", AddressPlan.CPUS);
    setHalf("panic_cpu", crashedCpu);
    setHalf("crashing_cpu", crashedCpu);
    setWord("page_offset_base", plan.pageOffset());
    setWord("vmalloc_base", plan.vmallocBase());
    setWord("vmemmap_base", plan.vmemmapBase());
    setHalf("__pgtable_l5_enabled", levels == 5 ? 1 : 0);
    setWord("saved_command_line", plan.direct(AddressPlan.COMMAND_LINE));
    setWord("demo_file", plan.direct(AddressPlan.FILE));
    setWord("demo_device", 0); // forgotten by the driver, and the reason of the crash
    setWord("demo_buffer", plan.buffer());
    setWord("demo_lost_buffer", plan.lostBuffer());
  }

  void writeCpu(int cpu, CpuScene scene) {
    long area = plan.perCpuArea(cpu);
    memory.writeLong(plan.physical("__per_cpu_offset") + 8L * cpu, plan.direct(area));
    memory.zeroPages(area, image.address("__per_cpu_end"));
    setPerCpu(cpu, "current_task", scene.task());
    setPerCpu(cpu, "cpu_current_top_of_stack", scene.stack().top());
    setPerCpu(cpu, "this_cpu_off", plan.direct(area));
    setPerCpu(cpu, "cpu_number", cpu);
    if (scene.pid() != 0) {
      memory.writeLong(
          plan.perCpu(cpu, "cpu_tss_rw") + DemoCode.TSS_USER_RSP, AddressPlan.USER_STACK_POINTER);
    }
    for (int page = 0; page < KernelImage.STACK_SIZE / PAGE; page++) {
      write(
          "kernel stack of CPU " + cpu,
          Space.KERNEL,
          plan.stack(cpu) + (long) page * PAGE,
          plan.stackPage(cpu, page),
          Arrays.copyOfRange(scene.stack().bytes(), page * PAGE, (page + 1) * PAGE));
    }
    if (plan.vmappedStacks()) {
      hole("page below a kernel stack", Space.KERNEL, plan.stack(cpu) - 8, Reason.NOT_MAPPED);
    }
  }

  /** What the kernel had allocated. */
  void writeObjects() {
    writeTask(AddressPlan.SWAPPER_1, 0, "swapper/1");
    writeTask(AddressPlan.WRITER, AddressPlan.WRITER_PID, "demo_writer");
    writeTask(AddressPlan.SECOND_THREAD, AddressPlan.WRITER_PID + 1, "demo_writer");
    memory.writeLong(AddressPlan.FILE + DemoCode.FILE_F_OP, plan.runTime("demo_fops"));
    writeDirect("kernel command line", AddressPlan.COMMAND_LINE, text(COMMAND_LINE));
    writeDirect("first page of memory", AddressPlan.FIRST_PAGE, text("page frame number 1"));
    for (int page = 0; page < AddressPlan.BUFFER_PAGES.length; page++) {
      byte[] lines = bufferPage(page);
      long physical = AddressPlan.BUFFER_PAGES[page];
      write("vmalloc buffer", Space.KERNEL, plan.buffer() + (long) page * PAGE, physical, lines);
      known("buffer, directly", Space.KERNEL, plan.direct(physical), physical, lines);
    }
    hole("page after the buffer", Space.KERNEL, plan.bufferEnd(), Reason.NOT_MAPPED);
    hole("crash kernel's memory", Space.KERNEL, plan.lostBuffer(), Reason.NOT_IN_DUMP);
    hole("no address at all", Space.KERNEL, 0x0123456789abcdefL, Reason.NOT_CANONICAL);
  }

  /** The program's own memory. */
  void writeProgram() {
    writeUser(AddressPlan.USER_CODE, AddressPlan.USER_CODE_PAGE, CpuScene.USER_PROGRAM);
    writeUser(AddressPlan.USER_DATA, AddressPlan.USER_DATA_PAGE, text(CpuScene.WRITTEN));
    writeUser(AddressPlan.USER_NO_ACCESS, AddressPlan.USER_NO_ACCESS_PAGE, text("still in memory"));
    int inStack = (int) (AddressPlan.USER_STACK_POINTER - AddressPlan.USER_STACK);
    writeUser(
        AddressPlan.USER_STACK_POINTER,
        AddressPlan.USER_STACK_PAGE + inStack,
        text("./demo_writer"));
    int inLarge = 0x123000;
    writeUser(
        AddressPlan.USER_LARGE + inLarge,
        AddressPlan.USER_LARGE_PAGE + inLarge,
        text("in a 2 MiB page"));
    hole("swapped-out page", Space.PROCESS, AddressPlan.USER_SWAPPED, Reason.SWAPPED_OUT);
    hole("store at fault", Space.PROCESS, DemoCode.DEVICE_LAST_COUNT, Reason.NOT_MAPPED);
  }

  /** Lines of 32 bytes, each a string of its own. */
  private static byte[] bufferPage(int page) {
    StringBuilder lines = new StringBuilder();
    for (int line = 0; line < PAGE / 32; line++) {
      lines.append("page %d of this buffer, line %03d\0".formatted(page, line));
    }
    return lines.toString().getBytes(ISO_8859_1);
  }

  private void writeTask(long task, int pid, String comm) {
    memory.writeLong(task + KernelImage.TASK_PID, pid);
    writeDirect("comm of " + comm, task + KernelImage.TASK_COMM, text(comm));
  }

  private void setWord(String symbol, long value) {
    set(symbol, bytes(value, Long.BYTES));
  }

  private void setHalf(String symbol, int value) {
    set(symbol, bytes(value, Integer.BYTES));
  }

  private void set(String symbol, byte[] value) {
    memory.write(plan.physical(symbol), value);
    knownSymbol(symbol, value);
  }

  private void setPerCpu(int cpu, String symbol, long value) {
    int size = image.symbol(symbol).size();
    writeDirect(symbol + " of CPU " + cpu, plan.perCpu(cpu, symbol), bytes(value, size));
  }

  private void writeDirect(String what, long physical, byte[] bytes) {
    write(what, Space.KERNEL, plan.direct(physical), physical, bytes);
  }

  private void writeUser(long virtual, long physical, byte[] bytes) {
    write("program", Space.PROCESS, virtual, physical, bytes);
  }

  private void write(String what, Space space, long virtual, long physical, byte[] bytes) {
    memory.write(physical, bytes);
    known(what, space, virtual, physical, bytes);
  }

  private void knownSymbol(String symbol, byte[] bytes) {
    known(symbol, Space.KERNEL, plan.runTime(symbol), plan.physical(symbol), bytes);
  }

  private void known(String what, Space space, long virtual, long physical, byte[] bytes) {
    known.add(new Memory(what, space, virtual, physical, bytes));
  }

  private void hole(String what, Space space, long virtual, Reason reason) {
    holes.add(new Hole(what, space, virtual, reason));
  }

  private static byte[] text(String value) {
    return (value + "\0").getBytes(ISO_8859_1);
  }

  private static byte[] bytes(long value, int size) {
    byte[] word =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return Arrays.copyOf(word, size);
  }
}
