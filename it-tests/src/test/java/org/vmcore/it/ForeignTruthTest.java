package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;
import org.vmcore.testing.Truth.Register;

/** Every line of what is known of every dump of another machine, in gdb-multiarch over TCP. */
@Tag("slow")
@NeedsCorpus
@ParameterizedClass
@EnumSource
class ForeignTruthTest {
  /** POISON_FREE_INITMEM, as arm64, arm and s390 fill .init memory when they free it. */
  private static final String POISON = "(cc){16,}";

  private static final ServedGdb SERVED = new ServedGdb();

  private final ForeignDump dump;
  private final Truth truth;
  private final GdbMi gdb;

  ForeignTruthTest(ForeignDump dump) {
    this.dump = dump;
    this.truth = dump.truth();
    this.gdb = SERVED.gdb();
  }

  @BeforeParameterizedClassInvocation
  static void connect(ForeignDump dump) {
    Gdb.assumeInstalled("gdb-multiarch");
    SERVED.connect(
        Program.serve(dump.file(), "--vmlinux", dump.vmlinux()),
        server -> GdbMi.connectMultiarch(server, dump.vmlinux()));
  }

  @AfterParameterizedClassInvocation
  static void disconnect() {
    SERVED.disconnect();
  }

  /**
   * The truth was read from the machine's memory. Of that makedumpfile -d 31 leaves out free pages,
   * those of freed .init code and data too.
   */
  @Test
  void readsVirtualAddresses() {
    SoftAssertions softly = new SoftAssertions();
    for (Place place : truth.kernel()) {
      String bytes = gdb.memory(place.virtual(), place.length());
      if (bytes.isEmpty() && isFreed(place)) {
        softly
            .assertThat(gdb.monitor("why %#x".formatted(place.virtual())))
            .as(place.label())
            .contains("filtered out");
      } else {
        softly
            .assertThat(bytes)
            .as("%s at %#x", place.label(), place.virtual())
            .isEqualTo(place.bytes() == null ? "" : place.bytes());
      }
    }
    softly.assertAll();
  }

  private boolean isFreed(Place place) {
    if (!dump.isKdump() || place.bytes() == null) {
      return false;
    }
    long symbol = address(place.label());
    boolean isInit = symbol >= address("__init_begin") && symbol < address("__init_end");
    return isInit || place.bytes().matches(POISON);
  }

  private long address(String symbol) {
    String value = gdb.evaluate("(unsigned long)&'%s'".formatted(symbol));
    return value.matches("\\d+") ? Long.parseUnsignedLong(value) : 0;
  }

  @Test
  void translatesAddresses() {
    SoftAssertions softly = new SoftAssertions();
    for (Place place : truth.kernel()) {
      softly
          .assertThat(gdb.monitor("vtop %#x".formatted(place.virtual())))
          .as("%s at %#x", place.label(), place.virtual())
          .containsPattern("(?m)^%x +%x$".formatted(place.virtual(), place.physical()));
    }
    softly.assertAll();
  }

  @Test
  void relocatesTheSymbolsOfVmlinux() {
    SoftAssertions softly = new SoftAssertions();
    for (Place symbol : truth.symbols()) {
      // Of several static symbols with one name, gdb takes whichever it likes.
      if (address(symbol.label()) != symbol.virtual()) {
        softly
            .assertThat(gdb.cli("info symbol %#x".formatted(symbol.virtual())))
            .as("%s at %#x", symbol.label(), symbol.virtual())
            .contains(" in section ");
      }
    }
    softly.assertAll();
  }

  @Test
  void showsEveryCpuAsAThread() {
    assertThat(gdb.must("-thread-info").result().list("threads"))
        .extracting(thread -> thread.get("id"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(1, truth.cpus()).mapToObj(Integer::toString).toList());
  }

  @Test
  void showsRegisters() {
    SoftAssertions softly = new SoftAssertions();
    for (int cpu = 0; cpu < truth.cpus(); cpu++) {
      Map<String, Long> values = registers(cpu);
      for (Register register : truth.registers()) {
        if (register.cpu() == cpu) {
          ForeignRegisters.named(register, dump)
              .forEach(
                  (name, value) ->
                      softly
                          .assertThat(values.get(name))
                          .as("%s of CPU %d", name, register.cpu())
                          .isEqualTo(value));
        }
      }
    }
    softly.assertAll();
  }

  /** What QEMU's own monitor showed of the registers, with the machine stopped as it was dumped. */
  @Test
  void registersAreThoseOfQemusMonitor() {
    assumeThat(dump.isKdump()).as("QEMU was not asked at this crash").isFalse();
    List<Map<String, Long>> cpus =
        ForeignRegisters.ofMonitor(dump.text("qemu-registers.txt"), dump);
    assertThat(cpus).hasSize(truth.cpus());
    SoftAssertions softly = new SoftAssertions();
    for (int cpu = 0; cpu < cpus.size(); cpu++) {
      Map<String, Long> values = registers(cpu);
      Map<String, Long> shown = cpus.get(cpu);
      softly.assertThat(shown).hasSizeGreaterThan(8);
      for (Map.Entry<String, Long> register : shown.entrySet()) {
        softly
            .assertThat(values.get(register.getKey()))
            .as("%s of CPU %d", register.getKey(), cpu)
            .isEqualTo(register.getValue());
      }
    }
    softly.assertAll();
  }

  private Map<String, Long> registers(int cpu) {
    List<String> names = new ArrayList<>();
    for (Object name :
        (List<?>)
            MiRecord.get(
                gdb.must("-data-list-register-names").result().results(), "register-names")) {
      names.add((String) name);
    }
    Map<String, Long> values = new LinkedHashMap<>();
    for (Map<String, Object> register :
        gdb.must("-data-list-register-values --thread %d x".formatted(cpu + 1))
            .result()
            .list("register-values")) {
      int number = Integer.parseInt((String) MiRecord.get(register, "number"));
      String value = (String) MiRecord.get(register, "value");
      if (value.matches("0x[0-9a-f]{1,16}")) {
        values.put(names.get(number), Long.parseUnsignedLong(value.substring(2), 16));
      }
    }
    return values;
  }
}
