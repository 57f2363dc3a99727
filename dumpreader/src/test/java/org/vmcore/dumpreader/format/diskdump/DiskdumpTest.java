package org.vmcore.dumpreader.format.diskdump;

import org.vmcore.dumpreader.format.diskdump.Diskdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.PlainMemoryContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.format.kdump.KdumpCompressedTest;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.SyntheticDump;

/** On files made after crash's diskdump.h, out of kdump-compressed ones. */
public class DiskdumpTest extends PlainMemoryContract {
  /** After 390 bytes of names and two longs (struct disk_dump_header on 64 bits). */
  private static final int STATUS = 424;

  @Override
  public DumpFormat format() {
    return new Diskdump();
  }

  @Override
  public byte[] write(SyntheticDump dump) throws Exception {
    byte[] bytes = KdumpCompressedTest.write(PageCodec.ZLIB, 1, dump);
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    header.put(0, "DISKDUMP".getBytes(ISO_8859_1)).putInt(8, 1).putInt(STATUS, 8);
    // The sub-header holds the registers in the machine's own form: nothing a kdump could have.
    Arrays.fill(bytes, 4096, 8192, (byte) 0xa5);
    return bytes;
  }

  @Test
  void aDumpThatDidNotEndSaysSo() throws Exception {
    byte[] file = write(sample());
    file[STATUS] = 8 | 1;
    Dump dump = open(file);

    assertThat(dump.info().incomplete()).isNotEmpty();
    assertThat(dump.info().format()).isEqualTo("diskdump");
    assertThat(fault(dump.memory().read(0x20 * PAGE, new byte[1], 0, 1)).reason())
        .isIn(Reason.NOT_IN_DUMP, Reason.FILTERED);
  }
}
