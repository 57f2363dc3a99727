package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * The forms that one piece of information has had in the kernel's structures over the years:
 *
 * <pre>{@code
 * static final MemberHistory STATE =
 *     MemberHistory.named("state")
 *         .since("5.14", "__state", "2f064a59a11f, \"sched: Change task_struct::state\"");
 * long state = STATE.in(task).value();
 * }</pre>
 *
 * Versions are for whoever reads the source or an error; which form a kernel has, its types tell,
 * as distributions take changes back to older ones. Of a kernel that has none the error names all,
 * so that the next change is found by those who meet it first.
 */
public final class MemberHistory {
  private final List<Form> forms;

  /**
   * A form.
   *
   * @param path as for {@link Compound#path}
   * @param since the first version that has it; empty for what 2.6.32 had
   * @param source the commit that brought it, with its subject; empty for what 2.6.32 had
   */
  public record Form(String path, String since, String source) {}

  private MemberHistory(List<Form> forms) {
    this.forms = List.copyOf(forms);
  }

  /** What 2.6.32 had, the oldest kernel that is known. */
  public static MemberHistory named(String path) {
    return new MemberHistory(List.of(new Form(path, "", "")));
  }

  /** What came later. */
  public static MemberHistory added(String since, String path, String source) {
    return new MemberHistory(List.of(new Form(path, since, source)));
  }

  /** The next form, which came in the place of those before. */
  public MemberHistory since(String version, String path, String source) {
    List<Form> more = new ArrayList<>(forms);
    more.add(new Form(path, version, source));
    return new MemberHistory(more);
  }

  /** The oldest first. */
  public List<Form> forms() {
    return forms;
  }

  /**
   * The form that a kernel has: the newest of several, but for what another goes on into, as with a
   * union that became the number that it held.
   */
  private Optional<Form> form(Compound type) {
    Optional<Form> found = Optional.empty();
    for (int i = forms.size() - 1; i >= 0; i--) {
      Form form = forms.get(i);
      boolean goesOn = found.filter(f -> form.path().startsWith(f.path() + ".")).isPresent();
      if ((found.isEmpty() || goesOn) && type.has(form.path())) {
        found = Optional.of(form);
      }
    }
    return found;
  }

  private Optional<Form> form(KernelObject object) {
    return object.type().resolved() instanceof Compound compound
        ? form(compound)
        : Optional.empty();
  }

  /** Whether this kernel's type has it in any form. */
  public boolean isIn(KernelObject object) {
    return form(object).isPresent();
  }

  /** The path by which this kernel's type has it. */
  public Optional<String> path(KernelTypes types, String compound) {
    return types.compound(compound).flatMap(this::form).map(Form::path);
  }

  /**
   * The member of an object.
   *
   * @throws KernelReadException when this kernel has none of the forms, which are named; and as
   *     {@link KernelObject#member}
   */
  public KernelObject in(KernelObject object) throws KernelReadException {
    Optional<Form> form = form(object);
    if (form.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "%s has no member %s".formatted(object, this));
    }
    return object.member(form.get().path());
  }

  /** Such as {@code '__state' (since 5.14) or 'state'}. */
  @Override
  public String toString() {
    List<String> names = new ArrayList<>();
    for (int i = forms.size() - 1; i >= 0; i--) {
      Form form = forms.get(i);
      String since = form.since().isEmpty() ? "" : " (since " + form.since() + ")";
      names.add("'" + form.path() + "'" + since);
    }
    return String.join(" or ", names);
  }
}
