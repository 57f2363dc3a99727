package org.vmcore.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.vmcore.testing.Truth.Register;

/** The registers of other machines by the names that gdb has for them. */
final class ForeignRegisters {
  /** {@code X01=ffff...}, {@code pc ffff...}, {@code x5/t0 ffff...}, {@code mask ffff addr ...}. */
  private static final Pattern NAMED =
      Pattern.compile("(?<![\\w/])([A-Za-z]\\w*(?:/\\w+)?)(?:=| +)([0-9a-f]{8,16})(?![\\w:])");

  /** {@code GPR04 value value value value}. */
  private static final Pattern ROW = Pattern.compile("(?m)^GPR(\\d\\d)((?: [0-9a-f]{16}){4})");

  /** Parts of a note that are no registers of gdb's. */
  private static final Set<String> NOT_SHOWN =
      Set.of("result", "pad0", "pad1", "pad2", "pad3", "softe", "dar", "dsisr", "orig_r0");

  private ForeignRegisters() {}

  /** A line of the truth as gdb shows it: by one register, several, or none. */
  static Map<String, Long> named(Register register, ForeignDump dump) {
    String name = register.name();
    long value = register.value();
    if (NOT_SHOWN.contains(name) || isZeroOfQemu(name, dump)) {
      return Map.of();
    }
    if (name.matches("acr\\d+_\\d+")) {
      String[] pair = name.substring(3).split("_", -1);
      return Map.of("acr" + pair[0], value >>> 32, "acr" + pair[1], value & 0xffff_ffffL);
    }
    return Map.of(gdbName(name, dump), value);
  }

  /** QEMU does not fill these in (target/ppc/arch_dump.c): they show as unavailable. */
  private static boolean isZeroOfQemu(String name, ForeignDump dump) {
    return dump.isOf("ppc64") && !dump.isKdump() && (name.equals("orig_r3") || name.equals("trap"));
  }

  private static String gdbName(String name, ForeignDump dump) {
    if (isArm32(dump)) {
      return switch (name) {
        case "r13" -> "sp";
        case "r14" -> "lr";
        case "r15" -> "pc";
        default -> name;
      };
    }
    return switch (name) {
      case "pstate" -> "cpsr";
      case "psw_mask" -> "pswm";
      case "psw_addr" -> "pswa";
      case "orig_gpr2" -> "orig_r2";
      case "nip" -> "pc";
      case "ccr" -> "cr";
      case "s0" -> "fp";
      default -> name;
    };
  }

  private static boolean isArm32(ForeignDump dump) {
    return dump.isOf("arm") && !dump.isOf("arm64");
  }

  /** General registers, program counter and status of each CPU, from {@code info registers -a}. */
  static List<Map<String, Long>> ofMonitor(String text, ForeignDump dump) {
    List<Map<String, Long>> cpus = new ArrayList<>();
    for (String cpu : text.split("(?m)^CPU#\\d+\\n", -1)) {
      if (!cpu.isBlank()) {
        cpus.add(ofOne(cpu, dump));
      }
    }
    return cpus;
  }

  private static Map<String, Long> ofOne(String text, ForeignDump dump) {
    Map<String, Long> values = new LinkedHashMap<>();
    for (MatchResult row : ROW.matcher(text).results().toList()) {
      int first = Integer.parseInt(row.group(1));
      String[] words = row.group(2).strip().split(" ", -1);
      for (int i = 0; i < words.length; i++) {
        values.put("r" + (first + i), Long.parseUnsignedLong(words[i], 16));
      }
    }
    for (MatchResult match : NAMED.matcher(text).results().toList()) {
      String name = gdbNameOfQemus(match.group(1), dump);
      if (!name.isEmpty()) {
        values.putIfAbsent(name, Long.parseUnsignedLong(match.group(2), 16));
      }
    }
    return values;
  }

  /** Empty for what gdb does not have. */
  private static String gdbNameOfQemus(String qemus, ForeignDump dump) {
    String name = qemus.toLowerCase(Locale.ROOT).replaceFirst("^([rx])0(\\d)$", "$1$2");
    if (name.matches("x\\d+/\\w+")) {
      String abi = name.substring(name.indexOf('/') + 1);
      return abi.equals("zero") ? "" : gdbName(abi, dump);
    }
    return switch (name) {
      case "mask" -> "pswm";
      case "addr" -> "pswa";
      case "psr", "pstate" -> "cpsr";
      case "nip" -> "pc";
      case "efl" -> "eflags";
      case "pc", "sp", "lr", "ctr", "msr", "eip" -> name;
      case "eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp" -> name;
      default -> name.matches("[rx]\\d+") ? gdbName(name, dump) : "";
    };
  }
}
