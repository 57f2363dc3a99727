package org.vmcore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a dump's machine from elsewhere: what the guest printed before it died, an
 * independent page walk, the notes read straight from the file.
 *
 * <p>The file's grammar, tab separated:
 *
 * <pre>
 * mem  LABEL     VIRTUAL PHYSICAL BYTES|absent
 * sym  NAME      VIRTUAL PHYSICAL BYTES|absent
 * user LABEL PID VIRTUAL PHYSICAL BYTES|absent
 * reg  CPU NAME VALUE
 * cpus N
 * </pre>
 *
 * @param memory kernel addresses that the guest itself named
 * @param symbols addresses of the guest's kallsyms
 * @param user addresses of one of its processes
 * @param cpus how many CPUs the dump has registers of
 */
public record Truth(
    List<Place> memory, List<Place> symbols, List<Place> user, List<Register> registers, int cpus) {

  /**
   * @param pid the process that {@code virtual} belongs to, 0 for the kernel's addresses
   * @param bytes in memory order as hexadecimal digits, or null where the dump does not hold them
   */
  public record Place(String label, int pid, long virtual, long physical, @Nullable String bytes) {
    /** Whether the dump holds it. */
    public boolean isKnown() {
      return bytes != null;
    }

    /** The bytes of a place that the dump holds. */
    public String knownBytes() {
      return Objects.requireNonNull(bytes, label);
    }

    /** How many bytes are known; 8 are asked for where none are there. */
    public int length() {
      return bytes == null ? 8 : bytes.length() / 2;
    }
  }

  /**
   * @param cpu from 0
   * @param name as gdb calls it
   */
  public record Register(int cpu, String name, long value) {}

  /** Reads a file. */
  public static Truth read(Path file) {
    try {
      return parse(Files.readAllLines(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the lines of a file. */
  public static Truth parse(List<String> lines) {
    List<Place> memory = new ArrayList<>();
    List<Place> symbols = new ArrayList<>();
    List<Place> user = new ArrayList<>();
    List<Register> registers = new ArrayList<>();
    int cpus = 0;
    for (String line : lines) {
      String[] field = line.split("\t");
      switch (field[0]) {
        case "#" -> {}
        case "mem" -> memory.add(place(field[1], 0, field, 2));
        case "sym" -> symbols.add(place(field[1], 0, field, 2));
        case "user" -> user.add(place(field[1], Integer.parseInt(field[2]), field, 3));
        case "reg" ->
            registers.add(new Register(Integer.parseInt(field[1]), field[2], number(field[3])));
        case "cpus" -> cpus = Integer.parseInt(field[1]);
        default -> throw new IllegalArgumentException("unknown kind of truth: " + line);
      }
    }
    return new Truth(memory, symbols, user, registers, cpus);
  }

  /** The same with other bytes at one place in memory. */
  public Truth withBytes(String label, String bytes) {
    List<Place> changed =
        memory.stream()
            .map(
                place ->
                    place.label().equals(label)
                        ? new Place(label, place.pid(), place.virtual(), place.physical(), bytes)
                        : place)
            .toList();
    return new Truth(changed, symbols, user, registers, cpus);
  }

  /** All addresses of the kernel. */
  public List<Place> kernel() {
    List<Place> all = new ArrayList<>(memory);
    all.addAll(symbols);
    return all;
  }

  /** Those, and the addresses of processes. */
  public List<Place> places() {
    List<Place> all = kernel();
    all.addAll(user);
    return all;
  }

  private static Place place(String label, int pid, String[] field, int at) {
    String bytes = field[at + 2].equals("absent") ? null : field[at + 2];
    return new Place(label, pid, number(field[at]), number(field[at + 1]), bytes);
  }

  private static long number(String text) {
    return Long.parseUnsignedLong(text.substring(2), 16);
  }
}
