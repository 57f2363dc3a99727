package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.address.Identifier;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/** The instruction that an exception came of with those around it, and the registers it had. */
final class CodeAround {
  private static final int BEFORE = 5;
  private static final int BEHIND = 3;

  /** Functions that are longer are not disassembled from their start. */
  private static final int MAX_FUNCTION = 64 << 10;

  /** Registers of gdb's that tell nothing of a failure. */
  private static final Set<String> SEGMENTS =
      Set.of("cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base", "orig_rax");

  private CodeAround() {}

  /** None where instructions are not told apart, or there is no function. */
  static List<Analysis.Instruction> instructions(Call call, Frame frame)
      throws MissingFactException {
    SymbolNames symbols = call.symbols();
    Optional<Disassembler> disassembler =
        call.machine().architecture().flatMap(known -> known.disassembler());
    Optional<Located> at = symbols.at(frame.pc());
    if (disassembler.isEmpty() || at.isEmpty() || at.get().offset() > MAX_FUNCTION) {
      return List.of();
    }
    long start = at.get().symbol().address();
    int behind = BEHIND * disassembler.get().longest();
    byte[] code = call.machine().kernelMemory().upTo(start, (int) at.get().offset() + behind);
    List<Analysis.Instruction> all = new ArrayList<>();
    int fault = -1;
    for (int offset = 0; offset < code.length; ) {
      Disassembler.Instruction one = disassembler.get().at(code, offset, start + offset);
      if (start + offset == frame.pc()) {
        fault = all.size();
      } else if (fault >= 0 && all.size() > fault + BEHIND) {
        break;
      }
      all.add(row(symbols, one, start + offset, at.get(), frame.pc()));
      offset += Math.max(1, one.length());
    }
    return fault < 0
        ? List.of()
        : all.subList(Math.max(0, fault - BEFORE), Math.min(all.size(), fault + BEHIND + 1));
  }

  private static Analysis.Instruction row(
      SymbolNames symbols, Disassembler.Instruction one, long address, Located function, long pc) {
    OptionalLong target = one.target().isPresent() ? one.target() : one.reference();
    String name =
        target.isPresent() ? symbols.at(target.getAsLong()).map(Located::text).orElse("") : "";
    String to =
        one.target().isPresent()
            ? "0x%x%s".formatted(target.getAsLong(), name.isEmpty() ? "" : " <" + name + ">")
            : name.isEmpty() ? "" : "  # " + name;
    return new Analysis.Instruction(
        address,
        function.symbol().name() + "+" + (address - function.symbol().address()),
        one.text() + to,
        address == pc);
  }

  /** Those that are known, and what each points at. */
  static List<Analysis.Register> registers(Call call, Frame frame) throws MissingFactException {
    Identifier identifier = new Identifier(call, Optional.empty());
    List<Analysis.Register> all = new ArrayList<>();
    frame
        .registers()
        .values()
        .forEach(
            (name, value) -> {
              if (SEGMENTS.contains(name)) {
                return;
              }
              boolean small = Long.compareUnsigned(value, 1 << 16) < 0;
              String meaning = small ? "" : identifier.of(value).text();
              all.add(
                  new Analysis.Register(
                      name, value, meaning.isEmpty() ? Optional.empty() : Optional.of(meaning)));
            });
    return all;
  }
}
