package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.OrcSearch;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.Modules;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.tasks.ShapedTasks;
import org.vmcore.gdbstub.linux.tasks.TypesFit;
import org.vmcore.gdbstub.linux.types.KernelBtf;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What the kernel's own variables say of the machine at the crash. Symbols come from the first of
 * the given tables that knows them; what none knows is empty, never guessed. Safe for use by
 * several threads.
 */
public final class LinuxKernel {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxKernel.class);

  /** Since 4.5 (commit 5aec01b834fd, "kernel/cpu.c: eliminate cpu_*_mask"); before: a bitmap. */
  private static final List<String> ONLINE_MASKS = List.of("__cpu_online_mask", "cpu_online_bits");

  private static final List<String> PRESENT_MASKS =
      List.of("__cpu_present_mask", "cpu_present_bits");

  /** The list of loaded modules. */
  private static final String MODULES = "modules";

  private static final String INIT_TASK = "init_task";

  private static final String NR_CPU_IDS = "nr_cpu_ids";
  private static final String PER_CPU_OFFSET = "__per_cpu_offset";

  /**
   * x86's per-CPU TLB state; its first member is the mm whose tables CR3 points at, since 4.13
   * (commit 3d28ebceaffa, "x86/mm: Rework lazy TLB to track the actual loaded mm").
   */
  private static final String CPU_TLBSTATE = "cpu_tlbstate";

  /**
   * arm64's per-CPU pointer to the current task, since 4.10 (commit c02433dd6de3, "arm64: split
   * thread_info from task stack").
   */
  /** Linux include/uapi/linux/magic.h, set by set_task_stack_end_magic() in kernel/fork.c. */
  private static final int STACK_END_MAGIC = 0x57ac6e9d;

  /** Enough for {@code struct thread_info} and the few members in front of {@code stack}. */
  private static final int STACK_MEMBER_END = 2048;

  private static final String ENTRY_TASK = "__entry_task";

  /**
   * The memory that the crash kernel was loaded to, each a {@code struct resource} (Linux
   * kernel/crash_core.c; before 6.9 kernel/kexec_core.c).
   */
  private static final List<String> CRASH_KERNEL = List.of("crashk_res", "crashk_low_res");

  /** What the first byte of the kernel image is called, on one architecture or another. */
  private static final List<String> IMAGE_STARTS = List.of("_text", "_stext", "_start");

  /** Behind code for initialisation there is some for exits and for alternatives. */
  private static final long EXIT_CODE = 8L << 20;

  /** What looks into ORC's tables (arch/x86/kernel/unwind_orc.c), and where there is code. */
  private static final Set<String> ORC_CODE =
      Set.of("__orc_find", "_stext", "_etext", "_sinittext", "_einittext");

  private static final Set<String> NAMES =
      Set.of(
          "panic_cpu",
          "crashing_cpu",
          "crash_notes",
          ONLINE_MASKS.get(0),
          ONLINE_MASKS.get(1),
          NR_CPU_IDS,
          MODULES,
          PER_CPU_OFFSET,
          CPU_TLBSTATE,
          ENTRY_TASK,
          CRASH_KERNEL.get(0),
          CRASH_KERNEL.get(1),
          IMAGE_STARTS.get(0),
          IMAGE_STARTS.get(1),
          IMAGE_STARTS.get(2));

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  /** Bytes of an mm_struct in which its pgd lies on every kernel; it is among the first members. */
  private static final int MM_STRUCT_HEAD = 1024;

  /** Bytes that the smallest top-level table is aligned to: that of i386 with PAE, and its size. */
  private static final int ROOT_ALIGNMENT = 32;

  private final KernelMemory memory;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final KernelNames names;
  private final SymbolTable allSymbols;
  private final TypeSource otherTypes;
  private @Nullable Map<String, Long> symbols;
  private @Nullable TypedMemory types;
  private boolean soughtTypes;
  private boolean seekingTypes;
  private final Map<String, OptionalLong> shapes = new HashMap<>();
  private @Nullable String typesProblem;
  private @Nullable TypedMemory taskTypes;
  private boolean soughtTaskTypes;
  private @Nullable List<KernelModule> modules;
  private @Nullable List<Orc> orc;
  private @Nullable SymbolNames symbolNames;

  private LinuxKernel(
      KernelMemory memory,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<SymbolTable> others,
      TypeSource otherTypes) {
    this.memory = memory;
    this.vmcoreinfo = vmcoreinfo;
    this.names = new KernelNames(memory, vmcoreinfo, others, this::shaped);
    this.allSymbols = names::find;
    this.otherTypes = otherTypes;
  }

  /** Types of the kernel from elsewhere than its memory. */
  @FunctionalInterface
  public interface TypeSource {
    /**
     * @param needed whether the kernel itself has none; if not, only such as are better than those
     */
    Optional<TypeTable> open(boolean needed);
  }

  /**
   * Reads nothing yet: the kernel's symbol table is opened when a symbol is first asked for.
   *
   * @param vmcoreinfo tells where the kernel's own symbol table is
   * @param others further tables of run-time addresses, asked for what that one does not know
   * @param otherTypes asked once, when types are first needed
   */
  public static LinuxKernel open(
      KernelMemory memory,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<SymbolTable> others,
      TypeSource otherTypes) {
    return new LinuxKernel(memory, vmcoreinfo, others, otherTypes);
  }

  /** The two variables that show by what they hold where they are; each is looked for once. */
  private synchronized Map<String, Long> shaped(Set<String> wanted) {
    if (seekingTypes || kallsyms().isEmpty()) {
      return Map.of();
    }
    Map<String, Long> found = new HashMap<>();
    for (String name : wanted) {
      if (name.equals(INIT_TASK) || name.equals(MODULES)) {
        if (!shapes.containsKey(name)) {
          shapes.put(name, OptionalLong.empty());
          shapes.put(name, shape(name));
        }
        shapes.get(name).ifPresent(address -> found.put(name, address));
      }
    }
    return found;
  }

  private OptionalLong shape(String name) {
    boolean namesData =
        kallsyms().map(table -> !table.find(Set.of(INIT_TASK)).isEmpty()).orElse(true);
    OptionalLong image = imageStart(IMAGE_STARTS);
    if (namesData || image.isEmpty()) {
      return OptionalLong.empty();
    }
    VariableShapes search = new VariableShapes(memory, image.getAsLong());
    if (name.equals(MODULES)) {
      return search.modules();
    }
    return types().map(found -> search.initTask(found.types())).orElse(OptionalLong.empty());
  }

  public KernelMemory memory() {
    return memory;
  }

  /** What the kernel left for tools such as this one. */
  Optional<Vmcoreinfo> vmcoreinfo() {
    return vmcoreinfo;
  }

  /** Run-time address of a symbol, by the first table that knows it. */
  public Optional<Long> address(String symbol) {
    return Optional.ofNullable(allSymbols.find(Set.of(symbol)).get(symbol));
  }

  /** The kernel's own symbol table, where it is in the dump. */
  public Optional<Kallsyms> kallsyms() {
    return names.kallsyms();
  }

  /**
   * The kernel's memory with its types: those that a user named, then those that the kernel and its
   * modules carry themselves (CONFIG_DEBUG_INFO_BTF); where these carry none, those of a vmlinux.
   */
  public synchronized Optional<TypedMemory> types() {
    if (!soughtTypes) {
      seekingTypes = true;
      Optional<TypedMemory> own =
          KernelBtf.open(memory, allSymbols, unnamedData()).filter(this::fit);
      Optional<TypedMemory> named =
          otherTypes
              .open(false)
              .map(table -> own.map(kernel -> kernel.after(table)).orElseGet(() -> typed(table)))
              .filter(this::fit);
      types =
          named
              .or(() -> own)
              .or(() -> otherTypes.open(true).map(this::typed).filter(this::fit))
              .orElse(null);
      soughtTypes = true;
      seekingTypes = false;
    }
    return Optional.ofNullable(types);
  }

  /**
   * The kernel's memory with the types of its tasks: its types, or where it has none, those that
   * its tasks tell by their shape.
   */
  public synchronized Optional<TypedMemory> taskTypes() {
    if (types().isPresent()) {
      return types();
    }
    if (!soughtTaskTypes) {
      soughtTaskTypes = true;
      taskTypes =
          address(INIT_TASK)
              .flatMap(initTask -> ShapedTasks.open(memory, allSymbols, initTask))
              .orElse(null);
    }
    return Optional.ofNullable(taskTypes);
  }

  /**
   * Where the image starts whose data has no names, as that of a kernel without
   * CONFIG_KALLSYMS_ALL; empty where what has no name is not there.
   */
  private OptionalLong unnamedData() {
    return address(INIT_TASK).isPresent() ? OptionalLong.empty() : imageStart(IMAGE_STARTS);
  }

  /** Types that contradict the memory are worse than none. */
  private boolean fit(TypedMemory found) {
    if (address(INIT_TASK).isEmpty()) {
      // It would be remembered as missing, and may yet be found by these types.
      return true;
    }
    Optional<String> problem = TypesFit.problem(found);
    problem.ifPresent(
        text -> {
          LOG.warn(
              "types that were found are not those of this kernel: {}; they are not used", text);
          typesProblem = text;
        });
    return problem.isEmpty();
  }

  /** Why types that there are were not used, as a clause; empty where that is not so. */
  public synchronized Optional<String> typesProblem() {
    types();
    return Optional.ofNullable(typesProblem);
  }

  private TypedMemory typed(TypeTable table) {
    return new TypedMemory(memory, KernelTypes.of(table), allSymbols);
  }

  /** The loaded modules, newest first; none where the list cannot be found. */
  public synchronized List<KernelModule> modules() {
    if (modules == null) {
      modules = symbol(MODULES).map(head -> Modules.read(memory, head)).orElse(List.of());
    }
    return modules;
  }

  /** Whether the list of modules can be found; without, that there are none means nothing. */
  public boolean hasModuleList() {
    return symbol(MODULES).filter(head -> memory.word(head).isPresent()).isPresent();
  }

  /** Symbols by name and by address, those of modules too. */
  public synchronized SymbolNames symbolNames() {
    if (symbolNames == null) {
      symbolNames = new SymbolNames(kallsyms(), modules(), names.besideKallsyms());
    }
    return symbolNames;
  }

  /** The ORC tables of the kernel and its modules; none where it unwinds by other means. */
  public synchronized List<Orc> orc() {
    if (orc == null) {
      List<Orc> found = new ArrayList<>();
      Orc.ofKernel(memory, allSymbols).or(this::orcByShape).ifPresent(found::add);
      if (!found.isEmpty()) {
        Orc own = found.get(0);
        modules().forEach(module -> Orc.ofModule(memory, module, own).ifPresent(found::add));
      }
      orc = List.copyOf(found);
    }
    return orc;
  }

  /** Where the tables are data without a symbol, the code that looks into them has one. */
  private Optional<Orc> orcByShape() {
    Map<String, Long> bounds = allSymbols.find(ORC_CODE);
    Long start = bounds.get("_stext");
    Long end = bounds.get("_etext");
    Long init = bounds.get("_sinittext");
    Long initEnd = bounds.get("_einittext");
    if (start == null || end == null || init == null || initEnd == null) {
      return Optional.empty();
    }
    List<OrcSearch.Code> code =
        List.of(new OrcSearch.Code(start, end), new OrcSearch.Code(init, initEnd + EXIT_CODE));
    return OrcSearch.find(memory, code, end, init);
  }

  /**
   * A piece of physical memory.
   *
   * @param start its first address
   * @param length bytes, at least 1
   */
  public record PhysicalRange(long start, long length) {}

  /** What the kernel had set aside for the crash kernel; none where it cannot be told. */
  public List<PhysicalRange> crashKernel() {
    List<PhysicalRange> ranges = new ArrayList<>();
    // On 32 bits the width of a resource's addresses depends on the kernel's configuration.
    if (memory.wordBytes() == Long.BYTES) {
      for (String name : CRASH_KERNEL) {
        Optional<ByteBuffer> resource = symbol(name).flatMap(at -> memory.bytes(at, 16));
        long start = resource.map(bytes -> bytes.getLong(0)).orElse(0L);
        long last = resource.map(bytes -> bytes.getLong(8)).orElse(0L);
        if (start > 0 && last > start) {
          ranges.add(new PhysicalRange(start, last - start + 1));
        }
      }
    }
    return ranges;
  }

  /** The CPUs that were online when memory was saved. */
  public Optional<BitSet> onlineCpus() {
    return cpus(ONLINE_MASKS);
  }

  /** The CPUs that the machine has, online or not. */
  public Optional<BitSet> presentCpus() {
    return cpus(PRESENT_MASKS);
  }

  private Optional<BitSet> cpus(List<String> masks) {
    int wordBits = memory.wordBytes() * Byte.SIZE;
    int bytes = (maxCpus() + wordBits - 1) / wordBits * memory.wordBytes();
    return masks.stream()
        .flatMap(name -> address(name).stream())
        .findFirst()
        .flatMap(mask -> memory.bytes(mask, bytes))
        .map(this::cpuMask)
        .filter(mask -> !mask.isEmpty());
  }

  /** A mask of unsigned longs in the machine's byte order; bit 0 of word 0 is CPU 0. */
  private BitSet cpuMask(ByteBuffer words) {
    BitSet mask = new BitSet();
    int cpu = 0;
    while (words.hasRemaining()) {
      long word = memory.nextWord(words);
      for (int bit = 0; bit < memory.wordBytes() * Byte.SIZE; bit++, cpu++) {
        mask.set(cpu, (word >>> bit & 1) != 0);
      }
    }
    return mask;
  }

  private int maxCpus() {
    OptionalInt ids = symbol(NR_CPU_IDS).map(memory::int32).orElse(OptionalInt.empty());
    boolean plausible = ids.isPresent() && ids.getAsInt() > 0 && ids.getAsInt() <= MAX_CPUS;
    return plausible ? ids.getAsInt() : Long.SIZE;
  }

  /**
   * Run-time address of the kernel image's first byte.
   *
   * @param symbols what it is called, the first that there is
   */
  public OptionalLong imageStart(List<String> symbols) {
    return symbols.stream()
        .flatMap(name -> symbol(name).stream())
        .mapToLong(address -> address)
        .findFirst();
  }

  /**
   * Physical address of the page tables that a CPU ran on, for dumps whose notes lack the control
   * register. Without types, {@code mm_struct.pgd} is told by what it points at.
   *
   * @param isRoot whether a physical page is a top-level page table of this kernel
   */
  public OptionalLong pageTableRoot(int cpu, LongPredicate isRoot) {
    Optional<Long> tlbState = symbol(CPU_TLBSTATE);
    if (tlbState.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong mm = memory.word(tlbState.get() + perCpuOffset(cpu));
    if (mm.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<ByteBuffer> head = memory.bytes(mm.getAsLong(), MM_STRUCT_HEAD);
    while (head.isPresent() && head.get().hasRemaining()) {
      long pointer = memory.nextWord(head.get());
      if (pointer != 0
          && pointer % ROOT_ALIGNMENT == 0
          && memory.memory().translate(pointer) instanceof Translation.Mapped mapped
          && isRoot.test(mapped.physicalAddress())) {
        return OptionalLong.of(mapped.physicalAddress());
      }
    }
    return OptionalLong.empty();
  }

  /** Address of the task that a CPU ran, where the kernel keeps it in a variable of its own. */
  public OptionalLong currentTask(int cpu) {
    return symbol(ENTRY_TASK)
        .map(variable -> memory.word(variable + perCpuOffset(cpu)))
        .orElse(OptionalLong.empty());
  }

  /**
   * Lowest address of the stack of the task that a CPU ran, without any types: the one word near
   * the beginning of a {@code struct task_struct} that points at the stack's end mark.
   */
  public OptionalLong currentStack(int cpu) {
    OptionalLong task = currentTask(cpu);
    for (int at = 0; at < STACK_MEMBER_END && task.isPresent(); at += memory.wordBytes()) {
      OptionalLong word = memory.word(task.getAsLong() + at);
      if (word.isPresent() && memory.int32(word.getAsLong()).orElse(0) == STACK_END_MAGIC) {
        return word;
      }
    }
    return OptionalLong.empty();
  }

  /** What to add to a per-CPU symbol for one CPU's copy; 0 on a kernel without SMP. */
  long perCpuOffset(int cpu) {
    return symbol(PER_CPU_OFFSET)
        .map(table -> memory.word(table + (long) cpu * memory.wordBytes()).orElse(0))
        .orElse(0L);
  }

  /** One of those variables that are looked up together, as each costs a pass over all symbols. */
  Optional<Long> variable(String name) {
    return symbol(name);
  }

  private synchronized Optional<Long> symbol(String name) {
    if (symbols == null) {
      symbols = names.find(NAMES);
    }
    return Optional.ofNullable(symbols.get(name));
  }
}
