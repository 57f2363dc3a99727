package org.vmcore.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.vmcore.gdbstub.Version;

/**
 * Writes what packages have in {@code share}: the manual, the completions, Debian's changelog. Run
 * as {@code Share DIRECTORY TIME MAINTAINER}.
 */
final class Share {
  private final Path directory;
  private final OffsetDateTime time;
  private final String maintainer;

  private Share(Path directory, OffsetDateTime time, String maintainer) {
    this.directory = directory;
    this.time = time;
    this.maintainer = maintainer;
  }

  public static void main(String[] arguments) throws IOException {
    new Share(Path.of(arguments[0]), OffsetDateTime.parse(arguments[1]), arguments[2]).write();
  }

  private void write() throws IOException {
    String version = Commands.PROGRAM + " " + Version.get();
    manual(Commands.PROGRAM, ManualPage.ofProgram(version));
    for (var command : Commands.withNested().entrySet()) {
      manual(
          ManualPage.name(command.getKey()),
          ManualPage.of(command.getKey(), command.getValue(), version));
    }
    text("doc/" + Commands.PROGRAM + "/changelog", changelog());
    text("bash-completion/completions/" + Commands.PROGRAM, Completion.bash());
    text("zsh/vendor-completions/_" + Commands.PROGRAM, Completion.zsh());
    text("fish/vendor_completions.d/" + Commands.PROGRAM + ".fish", Completion.fish());
  }

  private void manual(String name, String page) throws IOException {
    text("man/man1/" + name + ".1", page);
  }

  /**
   * As a Debian package has to have one (deb-changelog(5)); what has changed is in CHANGELOG.md.
   */
  private String changelog() {
    return """
    %s (%s) unstable; urgency=medium

      * What has changed is in CHANGELOG.md.

     -- %s  %s
    """
        .formatted(
            Commands.PROGRAM,
            Version.get().replace("-SNAPSHOT", "~snapshot"),
            maintainer,
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ROOT).format(time));
  }

  private void text(String name, String text) throws IOException {
    try (OutputStream out = create(name)) {
      out.write(text.getBytes(UTF_8));
    }
  }

  private OutputStream create(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.newOutputStream(file);
  }
}
