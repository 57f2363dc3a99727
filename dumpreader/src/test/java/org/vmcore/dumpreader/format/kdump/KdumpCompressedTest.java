package org.vmcore.dumpreader.format.kdump;

import org.vmcore.dumpreader.format.kdump.KdumpCompressed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.dumpreader.write.SyntheticDump;

/** What every format promises, for each way to compress pages. */
public class KdumpCompressedTest {

  @Nested
  public class Plain extends Contract {
    Plain() {
      super(PageCodec.PLAIN);
    }
  }

  @Nested
  public class Zlib extends Contract {
    Zlib() {
      super(PageCodec.ZLIB);
    }
  }

  @Nested
  public class Lzo extends Contract {
    Lzo() {
      super(PageCodec.LZO);
    }
  }

  @Nested
  public class Snappy extends Contract {
    Snappy() {
      super(PageCodec.SNAPPY);
    }
  }

  @Nested
  public class Zstd extends Contract {
    Zstd() {
      super(PageCodec.ZSTD);
    }
  }

  abstract static class Contract extends DumpFormatContract {
    private final PageCodec codec;

    Contract(PageCodec codec) {
      this.codec = codec;
    }

    @Override
    public DumpFormat format() {
      return new KdumpCompressed();
    }

    @Override
    public byte[] write(SyntheticDump dump) throws Exception {
      return KdumpCompressedTest.write(codec, 6, dump);
    }

    @Test
    void pagesThatShrinkAreCompressed() throws Exception {
      byte[] file = write(sample());
      Dump dump = open(file);

      if (codec == PageCodec.PLAIN) {
        assertThat(dump.info().compression()).isEmpty();
        assertThat(file.length).isGreaterThan(13 * PAGE);
      } else {
        assertThat(dump.info().compression()).containsExactly(codec.label());
        assertThat(file.length).isLessThan(13 * PAGE);
      }
    }
  }

  public static byte[] write(PageCodec codec, int version, Dump dump) throws IOException {
    Path file = Files.createTempFile("written", ".kdump");
    try {
      new KdumpWriter(codec, Progress.SILENT, version).write(dump, file);
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }
}
