package org.vmcore.gdbstub.machine.process;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.gdbstub.linux.mm.CachedFile;
import org.vmcore.gdbstub.linux.tasks.Mapping;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A process's memory as it would have found it: through its page tables, and where these are still
 * empty what a page fault would have brought, zeros or a page of the file's that the kernel had in
 * its cache. Safe for use by several threads.
 */
public final class ProcessMemory {
  private static final Logger log = LoggerFactory.getLogger(ProcessMemory.class);

  private static final long MOST_COUNTED = 1 << 22;

  private final VirtualMemory tables;
  private final KernelSpace kernel;
  private final List<Mapping> mappings;
  private final Pages pages;
  private final int pageBytes;
  private final Map<Long, Optional<CachedFile>> files = new HashMap<>();

  /** Finds pages by the kernel's own descriptors of them. */
  interface Pages {
    /** What the page cache has of a file. */
    CachedFile of(Mapping.BackingFile file) throws KernelReadException;

    /** Physical address of the page that an element of an array of descriptors is of. */
    OptionalLong page(long array, int index);
  }

  /**
   * @param mappings ascending
   */
  ProcessMemory(
      VirtualMemory tables,
      KernelSpace kernel,
      List<Mapping> mappings,
      Pages pages,
      int pageBytes) {
    this.tables = tables;
    this.kernel = kernel;
    this.mappings = List.copyOf(mappings);
    this.pages = pages;
    this.pageBytes = pageBytes;
  }

  List<Mapping> mappings() {
    return mappings;
  }

  int pageBytes() {
    return pageBytes;
  }

  /** Copies memory up to the first byte that cannot be told. */
  public VirtualRead read(long address, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      VirtualRead read = tables.read(address + done, destination, offset + done, length - done);
      done += read.length();
      if (!(read.fault() instanceof Fault.NotMapped untouched)) {
        return new VirtualRead(done, read.fault());
      }
      long at = address + done;
      int count = (int) Math.min(length - done, pageBytes - (at & (pageBytes - 1)));
      if (!fill(at, destination, offset + done, count)) {
        return new VirtualRead(done, untouched);
      }
      done += count;
    }
    return new VirtualRead(done, null);
  }

  /**
   * Where reading is worth another try above an address that cannot be read, unsigned; 0 when there
   * is nothing more.
   */
  public long afterHole(long address) {
    long at = (address | (pageBytes - 1)) + 1;
    if (at == 0 || mapping(at).isPresent()) {
      return at;
    }
    long end = tables.next(at);
    for (Mapping mapping : mappings) {
      long start = mapping.region().start();
      if (Long.compareUnsigned(start, at) > 0
          && (end == 0 || Long.compareUnsigned(start, end) < 0)) {
        return start;
      }
    }
    return end;
  }

  /** Reads what a page fault would have brought, within one page. */
  private boolean fill(long address, byte[] destination, int offset, int length) {
    Optional<Mapping> mapping = mapping(address);
    if (mapping.isEmpty()) {
      return false;
    }
    if (mapping.get().anonymous()) {
      Arrays.fill(destination, offset, offset + length, (byte) 0);
      return true;
    }
    long inRegion = address - mapping.get().region().start();
    if (mapping.get().kernelCopy() != 0) {
      long copy = mapping.get().kernelCopy() + inRegion;
      return kernel.virtual().read(copy, destination, offset, length).isComplete();
    }
    if (mapping.get().pages() != 0) {
      OptionalLong page = pages.page(mapping.get().pages(), (int) (inRegion / pageBytes));
      long within = address & (pageBytes - 1);
      return page.isPresent()
          && readPhysical(page.getAsLong() + within, destination, offset, length);
    }
    Optional<CachedFile> file = mapping.get().file().flatMap(this::cached);
    if (file.isEmpty()) {
      return false;
    }
    long index = mapping.get().region().filePage() + inRegion / pageBytes;
    OptionalLong page = file.get().physicalAddress(index);
    if (page.isPresent()) {
      long from = page.getAsLong() + (address & (pageBytes - 1));
      return readPhysical(from, destination, offset, length);
    }
    boolean hole = file.get().isSparse() && index < pages(file.get());
    if (hole) {
      Arrays.fill(destination, offset, offset + length, (byte) 0);
    }
    return hole;
  }

  /**
   * Pages that the process has to itself: of a mapped file, those that it has written to. Those in
   * swap do not count, nor does what comes after 16 GiB of a region.
   */
  long ownPages(Mapping mapping) {
    Optional<CachedFile> file = mapping.file().flatMap(this::cached);
    long pages = Math.min(mapping.region().size() / pageBytes, MOST_COUNTED);
    long own = 0;
    for (long i = 0; i < pages; i++) {
      long index = mapping.region().filePage() + i;
      OptionalLong shared =
          file.isPresent() ? file.get().physicalAddress(index) : OptionalLong.empty();
      if (tables.translate(mapping.region().start() + i * pageBytes)
              instanceof Translation.Mapped mapped
          && (shared.isEmpty() || shared.getAsLong() != mapped.physicalAddress())) {
        own++;
      }
    }
    return own;
  }

  private long pages(CachedFile file) {
    return (file.size() + pageBytes - 1) / pageBytes;
  }

  /** Reads all of it or says that it cannot. */
  boolean readPhysical(long address, byte[] destination, int offset, int length) {
    return kernel.physical().read(address, destination, offset, length).length() == length;
  }

  private Optional<Mapping> mapping(long address) {
    int low = 0;
    int high = mappings.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Mapping mapping = mappings.get(middle);
      if (mapping.contains(address)) {
        return Optional.of(mapping);
      }
      if (Long.compareUnsigned(address, mapping.region().start()) < 0) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return Optional.empty();
  }

  /** What the page cache has of a file that is mapped. */
  synchronized Optional<CachedFile> cached(Mapping.BackingFile file) {
    return files.computeIfAbsent(
        file.mapping().address(),
        address -> {
          try {
            return Optional.of(pages.of(file));
          } catch (KernelReadException e) {
            log.info("Page cache of inode {}: {}", file.inode(), e.getMessage());
            return Optional.empty();
          }
        });
  }
}
