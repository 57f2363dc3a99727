package org.vmcore.gdbstub.linux.time;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Variables;
import org.vmcore.gdbstub.linux.types.Walk;

/** The timers that wait in each CPU's wheels (Linux kernel/time/timer.c). */
public final class Timers {
  private static final String TIMER = "struct timer_list";

  /** Since 4.8, commit 500462a9de65 ("timers: Switch to a non-cascading wheel"). */
  private static final String BASES = "timer_bases";

  /**
   * Before: the structure of each CPU, and until 4.0 a pointer to it (b337a9380f7e, "timer:
   * Allocate per-cpu tvec_base's statically"). The structure starts with a lock, a pointer is an
   * address.
   */
  private static final String OLD_BASES = "tvec_bases";

  private static final String[] WHEELS = {"tv1", "tv2", "tv3", "tv4", "tv5"};

  /** What the bases of a CPU are called by their number; the middle one was split off in 6.9. */
  private static final List<List<String>> NAMES =
      List.of(
          List.of("BASE_STD"),
          List.of("BASE_STD", "BASE_DEF"),
          List.of("BASE_LOCAL", "BASE_GLOBAL", "BASE_DEF"));

  private final TypedMemory memory;
  private final PerCpu perCpu;

  private Timers(TypedMemory memory) {
    this.memory = memory;
    this.perCpu = new PerCpu(memory);
  }

  /**
   * A timer that waits.
   *
   * @param address of its {@code struct timer_list}
   * @param expires in jiffies
   * @param function address of what is to be called
   */
  public record Timer(long address, long expires, long function) {}

  /**
   * A CPU's timers of one kind.
   *
   * @param name such as {@code BASE_STD}; empty where there is one kind only
   * @param timers the next to expire first
   * @param problem why the list is not whole, if it is not
   */
  public record Base(
      int cpu, String name, long address, List<Timer> timers, Optional<String> problem) {
    public Base {
      timers = List.copyOf(timers);
    }
  }

  /** The clock that timers are set by. */
  public static long jiffies(TypedMemory memory) throws KernelReadException {
    OptionalLong jiffies =
        memory
            .address("jiffies")
            .map(address -> memory.memory().word(address))
            .orElse(OptionalLong.empty());
    return jiffies.orElseThrow(
        () -> new KernelReadException(Reason.ABSENT, "the kernel's jiffies cannot be read"));
  }

  /**
   * The bases of some CPUs.
   *
   * @throws KernelReadException when the kernel's types do not tell how timers are kept
   */
  public static List<Base> read(TypedMemory memory, List<Integer> cpus) throws KernelReadException {
    Timers timers = new Timers(memory);
    List<Base> bases = new ArrayList<>();
    for (int cpu : cpus) {
      if (memory.address(BASES).isPresent()) {
        timers.addBases(cpu, bases);
      } else {
        timers.addOldBase(cpu, bases);
      }
    }
    return bases;
  }

  private void addBases(int cpu, List<Base> bases) throws KernelReadException {
    OptionalLong first = perCpu.address(BASES, cpu);
    if (first.isEmpty()) {
      return;
    }
    Reasons reasons = new Reasons();
    int count =
        Variables.typeOf(memory.types(), BASES)
            .map(Type::resolved)
            .map(type -> type instanceof Type.Array array ? array.count() : 1L)
            .map(elements -> (int) Math.min(elements, NAMES.size()))
            .orElseGet(() -> countOf(first.getAsLong(), reasons));
    KernelObject base = memory.object("struct timer_base", first.getAsLong());
    for (int i = 0; i < count; i++) {
      List<KernelObject> heads = base.member("vectors").elements();
      // Where there may be more of them, the last one says so.
      Optional<String> problem =
          i == count - 1 ? reasons.all().stream().findFirst() : Optional.empty();
      bases.add(base(cpu, NAMES.get(count - 1).get(i), base.address(), heads, problem));
      base = base.moved(base.type().size().orElse(0));
    }
  }

  /**
   * How many bases there are, where the type of the variable is not known, as on a kernel without
   * SMP: each says which CPU it is of, and each bucket of its wheel leads to a timer that leads
   * back.
   *
   * @param reasons told why the one behind the last could not be looked at
   */
  private int countOf(long first, Reasons reasons) {
    int count = 0;
    try {
      KernelObject base = memory.object("struct timer_base", first);
      long cpu = base.value("cpu");
      while (count < NAMES.size() && base.value("cpu") == cpu && isWheel(base)) {
        count++;
        base = base.moved(base.type().size().orElse(0));
      }
    } catch (KernelReadException e) {
      reasons.add(e);
    }
    return Math.max(count, 1);
  }

  private boolean isWheel(KernelObject base) throws KernelReadException {
    int used = 0;
    for (KernelObject head : base.member("vectors").elements()) {
      long timer = head.value("first");
      if (timer != 0) {
        // hlist_node: next, and pprev that points back at what points here.
        OptionalLong back = memory.memory().word(timer + memory.memory().wordBytes());
        if (back.orElse(0) != head.address()) {
          return false;
        }
        used++;
      }
    }
    return used > 0 || base.value("clk") != 0;
  }

  private void addOldBase(int cpu, List<Base> bases) throws KernelReadException {
    OptionalLong pointer = perCpu.address(OLD_BASES, cpu);
    if (pointer.isEmpty()) {
      throw new KernelReadException(
          Reason.ABSENT, "the kernel has no symbol '" + BASES + "' or '" + OLD_BASES + "'");
    }
    KernelObject base = memory.object("struct tvec_base", oldBase(pointer.getAsLong()));
    List<KernelObject> heads = new ArrayList<>();
    for (String wheel : WHEELS) {
      heads.addAll(base.member(wheel + ".vec").elements());
    }
    bases.add(base(cpu, "", base.address(), heads, Optional.empty()));
  }

  private long oldBase(long variable) throws KernelReadException {
    long pointer = memory.memory().word(variable).orElse(0);
    boolean isPointer =
        Variables.typeOf(memory.types(), OLD_BASES)
            .map(type -> type.resolved() instanceof Type.Pointer)
            .orElse(isOldBase(pointer));
    return isPointer ? pointer : variable;
  }

  /** Each list of its smallest wheel has a first entry, which leads back to it. */
  private boolean isOldBase(long address) throws KernelReadException {
    KernelObject list =
        memory.object("struct tvec_base", address).member(WHEELS[0] + ".vec").element(0);
    if (list.has("first")) {
      // Such lists came after the pointers had gone.
      return false;
    }
    int wordBytes = memory.memory().wordBytes();
    OptionalLong first = memory.memory().word(list.address());
    return address != 0
        && first.orElse(0) != 0
        && memory
            .memory()
            .word(first.getAsLong() + wordBytes)
            .equals(OptionalLong.of(list.address()));
  }

  private static Base base(
      int cpu, String name, long address, List<KernelObject> heads, Optional<String> known) {
    List<Timer> timers = new ArrayList<>();
    Optional<String> problem = known;
    for (KernelObject head : heads) {
      try {
        // Lists before 4.2.
        Walk walk = head.has("first") ? head.hlist(TIMER, "entry") : head.list(TIMER, "entry");
        for (KernelObject timer : walk) {
          timers.add(new Timer(timer.address(), timer.value("expires"), timer.value("function")));
        }
        problem = problem.or(walk::problem);
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    timers.sort(Comparator.comparing(Timer::expires, Long::compareUnsigned));
    return new Base(cpu, name, address, timers, problem);
  }
}
