package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** One dump written in another format, and what that format could not take. */
final class Conversion {
  private final CrashedMachine machine;
  private final OutputFormat format;
  private final List<String> losses = new ArrayList<>();

  Conversion(CrashedMachine machine, OutputFormat format) {
    this.machine = machine;
    this.format = format;
  }

  /** Writes the dump over a file and returns its length. */
  long write(Path file, Progress progress) throws IOException {
    Dump dump = DescribedDump.of(machine);
    long size =
        format.codec().isPresent()
            ? writeKdump(dump, format.codec().get(), file, progress)
            : writeElf(dump, file, progress);
    Map<Presence, Long> bytes = new EnumMap<>(Presence.class);
    dump.memory().forEachRange((start, length, kind) -> bytes.merge(kind, length, Long::sum));
    long lost = bytes.getOrDefault(Presence.TRUNCATED, 0L);
    if (lost > 0 && format == OutputFormat.ELF) {
      losses.add(
          "that %s of memory were lost: they are as if they never were".formatted(Sizes.of(lost)));
    }
    return size;
  }

  /** A phrase for each kind of thing that the file does not have and the source has. */
  List<String> losses() {
    return losses;
  }

  private long writeKdump(Dump dump, PageCodec codec, Path file, Progress progress)
      throws IOException {
    KdumpWriter.Result result = new KdumpWriter(codec, progress).write(dump, file);
    int segments = machine.dump().segments().size();
    if (segments > 0) {
      losses.add("virtual addresses of %d PT_LOADs".formatted(segments));
    }
    if (result.filledPages() > 0) {
      losses.add(
          "the ends of memory within pages: %d pages are filled up with zeros"
              .formatted(result.filledPages()));
    }
    if (result.lostPages() > 0) {
      losses.add(
          "%d pages that the dump lost; the file is marked incomplete"
              .formatted(result.lostPages()));
    }
    return result.fileSize();
  }

  private long writeElf(Dump dump, Path file, Progress progress) throws IOException {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ElfWriter.Result result = ElfWriter.write(dump, elfMachine(), out, progress);
      if (result.unreadableBytes() > 0) {
        losses.add(
            "%s that are corrupt: zeros are in their place"
                .formatted(Sizes.of(result.unreadableBytes())));
      }
      if (machine.dump().info().dumpLevel().isPresent()) {
        losses.add("the dump level");
      }
      return result.fileSize();
    }
  }

  private int elfMachine() throws IOException {
    if (machine.architecture().isPresent()) {
      return machine.architecture().get().elf(machine.byteOrder()).machine();
    }
    OptionalInt known = machine.dump().info().elfMachine();
    return known.orElseThrow(
        () ->
            new IOException(
                machine.dump().info().file()
                    + ": cannot tell the machine's architecture, which an ELF header has to name;"
                    + " convert it to kdump-zlib"));
  }
}
