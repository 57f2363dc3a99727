package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.demo.ImageSection.ImageSymbol;
import org.vmcore.gdbstub.demo.ImageSection.Kind;

/**
 * The demo's kernel as it is linked: what its vmlinux holds. It is laid out like a real one.
 *
 * <pre>
 *   ffffffff81000000  .text            2 MiB page
 *   ffffffff81200000  .rodata .notes   2 MiB page; ends with the kallsyms tables
 *   ffffffff81400000  .data            4 KiB pages from here on
 *                     .data..percpu    copied for each CPU; linked at address 0
 *                     .bss             up to _end
 * </pre>
 */
final class KernelImage {
  /** Where the image's part of the address space starts (Linux __START_KERNEL_map). */
  static final long START_KERNEL_MAP = 0xffffffff80000000L;

  static final long TEXT = START_KERNEL_MAP + 0x1000000;
  static final long RODATA = TEXT + 0x200000;
  static final long DATA = RODATA + 0x200000;

  static final String RELEASE = "6.99.0-demo";
  static final String VERSION = "#1 SMP PREEMPT_DYNAMIC Thu Jan  1 00:00:00 UTC 2026";
  static final String BANNER =
      "Linux version " + RELEASE + " (demo@vmcore) (assembled by hand) " + VERSION + "\n";

  /** Bytes in a field of {@code struct new_utsname} (Linux include/uapi/linux/utsname.h). */
  static final int UTS_FIELD = 65;

  /** Bytes in a kernel stack (x86-64 THREAD_SIZE). */
  static final int STACK_SIZE = 16384;

  /** CPUs that {@code __per_cpu_offset} has room for. */
  static final int NR_CPUS = 8;

  /** Bytes in a demo task structure, whose layout is the demo's own. */
  static final int TASK_SIZE = 0x100;

  static final int TASK_PID = 0x10;
  static final int TASK_COMM = 0x40;

  private static final int PAGE = 4096;
  private static final int NT_GNU_BUILD_ID = 3; // gABI extension of GNU ld

  private final List<MachineCode> functions = DemoCode.functions();
  private final List<ImageSection> sections;
  private final Map<String, ImageSymbol> symbols = new LinkedHashMap<>();
  private final byte[] buildId;
  private final long perCpuLoadAddress;

  KernelImage() {
    ImageSection text = text();
    ImageSection data = data();
    ImageSection perCpu = perCpu();
    perCpuLoadAddress = roundUpToPage(data.end());
    ImageSection bss = bss(perCpuLoadAddress + roundUpToPage(perCpu.end()));
    ImageSection rodata = rodata(List.of(text, data, perCpu, bss));
    List<ImageSection> linked = List.of(text, rodata, data, perCpu, bss);
    linked.forEach(section -> section.symbols().forEach(s -> symbols.put(s.name(), s)));
    link(linked);
    buildId = sha1(linked);
    sections = new ArrayList<>(linked);
    sections.add(2, notes(roundUpToPage(rodata.end()), buildId));
  }

  /** In ascending order of the addresses that they are loaded at. */
  List<ImageSection> sections() {
    return sections;
  }

  List<MachineCode> functions() {
    return functions;
  }

  MachineCode function(String name) {
    return functions.stream()
        .filter(function -> function.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no function " + name));
  }

  /** All symbols by name. */
  Map<String, ImageSymbol> symbols() {
    return symbols;
  }

  ImageSymbol symbol(String name) {
    ImageSymbol found = symbols.get(name);
    if (found == null) {
      throw new IllegalArgumentException("no symbol " + name);
    }
    return found;
  }

  /** Link-time address of a symbol. */
  long address(String symbol) {
    return symbol(symbol).address();
  }

  byte[] buildId() {
    return buildId.clone();
  }

  /** Link-time address past the image, a multiple of a page. */
  long end() {
    return address("_end");
  }

  /** Where in the image a section's bytes are: its address, but for the per-CPU section. */
  long loadAddress(ImageSection section) {
    return section.kind() == Kind.PER_CPU ? perCpuLoadAddress : section.address();
  }

  private ImageSection text() {
    ImageSection text = new ImageSection(".text", Kind.CODE, TEXT).mark("_text").mark("_stext");
    for (MachineCode function : functions) {
      while (text.end() % 16 != 0) {
        text.append(new byte[] {(byte) 0xcc}); // int3
      }
      text.define(function.name(), new byte[function.length()], function.isGlobal());
    }
    return text.mark("_etext");
  }

  private static ImageSection data() {
    byte[] task = new byte[TASK_SIZE];
    byte[] comm = "swapper/0".getBytes(ISO_8859_1);
    System.arraycopy(comm, 0, task, TASK_COMM, comm.length);
    return new ImageSection(".data", Kind.DATA, DATA)
        .mark("_sdata")
        .define("init_top_pgt", new byte[2 * PAGE]) // the second page: PTI's user half
        .define("init_stack", new byte[STACK_SIZE])
        .define("init_task", task)
        .define("init_uts_ns", utsNamespace())
        .align(Long.BYTES)
        .mark("jiffies_64")
        .define("jiffies", word(0))
        .define("phys_base", word(0))
        .define("__cpu_online_mask", word(0))
        .define("nr_cpu_ids", half(NR_CPUS))
        .define("panic_cpu", half(-1))
        .define("crashing_cpu", half(-1))
        .mark("_edata");
  }

  private static ImageSection perCpu() {
    return new ImageSection(".data..percpu", Kind.PER_CPU, 0)
        .mark("__per_cpu_start")
        .reserve("fixed_percpu_data", 48)
        .reserve("current_task", 8)
        .reserve("cpu_current_top_of_stack", 8)
        .reserve("this_cpu_off", 8)
        .reserve("cpu_number", 4)
        .reserve("cpu_tss_rw", 104)
        .align(PAGE)
        .mark("__per_cpu_end");
  }

  private static ImageSection bss(long address) {
    return new ImageSection(".bss", Kind.ZERO, address)
        .mark("__bss_start")
        .reserve("saved_command_line", 8)
        .reserve("demo_file", 8)
        .reserve("demo_device", 8)
        .reserve("demo_buffer", 8)
        .reserve("demo_lost_buffer", 8)
        .align(PAGE)
        .mark("__bss_stop")
        .mark("_end");
  }

  private static ImageSection rodata(List<ImageSection> others) {
    ImageSection rodata =
        new ImageSection(".rodata", Kind.READ_ONLY, RODATA)
            .mark("__start_rodata")
            .define("linux_banner", (BANNER + "\0").getBytes(ISO_8859_1))
            .definePointers("demo_fops", "", "", "", "demo_driver_write")
            .define("page_offset_base", word(0xffff888000000000L)) // as without randomisation
            .define("vmalloc_base", word(0xffffc90000000000L))
            .define("vmemmap_base", word(0xffffea0000000000L))
            .define("__per_cpu_offset", new byte[NR_CPUS * Long.BYTES])
            .define("__pgtable_l5_enabled", half(0))
            .align(Long.BYTES);
    List<ImageSymbol> named = new ArrayList<>(rodata.symbols());
    others.forEach(section -> named.addAll(section.symbols()));
    named.sort(Comparator.comparing(ImageSymbol::address, Long::compareUnsigned));
    KallsymsTable table =
        new KallsymsTable(
            named.stream()
                .map(s -> new KallsymsTable.Entry(s.name(), s.letter(), s.address()))
                .toList());
    // The table does not name its own parts; the real one does not either.
    rodata.mark("kallsyms_offsets").append(table.offsets(TEXT)).align(Long.BYTES);
    rodata.definePointers("kallsyms_relative_base", "_text");
    rodata.mark("kallsyms_num_syms").append(table.numSyms()).align(Long.BYTES);
    rodata.mark("kallsyms_names").append(table.names()).align(Long.BYTES);
    rodata.mark("kallsyms_markers").append(table.markers()).align(Long.BYTES);
    rodata.mark("kallsyms_token_table").append(table.tokenTable()).align(Long.BYTES);
    return rodata.mark("kallsyms_token_index").append(table.tokenIndex());
  }

  /** An ELF note: name size, descriptor size, type, name, descriptor (gABI, "Note Section"). */
  private static ImageSection notes(long address, byte[] buildId) {
    ByteBuffer note = ByteBuffer.allocate(16 + buildId.length).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(4).putInt(buildId.length).putInt(NT_GNU_BUILD_ID);
    note.put("GNU\0".getBytes(ISO_8859_1)).put(buildId);
    return new ImageSection(".notes", Kind.NOTES, address).append(note.array());
  }

  private static byte[] utsNamespace() {
    String[] fields = {"Linux", "demo", RELEASE, VERSION, "x86_64", "(none)"};
    ByteBuffer uts = ByteBuffer.allocate(432); // the size that a 6.1 kernel's has
    for (int i = 0; i < fields.length; i++) {
      uts.put(i * UTS_FIELD, fields[i].getBytes(ISO_8859_1));
    }
    return uts.array();
  }

  private void link(List<ImageSection> linked) {
    for (ImageSection section : linked) {
      ByteBuffer contents = ByteBuffer.wrap(section.contents()).order(ByteOrder.LITTLE_ENDIAN);
      for (ImageSection.Pointer pointer : section.pointers()) {
        contents.putLong(pointer.offset(), address(pointer.target()));
      }
    }
    ImageSection text = linked.get(0);
    for (MachineCode function : functions) {
      long address = address(function.name());
      byte[] code = function.link(address, this::address);
      System.arraycopy(code, 0, text.contents(), (int) (address - TEXT), code.length);
    }
  }

  private static byte[] sha1(List<ImageSection> sections) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      sections.forEach(section -> digest.update(section.contents()));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private static byte[] word(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  private static byte[] half(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static long roundUpToPage(long value) {
    return (value + PAGE - 1) & -PAGE;
  }
}
