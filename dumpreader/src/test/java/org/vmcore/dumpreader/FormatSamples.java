package org.vmcore.dumpreader;

import java.util.List;
import java.util.Map;
import java.util.Objects;
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
      Map.of(
          "ELF vmcore", () -> new ElfVmcoreTest().write(machine()),
          "kdump-compressed", FormatSamples::kdump,
          "diskdump", () -> new DiskdumpTest().write(machine()),
          "LiME", () -> new LimeImageTest().write(machine()),
          "LKCD", () -> new LkcdTest().write(machine()),
          "S390 dump", S390DumpTest::file,
          "SADUMP", () -> new SadumpTest().write(machine()),
          "VMware state", () -> new VmwareStateTest().write(machine()),
          "Xen guest core", () -> new XenCoreTest().write(machine()),
          "flattened", () -> FlattenedBytes.of(kdump(), 8192).end());

  private FormatSamples() {}

  private interface Sample {
    byte[] file() throws Exception;
  }

  private static SyntheticDump machine() {
    return DumpFormatContract.sample();
  }

  private static byte[] kdump() throws Exception {
    return KdumpCompressedTest.write(PageCodec.ZLIB, 6, machine());
  }

  /** Of formats, and of what carries one of them. */
  static List<String> names() {
    return SAMPLES.keySet().stream().sorted().toList();
  }

  static byte[] file(String name) throws Exception {
    return Objects.requireNonNull(SAMPLES.get(name), name).file();
  }
}
