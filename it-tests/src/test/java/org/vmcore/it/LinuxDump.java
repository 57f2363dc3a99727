package org.vmcore.it;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;

/**
 * A dump of the corpus, of any machine, and what others say of the Linux in it.
 *
 * @param module has the kernel's types; empty where the kernel itself has
 * @param texts the files beside the dump, by name
 */
record LinuxDump(
    String name,
    Supplier<Path> file,
    Supplier<Path> vmlinux,
    Optional<Supplier<Path>> module,
    Function<String, Optional<String>> texts) {
  private static final Pattern TIMED = Pattern.compile("\\[ *\\d+\\.\\d{6}\\] .*");

  /** What was said before there was a clock. */
  private static final String BOOT = "[    0.000000] ";

  static Stream<LinuxDump> all() {
    LinuxDump arm64 = of(ForeignDump.ARM64_QEMU);
    return Stream.of(
            Arrays.stream(CorpusDump.values()).map(LinuxDump::of),
            Arrays.stream(ForeignDump.values()).map(LinuxDump::of),
            Stream.of(arm64.withFile("FLATTENED", "arm64/qemu/vmcore.kdump-zlib")))
        .flatMap(dumps -> dumps);
  }

  /** The same machine in another format. */
  private LinuxDump withFile(String format, String other) {
    return new LinuxDump(name + "_" + format, () -> Corpus.file(other), vmlinux, module, texts);
  }

  static LinuxDump of(CorpusDump dump) {
    Supplier<Path> crashme = () -> dump.modules().resolve("crashme.ko");
    return new LinuxDump(
        dump.name(),
        dump::file,
        dump::vmlinux,
        dump == CorpusDump.ZLIB ? Optional.empty() : Optional.of(crashme),
        dump::find);
  }

  private static LinuxDump of(ForeignDump dump) {
    return new LinuxDump(
        dump.name(), dump::file, dump::vmlinux, Optional.of(dump::module), dump::find);
  }

  @Override
  public String toString() {
    return name;
  }

  MachineOptions options() {
    return new MachineOptions(
        Optional.empty(),
        Optional.of(vmlinux.get()),
        Optional.empty(),
        module.map(Supplier::get),
        SymbolOptions.defaults(),
        Optional.empty(),
        Map.of(),
        OpenOptions.defaults());
  }

  /** What crash printed of it, where it can read it. */
  Optional<String> crash() {
    return texts.apply(file.get().getFileName() + ".crash.txt");
  }

  /** What drgn printed of it, where it can read it. */
  Optional<String> drgn() {
    return texts.apply(file.get().getFileName() + ".drgn.txt");
  }

  /** What the guest wrote to its serial line, up to where the crash kernel says its name. */
  String console() {
    String all = texts.apply("console.txt").or(() -> texts.apply("oops.txt")).orElse("");
    StringBuilder ours = new StringBuilder();
    boolean running = false;
    for (String line :
        new String(all.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
            .lines()
            .toList()) {
      boolean startsAgain = line.contains("] Linux version ") || line.startsWith(BOOT);
      if (startsAgain && running) {
        break;
      }
      running |= TIMED.matcher(line).find() && !line.startsWith(BOOT);
      ours.append(line.stripTrailing()).append('\n');
    }
    return ours.toString();
  }

  /** The kernel's part of it; what was said before there was a console is there once more. */
  List<String> kernelLines() {
    Set<String> lines = new LinkedHashSet<>();
    // Firmware and the guest's programs do not always end their lines.
    TIMED.matcher(console()).results().forEach(line -> lines.add(line.group()));
    return List.copyOf(lines);
  }

  /** The last match of a line on the serial line. */
  Optional<MatchResult> said(String line) {
    return last(console(), line);
  }

  static Optional<MatchResult> last(String text, String line) {
    List<MatchResult> found =
        new ArrayList<>(Pattern.compile("(?m)^" + line + "$").matcher(text).results().toList());
    return found.isEmpty() ? Optional.empty() : Optional.of(found.get(found.size() - 1));
  }
}
