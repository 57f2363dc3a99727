package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.RealDump;

/** {@code gdb --batch} with a real gdb. */
class GdbBatchTest {
  @TempDir private Path directory;

  private static String dump() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gdb")), "gdb is not installed (apt-get install gdb)");
    return RealDump.typed().file().toString();
  }

  private String script(String commands) throws Exception {
    return Files.writeString(directory.resolve("script.gdb"), commands).toString();
  }

  @Test
  void eachDumpHasItsResultAndItsLog() throws Exception {
    Path logs = directory.resolve("logs");
    String missing = directory.resolve("missing").toString();
    CapturedRun ended =
        CapturedRun.of(
            "gdb",
            "--batch",
            "-x",
            script("p/x $rip\n"),
            "--jobs",
            "2",
            "--no-serve-symbols",
            "--log-dir",
            logs.toString(),
            "--json",
            dump(),
            missing,
            dump(),
            "--",
            "-nx");

    assertThat(ended.exitCode()).isEqualTo(1);
    JsonObject summary = JsonParser.parseString(ended.out()).getAsJsonObject();
    assertThat(summary.get("ok").getAsBoolean()).isFalse();
    List<JsonObject> dumps =
        summary.getAsJsonArray("dumps").asList().stream()
            .map(one -> one.getAsJsonObject())
            .toList();
    assertThat(dumps).extracting(one -> one.get("exit_code").getAsInt()).containsExactly(0, 1, 0);
    assertThat(dumps.get(1).get("problem").getAsString()).contains("no such file");
    assertThat(Path.of(dumps.get(2).get("log").getAsString()))
        .content()
        .contains("$1 = 0x" + RealDump.typed().register(RealDump.typed().crashedCpu(), "rip"));
    assertThat(logs.toFile().list()).hasSize(3);
  }

  @Test
  void gdbsOwnFailureIsTheDumps() throws Exception {
    CapturedRun ended =
        CapturedRun.of(
            "gdb", "--batch", "-x", script("quit 7\n"), "--no-serve-symbols", dump(), "--", "-nx");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("exit 7").endsWith("0 of 1 dumps succeeded\n");
  }

  @Test
  void partsOfASplitDumpAreJoinedByCommas() throws Exception {
    assertThat(GdbBatch.files("a,b")).containsExactly(Path.of("a"), Path.of("b"));
    String comma = Files.createFile(directory.resolve("a,b")).toString();
    assertThat(GdbBatch.files(comma)).containsExactly(Path.of(comma));
  }

  @Test
  void optionsOfABatchNeedIt() {
    assertThat(CapturedRun.of("gdb", "--jobs", "2", "vmcore").exitCode()).isEqualTo(2);
    assertThat(CapturedRun.of("gdb", "--batch", "vmcore").exitCode()).isEqualTo(2);
    assertThat(CapturedRun.of("gdb", "--batch", "-x", "s", "--jobs", "0", "vmcore").exitCode())
        .isEqualTo(2);
  }
}
