package org.vmcore.arch.x86;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.Disassembler.Instruction;

/** One instruction (Intel SDM vol. 2, chapter 2, "Instruction Format"). */
final class X86Decoder {
  private static final int LOCK = 0xf0;
  private static final int REPNE = 0xf2;
  private static final int REP = 0xf3;
  private static final int OPERAND_SIZE = 0x66;
  private static final int ADDRESS_SIZE = 0x67;

  private final byte[] code;
  private final int start;
  private final long address;
  private int at;
  private int rex;
  private final List<Integer> prefixes = new ArrayList<>();
  private final boolean[] used = new boolean[16];
  private int modrm = -1;
  private int opcode;
  private boolean escaped;
  private boolean fixed;
  private long relative;
  private String segment = "";
  private int segmentPrefix = -1;
  private String memory = "";
  private boolean hasMemory;
  private boolean sized;
  private OptionalLong target = OptionalLong.empty();
  private OptionalLong reference = OptionalLong.empty();

  X86Decoder(byte[] code, int start, long address) {
    this.code = code;
    this.start = start;
    this.address = address;
    this.at = start;
  }

  /** Where memory ends within the instruction. */
  private static final class CutOff extends RuntimeException {
    CutOff() {
      super(null, null, false, false);
    }
  }

  Instruction decode() {
    try {
      String text = instruction();
      return new Instruction(at - start, text, target, reference);
    } catch (CutOff e) {
      at = start + 1;
      return new Instruction(1, bytes(), OptionalLong.empty(), OptionalLong.empty());
    }
  }

  private int next() {
    if (at >= code.length || at - start >= 15) {
      throw new CutOff();
    }
    return code[at++] & 0xff;
  }

  private int peek() {
    if (at >= code.length) {
      throw new CutOff();
    }
    return code[at] & 0xff;
  }

  private String bytes() {
    StringBuilder text = new StringBuilder(".byte ");
    for (int i = start; i < at; i++) {
      text.append(i == start ? "" : ",").append(X86Operands.number(code[i] & 0xff));
    }
    return text.toString();
  }

  private String instruction() {
    readPrefixes();
    opcode = next();
    if (opcode == 0xc4 || opcode == 0xc5 || opcode == 0x62) {
      return vex();
    } else if (opcode >= 0xd8 && opcode <= 0xdf) {
      return x87();
    } else if (opcode != 0x0f) {
      return one();
    }
    escaped = true;
    opcode = next();
    if (opcode == 0x38 || opcode == 0x3a) {
      String map = opcode == 0x3a ? "3a." : "";
      opcode = next();
      return byPrefix(OpcodeMap.THREE, map);
    }
    return byPrefix(OpcodeMap.TWO, "");
  }

  private void readPrefixes() {
    while (true) {
      int prefix = peek();
      boolean legacy =
          switch (prefix) {
            case LOCK, REPNE, REP, OPERAND_SIZE, ADDRESS_SIZE -> true;
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 -> true;
            default -> false;
          };
      if (!legacy) {
        break;
      }
      if (prefix == 0x64 || prefix == 0x65) {
        segmentPrefix = prefixes.size();
        segment = prefix == 0x64 ? "%fs:" : "%gs:";
      }
      prefixes.add(prefix);
      at++;
      if (prefixes.size() > 14) {
        throw new CutOff();
      }
    }
    if ((peek() & 0xf0) == 0x40) {
      rex = next();
    }
  }

  /** Uses up the last prefix of a value; false without one. */
  private boolean take(int prefix) {
    int last = prefixes.lastIndexOf(prefix);
    if (last >= 0) {
      used[last] = true;
    }
    return last >= 0;
  }

  private boolean has(int prefix) {
    return prefixes.contains(prefix);
  }

  private boolean wide() {
    return (rex & 8) != 0;
  }

  private int operandSize() {
    if (wide()) {
      return 8;
    }
    return take(OPERAND_SIZE) ? 2 : 4;
  }

  /** What no operand tells, as a letter. */
  private static String letter(int size) {
    return switch (size) {
      case 1 -> "b";
      case 2 -> "w";
      case 4 -> "l";
      default -> "q";
    };
  }

  private String one() {
    switch (opcode) {
      case 0x90 -> {
        if ((rex & 1) == 0) {
          if (take(REP)) {
            return finish("pause", List.of());
          } else if (take(OPERAND_SIZE)) {
            return finish("xchg", List.of("%ax", "%ax"));
          }
          return finish(wide() ? "rex.W nop" : "nop", List.of());
        }
        int size = operandSize();
        return finish(
            "xchg",
            List.of(X86Operands.general(8, size, true), X86Operands.general(0, size, true)));
      }
      case 0x98 -> {
        return finish(
            switch (operandSize()) {
              case 2 -> "cbtw";
              case 4 -> "cwtl";
              default -> "cltq";
            },
            List.of());
      }
      case 0x99 -> {
        return finish(
            switch (operandSize()) {
              case 2 -> "cwtd";
              case 4 -> "cltd";
              default -> "cqto";
            },
            List.of());
      }
      case 0xcf -> {
        return finish(wide() ? "iretq" : "iret", List.of());
      }
      default -> {
        return entry(OpcodeMap.ONE.get(OpcodeMap.hex(opcode)), "");
      }
    }
  }

  private String byPrefix(OpcodeMap map, String before) {
    String hex = OpcodeMap.hex(opcode);
    for (int prefix : new int[] {REPNE, REP, OPERAND_SIZE}) {
      String key = before + Integer.toHexString(prefix) + "." + hex;
      if (has(prefix) && map.has(key)) {
        boolean unused = take(prefix);
        return entry(map.get(key), Integer.toHexString(prefix) + ".");
      }
    }
    return entry(map.get(before + hex), "");
  }

  private String entry(OpcodeMap.Entry found, String prefix) {
    OpcodeMap.Entry entry = found;
    String[] operands = entry.operands();
    if (entry.name().startsWith("/")) {
      entry = ofGroup(entry.name().substring(1), prefix);
      operands = entry.operands().length > 0 ? entry.operands() : operands;
      String group = found.name();
      if (group.equals("/12") || group.equals("/13") || group.equals("/14")) {
        operands = new String[] {prefix.isEmpty() ? "Qx" : "Wx", "Ib"};
      } else if (fixed) {
        operands = entry.operands();
      }
    }
    if (entry == OpcodeMap.Entry.NONE) {
      at = start + prefixes.size() + (rex != 0 ? 1 : 0) + 1;
      return "(bad)";
    }
    return named(entry.name(), operands);
  }

  private OpcodeMap.Entry ofGroup(String group, String prefix) {
    modrm = next();
    int reg = modrm >> 3 & 7;
    boolean register = modrm >= 0xc0;
    List<String> befores = new ArrayList<>();
    for (int one : new int[] {REPNE, REP, OPERAND_SIZE}) {
      if (has(one)) {
        befores.add(Integer.toHexString(one) + ".");
      }
    }
    befores.add("");
    for (String before : befores) {
      List<String> keys = new ArrayList<>();
      if (register) {
        keys.add(before + group + "." + OpcodeMap.hex(modrm));
        keys.add(before + group + "." + reg + ".r");
      }
      if (!register || !OpcodeMap.GROUPS.has(group + "." + reg + ".r")) {
        keys.add(before + group + "." + reg);
      }
      for (String key : keys) {
        if (OpcodeMap.GROUPS.has(key)) {
          if (!before.isEmpty()) {
            boolean unused = take(Integer.parseInt(before.substring(0, 2), 16));
          }
          fixed = key.endsWith("." + OpcodeMap.hex(modrm)) && register;
          return OpcodeMap.GROUPS.get(key);
        }
      }
    }
    return OpcodeMap.Entry.NONE;
  }

  private String named(String pattern, String[] operands) {
    int size = operandSizeFor(operands);
    List<String> texts = new ArrayList<>();
    for (String operand : operands) {
      texts.add(operand(operand, size));
    }
    Collections.reverse(texts);
    String name = pattern;
    if (pattern.startsWith("prefetch") || pattern.startsWith("nop")) {
      sized = false;
    }
    int memorySize = sizeOf(operands.length > 0 ? operands[0] : "", size);
    if (isString() && name.endsWith("*")) {
      name = pattern.replace("*", letter(size));
    } else if (name.equals("sysret*") || name.equals("sysexit*")) {
      name = name.replace("*", wide() ? "q" : "l");
    } else if (name.endsWith("*")) {
      boolean nopRegister = name.startsWith("nop");
      name = name.replace("*", !sized || nopRegister ? letter(memorySize) : "");
    } else if (name.endsWith("^")) {
      name = name.replace("^", letter(size));
    } else if (name.endsWith("~")) {
      name =
          name.replace(
              "~",
              name.matches("(mov|rdssp|incssp|wruss|wrss|pextr|pinsr)~")
                  ? (wide() ? "q" : "d")
                  : "");
    } else if (name.endsWith("&")) {
      name = name.replace("&", wide() ? (escaped ? "64" : "q") : "");
    }
    return finish(spelled(name, size), texts);
  }

  /** Names that depend on more than the table tells. */
  private String spelled(String name, int size) {
    if (name.equals("cmpxchg8b") && wide()) {
      return "cmpxchg16b";
    } else if (name.equals("mov") && opcode >= 0xb8 && opcode <= 0xbf && size == 8) {
      return "movabs";
    } else if (name.equals("movslq") && size != 8) {
      return "movsxd";
    } else if (modrm >= 0xc0 && name.equals("movlps") && opcode == 0x12) {
      return "movhlps";
    } else if (modrm >= 0xc0 && name.equals("movhps") && opcode == 0x16) {
      return "movlhps";
    }
    return name;
  }

  private int operandSizeFor(String[] operands) {
    for (String operand : operands) {
      if (operand.matches("[A-Z]+[vzs]x?|AX|1|CL|Is|[XY]v|Ov")) {
        return operandSize();
      }
    }
    return 4;
  }

  private int sizeOf(String operand, int size) {
    return switch (operand.isEmpty()
        ? ' '
        : operand.replace("x", "").charAt(Math.max(operand.replace("x", "").length() - 1, 0))) {
      case 'b' -> 1;
      case 'w' -> 2;
      case 'd' -> 4;
      case 'y' -> wide() ? 8 : 4;
      case '6', 'q' -> 8;
      default -> size;
    };
  }

  private void needModrm() {
    if (modrm < 0) {
      modrm = next();
    }
  }

  private String operand(String operand, int size) {
    if (operand.startsWith("@")) {
      return "*" + operand(operand.substring(1), size);
    }
    int bytes = sizeOf(operand, size);
    switch (operand) {
      case "1" -> {
        return "$0x1";
      }
      case "AL", "CL" -> {
        sized = sized || operand.equals("AL");
        return "%" + operand.toLowerCase(java.util.Locale.ROOT);
      }
      case "AX" -> {
        sized = true;
        return X86Operands.general(0, size, true);
      }
      case "AXd" -> {
        return take(OPERAND_SIZE) ? "%ax" : "%eax";
      }
      case "CXd" -> {
        return "%ecx";
      }
      case "DXd" -> {
        return "%edx";
      }
      case "BXd" -> {
        return "%ebx";
      }
      case "AX6" -> {
        return "%rax";
      }
      case "DXm" -> {
        return "(%dx)";
      }
      case "BX" -> {
        return "%ds:(%rbx)";
      }
      case "FS" -> {
        return "%fs";
      }
      case "GS" -> {
        return "%gs";
      }
      case "X0" -> {
        return "%xmm0";
      }
      case "Is6" -> {
        return X86Operands.immediate((byte) next(), 8);
      }
      case "Iz6" -> {
        return X86Operands.immediate(little(4, true), 8);
      }
      default -> {
        return byLetter(operand, bytes, size);
      }
    }
  }

  private String byLetter(String operand, int bytes, int size) {
    switch (operand.charAt(0)) {
      case 'E' -> {
        return registerOrMemory(operand, bytes);
      }
      case 'G' -> {
        needModrm();
        sized = true;
        return X86Operands.general(reg(), bytes, rex != 0);
      }
      case 'R' -> {
        needModrm();
        sized = true;
        return X86Operands.general(rm(), bytes, rex != 0);
      }
      case 'M', 'O' -> {
        return operand.charAt(0) == 'M' ? memoryOperand() : absolute(bytes);
      }
      case 'Z' -> {
        sized = true;
        return X86Operands.general(opcode & 7 | (rex & 1) << 3, bytes, rex != 0);
      }
      case 'I' -> {
        return immediate(operand, bytes, size);
      }
      case 'J' -> {
        long distance = operand.equals("Jb") ? (byte) next() : little(4, true);
        target = OptionalLong.of(address + (at - start) + distance);
        return "";
      }
      case 'X' -> {
        String of = segment.isEmpty() ? "%ds:" : segment;
        used(segmentPrefix);
        return of + "(%rsi)";
      }
      case 'Y' -> {
        return "%es:(%rdi)";
      }
      case 'S' -> {
        needModrm();
        return X86Operands.segment(modrm >> 3);
      }
      case 'C', 'D' -> {
        needModrm();
        return (operand.charAt(0) == 'C' ? "%cr" : "%db") + reg();
      }
      case 'V', 'P' -> {
        needModrm();
        return operand.charAt(0) == 'V' ? "%xmm" + reg() : "%mm" + (reg() & 7);
      }
      default -> {
        needModrm();
        if (modrm < 0xc0) {
          return memoryOperand();
        }
        return operand.charAt(0) == 'W' ? "%xmm" + rm() : "%mm" + (rm() & 7);
      }
    }
  }

  private void used(int index) {
    if (index >= 0) {
      used[index] = true;
    }
  }

  private int reg() {
    return modrm >> 3 & 7 | (rex & 4) << 1;
  }

  private int rm() {
    return modrm & 7 | (rex & 1) << 3;
  }

  private String registerOrMemory(String operand, int bytes) {
    needModrm();
    if (modrm < 0xc0) {
      return memoryOperand();
    }
    sized = true;
    int size = operand.equals("Ewx") ? operandSize() : bytes;
    return X86Operands.general(rm(), size, rex != 0);
  }

  private String immediate(String operand, int bytes, int size) {
    switch (operand.charAt(1)) {
      case 'b' -> {
        return X86Operands.immediate(next(), 1);
      }
      case 'w' -> {
        return X86Operands.immediate(little(2, false), 2);
      }
      case 's' -> {
        return X86Operands.immediate((byte) next(), size);
      }
      case 'z' -> {
        return X86Operands.immediate(little(Math.min(size, 4), true), size);
      }
      default -> {
        return X86Operands.immediate(little(bytes, false), bytes);
      }
    }
  }

  private long little(int bytes, boolean signed) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << 8 * i;
    }
    int unused = 64 - 8 * bytes;
    return signed ? value << unused >> unused : value;
  }

  private String absolute(int bytes) {
    hasMemory = true;
    used(segmentPrefix);
    return segment + X86Operands.number(little(8, false));
  }

  /** Intel SDM vol. 2, 2.1.5 and 2.2.1.3: ModRM, SIB and displacement; once. */
  private String memoryOperand() {
    needModrm();
    if (hasMemory) {
      return memory;
    }
    hasMemory = true;
    if (modrm >= 0xc0) {
      memory = "(bad)";
      return memory;
    }
    int mod = modrm >> 6;
    boolean small = take(ADDRESS_SIZE);
    int width = small ? 4 : 8;
    int base = modrm & 7;
    String index = "";
    boolean hasBase = true;
    boolean scaled = false;
    if (base == 4) {
      int sib = next();
      base = sib & 7;
      int number = sib >> 3 & 7 | (rex & 2) << 2;
      int scale = 1 << (sib >> 6);
      hasBase = !(base == 5 && mod == 0);
      scaled = number != 4;
      if (number != 4) {
        index = "," + X86Operands.general(number, width, true) + "," + scale;
      } else if (hasBase ? (base | (rex & 1) << 3) % 8 != 4 || scale != 1 : scale != 1) {
        index = "," + (small ? "%eiz" : "%riz") + "," + scale;
      }
    } else if (base == 5 && mod == 0) {
      relative = little(4, true);
      used(segmentPrefix);
      memory = segment + X86Operands.signed(relative) + (small ? "(%eip)" : "(%rip)");
      return memory;
    }
    long distance = 0;
    boolean shown = false;
    if (mod == 1) {
      distance = (byte) next();
      shown = true;
    } else if (mod == 2 || !hasBase) {
      distance = little(4, true);
      shown = true;
    }
    used(segmentPrefix);
    if (!hasBase && index.isEmpty()) {
      memory = segment + X86Operands.number(small ? distance & 0xffff_ffffL : distance);
      return memory;
    }
    String registers =
        "("
            + (hasBase ? X86Operands.general(base | (rex & 1) << 3, width, true) : "")
            + index
            + ")";
    memory = segment + (shown ? X86Operands.signed(distance) : "") + registers;
    return memory;
  }

  private boolean isString() {
    return !escaped
        && ((opcode >= 0xa4 && opcode <= 0xa7)
            || (opcode >= 0xaa && opcode <= 0xaf)
            || (opcode >= 0x6c && opcode <= 0x6f));
  }

  /** The whole text, what prefixes mean before it. */
  private String finish(String name, List<String> operands) {
    if (memory.endsWith("ip)")) {
      reference = OptionalLong.of(address + (at - start) + relative);
    }
    StringBuilder text = new StringBuilder();
    boolean compares = opcode == 0xa6 || opcode == 0xa7 || opcode == 0xae || opcode == 0xaf;
    boolean jump = target.isPresent() && (opcode >= 0x70 && opcode <= 0x8f);
    boolean indirect = !operands.isEmpty() && operands.get(0).startsWith("*");
    String hint = "";
    for (int i = 0; i < prefixes.size(); i++) {
      if (used[i]) {
        continue;
      }
      int prefix = prefixes.get(i);
      String word =
          switch (prefix) {
            case LOCK -> "lock";
            case REPNE -> target.isPresent() || indirect || name.equals("ret") ? "bnd" : "repnz";
            case REP -> isString() && !compares ? "rep" : "repz";
            case OPERAND_SIZE -> "data16";
            case ADDRESS_SIZE -> "addr32";
            case 0x26 -> "es";
            case 0x2e -> "cs";
            case 0x36 -> "ss";
            case 0x3e -> indirect ? "notrack" : "ds";
            case 0x64 -> "fs";
            default -> "gs";
          };
      if (jump && (prefix == 0x2e || prefix == 0x3e)) {
        hint = prefix == 0x2e ? ",pn" : ",pt";
      } else {
        text.append(word).append(' ');
      }
    }
    if (wide() && target.isPresent()) {
      text.append("rex.W ");
    }
    String list = String.join(",", operands);
    String padded =
        list.isEmpty() && target.isEmpty() ? name + hint : String.format("%-6s ", name + hint);
    return text.append(padded).append(list).toString();
  }

  /** The length alone. */
  private String vex() {
    int map = 1;
    if (opcode == 0xc5) {
      int unused = next();
    } else if (opcode == 0xc4) {
      map = next() & 0x1f;
      int unused = next();
    } else {
      map = next() & 7;
      int unused = next() + next();
    }
    int its = next();
    boolean alone = map == 1 && its == 0x77 && opcode != 0x62;
    if (!alone) {
      modrm = next();
      skipMemory();
      boolean immediate =
          map == 3
              || (map == 1
                  && (its >= 0x70 && its <= 0x73 || its == 0xc2 || its >= 0xc4 && its <= 0xc6));
      if (immediate) {
        int unused = next();
      }
    }
    return bytes();
  }

  private void skipMemory() {
    if (modrm < 0xc0) {
      String unused = memoryOperand();
    }
  }

  private String x87() {
    int first = opcode;
    modrm = next();
    String key = OpcodeMap.hex(first) + OpcodeMap.hex(modrm);
    String name =
        switch (key) {
          case "dbe2" -> "fnclex";
          case "dbe3" -> "fninit";
          case "dfe0" -> "fnstsw %ax";
          default -> "";
        };
    if (!name.isEmpty()) {
      return name;
    }
    String memoryName =
        switch (first << 3 | (modrm >> 3 & 7)) {
          case 0xd9 << 3 | 5 -> "fldcw";
          case 0xd9 << 3 | 7 -> "fnstcw";
          case 0xd9 << 3 | 6 -> "fnstenv";
          case 0xd9 << 3 | 4 -> "fldenv";
          case 0xdd << 3 | 7 -> "fnstsw";
          case 0xdd << 3 | 4 -> "frstor";
          case 0xdd << 3 | 6 -> "fnsave";
          case 0xdb << 3 | 0 -> "fildl";
          default -> "";
        };
    skipMemory();
    return modrm < 0xc0 && !memoryName.isEmpty() ? finish(memoryName, List.of(memory)) : bytes();
  }
}
