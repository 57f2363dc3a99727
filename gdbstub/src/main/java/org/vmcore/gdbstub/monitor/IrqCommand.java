package org.vmcore.gdbstub.monitor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.kernel.SymbolNames;
import org.vmcore.gdbstub.kernel.irq.Interrupts;
import org.vmcore.gdbstub.kernel.irq.Interrupts.Action;
import org.vmcore.gdbstub.kernel.irq.Interrupts.Interrupt;
import org.vmcore.gdbstub.kernel.types.KernelReadException;

/** {@code monitor irq [-u]}, laid out after the command of that name in crash. */
final class IrqCommand extends KernelCommand {
  IrqCommand() {
    super(
        "irq",
        "[-u]",
        "List the interrupts and who handles them",
        """
        IRQ_DESC and IRQACTION are the addresses of the kernel's structures; an interrupt that is
        shared has a line for each action. Numbers without a descriptor are left out, with -u those
        without an action too. --json adds the handlers and the chips.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
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
