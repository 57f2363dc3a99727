package org.vmcore.dumpreader;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveOutputStream;
import org.apache.commons.compress.archivers.ArchiveStreamFactory;
import org.vmcore.dumpreader.format.avml.AvmlImageTest;
import org.vmcore.dumpreader.format.diskdump.DiskdumpTest;
import org.vmcore.dumpreader.format.elf.ElfVmcoreTest;
import org.vmcore.dumpreader.format.kdump.KdumpCompressedTest;
import org.vmcore.dumpreader.format.lime.LimeImageTest;
import org.vmcore.dumpreader.format.lkcd.LkcdTest;
import org.vmcore.dumpreader.format.s390.S390DumpTest;
import org.vmcore.dumpreader.format.sadump.SadumpTest;
import org.vmcore.dumpreader.format.vmware.VmwareStateTest;
import org.vmcore.dumpreader.format.xen.XenCoreTest;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.SyntheticDump;

/** A small whole file of each format, as its own test makes them of a made-up machine. */
final class FormatSamples {
  private static final Map<String, Sample> SAMPLES =
      Map.ofEntries(
          entry("AVML", () -> new AvmlImageTest().write(machine())),
          entry("ELF vmcore", () -> new ElfVmcoreTest().write(machine())),
          entry("kdump-compressed", FormatSamples::kdump),
          entry("diskdump", () -> new DiskdumpTest().write(machine())),
          entry("LiME", () -> new LimeImageTest().write(machine())),
          entry("LKCD", () -> new LkcdTest().write(machine())),
          entry("S390 dump", S390DumpTest::file),
          entry("SADUMP", () -> new SadumpTest().write(machine())),
          entry("VMware state", () -> new VmwareStateTest().write(machine())),
          entry("Xen guest core", () -> new XenCoreTest().write(machine())),
          entry("flattened", () -> FlattenedBytes.of(kdump(), 8192).end()),
          entry("tar", () -> archive(ArchiveStreamFactory.TAR)),
          entry("zip", () -> archive(ArchiveStreamFactory.ZIP)));

  private FormatSamples() {}

  private static Map.Entry<String, Sample> entry(String format, Sample sample) {
    return Map.entry(format, sample);
  }

  private interface Sample {
    byte[] file() throws Exception;
  }

  private static SyntheticDump machine() {
    return DumpFormatContract.sample();
  }

  private static byte[] kdump() throws Exception {
    return KdumpCompressedTest.write(PageCodec.ZLIB, 6, machine());
  }

  private static byte[] archive(String kind) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArchiveOutputStream<ArchiveEntry> out =
        new ArchiveStreamFactory().createArchiveOutputStream(kind, bytes)) {
      byte[] dump = kdump();
      Path file = Files.write(Files.createTempFile("vmcore", ""), dump);
      out.putArchiveEntry(out.createArchiveEntry(file, "crash/vmcore"));
      out.write(dump);
      out.closeArchiveEntry();
      Files.delete(file);
    }
    return bytes.toByteArray();
  }

  /** Of formats, and of what carries one of them. */
  static List<String> names() {
    return SAMPLES.keySet().stream().sorted().toList();
  }

  static byte[] file(String name) throws Exception {
    return Objects.requireNonNull(SAMPLES.get(name), name).file();
  }
}
