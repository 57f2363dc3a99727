package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.input.InputCopy;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.Command;
import org.vmcore.testing.NeedsCorpus;

/**
 * What is read from s390x's instructions, against what the compiler wrote of the same kernel; both
 * as readelf shows them.
 */
@NeedsCorpus
class S390FramesTest {
  private static final Pattern FDE = Pattern.compile(" pc=(\\w+)\\.\\.(\\w+)$");
  private static final Pattern ROW = Pattern.compile("^(\\w{16}) (r\\d+\\+\\d+ .*)");

  private static final Pattern SPACE = Pattern.compile(" +");

  @TempDir private Path directory;

  /** One function's rows by address, each by column. */
  private record Function(long start, long end, NavigableMap<Long, Map<String, String>> rows) {}

  @Test
  void areThoseOfTheCompiler() throws Exception {
    assumeTrue(Command.isInstalled("readelf"), "readelf is not installed");
    Path made = directory.resolve("made");
    try (CrashedMachine machine =
        CrashedMachine.open(ForeignDump.S390X_KDUMP.file(), MachineOptions.defaults())) {
      InputCopy.write(machine.makeSymbolFile().orElseThrow(), made);
    }
    NavigableMap<Long, Function> ours = functions(made);

    int same = 0;
    List<String> other = new ArrayList<>();
    for (Function function : functions(ForeignDump.S390X_KDUMP.vmlinux()).values()) {
      Map.Entry<Long, Function> found = ours.floorEntry(function.start());
      for (Map.Entry<Long, Map<String, String>> row : function.rows().entrySet()) {
        // At its end, where there is a frame: what is saved comes an instruction late there.
        if ("r15+160".equals(row.getValue().get("CFA"))) {
          continue;
        }
        Long next = function.rows().higherKey(row.getKey());
        long last = (next == null ? function.end() : next) - 2;
        // The boot code was freed before the crash.
        if (found != null && last < found.getValue().end() && !found.getValue().rows().isEmpty()) {
          Map.Entry<Long, Map<String, String>> read = found.getValue().rows().floorEntry(last);
          if (read != null && read.getValue().equals(row.getValue())) {
            same++;
          } else {
            other.add("%x: %s, not %s".formatted(last, row.getValue(), read));
          }
        }
      }
    }

    assertThat(same).isGreaterThan(5_000);
    // Functions without a name, which others took the place of, and that nobody calls.
    assertThat(other).hasSizeLessThan(10);
  }

  private static NavigableMap<Long, Function> functions(Path file) {
    String shown = Command.of("readelf", "--debug-dump=frames-interp", "" + file).run().out();
    NavigableMap<Long, Function> found = new TreeMap<>();
    Function current = null;
    List<String> columns = List.of();
    for (String line : shown.lines().toList()) {
      Matcher fde = FDE.matcher(line);
      Matcher row = ROW.matcher(line);
      if (fde.find()) {
        long start = Long.parseLong(fde.group(1), 16);
        current = new Function(start, Long.parseLong(fde.group(2), 16), new TreeMap<>());
        found.put(start, current);
      } else if (line.contains(" CIE")) {
        current = null;
      } else if (line.startsWith("   LOC")) {
        columns = List.of(SPACE.split(line.strip()));
      } else if (current != null && row.matches()) {
        current
            .rows()
            .put(Long.parseLong(row.group(1), 16), values(columns, List.of(SPACE.split(line))));
      }
    }
    return found;
  }

  /** Only what is saved: "u" and "s" are the same to who knows the ABI. */
  private static Map<String, String> values(List<String> columns, List<String> values) {
    Map<String, String> row = new HashMap<>();
    for (int i = 1; i < columns.size(); i++) {
      if (values.get(i).length() > 1) {
        row.put(columns.get(i).equals("r14") ? "ra" : columns.get(i), values.get(i));
      }
    }
    return row;
  }
}
