package org.vmcore.gdbstub.inspect.types;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code p}, laid out after the command of that name in crash. */
@Command(
    name = "p",
    description = "Print the value of a variable or an expression.",
    footer =
        """
        EXPRESSION is as in C: variables and their members, elements, '*' and '&', casts, sizeof,
        arithmetic. A variable whose type is not known is shown as a word; of per-CPU variables
        'NAME:CPU,...' or 'NAME:a' shows the copies ('percpu' tells more). For example:
          p init_task.comm
          p ((struct task_struct *) 0xffff888003a10000)->mm->owner
          p -x runqueues:0
        """)
public final class P extends Query<P.Answer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "EXPRESSION",
      hideParamSyntax = true,
      description = "What to print.")
  private List<String> words = List.of();

  @Mixin private Radix radix = new Radix();

  /** */
  sealed interface Answer permits One, Copies {}

  /**
   * A value.
   *
   * @param type as C writes it; none of a number
   */
  record One(String expression, Optional<String> type, Value value) implements Answer {}

  /** Of a per-CPU variable. */
  record Copies(Percpu.Answer variable) implements Answer {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-u");
  }

  @Override
  public boolean takesDashes() {
    return true;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    String text = String.join(" ", words);
    String format = "";
    if (text.matches("/[xd]\\s.*")) {
      format = text.substring(1, 2);
      text = text.substring(2).strip();
    }
    radix.set(format);
    if (text.matches("\\w+(:[\\w,-]*)?") && Percpu.isPerCpu(call, text.replaceFirst(":.*", ""))) {
      return new Copies(Percpu.of(call, text));
    }
    Expression.Operand operand = Expression.of(call, text);
    ValueReader reader = new ValueReader(call.symbols());
    if (operand.object() != null) {
      String type = Scalar.asWritten(TypeNames.of(operand.object().type()));
      return new One(text, Optional.of(type), reader.of(operand.object()));
    }
    if (operand.pointed() != null) {
      Type target = operand.pointed();
      Type pointer = Type.Pointer.to(target, call.machine().pointerBytes());
      String type = Scalar.asWritten(TypeNames.of(pointer));
      return new One(
          text, Optional.of(type), reader.pointer(call.typed(), target, operand.number()));
    }
    BigInteger number = BigInteger.valueOf(operand.number());
    return new One(text, Optional.empty(), new Value.Whole(number, Long.BYTES, false));
  }

  @Override
  public void print(Answer answer, Text out) {
    int base = radix.of(out);
    if (answer instanceof Copies copies) {
      Percpu.print(copies.variable(), base, " = $1 = ", out);
    } else if (answer instanceof One one) {
      boolean name = one.expression().matches("\\w+") && !one.expression().matches("\\d.*");
      boolean scalar = one.value() instanceof Value.Pointer pointer && pointer.string().isEmpty();
      boolean cast = scalar && one.type().isPresent() && !one.type().get().equals("void *");
      out.lay(
          (name ? one.expression() + " = " : "")
              + "$1 = "
              + (cast ? "(" + one.type().orElse("") + ") " : "")
              + ValueText.of(one.value(), base, 0)
              + "\n");
    }
  }
}
