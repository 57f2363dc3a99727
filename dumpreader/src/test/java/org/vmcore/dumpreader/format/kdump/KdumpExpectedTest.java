package org.vmcore.dumpreader.format.kdump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.BytesInput;

/** What a dump tells its file of pages that will be read. */
class KdumpExpectedTest {
  private static final int PAGE = KdumpBytes.BLOCK;

  private final KdumpBytes made =
      new KdumpBytes(KdumpBytes.Layout.LONG_64, ByteOrder.LITTLE_ENDIAN, 6);
  private final Told input = new Told(new BytesInput("made", made.file.array()));

  /** Remembers what it is told. */
  private static final class Told implements DumpInput {
    private final DumpInput input;
    private final List<String> expected = new ArrayList<>();
    private boolean isFar = true;

    Told(DumpInput input) {
      this.input = input;
    }

    @Override
    public String name() {
      return input.name();
    }

    @Override
    public long size() {
      return input.size();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) throws IOException {
      return input.read(position, destination, offset, length);
    }

    @Override
    public boolean isFar() {
      return isFar;
    }

    @Override
    public void willRead(long position, long length) {
      expected.add(position + "+" + length);
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }

  private List<String> expected(long physicalAddress, long length) throws Exception {
    try (Dump dump = new KdumpCompressed().open(input, OpenOptions.defaults()).orElseThrow()) {
      input.expected.clear();
      dump.memory().willRead(physicalAddress, length);
      return List.copyOf(input.expected);
    }
  }

  /** Pages 1 and 3 are in the file, one behind the other; page 2 is not. */
  @Test
  void itIsTheirDescriptorsAndTheirData() throws Exception {
    int compressed = made.file.getInt(made.descriptors + 2 * 24 + 8);
    assertThat(expected(PAGE, 3 * PAGE))
        .containsExactly(
            (made.descriptors + 24) + "+" + 2 * 24,
            made.file.getLong(made.descriptors + 24) + "+" + (PAGE + compressed));
  }

  @Test
  void whatIsNotThereIsNotExpected() throws Exception {
    assertThat(expected(4 * PAGE, 3 * PAGE)).isEmpty();
    assertThat(expected(1000L * PAGE, PAGE)).isEmpty();
    assertThat(expected(-PAGE, PAGE)).isEmpty();
  }

  @Test
  void aFileAtHandIsNotEvenAskedWhereThatIs() throws Exception {
    input.isFar = false;
    assertThat(expected(PAGE, 3 * PAGE)).isEmpty();
  }

  @Test
  void allDescriptorsAreExpectedWhenItIsOpened() throws Exception {
    new KdumpCompressed().open(input, OpenOptions.defaults()).orElseThrow().close();
    assertThat(input.expected.get(0)).startsWith(made.descriptors + "+");
  }

  /** As a page of zeros, whose data is that of any other such page. */
  @Test
  void whatLiesBeforeDataThatIsSharedIsNotExpected() throws Exception {
    long shared = made.file.getLong(made.descriptors);
    made.file.putLong(made.descriptors + 24, shared);
    made.file.putLong(made.descriptors + 2 * 24, shared + 10 * PAGE);
    made.file.putInt(made.descriptors + 2 * 24 + 8, 1);
    assertThat(expected(PAGE, 3 * PAGE))
        .containsExactly((made.descriptors + 24) + "+" + 2 * 24, shared + "+" + PAGE);
  }
}
