package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The way from a struct to a member of it, or of what it points to.
 *
 * @param steps one, and one more for each pointer that is followed
 */
public record MemberPath(List<Step> steps) {

  /**
   * A member of the object at hand.
   *
   * @param bitOffset from the start of the object
   * @param bitWidth of a bit-field; 0 where it is none
   */
  public record Step(long bitOffset, TypeRef type, int bitWidth) {}

  private static final Pattern PART = Pattern.compile("(\\.|->)?([A-Za-z_]\\w*)|\\[(\\d{1,9})]");

  /** Anonymous structs in anonymous structs; C code has three or four. */
  private static final int MAX_DEPTH = 16;

  /** Members looked at for one name: more than any struct has. */
  private static final int MAX_MEMBERS = 1 << 16;

  public MemberPath {
    steps = List.copyOf(steps);
  }

  /** Offset in bytes where no pointer is followed and the member is no bit-field. */
  OptionalLong byteOffset() {
    return steps.size() == 1 && steps.get(0).bitWidth() == 0
        ? OptionalLong.of(steps.get(0).bitOffset() / Byte.SIZE)
        : OptionalLong.empty();
  }

  static Optional<MemberPath> find(Compound start, String path) {
    List<Step> steps = new ArrayList<>();
    Type type = start;
    Step step = null;
    Matcher part = PART.matcher(path);
    int end = 0;
    while (end < path.length() && part.find(end) && part.start() == end) {
      end = part.end();
      Step next;
      if (part.group(3) != null) {
        next = element(type, Long.parseLong(part.group(3)));
      } else {
        if ("->".equals(part.group(1)) && step != null && type instanceof Type.Pointer pointer) {
          steps.add(step);
          step = null;
          type = pointer.target().get().resolved();
        } else if ("->".equals(part.group(1))) {
          return Optional.empty();
        }
        int[] budget = {MAX_MEMBERS};
        next = type instanceof Compound in ? member(in, part.group(2), 0, budget) : null;
      }
      if (next == null) {
        return Optional.empty();
      }
      step =
          step == null
              ? next
              : new Step(step.bitOffset() + next.bitOffset(), next.type(), next.bitWidth());
      type = step.type().get().resolved();
    }
    if (step == null || end < path.length()) {
      return Optional.empty();
    }
    steps.add(step);
    return Optional.of(new MemberPath(steps));
  }

  private static @Nullable Step element(Type type, long index) {
    if (!(type instanceof Type.Array array)) {
      return null;
    }
    OptionalLong size = array.element().get().size();
    boolean inside = index < array.count() || array.count() == 0;
    return size.isPresent() && inside
        ? new Step(index * size.getAsLong() * Byte.SIZE, array.element(), 0)
        : null;
  }

  private static @Nullable Step member(Compound in, String name, int depth, int[] budget) {
    for (Member member : in.members()) {
      if (budget[0]-- <= 0) {
        return null;
      }
      if (member.name().equals(name)) {
        return new Step(member.bitOffset(), member.type(), member.bitWidth());
      }
      if (member.name().isEmpty()
          && depth < MAX_DEPTH
          && member.type().get().resolved() instanceof Compound anonymous) {
        Step found = member(anonymous, name, depth + 1, budget);
        if (found != null) {
          return new Step(member.bitOffset() + found.bitOffset(), found.type(), found.bitWidth());
        }
      }
    }
    return null;
  }
}
