package org.vmcore.gdbstub.port.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.vmcore.gdbstub.port.flow.CodeReader;
import org.vmcore.gdbstub.port.flow.CodeStep;
import org.vmcore.gdbstub.port.flow.CodeStep.Kind;

/**
 * A64's instructions (Arm Architecture Reference Manual, C4.1); functions are called by the
 * Procedure Call Standard (IHI 0055), 6.1.1.
 */
final class Arm64Steps implements CodeReader {
  private static final int NONE = 31;

  /** 32 bits and where they are. */
  private record Word(int word, long address) {
    int bits(int from, int count) {
      return (word >>> from) & (int) ((1L << count) - 1);
    }

    int signed(int from, int count) {
      return bits(from, count) << (32 - count) >> (32 - count);
    }

    OptionalLong target(int from, int count) {
      return OptionalLong.of(address + ((long) signed(from, count) << 2));
    }

    String register(int from) {
      int number = bits(from, 5);
      return number == NONE ? "" : "x" + number;
    }

    /** Where number 31 is the stack pointer. */
    String base() {
      return bits(5, 5) == NONE ? "sp" : register(5);
    }
  }

  @Override
  public CodeStep at(byte[] code, int offset, long address) {
    if (code.length - offset < Integer.BYTES) {
      return new CodeStep(
          code.length - offset, Kind.RETURN, OptionalLong.empty(), Set.of(), List.of());
    }
    // Instructions are little-endian whatever data are.
    int value = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    Word word = new Word(value, address);
    if (word.bits(26, 3) == 0b101) {
      return branch(word);
    } else if (word.bits(27, 1) == 1 && word.bits(25, 1) == 0) {
      return memory(word);
    }
    return step(Kind.NEXT, OptionalLong.empty(), Set.of(result(word)), moves(word));
  }

  private static CodeStep step(
      Kind kind, OptionalLong target, Set<String> written, List<CodeStep.Move> moves) {
    return new CodeStep(Integer.BYTES, kind, target, written, moves);
  }

  private static CodeStep branch(Word word) {
    Set<String> none = Set.of();
    if (word.bits(26, 5) == 0b00101) {
      return step(
          word.bits(31, 1) == 1 ? Kind.CALL : Kind.JUMP, word.target(0, 26), none, List.of());
    } else if (word.bits(25, 7) == 0b0101010 || word.bits(25, 6) == 0b011010) {
      return step(Kind.BRANCH, word.target(5, 19), none, List.of());
    } else if (word.bits(25, 6) == 0b011011) {
      return step(Kind.BRANCH, word.target(5, 14), none, List.of());
    } else if (word.bits(25, 7) == 0b1101011) {
      // blr and its kin are 1 of each eight; br, ret and eret lead away.
      boolean calls = word.bits(21, 3) == 1;
      return step(calls ? Kind.CALL : Kind.RETURN, OptionalLong.empty(), none, List.of());
    }
    // mrs changes a register; what else is here does not, and no harm is done.
    return step(Kind.NEXT, OptionalLong.empty(), Set.of(word.register(0)), List.of());
  }

  /** What computes has its result there. */
  private static String result(Word word) {
    boolean isImmediate = word.bits(26, 3) == 0b100;
    return isImmediate && word.bits(0, 5) == NONE ? "sp" : word.register(0);
  }

  private static List<CodeStep.Move> moves(Word word) {
    int value = word.word();
    boolean isCopy = (value & 0xffe0ffe0) == 0xaa0003e0;
    if (isCopy && word.bits(0, 5) != NONE) {
      return List.of(new CodeStep.Copy(word.register(0), word.register(16)));
    }
    // add of 64 bits that sets no flags.
    if ((value & 0xff800000) == 0x91000000) {
      long number = (long) word.bits(10, 12) << (12 * word.bits(22, 1));
      String to = word.bits(0, 5) == NONE ? "sp" : word.register(0);
      return number == 0
          ? List.of(new CodeStep.Copy(to, word.base()))
          : List.of(new CodeStep.Address(to, word.base(), number));
    }
    return List.of();
  }

  private static CodeStep memory(Word word) {
    Set<String> written = new HashSet<>(List.of(word.register(0)));
    List<CodeStep.Move> moves = List.of();
    if (word.bits(24, 6) == 0b001000) {
      // Exclusive, ordered, compare and swap: what is read, and whether it was written.
      written.add(word.register(10));
      written.add(word.register(16));
      written.add(next(word.register(16)));
    } else if (word.bits(27, 3) == 0b101) {
      if (word.bits(26, 1) == 0 && word.bits(22, 1) == 1) {
        written.add(word.register(10));
        moves = pair(word);
      } else {
        written.clear();
      }
      addBase(word, word.bits(23, 1) == 1, written);
    } else if (word.bits(27, 3) == 0b111) {
      boolean isScaled = word.bits(24, 1) == 1;
      boolean isPlain = isScaled || word.bits(21, 1) == 0;
      boolean isStore = word.bits(22, 2) == 0 || word.bits(26, 1) == 1;
      boolean isIndexed = !isScaled && word.bits(21, 1) == 1 && word.bits(10, 2) == 0b10;
      if ((isPlain || isIndexed) && isStore) {
        written.clear();
      } else if (isPlain && isWideLoad(word)) {
        moves = single(word, isScaled);
      }
      addBase(word, !isScaled && word.bits(21, 1) == 0 && word.bits(10, 1) == 1, written);
    }
    return step(Kind.NEXT, OptionalLong.empty(), written, moves);
  }

  /** What is before or behind an access moved along. */
  private static void addBase(Word word, boolean moves, Set<String> written) {
    if (moves) {
      written.add(word.base());
    }
  }

  private static String next(String register) {
    return register.isEmpty() ? "" : "x" + (Integer.parseInt(register.substring(1)) + 1);
  }

  private static boolean isWideLoad(Word word) {
    int operation = word.bits(22, 10);
    return operation == 0b1111100101 || operation == 0b1111100001;
  }

  /** {@code ldr} of 64 bits. */
  private static List<CodeStep.Move> single(Word word, boolean isScaled) {
    boolean isPostIndexed = !isScaled && word.bits(10, 2) == 1;
    long at = isScaled ? (long) word.bits(10, 12) << 3 : isPostIndexed ? 0 : word.signed(12, 9);
    return word.bits(0, 5) == NONE
        ? List.of()
        : List.of(new CodeStep.Load(word.register(0), word.base(), at));
  }

  /** {@code ldp} of 64 bits. */
  private static List<CodeStep.Move> pair(Word word) {
    boolean isPostIndexed = word.bits(23, 2) == 1;
    long at = isPostIndexed ? 0 : (long) word.signed(15, 7) << 3;
    if (word.bits(30, 2) != 2 || word.bits(0, 5) == NONE || word.bits(10, 5) == NONE) {
      return List.of();
    }
    return List.of(
        new CodeStep.Load(word.register(0), word.base(), at),
        new CodeStep.Load(word.register(10), word.base(), at + Long.BYTES));
  }

  @Override
  public List<String> arguments() {
    return List.of("x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7");
  }

  @Override
  public Set<String> clobbered() {
    return IntStream.concat(IntStream.rangeClosed(0, 18), IntStream.of(30))
        .mapToObj(number -> "x" + number)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public String result() {
    return "x0";
  }
}
