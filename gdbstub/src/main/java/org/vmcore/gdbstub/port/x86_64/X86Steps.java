package org.vmcore.gdbstub.port.x86_64;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.x86.X86Disassembler;
import org.vmcore.gdbstub.port.flow.CodeReader;
import org.vmcore.gdbstub.port.flow.CodeStep;
import org.vmcore.gdbstub.port.flow.CodeStep.Kind;

/** x86-64's instructions; functions are called by the System V ABI for AMD64, 3.2. */
final class X86Steps implements CodeReader {
  private final Disassembler disassembler = new X86Disassembler();

  @Override
  public CodeStep at(byte[] code, int offset, long address) {
    Disassembler.Instruction one = disassembler.at(code, offset, address);
    AttInstruction text = AttInstruction.of(one.text());
    return new CodeStep(one.length(), kind(text.name()), one.target(), text.written(), moves(text));
  }

  private static Kind kind(String name) {
    if (name.startsWith("call")) {
      return Kind.CALL;
    } else if (name.startsWith("ret") || name.startsWith("iret")) {
      return Kind.RETURN;
    }
    return name.equals("jmp") ? Kind.JUMP : name.startsWith("j") ? Kind.BRANCH : Kind.NEXT;
  }

  private static List<CodeStep.Move> moves(AttInstruction text) {
    Optional<String> to =
        text.isMove() ? AttInstruction.register64(text.operands().get(1)) : Optional.empty();
    return to.flatMap(register -> move(text, register)).map(List::of).orElse(List.of());
  }

  private static Optional<CodeStep.Move> move(AttInstruction text, String to) {
    String source = text.operands().get(0);
    Optional<String> from = AttInstruction.register64(source);
    if (from.isPresent()) {
      return Optional.of(new CodeStep.Copy(to, from.get()));
    }
    boolean isAddress = text.name().startsWith("lea");
    return AttInstruction.based(source)
        .map(
            based ->
                isAddress
                    ? new CodeStep.Address(to, based.register(), based.displacement())
                    : new CodeStep.Load(to, based.register(), based.displacement()));
  }

  @Override
  public List<String> arguments() {
    return List.of("rdi", "rsi", "rdx", "rcx", "r8", "r9");
  }

  @Override
  public Set<String> clobbered() {
    return Set.of("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
  }

  @Override
  public String result() {
    return "rax";
  }
}
