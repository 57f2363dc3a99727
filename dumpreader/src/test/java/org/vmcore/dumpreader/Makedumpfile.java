package org.vmcore.dumpreader;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.vmcore.testing.Command;

/** Runs the installed makedumpfile. */
final class Makedumpfile {
  private Makedumpfile() {}

  /**
   * Makes a dump. {@code -F} comes from its standard output, {@code --split} gives three parts.
   *
   * @param options as on its command line, separated by blanks
   * @return the files, in no helpful order
   */
  static List<Path> run(String options, Path from, Path directory) throws Exception {
    Command.assumeInstalled("makedumpfile");
    List<String> words = List.of(options.split(" "));
    assumeCodec(words, "-p", "snappy");
    assumeCodec(words, "-z", "zstd");
    Path to = directory.resolve("made" + options.replace(" ", ""));
    if (words.contains("-F")) {
      Command.mustRun("sh", "-c", "makedumpfile %s %s > %s".formatted(options, from, to));
      return List.of(to);
    }
    List<Path> files =
        words.contains("--split")
            ? Stream.of("3", "1", "2").map(part -> Path.of(to + "." + part)).toList()
            : List.of(to);
    List<Object> arguments = new ArrayList<>(List.of("-f"));
    arguments.addAll(words);
    if (words.contains("--split")) {
      // The default is 1 GiB of memory per block, more than our dumps have.
      arguments.addAll(List.of("--splitblock-size", "8"));
    }
    arguments.add(from);
    files.stream().sorted().forEach(arguments::add);
    Command.mustRun("makedumpfile", arguments.toArray());
    return files;
  }

  private static void assumeCodec(List<String> options, String option, String codec)
      throws Exception {
    if (options.contains(option)) {
      assumeTrue(
          Command.mustRun("makedumpfile", "-v").matches("(?s).*" + codec + "\\s+enabled.*"),
          "this makedumpfile was built without " + codec);
    }
  }
}
