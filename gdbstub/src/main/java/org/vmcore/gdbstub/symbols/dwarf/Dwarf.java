package org.vmcore.gdbstub.symbols.dwarf;

/** Numbers of the DWARF 4 standard (section 7.5 and the figures there), in its own spelling. */
final class Dwarf {
  static final int VERSION = 4;

  static final int DW_TAG_array_type = 0x01;
  static final int DW_TAG_enumeration_type = 0x04;
  static final int DW_TAG_formal_parameter = 0x05;
  static final int DW_TAG_member = 0x0d;
  static final int DW_TAG_pointer_type = 0x0f;
  static final int DW_TAG_compile_unit = 0x11;
  static final int DW_TAG_structure_type = 0x13;
  static final int DW_TAG_subroutine_type = 0x15;
  static final int DW_TAG_typedef = 0x16;
  static final int DW_TAG_union_type = 0x17;
  static final int DW_TAG_unspecified_parameters = 0x18;
  static final int DW_TAG_subrange_type = 0x21;
  static final int DW_TAG_base_type = 0x24;
  static final int DW_TAG_const_type = 0x26;
  static final int DW_TAG_enumerator = 0x28;
  static final int DW_TAG_subprogram = 0x2e;
  static final int DW_TAG_variable = 0x34;
  static final int DW_TAG_volatile_type = 0x35;
  static final int DW_TAG_restrict_type = 0x37;

  static final int DW_AT_location = 0x02;
  static final int DW_AT_name = 0x03;
  static final int DW_AT_byte_size = 0x0b;
  static final int DW_AT_bit_size = 0x0d;
  static final int DW_AT_low_pc = 0x11;
  static final int DW_AT_high_pc = 0x12;
  static final int DW_AT_language = 0x13;
  static final int DW_AT_const_value = 0x1c;
  static final int DW_AT_producer = 0x25;
  static final int DW_AT_prototyped = 0x27;
  static final int DW_AT_count = 0x37;
  static final int DW_AT_data_member_location = 0x38;
  static final int DW_AT_declaration = 0x3c;
  static final int DW_AT_encoding = 0x3e;
  static final int DW_AT_external = 0x3f;
  static final int DW_AT_type = 0x49;
  static final int DW_AT_data_bit_offset = 0x6b;

  static final int DW_FORM_addr = 0x01;
  static final int DW_FORM_data1 = 0x0b;
  static final int DW_FORM_sdata = 0x0d;
  static final int DW_FORM_strp = 0x0e;
  static final int DW_FORM_udata = 0x0f;
  static final int DW_FORM_ref_addr = 0x10;
  static final int DW_FORM_exprloc = 0x18;
  static final int DW_FORM_flag_present = 0x19;

  static final int DW_ATE_boolean = 0x02;
  static final int DW_ATE_float = 0x04;
  static final int DW_ATE_signed = 0x05;
  static final int DW_ATE_signed_char = 0x06;
  static final int DW_ATE_unsigned = 0x07;
  static final int DW_ATE_unsigned_char = 0x08;

  static final int DW_OP_addr = 0x03;

  static final int DW_LANG_C99 = 0x0c;

  private Dwarf() {}
}
