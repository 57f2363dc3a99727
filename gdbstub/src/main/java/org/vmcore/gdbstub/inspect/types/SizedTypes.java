package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeTable;

/** The kernel's types by their size, and by the types of their members. */
public final class SizedTypes {
  /** A type without {@code struct} or {@code union}, and its bytes. */
  public record Sized(long bytes, String name) {}

  private SizedTypes() {}

  /**
   * Those of a table, the smallest first.
   *
   * @param sizes one number of bytes, or two with a dash between them; empty takes all
   * @param member name of a type that one of their members is of, or points at; empty takes all
   */
  public static List<Sized> of(TypeTable types, Optional<String> sizes, Optional<String> member)
      throws NoAnswerException {
    long first = 0;
    long last = Long.MAX_VALUE;
    if (sizes.isPresent()) {
      String[] ends = sizes.get().split("-", 2);
      first = Place.number(ends[0]);
      last = ends.length == 1 ? first : Place.number(ends[1]);
    }
    List<Sized> found = new ArrayList<>();
    for (int id = types.firstId(); id < types.endId(); id++) {
      Type type = types.type(id);
      Optional<String> name = name(type);
      long bytes = type.resolved().size().orElse(0);
      if (name.isPresent()
          && bytes > 0
          && bytes >= first
          && bytes <= last
          && (member.isEmpty() || hasMember(type.resolved(), member.get()))) {
        found.add(new Sized(bytes, name.get()));
      }
    }
    found.sort(Comparator.comparingLong(Sized::bytes).thenComparing(Sized::name));
    return found.stream().distinct().toList();
  }

  /** Of what has none of its own that of the typedef. */
  private static Optional<String> name(Type type) {
    if (type instanceof Compound compound) {
      return Optional.of(compound.name()).filter(name -> !name.isEmpty());
    } else if (type instanceof Type.Int integer) {
      return Optional.of(integer.name());
    } else if (type instanceof Type.Typedef typedef
        && typedef.target().get() instanceof Compound compound
        && compound.name().isEmpty()) {
      return Optional.of(typedef.name());
    }
    return Optional.empty();
  }

  private static boolean hasMember(Type type, String wanted) {
    if (!(type instanceof Compound compound)) {
      return false;
    }
    String name = wanted.replaceFirst("^(struct|union) +", "");
    for (Member member : compound.members()) {
      Type of = member.type().get();
      boolean isNamed = false;
      boolean pointer = false;
      for (boolean goesOn = true; goesOn; ) {
        goesOn = false;
        if (of instanceof Type.Typedef typedef) {
          isNamed |= typedef.name().equals(name);
          of = typedef.target().get();
          goesOn = true;
        } else if (of instanceof Type.Pointer to) {
          of = to.target().get();
          pointer = true;
          goesOn = true;
        } else if (of instanceof Type.Array array) {
          of = array.element().get();
          goesOn = true;
        } else if (of instanceof Type.Qualified qualified) {
          of = qualified.target().get();
          goesOn = true;
        }
      }
      boolean inside =
          !pointer
              && of instanceof Compound part
              && part.kind() == Compound.Kind.STRUCT
              && hasMember(part, name);
      if (isNamed || inside || (of instanceof Compound named && named.name().equals(name))) {
        return true;
      }
    }
    return false;
  }
}
