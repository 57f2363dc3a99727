package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.inspect.address.Identification;
import org.vmcore.gdbstub.inspect.address.Identifier;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Oops.Access;

/**
 * What lies at an address that could not be accessed, by the kernel's own page tables and lists.
 *
 * @param failure that it is a sign of
 * @param meaning in words
 */
record FaultPlace(FailureClass failure, String meaning) {
  /** Below it addresses differ in what may be memory anywhere; an area of one is no sign then. */
  private static final int LOWEST_BIT = 12;

  private static final int HIGHEST_BIT = 56;

  /** Where the kernel is in the upper half of addresses, the lower one is for programs. */
  private static final List<String> IMAGE_STARTS = List.of("_text", "_stext");

  static FaultPlace of(Call call, long address, Optional<Access> access)
      throws MissingFactException {
    OptionalLong image = call.machine().linux().imageStart(IMAGE_STARTS);
    boolean halves = image.isPresent() && image.getAsLong() < 0;
    if (halves && address >= 0 && address >>> HIGHEST_BIT != 0) {
      return new FaultPlace(
          FailureClass.WILD_POINTER, "no address: its highest bits are neither all 0 nor all 1");
    }
    if (halves && address >= 0 && call.machine().pointerBytes() == Long.BYTES) {
      return new FaultPlace(
          FailureClass.BAD_ACCESS,
          "an address of user memory, which the kernel accesses by functions for that alone");
    }
    Identifier identifier = new Identifier(call, Optional.empty());
    Identification place = identifier.of(address);
    boolean mapped =
        call.machine().kernelSpace().virtual().translate(address) instanceof Translation.Mapped;
    if (mapped) {
      return new FaultPlace(FailureClass.BAD_ACCESS, what(place) + how(access));
    }
    if (place.vmalloc().isPresent()) {
      Identification.InVmalloc area = place.vmalloc().get();
      return new FaultPlace(
          FailureClass.OUT_OF_BOUNDS,
          "behind the end of the memory at 0x%x%s"
              .formatted(
                  area.start(), area.caller().map(by -> " that " + by + " asked for").orElse("")));
    }
    return turned(identifier, address)
        .orElseGet(() -> new FaultPlace(FailureClass.WILD_POINTER, "nothing is there" + in(place)));
  }

  private static String how(Optional<Access> access) {
    return access
        .map(
            done ->
                switch (done) {
                  case READ -> ", which is mapped now";
                  case WRITE -> ", which is not to be written";
                  case EXECUTE -> ", which is not to be executed";
                })
        .orElse("");
  }

  private static String what(Identification place) {
    return place.isKnown() ? place.text() : "memory of the kernel";
  }

  private static String in(Identification place) {
    return place.area().map(area -> " (" + area + ")").orElse("");
  }

  /**
   * An address that differs in one bit from that of an object which is in use, and of no other:
   * memory, a bus, or a wrong operation on bits may have done it.
   */
  private static Optional<FaultPlace> turned(Identifier identifier, long address) {
    List<String> found = new ArrayList<>();
    for (int bit = LOWEST_BIT; bit <= HIGHEST_BIT; bit++) {
      long other = address ^ (1L << bit);
      Optional<Identification.InSlab> object = identifier.slab(other);
      if (object.filter(one -> one.allocated().orElse(true)).isPresent()) {
        found.add(
            "0x%x with bit %d turned over, an object of %s: memory may be bad"
                .formatted(other, bit, object.orElseThrow().cache()));
      }
    }
    return found.size() == 1
        ? Optional.of(new FaultPlace(FailureClass.WILD_POINTER, found.get(0)))
        : Optional.empty();
  }
}
