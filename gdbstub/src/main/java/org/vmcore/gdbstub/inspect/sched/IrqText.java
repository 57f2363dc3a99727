package org.vmcore.gdbstub.inspect.sched;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.inspect.view.Text;

/** Interrupts as crash's {@code irq} lays them out. */
final class IrqText {
  private IrqText() {}

  static void print(Irq.Answer answer, Text out) {
    if (answer instanceof Irq.Counts counts) {
      print(counts, out);
    } else if (answer instanceof Irq.Affinities affinities) {
      out.print("IRQ NAME                 AFFINITY\n");
      int unused =
          affinities
              .affinities()
              .forEach(
                  one -> out.print("%3d %-20s %s\n", one.irq(), one.name(), ranges(one.cpus())));
    } else if (answer instanceof Irq.SoftActions actions) {
      print(actions, out);
    } else if (answer instanceof Irq.Gates gates) {
      print(gates, out);
    } else if (answer instanceof Irq.Descriptors descriptors) {
      print(descriptors, out);
    }
  }

  private static void print(Irq.Descriptors descriptors, Text out) {
    int width = out.digits() + 1;
    String row = " %-4s %-" + width + "s %-" + width + "s %s";
    out.line(row, "IRQ", "IRQ_DESC/_DATA", "IRQACTION", "NAME");
    for (Irq.Interrupt interrupt : descriptors.interrupts()) {
      String number = Text.format("%3d", interrupt.irq());
      String descriptor = Long.toHexString(interrupt.irqDesc());
      if (interrupt.actions().isEmpty()) {
        out.line(row, number, descriptor, "(unused)", "");
      }
      for (Irq.Action action : interrupt.actions()) {
        String name = '"' + action.name() + '"';
        out.line(row, number, descriptor, Long.toHexString(action.irqaction()), name);
        number = "";
        descriptor = "";
      }
    }
  }

  private static void print(Irq.Counts answer, Text out) {
    out.print("     ");
    answer.cpus().forEach(cpu -> out.print("%10s ", "CPU" + cpu));
    out.print("\n");
    int unused =
        answer
            .counts()
            .forEach(
                one -> {
                  out.print("%3d: ", one.irq());
                  one.counts().values().forEach(count -> out.print("%10d ", count));
                  String flow = one.flow().map(name -> "-" + name).orElse("");
                  out.print(" %-15s  %s\n", one.chip().orElse("none") + flow, one.name());
                });
  }

  private static void print(Irq.SoftActions answer, Text out) {
    String row = "    [%d]     %-" + out.digits() + "x%s\n";
    out.print("SOFTIRQ_VEC      ACTION\n");
    for (Irq.SoftAction one : answer.softirqs()) {
      out.row(
          row,
          one.softirq(),
          one.action(),
          one.actionName().map(name -> "  <" + name + ">").orElse(""));
    }
  }

  private static void print(Irq.Gates answer, Text out) {
    for (Irq.Gate gate : answer.gates()) {
      String name = gate.handlerName().orElse(Long.toHexString(gate.handler()));
      out.print("%5s %s\n", "[" + gate.vector() + "]", name);
    }
  }

  /** {@code 0-3,5}. */
  private static String ranges(List<Integer> cpus) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < cpus.size(); ) {
      int last = i;
      while (last + 1 < cpus.size() && cpus.get(last + 1) == cpus.get(last) + 1) {
        last++;
      }
      ranges.add(last == i ? "" + cpus.get(i) : cpus.get(i) + "-" + cpus.get(last));
      i = last + 1;
    }
    return ranges.isEmpty() ? "none" : String.join(",", ranges);
  }
}
