package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.irq.InterruptUse;
import org.vmcore.gdbstub.linux.irq.Interrupts;
import org.vmcore.gdbstub.linux.irq.Interrupts.Action;
import org.vmcore.gdbstub.linux.irq.Interrupts.Interrupt;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** {@code monitor irq [-u]}, laid out after the command of that name in crash. */
final class IrqCommand extends KernelCommand {
  IrqCommand() {
    super(
        "irq",
        "[-u | -s | -a | -b]",
        "List the interrupts, who handles them and how often they came",
        """
        IRQ_DESC and IRQACTION are the addresses of the kernel's structures; an interrupt that is
        shared has a line for each action. Numbers without a descriptor are left out, with -u those
        without an action too. --json adds the handlers and the chips. -s counts the interrupts that
        each CPU took, -a tells which CPUs they may go to, -b lists the functions of the software
        interrupts.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    if (arguments.equals(List.of("-s"))) {
      return counts(call);
    } else if (arguments.equals(List.of("-a"))) {
      return affinities(call);
    } else if (arguments.equals(List.of("-b"))) {
      return softActions(call);
    }
    boolean used = arguments.equals(List.of("-u"));
    if (!used) {
      takesNone(arguments);
    }
    SymbolNames symbols = machine(call).linux().symbolNames();
    int digits = machine(call).pointerBytes() * 2;
    String row = " %-4s %-" + (digits + 1) + "s %-" + (digits + 1) + "s %s\n";
    StringBuilder text = new StringBuilder();
    text.append(row.formatted("IRQ", "IRQ_DESC/_DATA", "IRQACTION", "NAME"));
    List<Object> tree = new ArrayList<>();
    for (Interrupt interrupt : Interrupts.read(typed(call))) {
      if (used && interrupt.actions().isEmpty()) {
        continue;
      }
      String number = "%3d".formatted(interrupt.number());
      String descriptor = Long.toHexString(interrupt.address());
      if (interrupt.actions().isEmpty()) {
        text.append(row.formatted(number, descriptor, "(unused)", ""));
      }
      for (Action action : interrupt.actions()) {
        String name = '"' + action.name() + '"';
        text.append(row.formatted(number, descriptor, Long.toHexString(action.address()), name));
        number = "";
        descriptor = "";
      }
      tree.add(tree(interrupt, symbols));
    }
    return new Answer(text.toString().replaceAll(" +\n", "\n"), tree);
  }

  /** Those with an action, as /proc/interrupts has them. */
  private static List<Interrupt> handled(Call call)
      throws MissingFactException, KernelReadException {
    return Interrupts.read(typed(call)).stream()
        .filter(interrupt -> !interrupt.actions().isEmpty())
        .toList();
  }

  private static String names(Interrupt interrupt) {
    return String.join(",", interrupt.actions().stream().map(Action::name).toList());
  }

  private static Answer counts(Call call) throws MissingFactException, KernelReadException {
    List<Integer> cpus = cpus(call);
    InterruptUse use = new InterruptUse(typed(call));
    StringBuilder text = new StringBuilder("     ");
    cpus.forEach(cpu -> text.append("%10s ".formatted("CPU" + cpu)));
    text.append('\n');
    List<Object> tree = new ArrayList<>();
    for (Interrupt interrupt : handled(call)) {
      List<Long> counts = use.counts(interrupt, cpus);
      text.append("%3d: ".formatted(interrupt.number()));
      counts.forEach(count -> text.append("%10d ".formatted(count)));
      String flow = use.flow(interrupt).map(name -> "-" + name).orElse("");
      text.append(" %-15s  ".formatted(interrupt.chip().orElse("none") + flow));
      text.append(names(interrupt)).append('\n');
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("irq", interrupt.number());
      one.put("name", names(interrupt));
      Map<String, Object> byCpu = new LinkedHashMap<>();
      for (int i = 0; i < cpus.size(); i++) {
        byCpu.put(String.valueOf(cpus.get(i)), counts.get(i));
      }
      one.put("counts", byCpu);
      tree.add(one);
    }
    return new Answer(text.toString(), tree);
  }

  private static Answer affinities(Call call) throws MissingFactException, KernelReadException {
    InterruptUse use = new InterruptUse(typed(call));
    StringBuilder text = new StringBuilder("IRQ NAME                 AFFINITY\n");
    List<Object> tree = new ArrayList<>();
    for (Interrupt interrupt : handled(call)) {
      BitSet cpus = use.affinity(interrupt);
      text.append("%3d %-20s %s\n".formatted(interrupt.number(), names(interrupt), ranges(cpus)));
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("irq", interrupt.number());
      one.put("name", names(interrupt));
      one.put("cpus", cpus.stream().boxed().toList());
      tree.add(one);
    }
    return new Answer(text.toString(), tree);
  }

  /** {@code 0-3,5}. */
  private static String ranges(BitSet cpus) {
    List<String> ranges = new ArrayList<>();
    for (int first = cpus.nextSetBit(0); first >= 0; ) {
      int end = cpus.nextClearBit(first);
      ranges.add(end == first + 1 ? "" + first : first + "-" + (end - 1));
      first = cpus.nextSetBit(end);
    }
    return ranges.isEmpty() ? "none" : String.join(",", ranges);
  }

  private static Answer softActions(Call call) throws MissingFactException, KernelReadException {
    SymbolNames symbols = machine(call).linux().symbolNames();
    int digits = machine(call).pointerBytes() * 2;
    StringBuilder text = new StringBuilder("SOFTIRQ_VEC      ACTION\n");
    List<Object> tree = new ArrayList<>();
    int number = 0;
    for (long action : new InterruptUse(typed(call)).softActions()) {
      if (action != 0) {
        String address = ("%-" + digits + "x").formatted(action);
        Optional<String> name = symbols.at(action).map(found -> found.text());
        String shown = name.map(found -> "  <" + found + ">").orElse("");
        text.append("    [%d]     %s%s\n".formatted(number, address, shown));
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("softirq", number);
        one.put("action", hex(action));
        name.ifPresent(found -> one.put("action_name", found));
        tree.add(one);
      }
      number++;
    }
    return new Answer(text.toString(), tree);
  }

  private static Map<String, Object> tree(Interrupt interrupt, SymbolNames symbols) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("irq", interrupt.number());
    tree.put("irq_desc", hex(interrupt.address()));
    interrupt.chip().ifPresent(chip -> tree.put("chip", chip));
    List<Object> actions = new ArrayList<>();
    for (Action action : interrupt.actions()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("irqaction", hex(action.address()));
      one.put("name", action.name());
      one.put("handler", hex(action.handler()));
      symbols.at(action.handler()).ifPresent(found -> one.put("handler_name", found.text()));
      actions.add(one);
    }
    tree.put("actions", actions);
    return tree;
  }
}
