package org.vmcore.gdbstub.symbols.write.dwarf;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/**
 * The types that some functions need, as a source file has them that includes no more than it must:
 * structures, unions and enumerations with a name are declared only. A debugger finds them by their
 * names when somebody wants to see what is in them, and does not read all types of a kernel for the
 * name of a function.
 */
final class NeededTypes extends TypeEntries {
  private final Map<Integer, Integer> written = new HashMap<>();
  private final Deque<Integer> needed = new ArrayDeque<>();

  /** Whether what comes next belongs to a type that is declared only. */
  private boolean skips;

  NeededTypes(
      Bytes info, int infoStart, Abbreviations abbreviations, Names names, TypeTable table) {
    super(info, infoStart, abbreviations, names, table, new int[0]);
  }

  @Override
  int offset(int id) {
    return written.getOrDefault(id, 0);
  }

  /** Nobody else refers to these. */
  @Override
  int[] offsets() {
    return new int[0];
  }

  @Override
  void isNeeded(int id) {
    needed.add(id);
  }

  /** Writes the types that the functions, and then those types, refer to. */
  @Override
  void resolve() {
    while (!needed.isEmpty()) {
      int id = needed.remove();
      if (!written.containsKey(id)) {
        written.put(id, write(id));
      }
    }
    super.resolve();
  }

  @Override
  public void compound(Compound.Kind kind, int name, long bytes) {
    skips = name != 0;
    if (skips) {
      forward(kind, name);
    } else {
      super.compound(kind, name, bytes);
    }
  }

  @Override
  public void member(int name, int reference, long bitOffset, int bitWidth) {
    if (!skips) {
      super.member(name, reference, bitOffset, bitWidth);
    }
  }

  @Override
  public void enumeration(int name, int bytes, boolean signed, boolean declared) {
    skips = name != 0 && !declared;
    super.enumeration(name, bytes, signed, declared || skips);
  }

  @Override
  public void enumerator(int name, long value) {
    if (!skips) {
      super.enumerator(name, value);
    }
  }

  @Override
  public void end() {
    if (!skips) {
      super.end();
    }
    skips = false;
  }
}
