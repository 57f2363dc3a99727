package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A reason why the kernel is not what its makers would vouch for.
 *
 * @param letter as the kernel prints it behind {@code Tainted:}
 * @param meaning in words
 */
public record Taint(char letter, String meaning) {
  /** By their bits, bit 0 first (Linux Documentation/admin-guide/tainted-kernels.rst). */
  private static final List<Taint> BITS =
      List.of(
          new Taint('P', "a proprietary module was loaded"),
          new Taint('F', "a module was loaded by force"),
          new Taint('S', "processors or firmware outside of what they are specified for"),
          new Taint('R', "a module was unloaded by force"),
          new Taint('M', "the hardware reported a machine check"),
          new Taint('B', "a page was in a bad state"),
          new Taint('U', "user space asked for this mark"),
          new Taint('D', "it had an oops or a BUG before"),
          new Taint('A', "an ACPI table was overridden"),
          new Taint('W', "it had warned before"),
          new Taint('C', "a staging driver was loaded"),
          new Taint('I', "a firmware bug was worked around"),
          new Taint('O', "a module from outside the kernel's tree was loaded"),
          new Taint('E', "an unsigned module was loaded"),
          new Taint('L', "a CPU was locked up"),
          new Taint('K', "it was patched live"),
          new Taint('X', "a mark of the distribution's own"),
          new Taint('T', "built with randomised structures"),
          new Taint('N', "a test was run in it"),
          new Taint('J', "user space changed a mutating debug operation"));

  /** Those whose bits are set in a {@code TAINT_*} mask. */
  public static List<Taint> of(long mask) {
    List<Taint> taints = new ArrayList<>();
    for (int bit = 0; bit < BITS.size(); bit++) {
      if ((mask >>> bit & 1) != 0) {
        taints.add(BITS.get(bit));
      }
    }
    return taints;
  }

  /** The letters of some of them, as the kernel prints them. */
  public static String letters(List<Taint> taints) {
    return taints.stream()
        .map(taint -> String.valueOf(taint.letter()))
        .collect(Collectors.joining());
  }

  /** What a module brought about. */
  public static List<Taint> of(KernelModule module, TypedMemory memory) throws KernelReadException {
    return of(memory.object("struct module", module.structure()).value("taints"));
  }
}
