package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.OrcTables;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.Modules;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The kernel of a machine at its crash: symbols, types and memory as one. Symbols come from the
 * first of the given tables that knows them; what none knows is empty, never guessed. Safe for use
 * by several threads.
 */
public final class LinuxKernel {
  /** The list of loaded modules. */
  static final String MODULES = "modules";

  static final String INIT_TASK = "init_task";

  private static final Set<String> VARIABLES =
      Set.of(
          "panic_cpu",
          "crashing_cpu",
          "crash_notes",
          KernelCpus.ONLINE_MASKS.get(0),
          KernelCpus.ONLINE_MASKS.get(1),
          KernelCpus.NR_CPU_IDS,
          MODULES,
          KernelCpus.PER_CPU_OFFSET,
          KernelCpus.CPU_TLBSTATE,
          KernelCpus.ENTRY_TASK,
          CrashKernel.RESOURCES.get(0),
          CrashKernel.RESOURCES.get(1),
          KernelNames.IMAGE_STARTS.get(0),
          KernelNames.IMAGE_STARTS.get(1),
          KernelNames.IMAGE_STARTS.get(2));

  private final KernelMemory memory;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final KernelNames names;
  private final TypesInUse types;
  private final ShapedVariables shaped;
  private final KernelCpus cpus;

  private final Lazy<Map<String, Long>, RuntimeException> variables =
      Lazy.of(() -> find(VARIABLES));
  private final Lazy<List<KernelModule>, RuntimeException> modules = Lazy.of(this::readModules);
  private final Lazy<OrcTables, RuntimeException> orc =
      Lazy.of(() -> OrcTables.find(memory(), this::find, this::modules));
  private final Lazy<SymbolNames, RuntimeException> symbolNames = Lazy.of(this::nameSymbols);
  private final Map<Class<?>, Object> facts = new ConcurrentHashMap<>();

  private LinuxKernel(
      KernelMemory memory,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<SymbolTable> others,
      TypeSource otherTypes) {
    this.memory = memory;
    this.vmcoreinfo = vmcoreinfo;
    this.names = new KernelNames(memory, vmcoreinfo, others);
    this.types = new TypesInUse(memory, names, this::find, otherTypes);
    this.shaped = new ShapedVariables(memory, names, types);
    this.cpus = new KernelCpus(this);
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

  public KernelMemory memory() {
    return memory;
  }

  /** What the kernel left for tools such as this one. */
  Optional<Vmcoreinfo> vmcoreinfo() {
    return vmcoreinfo;
  }

  /** By what tables tell, and else by what a variable holds. */
  private Map<String, Long> find(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>(names.find(wanted));
    Set<String> missing = new HashSet<>(wanted);
    missing.removeAll(found.keySet());
    found.putAll(shaped.find(missing));
    return found;
  }

  /** Run-time address of a symbol, by the first table that knows it. */
  public Optional<Long> address(String symbol) {
    return Optional.ofNullable(find(Set.of(symbol)).get(symbol));
  }

  /** One of those variables that are looked up together, as each costs a pass over all symbols. */
  Optional<Long> variable(String name) {
    return Optional.ofNullable(variables.get().get(name));
  }

  /** The kernel's own symbol table, where it is in the dump. */
  public Optional<Kallsyms> kallsyms() {
    return names.kallsyms();
  }

  /** Symbols by name and by address, those of modules too. */
  public SymbolNames symbolNames() {
    return symbolNames.get();
  }

  private SymbolNames nameSymbols() {
    List<SymbolTable> others = new ArrayList<>(names.besideKallsyms());
    others.add(shaped);
    return new SymbolNames(kallsyms(), this::modules, others);
  }

  /**
   * Run-time address of the kernel image's first byte.
   *
   * @param symbols what it is called, the first that there is
   */
  public OptionalLong imageStart(List<String> symbols) {
    return symbols.stream()
        .flatMap(name -> variable(name).stream())
        .mapToLong(address -> address)
        .findFirst();
  }

  /**
   * The kernel's memory with its types: those that a user named, then those that the kernel and its
   * modules carry themselves (CONFIG_DEBUG_INFO_BTF); where these carry none, those of a vmlinux.
   */
  public Optional<TypedMemory> types() {
    return types.types();
  }

  /**
   * The kernel's memory with the types of its tasks: its types, or where it has none, those that
   * its tasks tell by their shape.
   */
  public Optional<TypedMemory> taskTypes() {
    return types.taskTypes();
  }

  /** Why types that there are were not used, as a clause; empty where that is not so. */
  public Optional<String> typesProblem() {
    return types.problem();
  }

  /** The loaded modules, newest first; none where the list cannot be found. */
  public List<KernelModule> modules() {
    return modules.get();
  }

  private List<KernelModule> readModules() {
    return variable(MODULES).map(head -> Modules.read(memory, head)).orElse(List.of());
  }

  /** Whether the list of modules can be found; without, that there are none means nothing. */
  public boolean hasModuleList() {
    return variable(MODULES).filter(head -> memory.word(head).isPresent()).isPresent();
  }

  /** The ORC tables of the kernel and its modules. */
  public OrcTables orc() {
    return orc.get();
  }

  /**
   * What a port finds out of this kernel, once: its stacks and its symbols ask for the same.
   *
   * @param found asked the first time; must not ask for another such fact
   */
  public <T> T once(Class<T> fact, Supplier<T> found) {
    return fact.cast(facts.computeIfAbsent(fact, kind -> found.get()));
  }

  /** The CPUs that were online when memory was saved. */
  public Optional<BitSet> onlineCpus() {
    return cpus.online();
  }

  /** The CPUs that the machine has, online or not. */
  public Optional<BitSet> presentCpus() {
    return cpus.present();
  }

  /**
   * Physical address of the page tables that a CPU ran on, for dumps whose notes lack the control
   * register. Without types, {@code mm_struct.pgd} is told by what it points at.
   *
   * @param isRoot whether a physical page is a top-level page table of this kernel
   */
  public OptionalLong pageTableRoot(int cpu, LongPredicate isRoot) {
    return cpus.pageTableRoot(cpu, isRoot);
  }

  /** Address of the task that a CPU ran, where the kernel keeps it in a variable of its own. */
  public OptionalLong currentTask(int cpu) {
    return cpus.currentTask(cpu);
  }

  /**
   * Lowest address of the stack of the task that a CPU ran, without any types: the one word near
   * the beginning of a {@code struct task_struct} that points at the stack's end mark.
   */
  public OptionalLong currentStack(int cpu) {
    return cpus.currentStack(cpu);
  }

  /** What to add to a per-CPU symbol for one CPU's copy; 0 on a kernel without SMP. */
  long perCpuOffset(int cpu) {
    return cpus.perCpuOffset(cpu);
  }
}
