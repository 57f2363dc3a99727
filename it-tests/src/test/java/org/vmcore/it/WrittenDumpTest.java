package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth.Place;

/** What we write, other programs read: here drgn. */
class WrittenDumpTest {
  private static final RealDump DUMP = RealDump.typed();

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(names = {"ZLIB", "SNAPPY"}) // drgn's library has these everywhere
  void drgnReadsIt(PageCodec codec) throws Exception {
    assumeTrue(Command.isInstalled("drgn"), "drgn is not installed");
    List<Place> places = DUMP.truth().kernel().stream().filter(p -> p.bytes() != null).toList();
    Path file = directory.resolve("vmcore");
    try (FileInput input = FileInput.open(DUMP.file())) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());
      new KdumpWriter(codec, Progress.SILENT).write(dump, file);
    }
    StringBuilder script = new StringBuilder();
    for (Place place : places) {
      script.append(
          "print(prog.read(%#x, %d, True).hex())%n".formatted(place.physical(), place.length()));
    }
    Path scriptFile = Files.writeString(directory.resolve("read.py"), script);
    Command.Result result =
        Command.of("drgn", "--no-default-symbols", "-c", "" + file, "" + scriptFile).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out().lines().toList()).isEqualTo(places.stream().map(Place::bytes).toList());
  }
}
