package org.vmcore.gdbstub.linux.irq;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MapleTree;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;

/** The interrupts of the machine and who handles them (Linux include/linux/irqdesc.h). */
public final class Interrupts {
  /** Devices that may share an interrupt; the chain may loop. */
  private static final int MAX_ACTIONS = 1024;

  /** Where there is no tree of them (CONFIG_SPARSE_IRQ) NR_IRQS is less. */
  private static final int MAX_INTERRUPTS = 1 << 16;

  private static final String DESCRIPTOR = "struct irq_desc";

  private Interrupts() {}

  /**
   * Who handles an interrupt.
   *
   * @param address of its {@code struct irqaction}
   * @param name as in /proc/interrupts
   * @param handler address of the function
   */
  public record Action(long address, String name, long handler) {}

  /**
   * An interrupt.
   *
   * @param number as in /proc/interrupts
   * @param address of its {@code struct irq_desc}
   * @param chip what delivers it, where that has a name
   * @param problem why that is not all that is to be told of it
   */
  public record Interrupt(
      long number,
      long address,
      Optional<String> chip,
      List<Action> actions,
      Optional<String> problem) {}

  /**
   * All that have a descriptor.
   *
   * @throws KernelReadException when there is no list of them that is known
   */
  public static Listing<Interrupt> read(TypedMemory memory) throws KernelReadException {
    Listing<Descriptor> descriptors = descriptors(memory);
    return new Listing<>(
        descriptors.all().stream().map(Interrupts::interrupt).toList(), descriptors.problem());
  }

  private record Descriptor(long number, KernelObject object) {}

  private static Listing<Descriptor> descriptors(TypedMemory memory) throws KernelReadException {
    List<Descriptor> found = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    if (memory.address("irq_desc_tree").isPresent()) {
      String tree =
          memory.types().has("struct radix_tree_root", "rnode")
              ? "struct radix_tree_root"
              : "struct xarray";
      for (XArray.Entry entry : XArray.entries(memory, memory.variable("irq_desc_tree", tree))) {
        found.add(new Descriptor(entry.index(), memory.object(DESCRIPTOR, entry.address())));
      }
    } else if (memory.address("sparse_irqs").isPresent()) {
      // Since 6.5, commit 721255b9826b ("genirq: Use a maple tree for interrupt descriptor
      // management").
      KernelObject tree = memory.variable("sparse_irqs", "struct maple_tree");
      Listing<MapleTree.Entry> entries = MapleTree.entries(memory, tree);
      problem = entries.problem();
      for (MapleTree.Entry entry : entries.all()) {
        found.add(new Descriptor(entry.first(), memory.object(DESCRIPTOR, entry.address())));
      }
    } else if (memory.address("irq_desc_ptrs").isPresent()) {
      found.addAll(pointedTo(memory));
    } else {
      KernelObject first = memory.variable("irq_desc", DESCRIPTOR);
      long count = memory.variable("nr_irqs", "int").value();
      long size = first.type().size().orElse(0);
      for (int i = 0; i < Math.min(count, MAX_INTERRUPTS); i++) {
        found.add(new Descriptor(i, first.moved(i * size)));
      }
    }
    return new Listing<>(found, problem);
  }

  /**
   * With CONFIG_SPARSE_IRQ, an array of pointers before the tree of 2.6.34: since 2.6.31 a pointer
   * to an array of {@code nr_irqs} that is allocated (Linux 2.6.32 kernel/irq/handle.c).
   */
  private static List<Descriptor> pointedTo(TypedMemory memory) throws KernelReadException {
    List<Descriptor> found = new ArrayList<>();
    long array = memory.variable("irq_desc_ptrs", "unsigned long").value();
    long count = memory.variable("nr_irqs", "int").value();
    for (int i = 0; i < Math.min(count, MAX_INTERRUPTS); i++) {
      long descriptor =
          memory.object("unsigned long", array + (long) i * memory.memory().wordBytes()).value();
      if (descriptor != 0) {
        found.add(new Descriptor(i, memory.object(DESCRIPTOR, descriptor)));
      }
    }
    return found;
  }

  private static Interrupt interrupt(Descriptor descriptor) {
    List<Action> actions = new ArrayList<>();
    Optional<String> chip = Optional.empty();
    Optional<String> problem = Optional.empty();
    KernelObject object = descriptor.object();
    try {
      KernelObject delivers = InterruptMembers.CHIP.in(object);
      if (delivers.value() != 0) {
        chip = Optional.of(delivers.dereference().string("name"));
      }
      Set<Long> seen = new HashSet<>();
      KernelObject next = object.member("action");
      while (next.value() != 0 && seen.size() < MAX_ACTIONS && seen.add(next.value())) {
        KernelObject action = next.dereference();
        actions.add(action(action));
        next = action.member("next");
      }
    } catch (KernelReadException e) {
      problem = Optional.of("interrupt %d: %s".formatted(descriptor.number(), e.getMessage()));
    }
    return new Interrupt(
        descriptor.number(), object.address(), chip, List.copyOf(actions), problem);
  }

  private static Action action(KernelObject action) throws KernelReadException {
    String name = action.value("name") == 0 ? "" : action.string("name");
    return new Action(action.address(), name, action.value("handler"));
  }
}
