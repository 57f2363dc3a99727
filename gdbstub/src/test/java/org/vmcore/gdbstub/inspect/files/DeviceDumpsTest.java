package org.vmcore.gdbstub.inspect.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Note;

class DeviceDumpsTest {
  private static Note note(String owner, int type, int length) {
    byte[] descriptor = new byte[length];
    byte[] name = "cxgb4_0000:01:00.0".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(name, 0, descriptor, 0, Math.min(name.length, length));
    if (length > 44) {
      Arrays.fill(descriptor, 44, length, (byte) 7);
    }
    return new Note(owner, type, 0, descriptor);
  }

  /** Linux include/uapi/linux/vmcore.h: 44 bytes of a name, then the data. */
  @Test
  void aDevicesNoteHasItsNameAndItsData() {
    Note device = note("LINUX", 0x700, 48);

    assertThat(DeviceDumps.is(device)).isTrue();
    assertThat(DeviceDumps.of(device).name()).isEqualTo("cxgb4_0000:01:00.0");
    assertThat(DeviceDumps.of(device).data()).containsExactly(7, 7, 7, 7);
    assertThat(
            DeviceDumps.among(
                List.of(note("CORE", 0x700, 48), note("LINUX", 1, 48), note("LINUX", 0x700, 43))))
        .isEmpty();
  }
}
