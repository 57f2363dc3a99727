package org.vmcore.gdbstub.symbols.write.dwarf;

import static org.vmcore.gdbstub.symbols.dwarf.Dwarf.*;

/**
 * What entries look like: a tag and attributes with their forms, in the order in which their values
 * are written. A name comes before all and a type after all, where there is one.
 */
@SuppressWarnings("ImmutableEnumChecker") // Its array is not given away.
enum Shape {
  /** Of types and variables. */
  UNIT(TAG_COMPILE_UNIT, true, AT_PRODUCER, FORM_STRP, AT_LANGUAGE, FORM_DATA1),
  /** Of functions. */
  CODE_UNIT(
      TAG_COMPILE_UNIT,
      true,
      AT_PRODUCER,
      FORM_STRP,
      AT_LANGUAGE,
      FORM_DATA1,
      AT_RANGES,
      FORM_SEC_OFFSET),
  BASE(TAG_BASE_TYPE, false, AT_BYTE_SIZE, FORM_DATA1, AT_ENCODING, FORM_DATA1),
  POINTER(TAG_POINTER_TYPE, false, AT_BYTE_SIZE, FORM_DATA1),
  TYPEDEF(TAG_TYPEDEF, false),
  CONST(TAG_CONST_TYPE, false),
  VOLATILE(TAG_VOLATILE_TYPE, false),
  RESTRICT(TAG_RESTRICT_TYPE, false),
  STRUCT(TAG_STRUCTURE_TYPE, true, AT_BYTE_SIZE, FORM_UDATA),
  UNION(TAG_UNION_TYPE, true, AT_BYTE_SIZE, FORM_UDATA),
  DECLARED_STRUCT(TAG_STRUCTURE_TYPE, false, AT_DECLARATION, FORM_FLAG_PRESENT),
  DECLARED_UNION(TAG_UNION_TYPE, false, AT_DECLARATION, FORM_FLAG_PRESENT),
  MEMBER(TAG_MEMBER, false, AT_DATA_MEMBER_LOCATION, FORM_UDATA),
  BIT_FIELD(TAG_MEMBER, false, AT_BIT_SIZE, FORM_DATA1, AT_DATA_BIT_OFFSET, FORM_UDATA),
  ARRAY(TAG_ARRAY_TYPE, true),
  SUBRANGE(TAG_SUBRANGE_TYPE, false, AT_COUNT, FORM_UDATA),
  OPEN_SUBRANGE(TAG_SUBRANGE_TYPE, false),
  ENUMERATION(TAG_ENUMERATION_TYPE, true, AT_BYTE_SIZE, FORM_DATA1),
  DECLARED_ENUMERATION(
      TAG_ENUMERATION_TYPE, false, AT_BYTE_SIZE, FORM_DATA1, AT_DECLARATION, FORM_FLAG_PRESENT),
  SIGNED_ENUMERATOR(TAG_ENUMERATOR, false, AT_CONST_VALUE, FORM_SDATA),
  UNSIGNED_ENUMERATOR(TAG_ENUMERATOR, false, AT_CONST_VALUE, FORM_UDATA),
  PROTOTYPE(TAG_SUBROUTINE_TYPE, true, AT_PROTOTYPED, FORM_FLAG_PRESENT),
  PARAMETER(TAG_FORMAL_PARAMETER, false),
  MORE_PARAMETERS(TAG_UNSPECIFIED_PARAMETERS, false),
  FUNCTION(TAG_SUBPROGRAM, false, AT_LOW_PC, FORM_ADDR, AT_HIGH_PC, FORM_UDATA),
  SPLIT_FUNCTION(TAG_SUBPROGRAM, false, AT_RANGES, FORM_SEC_OFFSET),
  TYPED_FUNCTION(
      TAG_SUBPROGRAM,
      true,
      AT_LOW_PC,
      FORM_ADDR,
      AT_HIGH_PC,
      FORM_UDATA,
      AT_PROTOTYPED,
      FORM_FLAG_PRESENT),
  TYPED_SPLIT_FUNCTION(
      TAG_SUBPROGRAM, true, AT_RANGES, FORM_SEC_OFFSET, AT_PROTOTYPED, FORM_FLAG_PRESENT),
  VARIABLE(TAG_VARIABLE, false, AT_LOCATION, FORM_EXPRLOC);

  /** The entry has DW_AT_name. */
  static final int NAMED = 1;

  /** It has DW_AT_type. */
  static final int TYPED = 2;

  /** It has DW_AT_external. */
  static final int EXTERNAL = 4;

  /** As many as these can be put together. */
  static final int OPTIONS = 8;

  private static final Shape[] ALL = values();

  private final int tag;
  private final boolean children;
  private final int[] attributes;

  Shape(int tag, boolean children, int... attributes) {
    this.tag = tag;
    this.children = children;
    this.attributes = attributes;
  }

  static int count() {
    return ALL.length;
  }

  int tag() {
    return tag;
  }

  boolean hasChildren() {
    return children;
  }

  /** Pairs of an attribute and its form. */
  int[] attributes() {
    return attributes;
  }
}
