package org.vmcore.gdbstub.port.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.port.api.FunctionCode;
import org.vmcore.gdbstub.port.api.PointerTypes;
import org.vmcore.gdbstub.port.flow.CodeStep.Kind;

/**
 * Follows what registers point at through a function: it begins with the pointers that it takes,
 * and goes on with what is copied from register to register, with members that are loaded, and with
 * what called functions return. Where several ways meet, only what all of them agree on is kept;
 * loops are gone round until nothing changes.
 */
public final class PointerFlow implements PointerTypes {
  /** More than any but a few functions have. */
  private static final int MAX_INSTRUCTIONS = 20_000;

  /** How often a way is gone again, for each instruction, before it is given up. */
  private static final int MAX_ROUNDS = 8;

  private final FunctionCode function;
  private final CodeReader reader;
  private final Map<Long, CodeStep> instructions = new HashMap<>();
  private final Map<Long, Map<String, Type>> before = new HashMap<>();

  /** The flow in a function whose instructions a reader knows. */
  public PointerFlow(FunctionCode function, CodeReader reader) {
    this.function = function;
    this.reader = reader;
    byte[] code = function.code();
    for (int at = 0; at < code.length && instructions.size() < MAX_INSTRUCTIONS; ) {
      CodeStep one = reader.at(code, at, function.start() + at);
      instructions.put(function.start() + at, one);
      at += Math.max(1, one.length());
    }
    follow();
  }

  @Override
  public Optional<Type> pointee(String register, long pc) {
    return Optional.ofNullable(before.getOrDefault(pc, Map.of()).get(register));
  }

  @Override
  public Map<String, Type> passed(long returnAddress, long called) {
    for (Map.Entry<Long, CodeStep> entry : instructions.entrySet()) {
      boolean isCall =
          entry.getKey() + entry.getValue().length() == returnAddress
              && entry.getValue().target().equals(OptionalLong.of(called));
      if (isCall) {
        Map<String, Type> known = new HashMap<>(before.getOrDefault(entry.getKey(), Map.of()));
        known.keySet().retainAll(reader.arguments());
        return known;
      }
    }
    return Map.of();
  }

  private Map<String, Type> arguments() {
    Map<String, Type> known = new HashMap<>(function.given());
    List<Type.Parameter> parameters =
        function.prototype().map(Type.Prototype::parameters).orElse(List.of());
    List<String> registers = reader.arguments();
    for (int i = 0; i < Math.min(parameters.size(), registers.size()); i++) {
      Type type = parameters.get(i).type().get().resolved();
      if (type instanceof Compound) {
        // What is passed by value takes one register or two, or none.
        break;
      }
      put(known, registers.get(i), target(type));
    }
    return known;
  }

  private static Optional<Type> target(Type type) {
    return type.resolved() instanceof Type.Pointer pointer
        ? Optional.of(pointer.target().get().resolved())
        : Optional.empty();
  }

  private static void put(Map<String, Type> known, String register, Optional<Type> pointee) {
    if (pointee.isPresent()) {
      known.put(register, pointee.get());
    } else {
      known.remove(register);
    }
  }

  private void follow() {
    Deque<Long> waiting = new ArrayDeque<>();
    arrive(function.start(), arguments(), waiting);
    long left = (long) instructions.size() * MAX_ROUNDS;
    while (!waiting.isEmpty()) {
      if (left-- == 0) {
        before.clear();
        return;
      }
      long at = waiting.remove();
      CodeStep one = instructions.get(at);
      if (one == null) {
        continue;
      }
      Map<String, Type> known = after(one, before.getOrDefault(at, Map.of()));
      boolean jumps = one.kind() == Kind.BRANCH || one.kind() == Kind.JUMP;
      if (jumps && one.target().isPresent()) {
        arrive(one.target().getAsLong(), known, waiting);
      }
      if (one.kind() != Kind.JUMP && one.kind() != Kind.RETURN) {
        arrive(at + one.length(), known, waiting);
      }
    }
  }

  private void arrive(long at, Map<String, Type> known, Deque<Long> waiting) {
    Map<String, Type> other = before.get(at);
    if (other == null) {
      before.put(at, new HashMap<>(known));
      waiting.add(at);
    } else if (other.entrySet().removeIf(e -> !e.getValue().equals(known.get(e.getKey())))) {
      waiting.add(at);
    }
  }

  private Map<String, Type> after(CodeStep one, Map<String, Type> known) {
    Map<String, Type> changed = new HashMap<>(known);
    if (one.kind() == Kind.CALL) {
      Optional<Type> returned =
          one.target().isPresent()
              ? function
                  .called()
                  .apply(one.target().getAsLong())
                  .flatMap(called -> target(called.returns().get()))
              : Optional.empty();
      changed.keySet().removeAll(reader.clobbered());
      put(changed, reader.result(), returned);
      return changed;
    }
    changed.keySet().removeAll(one.written());
    for (CodeStep.Move move : one.moves()) {
      put(changed, move.to(), moved(move, known));
    }
    return changed;
  }

  /** What the destination of a move points at behind it. */
  private static Optional<Type> moved(CodeStep.Move move, Map<String, Type> known) {
    if (move instanceof CodeStep.Copy copy) {
      return Optional.ofNullable(known.get(copy.from()));
    } else if (move instanceof CodeStep.Load load) {
      return onlyTarget(parts(known.get(load.base()), load.displacement()));
    } else if (move instanceof CodeStep.Address address) {
      return parts(known.get(address.base()), address.displacement()).stream()
          .filter(Compound.class::isInstance)
          .findFirst();
    }
    return Optional.empty();
  }

  /** The pointer among what begins at a place; none where a union has different ones. */
  private static Optional<Type> onlyTarget(List<Type> members) {
    List<Type> targets =
        members.stream().flatMap(member -> target(member).stream()).distinct().toList();
    return targets.size() == 1 ? Optional.of(targets.get(0)) : Optional.empty();
  }

  /** The members that begin at an offset of a type, those that others are in first. */
  private static List<Type> parts(@Nullable Type type, long offset) {
    List<Type> found = new ArrayList<>();
    if (type != null) {
      parts(type, offset, 0, found);
    }
    return found;
  }

  private static void parts(Type type, long offset, int depth, List<Type> found) {
    Type resolved = type.resolved();
    if (offset == 0) {
      found.add(resolved);
    }
    if (depth == Type.MAX_CHAIN || !(resolved instanceof Compound compound)) {
      return;
    }
    for (Member member : compound.members()) {
      long inside = offset - member.byteOffset();
      long size = member.type().get().resolved().size().orElse(0);
      if (inside >= 0 && inside < size && !member.isBitField()) {
        parts(member.type().get(), inside, depth + 1, found);
      }
    }
  }
}
