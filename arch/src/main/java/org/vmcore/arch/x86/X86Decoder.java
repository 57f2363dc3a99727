package org.vmcore.arch.x86;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.Disassembler.Instruction;

/** One instruction (Intel SDM vol. 2, chapter 2, "Instruction Format"). */
final class X86Decoder {

  private final X86Code in;
  private int opcode;
  private boolean escaped;
  private boolean fixed;
  private boolean sized;
  private OptionalLong target = OptionalLong.empty();

  X86Decoder(byte[] code, int start, long address) {
    this.in = new X86Code(code, start, address);
  }

  Instruction decode() {
    try {
      String text = instruction();
      return new Instruction(in.length(), text, target, in.reference());
    } catch (X86Code.CutOff e) {
      in.setLength(1);
      return new Instruction(1, in.bytes(), OptionalLong.empty(), OptionalLong.empty());
    }
  }

  private String instruction() {
    in.readPrefixes();
    opcode = in.next();
    if (opcode == 0xc4 || opcode == 0xc5 || opcode == 0x62) {
      return vex();
    } else if (opcode >= 0xd8 && opcode <= 0xdf) {
      return x87();
    } else if (opcode != 0x0f) {
      return one();
    }
    escaped = true;
    opcode = in.next();
    if (opcode == 0x38 || opcode == 0x3a) {
      String map = opcode == 0x3a ? "3a." : "";
      opcode = in.next();
      return byPrefix(OpcodeMap.THREE, map);
    }
    return byPrefix(OpcodeMap.TWO, "");
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
        if ((in.rex() & 1) == 0) {
          if (in.take(X86Code.REP)) {
            return finish("pause", List.of());
          } else if (in.take(X86Code.OPERAND_SIZE)) {
            return finish("xchg", List.of("%ax", "%ax"));
          }
          return finish(in.wide() ? "rex.W nop" : "nop", List.of());
        }
        int size = in.operandSize();
        return finish(
            "xchg",
            List.of(X86Operands.general(8, size, true), X86Operands.general(0, size, true)));
      }
      case 0x98 -> {
        return finish(
            switch (in.operandSize()) {
              case 2 -> "cbtw";
              case 4 -> "cwtl";
              default -> "cltq";
            },
            List.of());
      }
      case 0x99 -> {
        return finish(
            switch (in.operandSize()) {
              case 2 -> "cwtd";
              case 4 -> "cltd";
              default -> "cqto";
            },
            List.of());
      }
      case 0xcf -> {
        return finish(in.wide() ? "iretq" : "iret", List.of());
      }
      default -> {
        return entry(OpcodeMap.ONE.get(OpcodeMap.hex(opcode)), "");
      }
    }
  }

  private String byPrefix(OpcodeMap map, String before) {
    String hex = OpcodeMap.hex(opcode);
    for (int prefix : new int[] {X86Code.REPNE, X86Code.REP, X86Code.OPERAND_SIZE}) {
      String key = before + Integer.toHexString(prefix) + "." + hex;
      if (in.has(prefix) && map.has(key)) {
        boolean unused = in.take(prefix);
        return entry(map.get(key), Integer.toHexString(prefix) + ".");
      }
    }
    return entry(map.get(before + hex), "");
  }

  private String entry(OpcodeMap.Entry found, String prefix) {
    OpcodeMap.Entry entry = found;
    List<String> operands = entry.operands();
    if (entry.name().startsWith("/")) {
      entry = ofGroup(entry.name().substring(1));
      operands = entry.operands().isEmpty() ? operands : entry.operands();
      String group = found.name();
      if (group.equals("/12") || group.equals("/13") || group.equals("/14")) {
        operands = List.of(prefix.isEmpty() ? "Qx" : "Wx", "Ib");
      } else if (fixed) {
        operands = entry.operands();
      }
    }
    if (entry.equals(OpcodeMap.Entry.NONE)) {
      in.setLength(in.prefixBytes() + 1);
      return "(bad)";
    }
    return named(entry.name(), operands);
  }

  private OpcodeMap.Entry ofGroup(String group) {
    in.readModrm();
    int reg = in.modrm() >> 3 & 7;
    boolean register = in.modrm() >= 0xc0;
    List<String> befores = new ArrayList<>();
    for (int one : new int[] {X86Code.REPNE, X86Code.REP, X86Code.OPERAND_SIZE}) {
      if (in.has(one)) {
        befores.add(Integer.toHexString(one) + ".");
      }
    }
    befores.add("");
    for (String before : befores) {
      List<String> keys = new ArrayList<>();
      if (register) {
        keys.add(before + group + "." + OpcodeMap.hex(in.modrm()));
        keys.add(before + group + "." + reg + ".r");
      }
      if (!register || !OpcodeMap.GROUPS.has(group + "." + reg + ".r")) {
        keys.add(before + group + "." + reg);
      }
      for (String key : keys) {
        if (OpcodeMap.GROUPS.has(key)) {
          if (!before.isEmpty()) {
            boolean unused = in.take(Integer.parseInt(before.substring(0, 2), 16));
          }
          fixed = key.endsWith("." + OpcodeMap.hex(in.modrm())) && register;
          return OpcodeMap.GROUPS.get(key);
        }
      }
    }
    return OpcodeMap.Entry.NONE;
  }

  private String named(String pattern, List<String> operands) {
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
    int memorySize = sizeOf(operands.isEmpty() ? "" : operands.get(0), size);
    if (isString() && name.endsWith("*")) {
      name = pattern.replace("*", letter(size));
    } else if (name.equals("sysret*") || name.equals("sysexit*")) {
      name = name.replace("*", in.wide() ? "q" : "l");
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
                  ? (in.wide() ? "q" : "d")
                  : "");
    } else if (name.endsWith("&")) {
      name = name.replace("&", in.wide() ? (escaped ? "64" : "q") : "");
    }
    return finish(spelled(name, size), texts);
  }

  /** Names that depend on more than the table tells. */
  private String spelled(String name, int size) {
    if (name.equals("cmpxchg8b") && in.wide()) {
      return "cmpxchg16b";
    } else if (name.equals("mov") && opcode >= 0xb8 && opcode <= 0xbf && size == 8) {
      return "movabs";
    } else if (name.equals("movslq") && size != 8) {
      return "movsxd";
    } else if (in.modrm() >= 0xc0 && name.equals("movlps") && opcode == 0x12) {
      return "movhlps";
    } else if (in.modrm() >= 0xc0 && name.equals("movhps") && opcode == 0x16) {
      return "movlhps";
    }
    return name;
  }

  private int operandSizeFor(List<String> operands) {
    for (String operand : operands) {
      if (operand.matches("[A-Z]+[vzs]x?|AX|1|CL|Is|[XY]v|Ov")) {
        return in.operandSize();
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
      case 'y' -> in.wide() ? 8 : 4;
      case '6', 'q' -> 8;
      default -> size;
    };
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
        return in.take(X86Code.OPERAND_SIZE) ? "%ax" : "%eax";
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
        return X86Operands.immediate((byte) in.next(), 8);
      }
      case "Iz6" -> {
        return X86Operands.immediate(in.little(4, true), 8);
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
        in.needModrm();
        sized = true;
        return X86Operands.general(in.reg(), bytes, in.rex() != 0);
      }
      case 'R' -> {
        in.needModrm();
        sized = true;
        return X86Operands.general(in.rm(), bytes, in.rex() != 0);
      }
      case 'M', 'O' -> {
        return operand.charAt(0) == 'M' ? in.memoryOperand() : in.absolute();
      }
      case 'Z' -> {
        sized = true;
        return X86Operands.general((opcode & 7) | ((in.rex() & 1) << 3), bytes, in.rex() != 0);
      }
      case 'I' -> {
        return immediate(operand, bytes, size);
      }
      case 'J' -> {
        long distance = operand.equals("Jb") ? (byte) in.next() : in.little(4, true);
        target = OptionalLong.of(in.nextAddress() + distance);
        return "";
      }
      case 'X' -> {
        String of = in.segment();
        return (of.isEmpty() ? "%ds:" : of) + "(%rsi)";
      }
      case 'Y' -> {
        return "%es:(%rdi)";
      }
      case 'S' -> {
        in.needModrm();
        return X86Operands.segment(in.modrm() >> 3);
      }
      case 'C', 'D' -> {
        in.needModrm();
        return (operand.charAt(0) == 'C' ? "%cr" : "%db") + in.reg();
      }
      case 'V', 'P' -> {
        in.needModrm();
        return operand.charAt(0) == 'V' ? "%xmm" + in.reg() : "%mm" + (in.reg() & 7);
      }
      default -> {
        in.needModrm();
        if (in.modrm() < 0xc0) {
          return in.memoryOperand();
        }
        return operand.charAt(0) == 'W' ? "%xmm" + in.rm() : "%mm" + (in.rm() & 7);
      }
    }
  }

  private String registerOrMemory(String operand, int bytes) {
    in.needModrm();
    if (in.modrm() < 0xc0) {
      return in.memoryOperand();
    }
    sized = true;
    int size = operand.equals("Ewx") ? in.operandSize() : bytes;
    return X86Operands.general(in.rm(), size, in.rex() != 0);
  }

  private String immediate(String operand, int bytes, int size) {
    switch (operand.charAt(1)) {
      case 'b' -> {
        return X86Operands.immediate(in.next(), 1);
      }
      case 'w' -> {
        return X86Operands.immediate(in.little(2, false), 2);
      }
      case 's' -> {
        return X86Operands.immediate((byte) in.next(), size);
      }
      case 'z' -> {
        return X86Operands.immediate(in.little(Math.min(size, 4), true), size);
      }
      default -> {
        return X86Operands.immediate(in.little(bytes, false), bytes);
      }
    }
  }

  private boolean isString() {
    return !escaped
        && ((opcode >= 0xa4 && opcode <= 0xa7)
            || (opcode >= 0xaa && opcode <= 0xaf)
            || (opcode >= 0x6c && opcode <= 0x6f));
  }

  /** The whole text, what prefixes mean before it. */
  private String finish(String name, List<String> operands) {
    StringBuilder text = new StringBuilder();
    boolean compares = opcode == 0xa6 || opcode == 0xa7 || opcode == 0xae || opcode == 0xaf;
    boolean jump = target.isPresent() && (opcode >= 0x70 && opcode <= 0x8f);
    boolean indirect = !operands.isEmpty() && operands.get(0).startsWith("*");
    String hint = "";
    for (int i = 0; i < in.prefixes().size(); i++) {
      if (in.isUsed(i)) {
        continue;
      }
      int prefix = in.prefixes().get(i);
      String word =
          switch (prefix) {
            case X86Code.LOCK -> "lock";
            case X86Code.REPNE ->
                target.isPresent() || indirect || name.equals("ret") ? "bnd" : "repnz";
            case X86Code.REP -> isString() && !compares ? "rep" : "repz";
            case X86Code.OPERAND_SIZE -> "data16";
            case X86Code.ADDRESS_SIZE -> "addr32";
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
    if (in.wide() && target.isPresent()) {
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
      int unused = in.next();
    } else if (opcode == 0xc4) {
      map = in.next() & 0x1f;
      int unused = in.next();
    } else {
      map = in.next() & 7;
      int unused = in.next() + in.next();
    }
    int its = in.next();
    boolean alone = map == 1 && its == 0x77 && opcode != 0x62;
    if (!alone) {
      in.readModrm();
      skipMemory();
      boolean immediate =
          map == 3
              || (map == 1
                  && ((its >= 0x70 && its <= 0x73) || its == 0xc2 || (its >= 0xc4 && its <= 0xc6)));
      if (immediate) {
        int unused = in.next();
      }
    }
    return in.bytes();
  }

  private void skipMemory() {
    if (in.modrm() < 0xc0) {
      String unused = in.memoryOperand();
    }
  }

  private String x87() {
    int first = opcode;
    in.readModrm();
    String key = OpcodeMap.hex(first) + OpcodeMap.hex(in.modrm());
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
        switch (first << 3 | (in.modrm() >> 3 & 7)) {
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
    return in.modrm() < 0xc0 && !memoryName.isEmpty()
        ? finish(memoryName, List.of(in.memory()))
        : in.bytes();
  }
}
