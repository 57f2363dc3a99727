package org.vmcore.dumpreader;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;

class ElfVmcoreTest extends DumpFormatContract {
  @Override
  DumpFormat format() {
    return new ElfVmcore();
  }

  @Override
  byte[] write(SyntheticDump dump) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ElfWriter.write(dump, Channels.newChannel(bytes));
    return bytes.toByteArray();
  }
}
