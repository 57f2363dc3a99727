package org.vmcore.testing;

import java.nio.file.Path;
import java.util.List;
import org.vmcore.testing.Truth.Place;

/**
 * A dump of an x86-64 machine that really crashed, and what others than our code say of it. A test
 * that needs no more than this runs on one of the corpus or, in a clone that has none, on the
 * lab's; a test that needs a certain machine names its {@link CorpusDump}.
 *
 * <p>Whatever is asked of it skips the test if there is no such dump.
 */
public interface RealDump {
  /** One of a kernel that has types and symbols of its own, in a kdump-compressed file of zlib. */
  static RealDump typed() {
    return Corpus.isThere() ? CorpusDump.ZLIB : LabDump.OURS;
  }

  /** All that there are, for what is to hold of every one. */
  static List<RealDump> all() {
    return Corpus.isThere() ? List.of(CorpusDump.values()) : List.of(LabDump.OURS);
  }

  /** All but {@link #typed}, for slow tests of which a quick one has that. */
  static List<RealDump> others() {
    return all().stream().filter(dump -> dump != typed()).toList();
  }

  /** The dump itself. */
  Path file();

  /** Where things are in its memory, and what the machine or others read there. */
  Truth truth();

  /** A place of 64 KiB without holes of which each byte is known. */
  Place buffer();

  /** The CPU that crashed, from 0. */
  int crashedCpu();

  /** What the dying kernel printed. */
  String lastWords();

  /** {@code /proc/kallsyms}. */
  List<String> kallsyms();

  /** {@code /proc/modules}. */
  List<String> moduleList();

  /** What {@code uname -r} says. */
  String release();

  /** A place that the truth has bytes of, of its memory or else its symbols. */
  default Place known() {
    return truth().kernel().stream()
        .filter(place -> place.bytes() != null && place.length() < 64)
        .findFirst()
        .orElseThrow();
  }

  /** The value of a register, as hexadecimal digits without leading zeros. */
  default String register(int cpu, String name) {
    return truth().registers().stream()
        .filter(register -> register.cpu() == cpu && register.name().equals(name))
        .map(register -> Long.toHexString(register.value()))
        .findFirst()
        .orElseThrow();
  }
}
