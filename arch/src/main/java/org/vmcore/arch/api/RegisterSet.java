package org.vmcore.arch.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The registers of a CPU or a program in gdb's order: a register's number is its position over all
 * features.
 */
public final class RegisterSet {

  /**
   * @param name such as {@code org.gnu.gdb.i386.core}
   * @param types XML of the types its registers use, or empty
   */
  public record Feature(String name, String types, List<Register> registers) {
    public Feature {
      registers = List.copyOf(registers);
    }
  }

  private static final String GDBS_OWN = "org.gnu.gdb.";

  private final String gdbArchitecture;
  private final String osAbi;
  private final List<Feature> features;
  private final List<Register> registers;
  private final Map<String, Integer> numbers = new HashMap<>();

  /**
   * The registers of a CPU. The OS ABI is {@code none}: a crashed kernel is no Linux process, and
   * only then does gdb take kernel modules from {@code qXfer:libraries}.
   *
   * @param gdbArchitecture as in gdb's {@code set architecture}
   */
  public RegisterSet(String gdbArchitecture, List<Feature> features) {
    this(gdbArchitecture, "none", features);
  }

  private RegisterSet(String gdbArchitecture, String osAbi, List<Feature> features) {
    this.gdbArchitecture = gdbArchitecture;
    this.osAbi = osAbi;
    this.features = List.copyOf(features);
    List<Register> all = new ArrayList<>();
    for (Feature feature : features) {
      for (Register register : feature.registers()) {
        if (numbers.put(register.name(), all.size()) != null) {
          throw new IllegalArgumentException("two registers named " + register.name());
        }
        all.add(register);
      }
    }
    this.registers = List.copyOf(all);
  }

  /**
   * The registers of a program that ran on Linux: of these, those in gdb's own features. gdb then
   * knows what a process is, looks for its libraries and writes cores of it.
   *
   * @param more features that programs have besides
   */
  public RegisterSet ofPrograms(Feature... more) {
    List<Feature> theirs =
        new ArrayList<>(
            features.stream().filter(feature -> feature.name().startsWith(GDBS_OWN)).toList());
    theirs.addAll(List.of(more));
    return new RegisterSet(gdbArchitecture, "GNU/Linux", theirs);
  }

  public String gdbArchitecture() {
    return gdbArchitecture;
  }

  public List<Feature> features() {
    return features;
  }

  public List<Register> registers() {
    return registers;
  }

  public boolean has(String name) {
    return numbers.containsKey(name);
  }

  /**
   * @throws IllegalArgumentException when there is no such register
   */
  public int number(String name) {
    Integer number = numbers.get(name);
    if (number == null) {
      throw new IllegalArgumentException("no register " + name);
    }
    return number;
  }

  /** The target description. */
  public String targetXml() {
    StringBuilder xml = new StringBuilder(4096);
    xml.append("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n");
    xml.append("<target version=\"1.0\">\n");
    xml.append("  <architecture>").append(gdbArchitecture).append("</architecture>\n");
    xml.append("  <osabi>").append(osAbi).append("</osabi>\n");
    int number = 0;
    for (Feature feature : features) {
      xml.append("  <feature name=\"").append(feature.name()).append("\">\n");
      xml.append(feature.types());
      for (Register register : feature.registers()) {
        xml.append("    <reg name=\"").append(register.name());
        xml.append("\" bitsize=\"").append(register.bits());
        xml.append("\" type=\"").append(register.type());
        xml.append("\" regnum=\"").append(number++).append('"');
        if (register.group() != null) {
          xml.append(" group=\"").append(register.group()).append('"');
        }
        xml.append("/>\n");
      }
      xml.append("  </feature>\n");
    }
    return xml.append("</target>\n").toString();
  }
}
