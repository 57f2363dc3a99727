package org.vmcore.gdbstub.inspect.types;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Variables;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code percpu}, laid out after what crash's {@code p} does with such. */
@Command(
    name = "percpu",
    description = "Show each CPU's copy of a per-CPU variable.",
    footer =
        """
        NAME is of the kernel or of a module. Without CPU it tells the variable's type and where
        each CPU has its copy, and shows the values where these are no structs; with CPU, that
        CPU's value whole. BTF and DWARF know the types of per-CPU variables; one whose type is not
        known is shown as a word. NAME.MEMBER shows that member of each copy.
        """)
public final class Percpu extends Query<Percpu.Answer> {
  @Parameters(index = "0", paramLabel = "NAME[.MEMBER]", description = "The variable.")
  private String name = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "CPU", description = "One CPU's alone.")
  private @Nullable Integer cpu;

  @Option(names = "-x", description = "Print integers in hexadecimal.")
  private boolean hexadecimal;

  /**
   * @param type as C writes it; none where it is not known
   * @param declaration the same with the variable's name where C has it
   */
  record Answer(
      String name,
      Optional<String> type,
      Optional<String> declaration,
      OptionalInt cpu,
      Rows<Copy> copies) {}

  /**
   * A CPU's copy.
   *
   * @param value where its type is known, and it is no struct or a CPU was named
   * @param word that is there, where its type is not known
   */
  record Copy(int cpu, @Hex long address, Optional<Value> value, @Hex OptionalLong word) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    List<Integer> cpus = call.cpus();
    if (cpu != null && !cpus.contains(cpu)) {
      throw NoAnswerException.notThere("there is no CPU " + cpu);
    }
    return of(call, name, cpu == null ? cpus : List.of(cpu), cpu != null);
  }

  /** Whether a variable is one of which each CPU has a copy. */
  static boolean isPerCpu(Call call, String name) throws MissingFactException {
    Optional<Long> start = call.machine().linux().address("__per_cpu_start");
    Optional<Long> end = call.machine().linux().address("__per_cpu_end");
    return start.isPresent()
        && end.isPresent()
        && call.symbols().named(name).stream()
            .anyMatch(
                found ->
                    Long.compareUnsigned(found.address() - start.get(), end.get() - start.get())
                        < 0);
  }

  /**
   * @param text the name, with or without a colon and CPUs: {@code 0,2-3}, {@code a} or {@code
   *     all}, or nothing for the selected one
   */
  static Answer of(Call call, String text)
      throws NoAnswerException, MissingFactException, KernelReadException {
    String[] parts = text.split(":", 2);
    return parts.length == 1
        ? of(call, parts[0], call.cpus(), false)
        : of(call, parts[0], CpuList.parse(call, parts[1]), true);
  }

  private static Answer of(Call call, String wanted, List<Integer> shown, boolean whole)
      throws NoAnswerException, MissingFactException, KernelReadException {
    String[] parts = wanted.split("\\.", 2);
    String name = parts[0];
    Named variable =
        call.symbols().named(name).stream()
            .findFirst()
            .orElseThrow(() -> NoAnswerException.notThere("symbol not found: " + name));
    Optional<Type> type = Variables.typeOf(call.typed().types(), variable.name());
    Optional<String> path = parts.length == 1 ? Optional.empty() : Optional.of(parts[1]);
    boolean values = whole || path.isPresent() || type.map(Percpu::isSmall).orElse(true);
    return new Answer(
        variable.name() + path.map(member -> "." + member).orElse(""),
        type.map(found -> Scalar.asWritten(TypeNames.of(found))),
        type.map(found -> Scalar.asWritten(TypeNames.declaration(found, variable.name()))),
        whole ? OptionalInt.of(shown.get(0)) : OptionalInt.empty(),
        Rows.of(
            call,
            out -> {
              for (int number : shown) {
                out.accept(copy(call, variable, type, path, number, values));
              }
            }));
  }

  private static boolean isSmall(Type type) {
    Type resolved = type.resolved();
    return resolved instanceof Type.Int
        || resolved instanceof Type.Pointer
        || resolved instanceof Type.Enumeration;
  }

  private static Copy copy(
      Call call,
      Named variable,
      Optional<Type> type,
      Optional<String> path,
      int number,
      boolean withValue)
      throws MissingFactException, KernelReadException {
    TypedMemory memory = call.typed();
    OptionalLong offset = new PerCpu(memory).offset(number);
    if (offset.isEmpty()) {
      throw new MissingFactException("it cannot be told where CPU " + number + " has its copies");
    }
    long address = memory.memory().truncate(variable.address() + offset.getAsLong());
    Optional<Value> value = Optional.empty();
    OptionalLong word = OptionalLong.empty();
    if (withValue && type.isPresent()) {
      ValueReader reader = new ValueReader(call.symbols());
      KernelObject object = memory.object(type.get(), address);
      value = Optional.of(reader.of(path.isPresent() ? object.member(path.get()) : object));
    } else if (withValue) {
      word = memory.memory().word(address);
    }
    return new Copy(number, address, value, word);
  }

  @Override
  public void print(Answer answer, Text out) {
    print(answer, hexadecimal ? Text.HEXADECIMAL : out.radix(), out);
  }

  /**
   * @param radix of integers
   */
  static void print(Answer answer, int radix, Text out) {
    print(answer, radix, " = ", out);
  }

  /**
   * @param equals what stands between a copy and its value
   */
  static void print(Answer answer, int radix, String equals, Text out) {
    boolean one = answer.cpu().isPresent();
    if (!one) {
      String unknown = "(unknown) " + answer.name();
      out.print(
          "PER-CPU DATA TYPE:\n  %s\nPER-CPU ADDRESSES:\n",
          answer.declaration().map(found -> found + ";").orElse(unknown));
    }
    int unused =
        answer
            .copies()
            .forEach(
                copy -> {
                  if (one) {
                    out.print("per_cpu(%s, %d)", answer.name(), copy.cpu());
                  } else {
                    out.print("  [%d]: %x", copy.cpu(), copy.address());
                  }
                  if (copy.value().isPresent()) {
                    out.lay((one ? equals : " = ") + ValueText.of(copy.value().get(), radix, 0));
                  } else if (answer.type().isEmpty()) {
                    OptionalLong word = copy.word();
                    out.print(
                        " = %s",
                        word.isPresent() ? Fields.hex(word.getAsLong()) : "(not in the dump)");
                  }
                  out.print("\n");
                });
  }
}
