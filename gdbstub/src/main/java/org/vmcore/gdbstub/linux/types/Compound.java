package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** A struct or union with its members. */
public final class Compound implements Type {
  /** What it is declared with. */
  public enum Kind {
    STRUCT,
    UNION
  }

  /** Readers ask for the same few members again and again. */
  private static final int MAX_KEPT_PATHS = 256;

  private final Kind kind;
  private final String name;
  private final long bytes;
  private final List<Member> members;
  private final Map<String, Optional<MemberPath>> paths = new ConcurrentHashMap<>();

  public Compound(Kind kind, String name, long bytes, List<Member> members) {
    this.kind = kind;
    this.name = name;
    this.bytes = bytes;
    this.members = List.copyOf(members);
  }

  public Kind kind() {
    return kind;
  }

  /** Empty where it is anonymous. */
  public String name() {
    return name;
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(bytes);
  }

  /** In the order of the declaration, anonymous ones included. */
  public List<Member> members() {
    return members;
  }

  /**
   * The way to a member, written as in C: {@code comm}, {@code se.avg.load_sum}, {@code mm->pgd},
   * {@code cpus[0]}. Members of anonymous structs and unions are found as C finds them.
   */
  public Optional<MemberPath> path(String path) {
    Optional<MemberPath> known = paths.get(path);
    if (known == null) {
      known = MemberPath.find(this, path);
      if (paths.size() < MAX_KEPT_PATHS) {
        paths.put(path, known);
      }
    }
    return known;
  }

  /** Whether there is such a member, written as for {@link #path}. */
  public boolean has(String path) {
    return path(path).isPresent();
  }

  /** Offset in bytes of a member that is reached without following a pointer. */
  public OptionalLong offsetOf(String path) {
    return path(path).map(MemberPath::byteOffset).orElse(OptionalLong.empty());
  }

  @Override
  public String toString() {
    return (kind == Kind.STRUCT ? "struct " : "union ") + (name.isEmpty() ? "{...}" : name);
  }
}
