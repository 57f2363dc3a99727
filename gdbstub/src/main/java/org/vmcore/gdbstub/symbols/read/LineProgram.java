package org.vmcore.gdbstub.symbols.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One unit's program of .debug_line (DWARF 5, section 6.2; versions 2 to 5).
 *
 * <pre>
 * unit = u32 length | 0xffffffff u64 length, u16 version,
 *        version 5: u8 address_size, u8 segment_selector_size
 *        offset header_length, u8 minimum_instruction_length,
 *        version 4 and 5: u8 maximum_operations_per_instruction
 *        u8 default_is_stmt, s8 line_base, u8 line_range, u8 opcode_base, u8 lengths[],
 *        directories, files, operation*
 * </pre>
 */
final class LineProgram {
  /** DW_LNCT_path, DW_LNCT_directory_index (DWARF 5, section 7.22). */
  private static final int CONTENT_PATH = 1;

  private static final int CONTENT_DIRECTORY = 2;

  /** More files than any unit has. */
  private static final int MAX_FILES = 1 << 16;

  private final ByteBuffer in;
  private final Strings strings;
  private int version;
  private int offsetBytes = Integer.BYTES;
  private int minimumLength;
  private boolean defaultStatement;
  private int lineBase;
  private int lineRange;
  private int opcodeBase;
  private final List<Integer> operands = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();
  private final List<String> files = new ArrayList<>();

  /**
   * @param strings .debug_str
   * @param lines .debug_line_str
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Strings(byte[] strings, byte[] lines) {}

  /** Is given a row of the table; the last of a sequence ends it. */
  @FunctionalInterface
  interface Rows {
    void row(long address, int file, int line, boolean statement, boolean end);
  }

  /**
   * @param in the unit, from its length on, in the file's byte order
   */
  LineProgram(ByteBuffer in, Strings strings) throws DwarfException {
    this.in = in;
    this.strings = strings;
    try {
      header();
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new DwarfException(".debug_line: a unit's header ends too early");
    }
  }

  /** The name of a file by its number in rows. */
  String file(int number) {
    int index = version >= 5 ? number : number - 1;
    return index >= 0 && index < files.size() ? files.get(index) : "";
  }

  private long offset() {
    return offsetBytes == Long.BYTES ? in.getLong() : Integer.toUnsignedLong(in.getInt());
  }

  private void header() throws DwarfException {
    if (in.getInt() == -1) {
      offsetBytes = Long.BYTES;
      in.position(in.position() + Long.BYTES);
    }
    version = in.getShort() & 0xffff;
    if (version < 2 || version > 5) {
      throw new DwarfException(".debug_line: a unit of version " + version);
    }
    if (version == 5) {
      in.position(in.position() + 2);
    }
    long length = offset();
    int program = in.position() + (int) length;
    minimumLength = in.get() & 0xff;
    if (version >= 4) {
      in.get();
    }
    defaultStatement = in.get() != 0;
    lineBase = in.get();
    lineRange = in.get() & 0xff;
    opcodeBase = in.get() & 0xff;
    if (lineRange == 0) {
      throw new DwarfException(".debug_line: line_range is 0");
    }
    for (int i = 1; i < opcodeBase; i++) {
      operands.add(in.get() & 0xff);
    }
    if (version == 5) {
      for (Entry one : entries()) {
        directories.add(one.path());
      }
      for (Entry one : entries()) {
        files.add(join(one.directory(), one.path()));
      }
    } else {
      directories.add("");
      for (String name = text(); !name.isEmpty(); name = text()) {
        directories.add(name);
      }
      for (String name = text(); !name.isEmpty(); name = text()) {
        addFile(name);
      }
    }
    in.position(program);
  }

  private void addFile(String name) {
    int directory = (int) Leb128.unsigned(in);
    long unused = Leb128.unsigned(in) + Leb128.unsigned(in);
    files.add(join(directory, name));
  }

  private String join(int directory, String name) {
    boolean known = directory >= 0 && directory < directories.size();
    String of = known ? directories.get(directory) : "";
    return name.startsWith("/") || of.isEmpty() ? name : of + "/" + name;
  }

  private record Entry(String path, int directory) {}

  private List<Entry> entries() throws DwarfException {
    int formats = in.get() & 0xff;
    List<long[]> shape = new ArrayList<>();
    for (int i = 0; i < formats; i++) {
      shape.add(new long[] {Leb128.unsigned(in), Leb128.unsigned(in)});
    }
    long count = Leb128.unsigned(in);
    if (count < 0 || count > MAX_FILES) {
      throw new DwarfException(".debug_line: a unit with %d files".formatted(count));
    }
    List<Entry> all = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      String path = "";
      int directory = 0;
      for (long[] one : shape) {
        if (one[0] == CONTENT_PATH) {
          path = string((int) one[1]);
        } else {
          long value = number((int) one[1]);
          directory = one[0] == CONTENT_DIRECTORY ? (int) value : directory;
        }
      }
      all.add(new Entry(path, directory));
    }
    return all;
  }

  /** DW_FORM_string, DW_FORM_strp, DW_FORM_line_strp (DWARF 5, section 7.5.6). */
  private String string(int form) throws DwarfException {
    return switch (form) {
      case 0x08 -> text();
      case 0x0e -> text(strings.strings(), offset());
      case 0x1f -> text(strings.lines(), offset());
      default -> throw new DwarfException(".debug_line: a name of form %#x".formatted(form));
    };
  }

  /** DW_FORM_data1, 2, 4, 8, 16, udata, block. */
  private long number(int form) throws DwarfException {
    switch (form) {
      case 0x0b -> {
        return in.get() & 0xff;
      }
      case 0x05 -> {
        return in.getShort() & 0xffff;
      }
      case 0x06 -> {
        return in.getInt();
      }
      case 0x07 -> {
        return in.getLong();
      }
      case 0x0f -> {
        return Leb128.unsigned(in);
      }
      case 0x1e -> {
        in.position(in.position() + 16);
        return 0;
      }
      case 0x09 -> {
        int length = (int) Leb128.unsigned(in);
        in.position(in.position() + length);
        return 0;
      }
      default -> throw new DwarfException(".debug_line: a number of form %#x".formatted(form));
    }
  }

  private String text() {
    int start = in.position();
    while (in.get() != 0) {
      // Up to its end.
    }
    byte[] bytes = new byte[in.position() - 1 - start];
    in.get(start, bytes);
    return new String(bytes, UTF_8);
  }

  private static String text(byte[] section, long offset) throws DwarfException {
    if (offset < 0 || offset >= section.length) {
      throw new DwarfException(".debug_line: a name at %#x of strings".formatted(offset));
    }
    int end = (int) offset;
    while (end < section.length && section[end] != 0) {
      end++;
    }
    return new String(section, (int) offset, end - (int) offset, UTF_8);
  }

  /** Runs it (DWARF 5, sections 6.2.2 and 6.2.5). To be called once. */
  void run(Rows rows) throws DwarfException {
    try {
      operations(rows);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new DwarfException(".debug_line: a program ends within an operation");
    }
  }

  private long address;
  private int file;
  private long line;
  private boolean statement;

  private void reset() {
    address = 0;
    file = 1;
    line = 1;
    statement = defaultStatement;
  }

  private void operations(Rows rows) {
    reset();
    while (in.hasRemaining()) {
      int opcode = in.get() & 0xff;
      if (opcode >= opcodeBase) {
        advance((opcode - opcodeBase) / lineRange);
        line += lineBase + (opcode - opcodeBase) % lineRange;
        rows.row(address, file, (int) line, statement, false);
      } else if (opcode == 0) {
        extended(rows);
      } else {
        standard(opcode, rows);
      }
    }
  }

  private void advance(long instructions) {
    address += instructions * minimumLength;
  }

  private void standard(int opcode, Rows rows) {
    switch (opcode) {
      case 1 -> rows.row(address, file, (int) line, statement, false);
      case 2 -> advance(Leb128.unsigned(in));
      case 3 -> line += Leb128.signed(in);
      case 4 -> file = (int) Leb128.unsigned(in);
      case 6 -> statement = !statement;
      case 8 -> advance((255 - opcodeBase) / lineRange);
      case 9 -> address += in.getShort() & 0xffff;
      default -> {
        for (int i = 0; i < operands.get(opcode - 1); i++) {
          long unused = Leb128.unsigned(in);
        }
      }
    }
  }

  private void extended(Rows rows) {
    int length = (int) Leb128.unsigned(in);
    int end = in.position() + length;
    int opcode = length == 0 ? 0 : in.get() & 0xff;
    if (opcode == 1) {
      rows.row(address, file, (int) line, statement, true);
      reset();
    } else if (opcode == 2) {
      address = length == 1 + Long.BYTES ? in.getLong() : Integer.toUnsignedLong(in.getInt());
    } else if (opcode == 3) {
      addFile(text());
    }
    in.position(end);
  }
}
