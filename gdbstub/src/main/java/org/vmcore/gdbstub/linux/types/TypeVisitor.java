package org.vmcore.gdbstub.linux.types;

/**
 * Receives types as they are in a table, without an object for each: what a kernel has some hundred
 * thousand of. Types are told by their numbers, names by numbers that the visitor gives them.
 *
 * <p>Members follow their struct or union, enumerators their enumeration and parameters their
 * prototype, each up to {@link #end}.
 */
public interface TypeVisitor {
  /** The visitor's number of a name; 0 is that of the empty one. */
  int name(String text);

  /**
   * The same of many names: that of a name is the answer plus its offset.
   *
   * @param owner whose names these are; asked again for the same owner, the answer is the same
   * @param from has NUL-terminated texts in ISO-8859-1, the first of them empty for the first owner
   */
  int names(Object owner, byte[] from, int start, int length);

  void integer(int name, Type.Int type);

  void floating(int name, int bytes);

  void pointer(int target, int bytes);

  /**
   * @param count of its elements; 0 also where that is not known
   */
  void array(int element, int index, long count);

  void compound(Compound.Kind kind, int name, long bytes);

  /** See {@link Member}. */
  void member(int name, int type, long bitOffset, int bitWidth);

  /**
   * @param declared only, without enumerators; no end follows
   */
  void enumeration(int name, int bytes, boolean signed, boolean declared);

  void enumerator(int name, long value);

  void forward(Compound.Kind kind, int name);

  void typedef(int name, int target);

  void qualified(Type.Qualifier qualifier, int target);

  void prototype(int returns);

  void parameter(int name, int type);

  /** After the parameters there may be more. */
  void variadic();

  /**
   * A function of the kernel.
   *
   * @param prototype number of a {@link Type.Prototype}
   */
  void function(int name, int prototype);

  /** Ends what has parts. */
  void end();
}
