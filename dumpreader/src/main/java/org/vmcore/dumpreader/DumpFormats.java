package org.vmcore.dumpreader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.DumpWrapper;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.format.avml.AvmlImage;
import org.vmcore.dumpreader.format.diskdump.Diskdump;
import org.vmcore.dumpreader.format.elf.ElfVmcore;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.known.OtherFiles;
import org.vmcore.dumpreader.format.lime.LimeImage;
import org.vmcore.dumpreader.format.lkcd.Lkcd;
import org.vmcore.dumpreader.format.raw.RawMemory;
import org.vmcore.dumpreader.format.s390.S390Dump;
import org.vmcore.dumpreader.format.sadump.Sadump;
import org.vmcore.dumpreader.format.vmware.VmwareState;
import org.vmcore.dumpreader.format.xen.XenCore;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.input.PlacedInput;
import org.vmcore.dumpreader.unwrap.CompressedFile;
import org.vmcore.dumpreader.unwrap.FlattenedFile;
import org.vmcore.dumpreader.unwrap.PipedFile;

/** Every dump format and wrapper, and the one place where an input is asked which of them it is. */
public final class DumpFormats {
  /** In the order in which they are asked; each recognises its own first bytes. */
  static final List<DumpFormat> ALL =
      List.of(
          new RawMemory(),
          new XenCore(),
          new ElfVmcore(),
          new KdumpCompressed(),
          new Diskdump(),
          new LimeImage(),
          new AvmlImage(),
          new Lkcd(),
          new S390Dump(),
          new Sadump(),
          new VmwareState(),
          new OtherFiles());

  /** What a dump may come in. */
  static final List<DumpWrapper> WRAPPERS = List.of(new CompressedFile(), new FlattenedFile());

  /** More wrappers around each other than anybody would make; a crafted file may have no end. */
  private static final int MAX_LAYERS = 4;

  /** Hexadecimal as in crash's {@code RAMDUMP@ADDRESS}; no machine counts memory in decimal. */
  private static final Pattern PLACED =
      Pattern.compile("(?<file>.+)@(0[xX])?(?<address>[0-9a-fA-F]{1,16})");

  private DumpFormats() {}

  /**
   * Opens a dump that consists of some files, told by their content.
   *
   * @param files at least one, in any order; {@code FILE@PHYSICAL_ADDRESS}, with the address in
   *     hexadecimal, is raw memory; a URI (see {@link RemoteName}) is opened where it lies
   * @throws IOException when a file cannot be opened, with a message that names it
   * @throws DumpException as {@link #open(List, OpenOptions)}
   */
  public static Dump openFiles(List<Path> files, OpenOptions options)
      throws IOException, DumpException {
    List<DumpInput> inputs = new ArrayList<>();
    try {
      for (Path file : files) {
        inputs.add(openFile(file, options));
      }
    } catch (IOException | RuntimeException e) {
      closeAfter(e, inputs);
      throw e;
    }
    return open(inputs, options);
  }

  private static DumpInput openFile(Path file, OpenOptions options) throws IOException {
    Optional<String> uri = RemoteName.of(file);
    if (uri.isPresent()) {
      return openRemote(uri.get(), options);
    }
    Matcher placed = PLACED.matcher(file.toString());
    if (Files.exists(file) || !placed.matches()) {
      return PipedFile.open(file, options);
    }
    return new PlacedInput(
        FileInput.open(Path.of(placed.group("file"))),
        Long.parseUnsignedLong(placed.group("address"), 16));
  }

  private static DumpInput openRemote(String uri, OpenOptions options) throws IOException {
    Matcher placed = PLACED.matcher(uri);
    // Before the last slash an @ stands between a user and a host.
    if (!placed.matches() || !placed.group("file").matches("[^:]+://[^/]+/.+")) {
      return options.remote().open(uri, options);
    }
    return new PlacedInput(
        options.remote().open(placed.group("file"), options),
        Long.parseUnsignedLong(placed.group("address"), 16));
  }

  /** Opens a dump of one input, as {@link #open(List, OpenOptions)} does. */
  public static Dump open(DumpInput input, OpenOptions options) throws IOException, DumpException {
    return open(List.of(input), options);
  }

  /**
   * Opens a dump of any known format, told by its content. The inputs are closed with the dump, and
   * when this fails.
   *
   * @param inputs at least one: the parts of a split dump come in any order
   * @throws UnsupportedDumpException when the inputs are no dump that is known here
   * @throws DamagedDumpException when their headers are damaged
   */
  public static Dump open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    List<DumpInput> unwrapped = new ArrayList<>(inputs);
    List<String> problems = new ArrayList<>();
    try {
      unwrapAll(unwrapped, problems, options);
      for (int i = unwrapped.size() - 1; i >= 0; i--) {
        List<DumpInput> archived = ArchivedDump.in(unwrapped.get(i), options);
        if (archived.get(0) != unwrapped.get(i)) {
          unwrapped.remove(i);
          unwrapped.addAll(i, archived);
          archived.forEach(input -> problems.addAll(input.incomplete()));
        }
      }
      unwrapAll(unwrapped, problems, options);
      Dump dump = recognise(unwrapped, options);
      return new OwningDump(dump, dump.info().withIncomplete(problems), unwrapped);
    } catch (IOException | DumpException | RuntimeException e) {
      closeAfter(e, unwrapped);
      throw e;
    }
  }

  private static void unwrapAll(List<DumpInput> inputs, List<String> problems, OpenOptions options)
      throws IOException, DumpException {
    for (int i = 0; i < inputs.size(); i++) {
      for (int layer = 0; layer < MAX_LAYERS; layer++) {
        DumpInput inner = unwrap(inputs.get(i), options);
        if (inner == inputs.set(i, inner)) {
          break;
        }
        problems.addAll(inner.incomplete());
      }
    }
  }

  /** Takes one layer off; an input without any comes back as it is. */
  private static DumpInput unwrap(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    for (DumpWrapper wrapper : WRAPPERS) {
      Optional<DumpInput> inner = wrapper.unwrap(input, options);
      if (inner.isPresent()) {
        return inner.get();
      }
    }
    return input;
  }

  static Dump recognise(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    for (DumpFormat format : ALL) {
      Optional<Dump> dump = format.open(inputs, options);
      if (dump.isPresent()) {
        return dump.get();
      }
    }
    throw new UnsupportedDumpException(
        inputs.get(0),
        "not a kernel crash dump",
        "expected one of: %s (`file` tells what it is)".formatted(names()));
  }

  private static String names() {
    return ALL.stream()
        .filter(format -> !(format instanceof OtherFiles))
        .map(DumpFormat::name)
        .collect(Collectors.joining(", "));
  }

  static void closeAfter(Exception failure, List<DumpInput> inputs) {
    for (DumpInput input : inputs) {
      try {
        input.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** A dump that closes the inputs that it was opened from, and tells what they lack. */
  private record OwningDump(Dump dump, DumpInfo info, List<DumpInput> inputs) implements Dump {
    @Override
    public PhysicalMemory memory() {
      return dump.memory();
    }

    @Override
    public List<Note> notes() {
      return dump.notes();
    }

    @Override
    public Optional<Vmcoreinfo> vmcoreinfo() {
      return dump.vmcoreinfo();
    }

    @Override
    public List<String> erased() {
      return dump.erased();
    }

    @Override
    public List<Segment> segments() {
      return dump.segments();
    }

    @Override
    public void close() throws IOException {
      IOException failure = null;
      for (DumpInput input : inputs) {
        try {
          input.close();
        } catch (IOException e) {
          failure = e;
        }
      }
      if (failure != null) {
        throw failure;
      }
    }
  }
}
