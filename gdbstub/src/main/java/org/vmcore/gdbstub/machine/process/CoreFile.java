package org.vmcore.gdbstub.machine.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.linux.tasks.Mapping;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * The core file of a process, as the kernel would have written it (Linux fs/binfmt_elf.c,
 * elf_core_dump()): an ELF header, a PT_NOTE, a PT_LOAD for each region, and from the next page on
 * the memory. What the dump does not have, and what is zeros, is a hole in the file.
 */
public final class CoreFile {
  // ELF-64 object file format; System V ABI.
  private static final int ET_CORE = 4;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int PF_R = 4;

  /** Above it, the number of program headers does not fit the ELF header. */
  private static final int MOST_HEADERS = 0xfffe;

  private static final int PIECE = 1 << 20;

  private final UserProcess process;
  private final List<Segment> segments = new ArrayList<>();
  private final boolean wide;
  private final ByteOrder order;
  private long missing;

  /**
   * @param bytes of its memory that the file has
   */
  private record Segment(Mapping mapping, long bytes) {}

  /**
   * What was written.
   *
   * @param size of the file
   * @param memory bytes of memory that it is to have
   * @param missingPages of these, how many are holes because the dump lacks them
   */
  public record Result(long size, long memory, long missingPages) {}

  private CoreFile(UserProcess process) throws KernelReadException {
    this.process = process;
    this.wide = process.architecture().coreRegisters().wordBytes() == Long.BYTES;
    this.order = process.machine().byteOrder();
    DumpFilter filter =
        new DumpFilter(process.program().dumpFilter(), process.memory().pageBytes());
    for (Mapping mapping : process.mappings()) {
      segments.add(new Segment(mapping, filter.size(mapping)));
    }
  }

  /**
   * Writes the core of a process.
   *
   * @param out an empty file
   * @param first the thread that debuggers show first
   */
  public static Result write(UserProcess process, Task first, FileChannel out, Progress progress)
      throws IOException {
    try {
      return new CoreFile(process).write(first, out, progress);
    } catch (KernelReadException e) {
      throw new IOException(
          "the core of process %d cannot be made: %s".formatted(process.pid(), e.getMessage()), e);
    }
  }

  private Result write(Task first, FileChannel out, Progress progress)
      throws IOException, KernelReadException {
    if (segments.size() + 1 > MOST_HEADERS) {
      throw new IOException(
          "process %d has %d regions, more than a core file can have"
              .formatted(process.pid(), segments.size()));
    }
    byte[] notes = CoreNotes.of(process, first);
    int headerBytes = wide ? 64 : 52;
    int programHeaderBytes = wide ? 56 : 32;
    long notesAt = headerBytes + (long) programHeaderBytes * (segments.size() + 1);
    long page = process.memory().pageBytes();
    long dataAt = (notesAt + notes.length + page - 1) / page * page;
    ByteBuffer head = ByteBuffer.allocate((int) notesAt + notes.length).order(order);
    putHeader(head, headerBytes, programHeaderBytes);
    putProgramHeader(head, PT_NOTE, 0, notesAt, 0, notes.length, 0, wide ? 0 : 4);
    long at = dataAt;
    for (Segment segment : segments) {
      MemoryRegion region = segment.mapping().region();
      int flags =
          (region.isReadable() ? PF_R : 0)
              | (region.isWritable() ? PF_W : 0)
              | (region.isExecutable() ? PF_X : 0);
      putProgramHeader(
          head, PT_LOAD, flags, at, region.start(), segment.bytes(), region.size(), page);
      at = Math.addExact(at, segment.bytes());
    }
    head.put(notes).flip();
    writeFully(out, head, 0);
    long memory = at - dataAt;
    long done = 0;
    for (Segment segment : segments) {
      copy(segment, out, dataAt + done, done, memory, progress);
      done += segment.bytes();
    }
    // What comes last may be a hole.
    if (memory > 0 && out.size() < at) {
      writeFully(out, ByteBuffer.allocate(1), at - 1);
    }
    progress.update("Writing the core", memory, memory);
    return new Result(at, memory, missing);
  }

  private void putHeader(ByteBuffer head, int headerBytes, int programHeaderBytes) {
    head.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1)});
    head.put((byte) (order == ByteOrder.BIG_ENDIAN ? 2 : 1)).put((byte) 1);
    head.position(16);
    head.putShort((short) ET_CORE);
    head.putShort((short) process.architecture().elf(order).machine());
    head.putInt(1);
    putWord(head, 0);
    putWord(head, headerBytes);
    putWord(head, 0);
    head.putInt(programFlags());
    head.putShort((short) headerBytes).putShort((short) programHeaderBytes);
    head.putShort((short) (segments.size() + 1)).putShort((short) 0).putShort((short) 0);
    head.putShort((short) 0);
  }

  /** The flags of the program's own header, which tell its ABI on some architectures. */
  private int programFlags() {
    byte[] start = new byte[52];
    String program = process.program().executable().orElse("");
    for (Segment segment : segments) {
      MemoryRegion region = segment.mapping().region();
      if (region.file().equals(program) && region.filePage() == 0) {
        boolean read = process.memory().read(region.start(), start, 0, 52).isComplete();
        boolean elf = start[0] == 0x7f && start[1] == 'E' && start[2] == 'L' && start[3] == 'F';
        return read && elf ? ByteBuffer.wrap(start).order(order).getInt(wide ? 48 : 36) : 0;
      }
    }
    return 0;
  }

  private void putWord(ByteBuffer to, long value) {
    if (wide) {
      to.putLong(value);
    } else {
      to.putInt((int) value);
    }
  }

  private void putProgramHeader(
      ByteBuffer to,
      int type,
      int flags,
      long offset,
      long address,
      long inFile,
      long inMemory,
      long alignment) {
    to.putInt(type);
    if (wide) {
      to.putInt(flags);
    }
    putWord(to, offset);
    putWord(to, address);
    putWord(to, 0);
    putWord(to, inFile);
    putWord(to, inMemory);
    if (!wide) {
      to.putInt(flags);
    }
    putWord(to, alignment);
  }

  private void copy(
      Segment segment, FileChannel out, long at, long before, long total, Progress progress)
      throws IOException {
    long start = segment.mapping().region().start();
    int page = process.memory().pageBytes();
    byte[] piece = new byte[(int) Math.min(PIECE, segment.bytes())];
    for (long done = 0; done < segment.bytes(); ) {
      int length = (int) Math.min(piece.length, segment.bytes() - done);
      VirtualRead read = process.memory().read(start + done, piece, 0, length);
      int whole = read.isComplete() ? length : read.length() / page * page;
      writePages(out, piece, whole, at + done);
      done += whole;
      if (!read.isComplete()) {
        missing++;
        done += page;
      }
      progress.update("Writing the core", before + done, total);
    }
  }

  /** Writes runs of pages that are not all zeros. */
  private void writePages(FileChannel out, byte[] piece, int length, long at) throws IOException {
    int page = process.memory().pageBytes();
    for (int from = 0; from < length; ) {
      int to = from;
      while (to < length && !isZero(piece, to, Math.min(page, length - to))) {
        to = Math.min(to + page, length);
      }
      if (to > from) {
        writeFully(out, ByteBuffer.wrap(piece, from, to - from), at + from);
      }
      from = to + page;
    }
  }

  private static boolean isZero(byte[] bytes, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += out.write(bytes, position);
    }
  }
}
