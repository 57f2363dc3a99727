package org.vmcore.gdbstub.machine.process;

import java.util.Arrays;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.mm.CachedFile;

/** A file as its pages in the cache tell; what is in none of them reads as zeros. */
public final class FileImage {
  private final String name;
  private final CachedFile file;
  private final ProcessMemory memory;

  FileImage(String name, CachedFile file, ProcessMemory memory) {
    this.name = name;
    this.file = file;
    this.memory = memory;
  }

  public String name() {
    return name;
  }

  /** Length in bytes. */
  public long size() {
    return file.size();
  }

  /** Reads bytes; fewer than {@code length} only at the end. */
  public int read(long position, byte[] destination, int offset, int length) {
    int count = (int) Math.max(0, Math.min(length, size() - position));
    int pageBytes = memory.pageBytes();
    for (int done = 0; done < count; ) {
      long at = position + done;
      int piece = (int) Math.min(count - done, pageBytes - at % pageBytes);
      if (!readPage(at, destination, offset + done, piece)) {
        Arrays.fill(destination, offset + done, offset + done + piece, (byte) 0);
      }
      done += piece;
    }
    return count;
  }

  private boolean readPage(long position, byte[] destination, int offset, int length) {
    OptionalLong page = file.physicalAddress(position / memory.pageBytes());
    return page.isPresent()
        && memory.readPhysical(
            page.getAsLong() + position % memory.pageBytes(), destination, offset, length);
  }
}
