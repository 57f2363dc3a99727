package org.vmcore.dumpreader.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.input.BytesInput;

/** Reads that are so large that several threads copy. */
class ExtentMemoryTest {
  private static final int SIZE = (1 << 20) + 12_345;

  private final byte[] bytes = new byte[SIZE];

  ExtentMemoryTest() {
    new Random(1).nextBytes(bytes);
  }

  private static ExtentMemory memory(DumpInput input) {
    FileExtents.Builder extents = new FileExtents.Builder();
    extents.present(0x10_0000, SIZE, 0);
    return new ExtentMemory(input, extents.build());
  }

  @Test
  void allPartsAreWhereTheyBelong() {
    byte[] read = new byte[SIZE + 2];
    PhysicalRead outcome = memory(new BytesInput("all", bytes)).read(0x10_0000, read, 1, SIZE);

    assertThat(outcome.isComplete()).isTrue();
    assertThat(Arrays.copyOfRange(read, 1, SIZE + 1)).isEqualTo(bytes);
    assertThat(read[0]).isZero();
    assertThat(read[SIZE + 1]).isZero();
  }

  /** As of a file that is cut while it is open. */
  @Test
  void whatIsMissingIsToldFromItsFirstByteOn() {
    int cut = 700_001;
    byte[] read = new byte[SIZE];
    PhysicalRead outcome =
        memory(new BytesInput("cut", Arrays.copyOf(bytes, cut))).read(0x10_0000, read, 0, SIZE);

    assertThat(outcome.length()).isEqualTo(cut);
    PhysicalFault fault = Objects.requireNonNull(outcome.fault());
    assertThat(fault.reason()).isEqualTo(PhysicalFault.Reason.TRUNCATED);
    assertThat(Arrays.copyOf(read, cut)).isEqualTo(Arrays.copyOf(bytes, cut));
  }

  @Test
  void whatCannotBeReadIsAFault() {
    DumpInput broken =
        new DumpInput() {
          private final BytesInput whole = new BytesInput("broken", bytes);

          @Override
          public String name() {
            return whole.name();
          }

          @Override
          public long size() {
            return whole.size();
          }

          @Override
          public int read(long position, byte[] destination, int offset, int length)
              throws IOException {
            if (position >= 1 << 19) {
              throw new IOException("a bad block");
            }
            return whole.read(position, destination, offset, length);
          }

          @Override
          public void close() {}
        };
    PhysicalRead outcome = memory(broken).read(0x10_0000, new byte[SIZE], 0, SIZE);

    PhysicalFault fault = Objects.requireNonNull(outcome.fault());
    assertThat(fault.reason()).isEqualTo(PhysicalFault.Reason.IO_ERROR);
    assertThat(fault.detail()).contains("a bad block");
  }
}
