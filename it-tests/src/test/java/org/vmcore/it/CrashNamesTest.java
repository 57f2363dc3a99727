package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** The table of what there is for each command of crash, against the list that crash prints. */
@NeedsCorpus
@Tag("slow")
class CrashNamesTest {
  private static final Pattern ROW = Pattern.compile("(?m)^[|] `([^`]+)` [|]");

  @TempDir private Path directory;

  @Test
  void everyCommandOfCrashIsInTheTable() throws IOException {
    Command.assumeInstalled("crash");
    Path commands = Files.writeString(directory.resolve("commands"), "help\nq\n");
    CorpusDump dump = CorpusDump.ZLIB;
    String help =
        Command.mustRun("crash", "-s", "-i", commands, dump.vmlinux(), dump.file())
            .replaceFirst("(?s)crash version:.*", "");
    List<String> names =
        help.lines()
            .filter(line -> !line.startsWith("WARNING"))
            .flatMap(line -> Arrays.stream(line.strip().split("\\s+")))
            .filter(name -> !name.isEmpty())
            .toList();
    assertThat(names).hasSizeGreaterThan(40);

    String page = Files.readString(Checkout.root().resolve("docs/commands.md"));
    assertThat(ROW.matcher(page).results().map(row -> row.group(1)))
        .containsAll(names)
        .isSorted()
        .doesNotHaveDuplicates();
  }
}
