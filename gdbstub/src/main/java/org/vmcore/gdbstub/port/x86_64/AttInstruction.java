package org.vmcore.gdbstub.port.x86_64;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An instruction as AT&T writes it.
 *
 * @param name without prefixes
 * @param operands the destination last
 */
record AttInstruction(String name, List<String> operands) {
  private static final Set<String> PREFIXES =
      Set.of(
          "lock",
          "rep",
          "repz",
          "repnz",
          "cs",
          "ds",
          "es",
          "ss",
          "fs",
          "gs",
          "notrack",
          "bnd",
          "data16",
          "addr32",
          "xacquire",
          "xrelease");

  /** What changes no register that it names. */
  private static final Set<String> READERS =
      Set.of("cmp", "test", "push", "bt", "out", "verw", "prefetch", "nop", "ud", "int3", "j");

  /** What changes registers that it does not name. */
  private static final Map<String, List<String>> HIDDEN =
      Map.ofEntries(
          Map.entry("div", List.of("rax", "rdx")),
          Map.entry("idiv", List.of("rax", "rdx")),
          Map.entry("mul", List.of("rax", "rdx")),
          Map.entry("imul", List.of("rax", "rdx")),
          Map.entry("cmpxchg", List.of("rax", "rdx")),
          Map.entry("cpuid", List.of("rax", "rbx", "rcx", "rdx")),
          Map.entry("rdtsc", List.of("rax", "rdx", "rcx")),
          Map.entry("rdpmc", List.of("rax", "rdx")),
          Map.entry("rdmsr", List.of("rax", "rdx")),
          Map.entry("rdpkru", List.of("rax", "rdx")),
          Map.entry("xgetbv", List.of("rax", "rdx")),
          Map.entry("cqto", List.of("rdx")),
          Map.entry("cltd", List.of("rdx")),
          Map.entry("cltq", List.of("rax")),
          Map.entry("cwtl", List.of("rax")),
          Map.entry("syscall", List.of("rax", "rcx", "r11")),
          Map.entry("movs", List.of("rsi", "rdi", "rcx")),
          Map.entry("stos", List.of("rdi", "rcx")),
          Map.entry("lods", List.of("rsi", "rax")),
          Map.entry("scas", List.of("rdi", "rcx")),
          Map.entry("cmps", List.of("rsi", "rdi", "rcx")));

  private static final Pattern BASED =
      Pattern.compile("(-?)(?:0x([0-9a-f]{1,16}))?\\(%(r[a-z0-9]{1,3})\\)");

  private static final Map<String, String> LEGACY =
      Map.of("a", "rax", "b", "rbx", "c", "rcx", "d", "rdx");

  /** Memory behind a register. */
  record Based(String register, long displacement) {}

  static AttInstruction of(String text) {
    String rest = text.strip();
    int blank = rest.indexOf(' ');
    while (blank > 0 && PREFIXES.contains(rest.substring(0, blank))) {
      rest = rest.substring(blank).strip();
      blank = rest.indexOf(' ');
    }
    return blank < 0
        ? new AttInstruction(rest, List.of())
        : new AttInstruction(rest.substring(0, blank), split(rest.substring(blank).strip()));
  }

  private static List<String> split(String operands) {
    List<String> found = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < operands.length(); i++) {
      char c = operands.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        found.add(operands.substring(from, i).strip());
        from = i + 1;
      }
    }
    if (!operands.isEmpty()) {
      found.add(operands.substring(from).strip());
    }
    return found;
  }

  /** Whether it makes its destination what its source is, or the address of that. */
  boolean isMove() {
    boolean named = name.equals("mov") || name.equals("movq") || name.startsWith("lea");
    return named && operands.size() == 2;
  }

  /** The registers that are changed, all of them in 64 bits. */
  Set<String> written() {
    Set<String> registers = new HashSet<>();
    // movsbl and the like extend what they move.
    boolean extendsSign =
        name.startsWith("movs") && operands.size() == 2 && isRegister(operands.get(1));
    if (!extendsSign
        && (operands.size() < 2 || !isRegister(operands.get(1)) || !name.equals("imul"))) {
      HIDDEN.forEach(
          (instruction, hidden) -> {
            if (name.startsWith(instruction)) {
              registers.addAll(hidden);
            }
          });
    }
    if (!operands.isEmpty() && READERS.stream().noneMatch(name::startsWith)) {
      full(operands.get(operands.size() - 1)).ifPresent(registers::add);
      if (name.startsWith("xchg") || name.startsWith("xadd")) {
        full(operands.get(0)).ifPresent(registers::add);
      }
    }
    if (name.startsWith("bts") || name.startsWith("btr") || name.startsWith("btc")) {
      full(operands.get(operands.size() - 1)).ifPresent(registers::add);
    }
    return registers;
  }

  private static boolean isRegister(String operand) {
    return operand.startsWith("%");
  }

  /** A register that is named with its 64 bits. */
  static Optional<String> register64(String operand) {
    return full(operand).filter(name -> operand.equals("%" + name));
  }

  static Optional<Based> based(String operand) {
    Matcher matcher = BASED.matcher(operand);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long value = matcher.group(2) == null ? 0 : Long.parseUnsignedLong(matcher.group(2), 16);
    return Optional.of(new Based(matcher.group(3), matcher.group(1).isEmpty() ? value : -value));
  }

  /** The 64 bits that a register of any size is part of. */
  private static Optional<String> full(String operand) {
    if (!isRegister(operand)) {
      return Optional.empty();
    }
    String name = operand.substring(1);
    if (name.matches("r\\d{1,2}[dwb]?")) {
      return Optional.of(name.replaceFirst("[dwb]$", ""));
    }
    if (name.matches("[re]?[abcd]x|[abcd][lh]")) {
      String letter = name.replaceFirst("^[re]", "").substring(0, 1);
      return Optional.ofNullable(LEGACY.get(letter));
    }
    return name.matches("[re]?(si|di|bp|sp)|(si|di|bp|sp)l")
        ? Optional.of("r" + name.replaceFirst("^[re](?=..$)", "").substring(0, 2))
        : Optional.empty();
  }
}
