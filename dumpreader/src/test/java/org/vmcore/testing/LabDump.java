package org.vmcore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vmcore.testing.Truth.Place;

/**
 * The dump of a stock Debian kernel that {@code lab/crash-debian} boots and crashes, with what that
 * kernel said of itself before. It is made once and kept in the user's cache until the scripts
 * change; making it takes a minute or two, QEMU, apt-get and the first time the network. Only where
 * the system property {@code vmcore.lab} is {@code make}, as in Maven's profile {@code full}, tests
 * do that; else they take what is there, or skip.
 */
@SuppressWarnings("ImmutableEnumChecker") // Its lists are made by List.of.
public enum LabDump implements RealDump {
  /** That of the Debian that the tests run on. */
  OURS("--makedumpfile", "-c -d 31"),
  /** Linux 5.10. */
  BULLSEYE("--release", "bullseye", "--makedumpfile", "-l -d 31"),
  /** Linux 6.12. */
  TRIXIE("--release", "trixie", "--makedumpfile", "-l -d 31"),
  /** The newest; makedumpfile does not know it yet and would leave out pages of the kernel's. */
  SID("--release", "sid", "--makedumpfile", "-l -d 1"),
  /**
   * One of whose processes gdb wrote the core before it crashed, and which has user memory and page
   * cache.
   */
  DEBUGGED("--gcore", "--makedumpfile", "-l -d 1"),
  /**
   * One that has of everything that a command is asked about, with what other programs said of it.
   */
  ASKED("--objects", "--makedumpfile", "-l -d 1", "--append", "audit=1", "--timeout", "420"),
  /** The same of the kernels of {@link #BULLSEYE}, {@link #TRIXIE} and {@link #SID}. */
  ASKED_BULLSEYE(ASKED, "bullseye"),
  ASKED_TRIXIE(ASKED, "trixie"),
  ASKED_SID(ASKED, "sid"),
  /** One with tasks that wait for one another, which the module {@code lab_waits} made. */
  WAITING(),
  /** The same of a kernel with PREEMPT_RT. */
  WAITING_RT(Options.KERNEL, "linux-image-rt-amd64");

  private static final int BUFFER = 64 << 10;

  private final List<String> options;

  /** Names that constants of the enumeration use. */
  private static final class Options {
    static final String KERNEL = "--kernel";
  }

  LabDump(String... options) {
    this.options = List.of(options);
  }

  LabDump(LabDump like, String release) {
    options = Stream.concat(like.options.stream(), Stream.of("--release", release)).toList();
  }

  /** Whether what fails with it counts: the newest kernel changes by itself. */
  public boolean counts() {
    return (this != SID && this != ASKED_SID) || Boolean.getBoolean("vmcore.sid");
  }

  /** The source, in the folder of the scripts, of a module that the guest loads. */
  Optional<String> module() {
    return this == WAITING || this == WAITING_RT
        ? Optional.of("waits/lab_waits.c")
        : Optional.empty();
  }

  /** The package of its kernel. */
  String kernel() {
    int option = options.indexOf(Options.KERNEL);
    return option < 0 ? "linux-image-cloud-amd64" : options.get(option + 1);
  }

  private Path directory() {
    return LabCache.dump(this, options);
  }

  @Override
  public Path file() {
    return directory().resolve("vmcore");
  }

  @Override
  public Truth truth() {
    Truth told = Truth.read(file("truth.tsv"));
    List<Place> memory = new ArrayList<>(told.memory());
    memory.add(buffer());
    return new Truth(memory, told.symbols(), told.user(), PrstatusNotes.of(file()), 2);
  }

  /** The kernel's own description of its types, which it shows as a file. */
  @Override
  public Place buffer() {
    Place image = Truth.read(file("truth.tsv")).symbols().get(0);
    long start = symbol("__start_BTF");
    try {
      byte[] types = Files.readAllBytes(file("btf/vmlinux"));
      return new Place(
          "BTF",
          0,
          start,
          start - image.virtual() + image.physical(),
          HexFormat.of().formatHex(types, 0, BUFFER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** See {@code crash} in {@code lab/guest}. */
  @Override
  public int crashedCpu() {
    return 0;
  }

  @Override
  public String lastWords() {
    String console = text("console.txt");
    return console.substring(
        console.indexOf("lab: crashing"), console.indexOf("lab: the kernel for saving"));
  }

  @Override
  public List<String> kallsyms() {
    return lines("kallsyms.txt");
  }

  @Override
  public List<String> moduleList() {
    return lines("modules.txt");
  }

  @Override
  public String release() {
    return text("uname.txt").split(" ", -1)[2];
  }

  /** Its vmlinux with debug info; skips the test where the debug package cannot be had. */
  public Path vmlinux() {
    Command.Result run =
        Command.of("" + Checkout.lab("kernel-debug"), "--cache", "" + LabCache.ROOT, release())
            .limit(Duration.ofMinutes(8))
            .run();
    LabCache.assumeItCould(run);
    return Path.of(run.out().strip());
  }

  /** What the kernel said, in the file of that name. */
  public String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of that file. */
  public List<String> lines(String name) {
    return text(name).lines().toList();
  }

  /** A file beside the dump. */
  public Path file(String name) {
    return directory().resolve(name);
  }

  /** The first match of a pattern in a file. */
  public MatchResult find(String name, String pattern) {
    return Pattern.compile(pattern, Pattern.MULTILINE)
        .matcher(text(name))
        .results()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + pattern + " in " + file(name)));
  }

  /** PID of the process of a name. */
  public int pid(String name) {
    return Integer.parseInt(
        find("ps.txt", "^(\\d+) \\d+ \\w " + Pattern.quote(name) + "$").group(1));
  }

  /** The lines of {@code /proc/kallsyms} that are of the kernel itself, without its modules. */
  public List<String> ownKallsyms() {
    return kallsyms().stream().filter(line -> !line.contains("\t[")).toList();
  }

  /**
   * The same of each module, without the column that names it. Types are in lower case: of a
   * module's symbols /proc/kallsyms makes those upper case that are exported, whatever the type
   * (s_show() in Linux kernel/kallsyms.c).
   */
  public Map<String, List<String>> moduleKallsyms() {
    Map<String, List<String>> symbols = new HashMap<>();
    for (String line : lines("kallsyms.txt")) {
      int tab = line.indexOf("\t[");
      if (tab >= 0) {
        symbols
            .computeIfAbsent(line.substring(tab + 2, line.length() - 1), name -> new ArrayList<>())
            .add(
                line.substring(0, 17)
                    + Character.toLowerCase(line.charAt(17))
                    + line.substring(18, tab));
      }
    }
    return symbols;
  }

  /** The address of a symbol of the kernel or, written {@code name [module]}, of a module. */
  public long symbol(String name) {
    String words = Pattern.quote(name.replace(" [", "\t["));
    return Long.parseUnsignedLong(
        find("kallsyms.txt", "^([0-9a-f]+) \\w " + words + "$").group(1), 16);
  }
}
