package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;
import org.vmcore.testing.Truth.Register;

/** Every line of what is known of a dump, as a stock gdb sees it over TCP. */
abstract class DumpTruth {
  /** What a user is told of memory that the dump does not hold, and nothing else. */
  private static final Pattern REASON = Pattern.compile("filtered out|is lost|not in the dump");

  /** A line of {@code monitor spaces}: the root of page tables, and where they lead. */
  private static final Pattern SPACE =
      Pattern.compile("(?m)^\\s*(0x[0-9a-f]+).*->\\s*(0x[0-9a-f]+)");

  /**
   * Before Linux 6.15 the symbols of per-CPU variables are offsets from 0, to which gdb adds the
   * KASLR offset like to any other.
   */
  private static final long PER_CPU_END = 0x100000;

  private static final ServedGdb SERVED = new ServedGdb();

  private final Truth truth;
  private final RealDump dump;
  private final GdbMi gdb;

  DumpTruth(RealDump dump) {
    this.dump = dump;
    this.truth = dump.truth();
    this.gdb = SERVED.gdb();
  }

  @BeforeParameterizedClassInvocation
  static void connect(RealDump dump) {
    Gdb.assumeInstalled();
    SERVED.connect(
        Program.serve(dump.file()),
        server ->
            dump instanceof CorpusDump ours
                ? GdbMi.connect(server, ours.vmlinux())
                : GdbMi.connect(server));
  }

  @AfterParameterizedClassInvocation
  static void disconnect() {
    SERVED.disconnect();
  }

  @Test
  void readsVirtualAddresses() {
    SoftAssertions softly = new SoftAssertions();
    for (Place place : truth.kernel()) {
      softly
          .assertThat(gdb.memory(place.virtual(), place.length()))
          .as("%s at %#x", place.label(), place.virtual())
          .isEqualTo(place.bytes() == null || areTablesLost(place) ? "" : place.bytes());
    }
    softly.assertAll();
  }

  /**
   * Whether the page tables that lead to a place are not in the dump. The one that leads to modules
   * lies with the kernel's data, for which the disk had no room; a walk is the only way to them.
   */
  private boolean areTablesLost(Place place) {
    return dump == CorpusDump.DISK_FULL && place.label().startsWith("module-");
  }

  /**
   * What is to be found where the table has nothing: nothing, or, of the file of which the disk
   * took a part, what the guest itself printed of that place.
   */
  private String wherePrinted(Place place, String found) {
    if (dump != CorpusDump.DISK_FULL || found.length() != 2 * Long.BYTES) {
      return "";
    }
    long value = Long.reverseBytes(Long.parseUnsignedLong(found, 16));
    String line = "pa=%016x data=%016x".formatted(place.physical(), value);
    return CorpusDump.DISK_FULL.text("gt-from-guest.txt").contains(line) ? found : "";
  }

  @Test
  void readsPhysicalAddresses() {
    SoftAssertions softly = new SoftAssertions();
    assertThat(gdb.cli("maintenance packet Qqemu.PhyMemMode:1")).contains("OK");
    List<Place> places = new ArrayList<>(truth.kernel());
    places.addAll(truth.user());
    for (Place place : places) {
      String found = gdb.memory(place.physical(), place.length());
      softly
          .assertThat(found)
          .as("%s at %#x", place.label(), place.physical())
          .isEqualTo(place.bytes() == null ? wherePrinted(place, found) : place.bytes());
    }
    assertThat(gdb.cli("maintenance packet Qqemu.PhyMemMode:0")).contains("OK");
    softly.assertAll();
  }

  @Test
  void translatesAddresses() {
    SoftAssertions softly = new SoftAssertions();
    for (Place place : truth.kernel()) {
      String walk = gdb.monitor("vtop %#x".formatted(place.virtual()));
      if (dump == CorpusDump.DISK_FULL && REASON.matcher(walk).find()) {
        softly
            .assertThat(place.bytes() == null || areTablesLost(place))
            .as("%s: %s", place.label(), walk)
            .isTrue();
      } else {
        softly
            .assertThat(walk)
            .as("%s at %#x", place.label(), place.virtual())
            .containsPattern("(?m)^%x +%x$".formatted(place.virtual(), place.physical()));
      }
    }
    softly.assertAll();
  }

  @Test
  void saysWhyMemoryIsAbsent() {
    List<Place> absent =
        truth.kernel().stream()
            .filter(place -> place.bytes() == null || areTablesLost(place))
            .toList();
    assumeFalse(absent.isEmpty(), "nothing is absent from this dump");
    SoftAssertions softly = new SoftAssertions();
    for (Place place : absent) {
      softly
          .assertThat(gdb.monitor("why %#x".formatted(place.virtual())))
          .as("%s at %#x", place.label(), place.virtual())
          .containsPattern(REASON);
    }
    softly.assertAll();
  }

  @Test
  void showsEveryCpuAsAThread() {
    List<Map<String, Object>> threads = gdb.must("-thread-info").result().list("threads");
    assertThat(threads)
        .extracting(thread -> thread.get("id"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(1, truth.cpus()).mapToObj(Integer::toString).toList());
    assertThat(threads)
        .allSatisfy(
            thread ->
                assertThat(thread.get("core"))
                    .isEqualTo("" + (Integer.parseInt((String) MiRecord.get(thread, "id")) - 1)));
  }

  @Test
  void showsRegisters() {
    List<String> names = new ArrayList<>();
    for (Object name :
        (List<?>)
            MiRecord.get(
                gdb.must("-data-list-register-names").result().results(), "register-names")) {
      names.add((String) name);
    }
    SoftAssertions softly = new SoftAssertions();
    for (int cpu = 0; cpu < truth.cpus(); cpu++) {
      Map<String, String> values = registers(names, cpu);
      for (Register register : truth.registers()) {
        if (register.cpu() == cpu) {
          softly
              .assertThat(values.get(register.name()))
              .as("%s of CPU %d", register.name(), cpu)
              .isEqualTo("0x%x".formatted(register.value()));
        }
      }
      // The dump has no floating-point registers, and zero would be a lie.
      softly.assertThat(values.get("st0")).as("st0 of CPU %d", cpu).isEqualTo("<unavailable>");
    }
    softly.assertAll();
  }

  private Map<String, String> registers(List<String> names, int cpu) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Map<String, Object> register :
        gdb.must("-data-list-register-values --thread %d x".formatted(cpu + 1))
            .result()
            .list("register-values")) {
      int number = Integer.parseInt((String) MiRecord.get(register, "number"));
      values.put(names.get(number), (String) MiRecord.get(register, "value"));
    }
    return values;
  }

  @Test
  void showsSymbolsWhereTheyRan() {
    List<Place> symbols =
        truth.symbols().stream()
            .filter(symbol -> Long.compareUnsigned(symbol.virtual(), PER_CPU_END) >= 0)
            .toList();
    assumeFalse(symbols.isEmpty(), "no symbols are known of this dump");
    SoftAssertions softly = new SoftAssertions();
    for (Place symbol : symbols) {
      String value = gdb.evaluate("(long)&'%s'".formatted(symbol.label()));
      if (!value.equals(Long.toString(symbol.virtual()))) {
        // Of several static symbols with one name, gdb takes whichever it likes.
        softly
            .assertThat(gdb.cli("info symbol %#x".formatted(symbol.virtual())))
            .as("%s at %#x, not %s", symbol.label(), symbol.virtual(), value)
            .startsWith(symbol.label() + " in section ");
      }
    }
    softly.assertAll();
  }

  @Test
  void findsAndReadsTheAddressSpaceOfAProcess() {
    SoftAssertions softly = new SoftAssertions();
    int pid = 0;
    for (Place place : truth.user()) {
      String as = "%s of PID %d".formatted(place.label(), place.pid());
      if (place.pid() != pid) {
        pid = place.pid();
        String spaces = gdb.monitor("spaces %#x".formatted(place.virtual()));
        String root = root(spaces, place);
        if (dump == CorpusDump.DISK_FULL && root.isEmpty()) {
          assertThat(spaces).as("the process' tables were lost").doesNotContain("->");
          return;
        }
        assertThat(root).as(spaces).isNotEmpty();
        gdb.monitor("space " + root);
      }
      softly
          .assertThat(gdb.memory(place.virtual(), place.length()))
          .as(as)
          .isEqualTo(place.bytes() == null ? "" : place.bytes());
      if (place.bytes() == null) {
        softly
            .assertThat(gdb.monitor("why %#x".formatted(place.virtual())))
            .as(as)
            .containsPattern(REASON);
      }
    }
    gdb.monitor("space cpu");
    softly.assertAll();
  }

  /** The tables that lead from a place to where it is. */
  private static String root(String spaces, Place place) {
    return SPACE
        .matcher(spaces)
        .results()
        .filter(line -> Long.decode(line.group(2)) == place.physical())
        .map(line -> line.group(1))
        .findFirst()
        .orElse("");
  }

  /** Whatever was asked of it by now. */
  @Test
  void serverHasNothingToComplainAbout() {
    assertThat(SERVED.program().output()).doesNotContain("Exception").doesNotContain("\tat ");
  }
}
