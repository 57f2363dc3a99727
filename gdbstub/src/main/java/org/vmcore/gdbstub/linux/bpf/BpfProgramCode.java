package org.vmcore.gdbstub.linux.bpf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What a program of BPF consists of: its instructions, and the machine's that they became. */
public final class BpfProgramCode {
  /** BPF_COMPLEXITY_LIMIT_INSNS, the longest that the verifier takes. */
  private static final long MAX_INSTRUCTIONS = 1_000_000;

  /** More functions than a program has (BPF_MAX_SUBPROGS). */
  private static final long MAX_FUNCTIONS = 257;

  /** What is added to its address for a function that is called. */
  private static final String CALL_BASE = "__bpf_call_base";

  private final TypedMemory memory;
  private final SymbolNames symbols;
  private final KernelObject program;
  private final List<MapAt> maps = new ArrayList<>();

  /** Where a map is, and where the values of an array begin. */
  private record MapAt(long id, long address, long values, long valueBytes) {}

  /**
   * An instruction.
   *
   * @param index among the places of 8 bytes
   * @param bytes of it, in hexadecimal, in the order of memory
   * @param text in the words of the kernel's verifier
   */
  public record Instruction(int index, String bytes, String text) {}

  /** A function as the machine runs it. */
  public record Compiled(long start, long bytes) {}

  /**
   * @param program address of its {@code struct bpf_prog}
   */
  public BpfProgramCode(TypedMemory memory, SymbolNames symbols, long program)
      throws KernelReadException {
    this.memory = memory;
    this.symbols = symbols;
    this.program = memory.object("struct bpf_prog", program);
  }

  /** Its instructions, as the verifier left them. */
  public List<Instruction> instructions() throws KernelReadException {
    long count = program.value("len");
    if (count < 0 || count > MAX_INSTRUCTIONS) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE, "%s has %d instructions".formatted(program, count));
    }
    findMaps();
    long start = program.member("insnsi").address();
    byte[] bytes = memory.memory().upTo(start, (int) count * BpfCode.BYTES);
    if (bytes.length < count * BpfCode.BYTES) {
      throw new KernelReadException(
          Reason.UNREADABLE,
          "instructions at %#x are not in the dump".formatted(start + bytes.length));
    }
    BpfCode.Names names = new BpfCode.Names(this::function, this::value);
    ByteBuffer code = ByteBuffer.wrap(bytes).order(memory.memory().byteOrder());
    List<Instruction> all = new ArrayList<>();
    while (code.remaining() >= BpfCode.BYTES) {
      int at = code.position();
      BpfCode one = new BpfCode(code, names);
      byte[] its = Arrays.copyOfRange(bytes, at, code.position());
      String hex = HexFormat.of().formatHex(its);
      all.add(new Instruction(at / BpfCode.BYTES, hex, one.text()));
    }
    return all;
  }

  /** Those that it uses; what an array's elements are at, since programs may have their address. */
  private void findMaps() throws KernelReadException {
    maps.clear();
    for (long address : BpfObjects.usedMaps(memory, program.member("aux").dereference()).all()) {
      KernelObject map = memory.object("struct bpf_map", address);
      OptionalLong values = OptionalLong.empty();
      if (memory.types().has("struct bpf_array", "value")) {
        values =
            OptionalLong.of(map.containerOf("struct bpf_array", "map").member("value").address());
      }
      maps.add(new MapAt(map.value("id"), address, values.orElse(0), map.value("value_size")));
    }
  }

  private String value(long value) {
    for (MapAt map : maps) {
      if (map.address() == value) {
        return "map[id:%d]".formatted(map.id());
      } else if (map.values() != 0
          && Long.compareUnsigned(value - map.values(), map.valueBytes()) < 0) {
        return "map[id:%d][0]+%d".formatted(map.id(), value - map.values());
      }
    }
    return "0x%x".formatted(value);
  }

  private String function(long offset) {
    Optional<Long> base = memory.address(CALL_BASE);
    Optional<Located> found =
        base.flatMap(start -> symbols.at(memory.memory().truncate(start + offset)));
    return found.filter(at -> at.offset() == 0).map(at -> at.symbol().name()).orElse("unknown");
  }

  /** Its functions as they were compiled; none where they were not. */
  public List<Compiled> compiled() throws KernelReadException {
    List<Compiled> found = new ArrayList<>();
    KernelObject aux = program.member("aux").dereference();
    // With functions of its own the first of these is the program's (jit_subprogs, 1c2a088a6626).
    long functions = aux.has("func_cnt") ? Math.min(aux.value("func_cnt"), MAX_FUNCTIONS) : 0;
    KernelObject table = aux.has("func") ? aux.member("func") : aux;
    for (long i = 0; i < functions && table.value() != 0; i++) {
      OptionalLong own = memory.memory().word(table.value() + i * memory.memory().wordBytes());
      if (own.isEmpty() || own.getAsLong() == 0) {
        throw new KernelReadException(
            Reason.UNREADABLE, "function %d of %s is not in the dump".formatted(i, program));
      }
      add(memory.object("struct bpf_prog", own.getAsLong()), found);
    }
    if (found.isEmpty()) {
      add(program, found);
    }
    return found;
  }

  private static void add(KernelObject one, List<Compiled> found) throws KernelReadException {
    long bytes = one.has("jited_len") ? one.value("jited_len") : 0;
    if (bytes > 0) {
      found.add(new Compiled(one.value("bpf_func"), bytes));
    }
  }
}
