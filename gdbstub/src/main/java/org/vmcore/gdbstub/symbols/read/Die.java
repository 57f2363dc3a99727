package org.vmcore.gdbstub.symbols.read;

import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;

/**
 * A debugging information entry, with those of its attributes that types need.
 *
 * @param offset of the entry in its unit
 * @param end offset after its attributes: of its first child, or of what follows
 */
record Die(
    DwarfUnit unit, int offset, int tag, boolean hasChildren, int end, Attributes attributes) {

  /** Absent numbers are {@link #NONE}, but for the constant, which may be any number. */
  static final class Attributes {
    static final long NONE = Long.MIN_VALUE;

    @Nullable String name;
    long sibling = NONE;
    long byteSize = NONE;
    long bitSize = NONE;
    long bitOffset = NONE;
    long dataBitOffset = NONE;
    long memberLocation = NONE;
    long upperBound = NONE;
    long count = NONE;
    long constant;
    long encoding = NONE;
    long type = NONE;
    long stringOffsetsBase = NONE;
    boolean declaration;

    void set(int attribute, long value) {
      switch (attribute) {
        case Dwarf.AT_SIBLING -> sibling = value;
        case Dwarf.AT_BYTE_SIZE -> byteSize = value;
        case Dwarf.AT_BIT_SIZE -> bitSize = value;
        case Dwarf.AT_BIT_OFFSET -> bitOffset = value;
        case Dwarf.AT_DATA_BIT_OFFSET -> dataBitOffset = value;
        case Dwarf.AT_DATA_MEMBER_LOCATION -> memberLocation = value;
        case Dwarf.AT_UPPER_BOUND -> upperBound = value;
        case Dwarf.AT_COUNT -> count = value;
        case Dwarf.AT_CONST_VALUE -> constant = value;
        case Dwarf.AT_ENCODING -> encoding = value;
        case Dwarf.AT_TYPE -> type = value;
        case Dwarf.AT_STR_OFFSETS_BASE -> stringOffsetsBase = value;
        case Dwarf.AT_DECLARATION -> declaration = value != 0;
        default -> {
          return;
        }
      }
    }
  }

  @Nullable String name() {
    return attributes.name;
  }

  /** Whether there is a number for what {@code value} was read from. */
  static boolean has(long value) {
    return value != Attributes.NONE;
  }
}
