package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Variables;

/** {@code monitor percpu NAME [CPU]}, laid out after what crash's {@code p} does with such. */
final class PercpuCommand extends KernelCommand {
  PercpuCommand() {
    super(
        "percpu",
        "NAME [CPU] [-x]",
        "Show each CPU's copy of a per-CPU variable",
        """
        NAME is of the kernel or of a module. Without CPU it tells the variable's type and where
        each CPU has its copy, and shows the values where these are no structs; with CPU, that
        CPU's value whole. BTF and DWARF know the types of per-CPU variables; one whose type is not
        known is shown as a word. -x prints integers in hexadecimal.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    List<String> words = arguments.stream().filter(word -> !word.equals("-x")).toList();
    if (words.isEmpty() || words.size() > 2) {
      throw new UsageException("takes the name of a per-CPU variable");
    }
    List<Integer> cpus = cpus(call);
    if (words.size() == 2) {
      String cpu = words.get(1);
      if (!cpu.matches("\\d{1,5}") || !cpus.contains(Integer.parseInt(cpu))) {
        throw new UsageException("there is no CPU " + cpu);
      }
      cpus = List.of(Integer.parseInt(cpu));
    }
    SymbolNames symbols = machine(call).linux().symbolNames();
    Named variable =
        symbols.named(words.get(0)).stream()
            .findFirst()
            .orElseThrow(() -> new UsageException("symbol not found: " + words.get(0)));
    TypedMemory memory = typed(call);
    Optional<Type> type = Variables.typeOf(memory.types(), variable.name());
    ValueText values =
        new ValueText(symbols, memory.memory().byteOrder(), arguments.contains("-x") ? 16 : 10);
    boolean whole = words.size() == 2 || type.map(PercpuCommand::isSmall).orElse(true);
    StringBuilder text = new StringBuilder();
    if (words.size() == 1) {
      text.append("PER-CPU DATA TYPE:\n  ");
      text.append(
          type.map(found -> Scalar.asWritten(TypeNames.declaration(found, variable.name())) + ";")
              .orElse("(unknown) " + variable.name()));
      text.append("\nPER-CPU ADDRESSES:\n");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", variable.name());
    type.ifPresent(found -> tree.put("type", Scalar.asWritten(TypeNames.of(found))));
    List<Object> copies = new ArrayList<>();
    PerCpu perCpu = new PerCpu(memory);
    for (int cpu : cpus) {
      OptionalLong offset = perCpu.offset(cpu);
      if (offset.isEmpty()) {
        throw new MissingFactException("it cannot be told where CPU " + cpu + " has its copies");
      }
      long address = memory.memory().truncate(variable.address() + offset.getAsLong());
      Map<String, Object> copy = new LinkedHashMap<>();
      copy.put("cpu", cpu);
      copy.put("address", hex(address));
      String head = "  [" + cpu + "]: " + Long.toHexString(address);
      if (words.size() == 2) {
        head = "per_cpu(" + variable.name() + ", " + cpu + ")";
      }
      text.append(head);
      if (whole && type.isPresent()) {
        text.append(" = ").append(values.of(memory.object(type.get(), address), 0));
        copy.put(
            "value",
            new ValueTree(memory.memory().byteOrder()).of(memory.object(type.get(), address)));
      } else if (whole) {
        text.append(" = ").append(word(memory.memory(), address, copy));
      }
      text.append('\n');
      copies.add(copy);
    }
    tree.put("copies", copies);
    return new Answer(text.toString(), tree);
  }

  private static boolean isSmall(Type type) {
    Type resolved = type.resolved();
    return resolved instanceof Type.Int
        || resolved instanceof Type.Pointer
        || resolved instanceof Type.Enumeration;
  }

  private static String word(KernelMemory memory, long address, Map<String, Object> copy) {
    OptionalLong word = memory.word(address);
    if (word.isEmpty()) {
      return "(not in the dump)";
    }
    copy.put("word", hex(word.getAsLong()));
    return hex(word.getAsLong());
  }
}
