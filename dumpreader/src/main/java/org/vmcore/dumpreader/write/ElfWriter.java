package org.vmcore.dumpreader.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.format.elf.ElfHeader;
import org.vmcore.dumpreader.page.FileExtents;

/**
 * Writes a dump as an ELF64 vmcore, in one pass and without seeking:
 *
 * <pre>
 * ELF header, program headers (one PT_NOTE, then PT_LOADs),
 * section header 0 if there are more program headers than e_phnum counts (PN_XNUM),
 * notes, present memory by ascending physical address, each run with zeros up to a page before it
 * </pre>
 *
 * <p>Memory is written once, however many PT_LOADs name it. Where the dump has PT_LOADs of its own,
 * their virtual addresses are kept; memory that none of them covers gets its physical address for
 * {@code p_vaddr}, as QEMU writes without paging. Filtered memory is described ({@code p_memsz >
 * p_filesz}, as by {@code makedumpfile -E}); lost memory is not.
 */
public final class ElfWriter {
  private static final int HEADER_SIZE = 64;
  private static final int PROGRAM_HEADER_SIZE = 56;
  private static final int SECTION_HEADER_SIZE = 64;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;

  /** PF_R | PF_W | PF_X, as the kernel writes (Linux kernel/crash_core.c). */
  private static final int READ_WRITE_EXECUTE = 7;

  private static final int PAGE_SIZE = 4096;
  private static final int COPY_SIZE = 1 << 20;

  /**
   * makedumpfile 1.7.2 maps what lies by pages in a file, takes {@code p_memsz} bytes from {@code
   * p_offset} on for what a PT_LOAD has there, and crashes where {@code p_filesz} is less. What
   * does not lie by pages it reads, as it does its own -E files.
   */
  private static final int FILTERED_SHIFT = 512;

  private final Dump dump;
  private final WritableByteChannel channel;
  private final ByteOrder order;
  private final ElfLayout layout;

  /**
   * What was written.
   *
   * @param fileSize bytes
   * @param unreadableBytes of memory that the dump has but could not give, such as corrupt pages;
   *     zeros are in their place
   */
  public record Result(long fileSize, long unreadableBytes) {}

  private ElfWriter(Dump dump, WritableByteChannel channel) {
    this.dump = dump;
    this.channel = channel;
    this.order = dump.info().byteOrder();
    this.layout = ElfLayout.of(dump);
  }

  /**
   * Writes a dump whose own headers name the machine.
   *
   * @throws IllegalArgumentException when they do not: {@link DumpInfo#elfMachine()} is empty
   */
  public static Result write(Dump dump, WritableByteChannel channel) throws IOException {
    int machine =
        dump.info()
            .elfMachine()
            .orElseThrow(() -> new IllegalArgumentException("the dump does not tell e_machine"));
    return write(dump, machine, channel, Progress.SILENT);
  }

  /**
   * Writes a dump. The channel is not closed.
   *
   * @param elfMachine {@code e_machine} to write
   * @throws IOException when the channel or the dump's file fails
   */
  public static Result write(
      Dump dump, int elfMachine, WritableByteChannel channel, Progress progress)
      throws IOException {
    return new ElfWriter(dump, channel).write(elfMachine, progress);
  }

  private Result write(int elfMachine, Progress progress) throws IOException {
    byte[] notes = notes();
    int headerCount = 1 + layout.loads().size();
    boolean extended = headerCount >= ElfHeader.PN_XNUM;
    long sectionsAt = HEADER_SIZE + (long) headerCount * PROGRAM_HEADER_SIZE;
    long notesAt = sectionsAt + (extended ? SECTION_HEADER_SIZE : 0);
    long dataAt = (notesAt + notes.length + PAGE_SIZE - 1) & -PAGE_SIZE;
    if (layout.hasFiltered()) {
      dataAt += FILTERED_SHIFT;
    }

    writeFully(header(elfMachine, headerCount, extended ? sectionsAt : 0));
    writeProgramHeaders(notesAt, notes.length, dataAt);
    if (extended) {
      // gABI, "Section Header": sh_info of section 0 holds the count when e_phnum is PN_XNUM.
      writeFully(buffer(SECTION_HEADER_SIZE).putInt(44, headerCount));
    }
    writeFully(ByteBuffer.wrap(Arrays.copyOf(notes, (int) (dataAt - notesAt))));
    return writeMemory(dataAt, progress);
  }

  private ByteBuffer header(int elfMachine, int headerCount, long sectionsAt) {
    boolean extended = sectionsAt != 0;
    byte data =
        (byte) (order == ByteOrder.LITTLE_ENDIAN ? ElfHeader.ELFDATA2LSB : ElfHeader.ELFDATA2MSB);
    return buffer(HEADER_SIZE)
        .put(ElfHeader.MAGIC.getBytes(ISO_8859_1))
        .put((byte) ElfHeader.ELFCLASS64)
        .put(data)
        .put((byte) 1) // EV_CURRENT
        .position(16)
        .putShort((short) ElfHeader.ET_CORE)
        .putShort((short) elfMachine)
        .putInt(1) // e_version: EV_CURRENT
        .putLong(0)
        .putLong(HEADER_SIZE) // e_phoff
        .putLong(sectionsAt) // e_shoff
        .putInt(0)
        .putShort((short) HEADER_SIZE)
        .putShort((short) PROGRAM_HEADER_SIZE)
        .putShort((short) (extended ? ElfHeader.PN_XNUM : headerCount))
        .putShort((short) (extended ? SECTION_HEADER_SIZE : 0))
        .putShort((short) (extended ? 1 : 0))
        .putShort((short) 0)
        .flip();
  }

  private void writeProgramHeaders(long notesAt, long notesSize, long dataAt) throws IOException {
    ByteBuffer buffer = buffer(1024 * PROGRAM_HEADER_SIZE);
    putProgramHeader(buffer, PT_NOTE, notesAt, new ElfLayout.Load(0, 0, notesSize, notesSize, 0));
    for (ElfLayout.Load load : layout.loads()) {
      if (!buffer.hasRemaining()) {
        writeFully(buffer.flip());
        buffer.clear();
      }
      long offset = load.fileSize() == 0 ? 0 : dataAt + load.dataOffset();
      putProgramHeader(buffer, PT_LOAD, offset, load);
    }
    writeFully(buffer.flip());
  }

  private static void putProgramHeader(
      ByteBuffer buffer, int type, long offset, ElfLayout.Load load) {
    buffer
        .putInt(type)
        .putInt(type == PT_LOAD ? READ_WRITE_EXECUTE : 0)
        .putLong(offset)
        .putLong(load.virtualAddress())
        .putLong(load.physicalAddress())
        .putLong(load.fileSize())
        .putLong(load.memorySize())
        .putLong(0);
  }

  private byte[] notes() {
    List<Note> notes = new ArrayList<>(dump.notes());
    if (notes.stream().noneMatch(note -> note.name().equals(Note.VMCOREINFO))) {
      dump.vmcoreinfo().ifPresent(info -> notes.add(new Note(Note.VMCOREINFO, 0, 0, info.text())));
    }
    if (notes.stream().noneMatch(note -> note.name().equals(Note.ERASEINFO))
        && !dump.erased().isEmpty()) {
      byte[] text = (String.join("\n", dump.erased()) + "\n").getBytes(ISO_8859_1);
      notes.add(new Note(Note.ERASEINFO, 0, 0, text));
    }
    int size = 0;
    for (Note note : notes) {
      size += 12 + align4(note.name().length() + 1) + align4(note.descriptor().length);
    }
    byte[] bytes = new byte[size];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    for (Note note : notes) {
      int nameSize = note.name().length() + 1;
      int at = buffer.position() + 12;
      buffer.putInt(nameSize).putInt(note.descriptor().length).putInt(note.type());
      buffer.put(note.name().getBytes(ISO_8859_1)).position(at + align4(nameSize));
      buffer.put(note.descriptor());
      buffer.position(at + align4(nameSize) + align4(note.descriptor().length));
    }
    return bytes;
  }

  private Result writeMemory(long dataAt, Progress progress) throws IOException {
    byte[] bytes = new byte[COPY_SIZE];
    long total = layout.presentBytes();
    long unreadable = 0;
    long written = 0;
    long position = 0;
    FileExtents extents = layout.extents();
    for (int i = 0; i < extents.size(); i++) {
      long length = layout.presentLength(i);
      if (length > 0) {
        int padding = (int) (extents.fileOffset(i, extents.start(i)) - position);
        writeFully(ByteBuffer.allocate(padding));
        position += padding + length;
      }
      for (long done = 0; done < length; ) {
        int chunk = (int) Math.min(COPY_SIZE, length - done);
        unreadable += readOrZero(extents.start(i) + done, bytes, chunk);
        writeFully(ByteBuffer.wrap(bytes, 0, chunk));
        done += chunk;
        written += chunk;
        progress.update("writing memory", written, total);
      }
    }
    return new Result(dataAt + position, unreadable);
  }

  /** Fills {@code bytes} and returns how many of them could not be read and are zero. */
  private long readOrZero(long physicalAddress, byte[] bytes, int length) throws IOException {
    long unreadable = 0;
    for (int done = 0; done < length; ) {
      PhysicalRead read = dump.memory().read(physicalAddress + done, bytes, done, length - done);
      done += read.length();
      PhysicalFault fault = read.fault();
      if (fault != null) {
        if (fault.reason() == PhysicalFault.Reason.IO_ERROR) {
          throw new IOException(fault.message());
        }
        int toNextPage = PAGE_SIZE - (int) ((physicalAddress + done) & (PAGE_SIZE - 1));
        int lost = Math.min(toNextPage, length - done);
        Arrays.fill(bytes, done, done + lost, (byte) 0);
        done += lost;
        unreadable += lost;
      }
    }
    return unreadable;
  }

  private void writeFully(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(order);
  }

  private static int align4(int size) {
    return (size + 3) & ~3;
  }
}
