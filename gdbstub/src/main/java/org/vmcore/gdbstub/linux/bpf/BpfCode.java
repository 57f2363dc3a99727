package org.vmcore.gdbstub.linux.bpf;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * An instruction of BPF in the words that the kernel's verifier and bpftool have for it (RFC 9669;
 * Linux kernel/bpf/disasm.c shows the layout). What a name stands for is asked of {@link Names}.
 */
final class BpfCode {
  /** Bytes of an instruction; the one that loads 64 bits is two. */
  static final int BYTES = 8;

  private static final List<String> SIZES = List.of("u32", "u16", "u8", "u64");

  private static final List<String> ALU =
      List.of("+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=");

  private static final List<String> COMPARED =
      List.of("", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<=");

  /** Of an atomic operation: what is between its operands, and its name. */
  private static final Map<Integer, List<String>> ATOMIC =
      Map.of(
          0x00, List.of("+=", "add"),
          0x40, List.of("|=", "or"),
          0x50, List.of("&=", "and"),
          0xa0, List.of("^=", "xor"));

  private static final int FETCH = 1;
  private static final int EXCHANGE = 0xe1;
  private static final int COMPARE_AND_EXCHANGE = 0xf1;
  private static final int LOAD_ACQUIRE = 0x100;
  private static final int STORE_RELEASE = 0x110;

  /** BPF_PSEUDO_CALL: of a function of the program's own. */
  private static final int OWN = 1;

  /** BPF_PSEUDO_KFUNC_CALL. */
  private static final int OF_KERNEL = 2;

  private final int code;
  private final int to;
  private final int from;
  private final int offset;
  private final int number;
  private final long wide;
  private final Names names;

  /**
   * What is at addresses.
   *
   * @param functions by what is added to {@code __bpf_call_base}
   * @param values that 64 bits are loaded with, such as maps
   */
  record Names(LongFunction<String> functions, LongFunction<String> values) {}

  /**
   * @param code instructions in the machine's byte order, at the next one
   */
  BpfCode(ByteBuffer code, Names names) {
    this.code = code.get() & 0xff;
    int registers = code.get() & 0xff;
    boolean big = code.order() == ByteOrder.BIG_ENDIAN;
    to = big ? registers >> 4 : registers & 0xf;
    from = big ? registers & 0xf : registers >> 4;
    offset = code.getShort();
    number = code.getInt();
    boolean two = isWide() && code.remaining() >= BYTES;
    wide = two ? code.getInt(code.position() + 4) : 0;
    code.position(code.position() + (two ? BYTES : 0));
    this.names = names;
  }

  private boolean isWide() {
    return code == 0x18;
  }

  /** How many instructions' places it has. */
  int length() {
    return isWide() ? 2 : 1;
  }

  /** Its operation in brackets, and what it does. */
  String text() {
    String text =
        switch (code & 7) {
          case 0 -> load();
          case 1 -> loadFromRegister();
          case 2 -> store();
          case 3 -> storeFromRegister();
          case 4, 7 -> arithmetic((code & 7) == 7);
          default -> jump((code & 7) == 5);
        };
    return format("(%02x) ", code) + text;
  }

  @FormatMethod
  private static String format(@FormatString String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  private String size() {
    return SIZES.get(code >> 3 & 3);
  }

  /** Of an operation that there is not, or of a mode. */
  private String unknown() {
    return format("BUG_%02x", code);
  }

  private String load() {
    return switch (code & 0xe0) {
      case 0x00 -> isWide() ? format("r%d = %s", to, value()) : unknown();
      case 0x20 -> format("r0 = *(%s *)skb[%d]", size(), number);
      case 0x40 -> format("r0 = *(%s *)skb[r%d + %d]", size(), from, number);
      default -> unknown();
    };
  }

  private String value() {
    return names.values().apply(wide << Integer.SIZE | (number & 0xffff_ffffL));
  }

  /** Also of memory that may not be there (BPF_PROBE_MEM), which is shown as it was written. */
  private String loadFromRegister() {
    return switch (code & 0xe0) {
      case 0x20, 0x60, 0xa0 -> format("r%d = *(%s *)(r%d %+d)", to, size(), from, offset);
      case 0x40, 0x80 ->
          format("r%d = *(%s *)(r%d %+d)", to, size().replace('u', 's'), from, offset);
      default -> unknown();
    };
  }

  private String store() {
    return switch (code & 0xe0) {
      case 0x60, 0xa0 -> format("*(%s *)(r%d %+d) = %d", size(), to, offset, number);
      case 0xc0 -> "nospec";
      default -> unknown();
    };
  }

  private String storeFromRegister() {
    return switch (code & 0xe0) {
      case 0x60, 0xa0 -> format("*(%s *)(r%d %+d) = r%d", size(), to, offset, from);
      case 0xc0, 0xe0 -> atomic();
      default -> unknown();
    };
  }

  private String atomic() {
    String place = format("(%s *)(r%d %+d)", size(), to, offset);
    String bits = (code & 0x18) == 0x18 ? "64" : "";
    List<String> known = ATOMIC.get(number & ~FETCH);
    if (known != null) {
      return (number & FETCH) == 0
          ? format("lock *%s %s r%d", place, known.get(0), from)
          : format("r%d = atomic%s_fetch_%s(%s, r%d)", from, bits, known.get(1), place, from);
    }
    return switch (number) {
      case COMPARE_AND_EXCHANGE -> format("r0 = atomic%s_cmpxchg(%s, r0, r%d)", bits, place, from);
      case EXCHANGE -> format("r%d = atomic%s_xchg(%s, r%d)", from, bits, place, from);
      case LOAD_ACQUIRE -> format("r%d = load_acquire((%s *)(r%d %+d))", to, size(), from, offset);
      case STORE_RELEASE -> format("store_release(%s, r%d)", place, from);
      default -> unknown();
    };
  }

  private String arithmetic(boolean wideRegisters) {
    char register = wideRegisters ? 'r' : 'w';
    boolean ofRegister = (code & 8) != 0;
    int operation = code >> 4;
    if (operation == 0xd) {
      String swap = wideRegisters ? "bswap" : ofRegister ? "be" : "le";
      return format("r%d = %s%d r%d", to, swap, number, to);
    } else if (operation == 0x8) {
      return format("%c%d = -%c%d", register, to, register, to);
    } else if (operation >= ALU.size()) {
      return unknown();
    }
    String sign = ALU.get(operation);
    boolean divides = operation == 0x3 || operation == 0x9;
    sign = divides && offset == 1 ? "s" + sign : sign;
    if (!ofRegister) {
      return format("%c%d %s %d", register, to, sign, number);
    } else if (operation == 0xb && offset == 1) {
      return format("r%d = addr_space_cast(r%d, %d, %d)", to, from, number >>> 16, number & 0xffff);
    }
    String extended = operation == 0xb && offset != 0 ? "(s" + offset + ")" : "";
    return format("%c%d %s %s%c%d", register, to, sign, extended, register, from);
  }

  private String jump(boolean wideRegisters) {
    int operation = code >> 4;
    boolean ofRegister = (code & 8) != 0;
    if (operation == 0x0) {
      return wideRegisters ? format("goto pc%+d", offset) : format("gotol pc%+d", number);
    } else if (operation == 0x8) {
      return call(ofRegister);
    } else if (operation == 0x9) {
      return "exit";
    } else if (operation == 0xe) {
      return format("may_goto pc%+d", offset);
    } else if (operation >= COMPARED.size()) {
      // What the kernel itself makes of a call of bpf_tail_call.
      return "call bpf_tail_call#12";
    }
    char register = wideRegisters ? 'r' : 'w';
    String other = ofRegister ? register + String.valueOf(from) : format("0x%x", number);
    return format("if %c%d %s %s goto pc%+d", register, to, COMPARED.get(operation), other, offset);
  }

  /** Once it is compiled, an own function's distance is where offsets are. */
  private String call(boolean ofRegister) {
    if (ofRegister) {
      return format("callx r%d", to);
    } else if (from == OWN) {
      return format("call pc%+d", offset == 0 ? number : offset);
    }
    String name = names.functions().apply(number);
    return from == OF_KERNEL ? "call " + name : format("call %s#%d", name, number);
  }
}
