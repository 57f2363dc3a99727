package org.vmcore.gdbstub.inspect.analyze;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MemberAt;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.FunctionCode;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.api.MemoryOperand;
import org.vmcore.gdbstub.port.api.PointerTypes;

/**
 * The member of a structure that an instruction accesses.
 *
 * @param type the structure that the operand's register points at
 * @param member in it
 */
record FaultMember(Compound type, String member) {
  /** Functions that are longer are few, and are not followed. */
  private static final int MAX_BEFORE = 64 << 10;

  /** Clones that call clones are seldom more. */
  private static final int MAX_CALLERS = 4;

  /** Behind the instruction as well: loops come back from there. */
  private static final int MAX_BEHIND = 4 << 10;

  /**
   * @param frames from that of the instruction outwards
   */
  static Optional<FaultMember> of(
      CrashedMachine machine, List<Frame> frames, MemoryOperand operand) {
    if (operand.base().isEmpty() || operand.index().isPresent()) {
      return Optional.empty();
    }
    try {
      Optional<KernelTypes> types = machine.linux().types().map(memory -> memory.types());
      if (types.isEmpty()) {
        return Optional.empty();
      }
      return new Functions(machine, types.get())
          .flow(frames, 0)
          .flatMap(flow -> flow.pointee(operand.base().get(), frames.get(0).pc()))
          .filter(Compound.class::isInstance)
          .map(Compound.class::cast)
          .flatMap(type -> of(type, operand.displacement()));
    } catch (MissingFactException e) {
      // A finding needs proof; what is missing is told of the kernel's memory.
      return Optional.empty();
    }
  }

  private static Optional<FaultMember> of(Compound type, long offset) {
    boolean inside = offset >= 0 && offset < type.size().orElse(0);
    return inside && !type.name().isEmpty()
        ? MemberAt.of(type, offset).map(member -> new FaultMember(type, member))
        : Optional.empty();
  }

  /** As C writes it, but for the keyword. */
  String text() {
    String inside = member.startsWith("[") || member.startsWith("+") ? member : "." + member;
    return type.name() + inside;
  }

  /** The functions on the stack. */
  private static final class Functions {
    private final KernelTypes types;
    private final SymbolNames symbols;
    private final KernelMemory memory;
    private final LinuxPort port;

    Functions(CrashedMachine machine, KernelTypes types) throws MissingFactException {
      this.types = types;
      this.symbols = machine.linux().symbolNames();
      this.memory = machine.kernelMemory();
      this.port = LinuxPorts.of(machine.requireArchitecture());
    }

    /** The flow of pointers in the function of a frame. */
    Optional<PointerTypes> flow(List<Frame> frames, int depth) {
      Optional<Located> at =
          symbols.at(frames.get(depth).lookupPc()).filter(found -> found.offset() <= MAX_BEFORE);
      return at.map(found -> flow(frames, depth, found));
    }

    private PointerTypes flow(List<Frame> frames, int depth, Located at) {
      long start = at.symbol().address();
      byte[] code = memory.upTo(start, (int) at.offset() + MAX_BEHIND);
      Optional<Type.Prototype> prototype = prototype(at);
      Map<String, Type> given = prototype.isEmpty() ? given(frames, depth + 1, start) : Map.of();
      return port.pointerTypes(
          new FunctionCode(
              start,
              code,
              prototype,
              given,
              address ->
                  symbols
                      .at(address)
                      .filter(called -> called.offset() == 0)
                      .flatMap(this::prototype)));
    }

    /** What a clone of a function is given, by the one that calls it. */
    private Map<String, Type> given(List<Frame> frames, int caller, long called) {
      boolean isCall =
          caller < Math.min(frames.size(), MAX_CALLERS)
              && frames.get(caller).kind() == Frame.Kind.CALLER;
      return isCall
          ? flow(frames, caller)
              .map(flow -> flow.passed(frames.get(caller).pc(), called))
              .orElse(Map.of())
          : Map.of();
    }

    /** A clone of a function does not take what the function does, and has a name of its own. */
    private Optional<Type.Prototype> prototype(Located function) {
      return types.function(function.symbol().name(), function.symbol().module());
    }
  }
}
