package org.vmcore.gdbstub.inspect.sched;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.irq.GateTable;
import org.vmcore.gdbstub.linux.irq.InterruptUse;
import org.vmcore.gdbstub.linux.irq.Interrupts;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code irq}, laid out after the command of that name in crash. */
@Command(
    name = "irq",
    description = "List the interrupts, who handles them and how often they came.",
    footer =
        """
        IRQ_DESC and IRQACTION are the addresses of the kernel's structures; an interrupt that is
        shared has a line for each action. Numbers without a descriptor are left out. --json adds
        the handlers and the chips.
        """)
public final class Irq extends Query<Irq.Answer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "[NUMBER...]",
      hideParamSyntax = true,
      description = "Only these.")
  private List<Long> numbers = List.of();

  @Option(names = "-c", paramLabel = "CPU,...", description = "With -s, of these CPUs only.")
  private @Nullable String cpuList;

  @Option(names = "-d", description = "List the entries of the interrupt descriptor table (x86).")
  private boolean gates;

  @Option(names = "-u", description = "Leave out those without an action, too.")
  private boolean used;

  @Option(names = "-s", description = "Count the interrupts that each CPU took.")
  private boolean counted;

  @Option(names = "-a", description = "Tell which CPUs they may go to.")
  private boolean affinity;

  @Option(names = "-b", description = "List the functions of the software interrupts.")
  private boolean soft;

  /** One list or another. */
  sealed interface Answer permits Descriptors, Counts, Affinities, SoftActions, Gates {}

  /** Those that have a descriptor. */
  record Descriptors(List<Interrupt> interrupts) implements Answer {}

  /**
   * An interrupt.
   *
   * @param irq its number
   * @param irqDesc address of its {@code struct irq_desc}
   * @param chip what delivers it
   */
  record Interrupt(long irq, @Hex long irqDesc, Optional<String> chip, List<Action> actions) {}

  /**
   * Who handles it.
   *
   * @param irqaction address of its {@code struct irqaction}
   * @param handler address of the function
   */
  record Action(
      @Hex long irqaction, String name, @Hex long handler, Optional<String> handlerName) {}

  /**
   * How often each came, of those with an action.
   *
   * @param cpus numbers of the CPUs
   */
  record Counts(List<Integer> cpus, Rows<Count> counts) implements Answer {}

  /**
   * How often one came.
   *
   * @param counts by the CPU's number
   * @param chip what delivers it
   * @param flow such as {@code edge}
   */
  record Count(
      long irq,
      String name,
      Optional<String> chip,
      Optional<String> flow,
      Map<Integer, Long> counts) {}

  /** Where each may go, of those with an action. */
  record Affinities(Rows<Affinity> affinities) implements Answer {}

  /** Where one may go. */
  record Affinity(long irq, String name, List<Integer> cpus) {}

  /** Of the interrupt descriptor table, those in use. */
  record Gates(List<Gate> gates) implements Answer {}

  /**
   * Where the CPU goes at an exception or interrupt.
   *
   * @param handler address of the code
   */
  record Gate(int vector, @Hex long handler, Optional<String> handlerName) {}

  /** What is called for each kind of software interrupt. */
  record SoftActions(List<SoftAction> softirqs) implements Answer {}

  /**
   * What is called for one kind.
   *
   * @param action address of the function
   */
  record SoftAction(int softirq, @Hex long action, Optional<String> actionName) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(used, counted, affinity, soft, gates)) {
      throw NoAnswerException.usage("takes one of -u, -s, -a, -b and -d");
    } else if (gates) {
      return gates(call);
    } else if (soft) {
      return softActions(call);
    }
    Listing<Interrupts.Interrupt> listing = Interrupts.read(call.typed());
    call.notes().incomplete(listing.problem());
    List<Interrupts.Interrupt> all =
        listing.all().stream()
            .filter(one -> numbers.isEmpty() || numbers.contains(one.number()))
            .toList();
    if (all.isEmpty() && !numbers.isEmpty()) {
      throw NoAnswerException.notThere("there is no such interrupt");
    }
    all.forEach(interrupt -> call.notes().incomplete(interrupt.problem()));
    if (counted) {
      return counts(call, handled(all));
    } else if (affinity) {
      InterruptUse use = new InterruptUse(call.typed());
      return new Affinities(
          Rows.of(
              call,
              out -> {
                for (Interrupts.Interrupt one : handled(all)) {
                  BitSet cpus = use.affinity(one);
                  out.accept(
                      new Affinity(one.number(), names(one), cpus.stream().boxed().toList()));
                }
              }));
    }
    SymbolNames symbols = call.symbols();
    return new Descriptors(
        (used ? handled(all) : all).stream().map(one -> interrupt(one, symbols)).toList());
  }

  /** Those with an action, as /proc/interrupts has them. */
  private static List<Interrupts.Interrupt> handled(List<Interrupts.Interrupt> all) {
    return all.stream().filter(interrupt -> !interrupt.actions().isEmpty()).toList();
  }

  private static String names(Interrupts.Interrupt interrupt) {
    return String.join(",", interrupt.actions().stream().map(Interrupts.Action::name).toList());
  }

  private static Interrupt interrupt(Interrupts.Interrupt interrupt, SymbolNames symbols) {
    List<Action> actions = new ArrayList<>();
    for (Interrupts.Action action : interrupt.actions()) {
      actions.add(
          new Action(
              action.address(),
              action.name(),
              action.handler(),
              symbols.at(action.handler()).map(Located::text)));
    }
    return new Interrupt(interrupt.number(), interrupt.address(), interrupt.chip(), actions);
  }

  private static Answer gates(Call call) throws MissingFactException, KernelReadException {
    List<Gate> found = new ArrayList<>();
    for (GateTable.Gate gate : GateTable.read(call.typed())) {
      Optional<String> name = call.symbols().at(gate.handler()).map(Located::text);
      found.add(new Gate(gate.vector(), gate.handler(), name));
    }
    return new Gates(found);
  }

  private Answer counts(Call call, List<Interrupts.Interrupt> handled)
      throws NoAnswerException, MissingFactException {
    List<Integer> cpus = cpuList == null ? call.cpus() : CpuList.parse(call, cpuList);
    InterruptUse use = new InterruptUse(call.typed());
    return new Counts(
        cpus,
        Rows.of(
            call,
            out -> {
              for (Interrupts.Interrupt one : handled) {
                List<Long> counts = use.counts(one, cpus);
                Map<Integer, Long> byCpu = new LinkedHashMap<>();
                for (int i = 0; i < cpus.size(); i++) {
                  byCpu.put(cpus.get(i), counts.get(i));
                }
                Optional<String> flow = flow(call, use, one);
                out.accept(new Count(one.number(), names(one), one.chip(), flow, byCpu));
              }
            }));
  }

  private static Optional<String> flow(Call call, InterruptUse use, Interrupts.Interrupt one) {
    try {
      return use.flow(one);
    } catch (KernelReadException e) {
      call.notes().incomplete("how interrupts are handled: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Answer softActions(Call call) throws MissingFactException, KernelReadException {
    List<SoftAction> actions = new ArrayList<>();
    int number = 0;
    for (long action : new InterruptUse(call.typed()).softActions()) {
      if (action != 0) {
        Optional<String> name = call.symbols().at(action).map(Located::text);
        actions.add(new SoftAction(number, action, name));
      }
      number++;
    }
    return new SoftActions(actions);
  }

  @Override
  public void print(Answer answer, Text out) {
    IrqText.print(answer, out);
  }
}
