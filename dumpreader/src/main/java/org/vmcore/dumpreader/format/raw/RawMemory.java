package org.vmcore.dumpreader.format.raw;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.JoinedInput;
import org.vmcore.dumpreader.input.PlacedInput;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * Physical memory and nothing else: QEMU's {@code pmemsave}, LiME's {@code format=padded}, the
 * image of a RAM chip, given as {@code FILE@PHYSICAL_ADDRESS}.
 *
 * <pre>
 * file = byte*      the memory from the physical address on that the user names
 * </pre>
 *
 * <p>Nothing in such a file tells that it is one, so only the address that the user gives makes it
 * so. A machine may be in several of these files.
 */
public final class RawMemory implements DumpFormat {

  @Override
  public String name() {
    return "raw memory";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    return open(List.of(input), options);
  }

  @Override
  public Optional<Dump> open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    List<PlacedInput> placed =
        inputs.stream().filter(PlacedInput.class::isInstance).map(PlacedInput.class::cast).toList();
    if (placed.isEmpty()) {
      return Optional.empty();
    }
    for (DumpInput input : inputs) {
      if (!(input instanceof PlacedInput)) {
        throw new UnsupportedDumpException(
            input,
            "a file without an address, beside %s".formatted(placed.get(0).name()),
            "name raw memory as FILE@PHYSICAL_ADDRESS, every file of it");
      }
    }
    return Optional.of(openPlaced(placed, options));
  }

  /** Opens the memory of one machine. */
  private static Dump openPlaced(List<PlacedInput> inputs, OpenOptions options)
      throws DumpException {
    FileExtents.Builder extents = new FileExtents.Builder();
    Map<String, String> fields = new LinkedHashMap<>();
    JoinedInput joined = new JoinedInput(inputs);
    for (int i = 0; i < inputs.size(); i++) {
      PlacedInput input = inputs.get(i);
      check(input);
      for (PlacedInput other : inputs.subList(0, i)) {
        checkApart(input, other);
      }
      extents.present(input.physicalAddress(), input.size(), joined.start(i));
      fields.put(input.name(), "%#x bytes".formatted(input.size()));
    }
    String variant = inputs.size() == 1 ? "one file" : inputs.size() + " files";
    DumpInfo info =
        MemoryImage.info(
            joined,
            "raw memory",
            variant,
            options,
            inputs.size() == 1 ? Map.of() : fields,
            List.of());
    return new MemoryImage(info, joined, extents.build(), options);
  }

  private static void check(PlacedInput input) throws DumpException {
    long last = input.physicalAddress() + (input.size() - 1);
    if (input.size() == 0) {
      throw new UnsupportedDumpException(input, "the file is empty", "name one that holds memory");
    }
    if (Long.compareUnsigned(last, input.physicalAddress()) < 0) {
      throw new UnsupportedDumpException(
          input,
          "%#x bytes do not fit above that address".formatted(input.size()),
          "name the physical address of the file's first byte");
    }
  }

  private static void checkApart(PlacedInput one, PlacedInput other) throws DumpException {
    boolean apart =
        Long.compareUnsigned(one.physicalAddress() + (one.size() - 1), other.physicalAddress()) < 0
            || Long.compareUnsigned(
                    other.physicalAddress() + (other.size() - 1), one.physicalAddress())
                < 0;
    if (!apart) {
      throw new UnsupportedDumpException(
          one,
          "overlaps %s, which is %#x bytes long".formatted(other.name(), other.size()),
          "name the physical address of each file's first byte");
    }
  }
}
