package org.vmcore.dumpreader.format.known;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;

class OtherFilesTest {
  @ParameterizedTest
  @CsvSource({
    "QEVM, QEMU migration stream, exec:cat guest.save",
    "LibvirtQemudSave, saved by libvirt, virsh restore guest.save",
    "LibvirtQemudPart, did not finish, virsh dump",
    "Xen saved domain, xl, xl dump-core",
    "LinuxGuestRecord, xm, xl dump-core",
    "PAGEDU64, Windows, WinDbg",
    "070701, cpio archive, cpio -id < guest.save",
  })
  void whatItIsAndWhatHelpsIsSaid(String signature, String what, String remedy) {
    byte[] file = Arrays.copyOf(signature.getBytes(ISO_8859_1), 8192);

    assertThatThrownBy(
            () -> DumpFormats.open(new BytesInput("guest.save", file), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageStartingWith("guest.save: ")
        .hasMessageContaining(what)
        .hasMessageContaining(remedy);
  }

  @Test
  void hibernationIsToldByTheEndOfTheFirstPage() {
    byte[] file = new byte[8192];
    System.arraycopy("S1SUSPEND".getBytes(ISO_8859_1), 0, file, 4086, 9);

    assertThatThrownBy(() -> DumpFormats.open(new BytesInput("swap", file), OpenOptions.defaults()))
        .hasMessageContaining("hibernated");
  }

  /** The name is that of the file that there is. */
  @Test
  void aPackedArchiveIsNamedByItsFile() throws Exception {
    byte[] archive = Arrays.copyOf("7z\274\257\47\34".getBytes(ISO_8859_1), 10240);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(archive);
    }

    for (String place : new String[] {"", "https://host/2026/"}) {
      BytesInput input = new BytesInput(place + "crash.tgz", packed.toByteArray());
      assertThatThrownBy(() -> DumpFormats.open(input, OpenOptions.defaults()))
          .hasMessage(
              place
                  + "crash.tgz (unpacked): 7z archive; unpack it (7z x crash.tgz) and name the dump"
                  + " that is in it");
    }
  }

  @Test
  void shortAndUnknownFilesAreLeftToOthers() throws Exception {
    for (byte[] file : new byte[][] {{}, {'Q'}, new byte[5000]}) {
      assertThat(new OtherFiles().open(new BytesInput("x", file), OpenOptions.defaults()))
          .isEmpty();
    }
  }
}
