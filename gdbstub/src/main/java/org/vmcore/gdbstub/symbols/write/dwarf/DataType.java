package org.vmcore.gdbstub.symbols.write.dwarf;

import java.util.Optional;
import org.vmcore.gdbstub.linux.types.TypeRef;

/**
 * The type of a variable: one of a table, pointers to it, or an array of either.
 *
 * @param reference to the type; empty where nothing but a size is known
 * @param bytes size of a pointer, or of what is not known
 * @param pointers how many pointers lead to the type
 * @param isArray whether it is an array
 * @param count its number of elements; 0 where that is not known
 */
public record DataType(
    Optional<TypeRef> reference, int bytes, int pointers, boolean isArray, long count) {

  public static DataType of(TypeRef reference) {
    return new DataType(Optional.of(reference), 0, 0, false, 0);
  }

  /** Something of 1, 2, 4 or 8 bytes, which is shown as a number. */
  public static DataType unknown(int bytes) {
    return new DataType(Optional.empty(), bytes, 0, false, 0);
  }

  /** What an unknown type is called. */
  String name() {
    return "unknown_" + bytes;
  }
}
