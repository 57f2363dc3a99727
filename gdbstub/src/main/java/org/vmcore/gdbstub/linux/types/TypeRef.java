package org.vmcore.gdbstub.linux.types;

/**
 * A type by its number, made when it is asked for.
 *
 * @param id its number in {@code table}; one that is not there is {@code void}
 */
public record TypeRef(TypeTable table, int id) {
  public Type get() {
    return table.type(id);
  }

  @Override
  public String toString() {
    return "#" + id;
  }
}
