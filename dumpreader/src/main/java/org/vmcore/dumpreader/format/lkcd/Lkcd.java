package org.vmcore.dumpreader.format.lkcd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * Linux Kernel Crash Dump (LKCD), kdump's predecessor of 1999 to 2006, versions 1 to 10.
 *
 * <pre>
 * file    = header, anything up to where pages start, page*, end
 * header  = u64 dh_magic_number, u32 dh_version, dh_header_size, dh_dump_level, dh_page_size,
 *           u64 dh_memory_size, dh_memory_start, dh_memory_end,
 *           u32 dh_esp, dh_eip (1),
 *           u32 dh_num_pages, char dh_panic_string[256], timeval, new_utsname (6 x char[65]),
 *           long dh_current_task (2), u32 dh_dump_compress (5), dh_dump_flags (5),
 *           dh_dump_device (5), u64 dh_dump_buffer_size (9)
 *           (in parentheses the version that brought the field, the first two only in 1)
 *           with the machine's words and alignment up to version 7; from 8 on two u64 for timeval,
 *           one for dh_current_task, and packed
 * page    = u64 dp_address, u32 dp_size, u32 dp_flags, byte[dp_size]
 * end     = page with flag 4
 * </pre>
 *
 * <p>Pages start at 65536, from version 9 on at dh_dump_buffer_size. dp_flags 1: plain, of size 0
 * for zeros; 2: compressed as dh_dump_compress says (before version 5: run lengths). Pages come in
 * any order, and where one comes twice, the first counts.
 *
 * <p>Opening reads the header of each page and seeks over its data. The machine's registers, in a
 * header of its architecture, are not read. Sources: crash's lkcd_common.c, lkcd_v1.c to lkcd_v8.c
 * and lkcd_dump_v8.h, libkdumpfile's lkcd.c.
 */
public final class Lkcd implements DumpFormat {
  private static final long MAGIC = 0xa8190173618f23edL;

  /** Of a machine that went on running. */
  private static final long LIVE_MAGIC = 0xa8190173618f23cdL;

  private static final int NEWEST_VERSION = 10;

  /** Mission Critical Linux marked its dumps so; their dp_address counts pages. */
  private static final int MCLX = 0xc000_0000;

  private static final int FIRST_PAGE = 65536;
  private static final int HEADER = 744;
  private static final int UTSNAME = 65;

  private static final int PAGES_PER_PROGRESS = 4096;

  /** What x86 machines of version 1 have in place of physical addresses. */
  private static final long X86_PAGE_OFFSET = 0xc000_0000L;

  /**
   * @param compression dh_dump_compress
   */
  private record Header(
      ByteOrder order,
      int wordBits,
      int version,
      int pageSize,
      long pages,
      int compression,
      long firstPage,
      Map<String, String> fields) {}

  @Override
  public String name() {
    return "LKCD";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER);
    int length = input.read(0, bytes.array(), 0, HEADER);
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      long magic = bytes.order(order).getLong(0);
      if (length >= Long.BYTES && (magic == MAGIC || magic == LIVE_MAGIC)) {
        if (length < HEADER) {
          throw new DamagedDumpException(
              input, 0, "dump_header", "the file ends at %#x".formatted(length));
        }
        return Optional.of(openLkcd(input, header(input, bytes, options), options));
      }
    }
    return Optional.empty();
  }

  private static Header header(DumpInput input, ByteBuffer bytes, OpenOptions options)
      throws DumpException {
    int version = bytes.getInt(8) & ~MCLX;
    if (version < 1 || version > NEWEST_VERSION) {
      throw new UnsupportedDumpException(
          input,
          "LKCD dump of version " + Integer.toUnsignedString(version),
          "versions 1 to %d are known".formatted(NEWEST_VERSION));
    }
    int pageSize = bytes.getInt(20);
    if (pageSize < 4096 || pageSize > 65536 || Integer.bitCount(pageSize) != 1) {
      throw new DamagedDumpException(
          input, 20, "dh_page_size", Integer.toUnsignedString(pageSize) + " bytes");
    }
    int numPages = version == 1 ? 56 : 48;
    int time = numPages + 4 + 256;
    int wordBits = 32;
    int utsname = version >= 8 ? time + 16 : time + 8;
    if (version < 8 && !text(bytes, utsname).equals("Linux")) {
      int aligned = (time + 7) / 8 * 8 + 16;
      if (text(bytes, aligned).equals("Linux")) {
        utsname = aligned;
        wordBits = 64;
      }
    }
    String machine = text(bytes, utsname + 4 * UTSNAME);
    if (version >= 8) {
      wordBits = machine.endsWith("64") || machine.equals("s390x") ? 64 : 32;
    }
    int afterUtsname = utsname + 6 * UTSNAME;
    int compressAt = version >= 8 ? afterUtsname + 8 : afterUtsname + 2 + (wordBits == 64 ? 8 : 4);
    long firstPage = version >= 9 ? bytes.getLong(compressAt + 12) : FIRST_PAGE;
    if (firstPage < HEADER - 8 || firstPage > input.size()) {
      throw new DamagedDumpException(
          input,
          compressAt + 12,
          "dh_dump_buffer_size",
          "pages start at %#x of %#x".formatted(firstPage, input.size()));
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("sysname", text(bytes, utsname));
    fields.put("nodename", text(bytes, utsname + UTSNAME));
    fields.put("release", text(bytes, utsname + 2 * UTSNAME));
    fields.put("machine", machine);
    fields.put("panic_string", text(bytes, numPages + 4).strip());
    return new Header(
        bytes.order(),
        machine.isEmpty() ? options.wordBits() : wordBits,
        version,
        pageSize,
        Integer.toUnsignedLong(bytes.getInt(numPages)),
        version >= 5 ? bytes.getInt(compressAt) : LkcdPages.RLE,
        firstPage,
        fields);
  }

  private static String text(ByteBuffer bytes, int at) {
    int end = at;
    while (end < at + UTSNAME - 1 && bytes.get(end) >= ' ' && bytes.get(end) < 0x7f) {
      end++;
    }
    byte[] text = new byte[end - at];
    bytes.get(at, text);
    return new String(text, ISO_8859_1);
  }

  private Dump openLkcd(DumpInput input, Header header, OpenOptions options)
      throws IOException, DumpException {
    List<String> incomplete = new ArrayList<>();
    LkcdIndex index = index(input, header, options.progress(), incomplete);
    DumpInfo info =
        new DumpInfo(
            input.name(),
            input.size(),
            name(),
            "version " + header.version,
            header.compression == 0 ? Set.of() : Set.of(header.compression == 1 ? "RLE" : "zlib"),
            OptionalInt.empty(),
            header.order,
            header.wordBits,
            OptionalInt.empty(),
            Optional.ofNullable(header.fields.get("machine")).filter(text -> !text.isEmpty()),
            OptionalInt.of(header.pageSize),
            OptionalLong.empty(),
            header.fields,
            incomplete);
    LkcdPages pages = new LkcdPages(input, header.order, header.pageSize, header.compression);
    return new MemoryImage(info, new LkcdMemory(index, pages, options.cacheBytes()));
  }

  private static LkcdIndex index(
      DumpInput input, Header header, Progress progress, List<String> incomplete)
      throws IOException, DumpException {
    LkcdIndex.Builder index = new LkcdIndex.Builder(input, header.pageSize);
    ByteBuffer page = ByteBuffer.allocate(LkcdPages.PAGE_HEADER).order(header.order);
    long at = header.firstPage;
    long base = 0;
    for (long count = 0; ; count++) {
      if (count % PAGES_PER_PROGRESS == 0) {
        progress.update("indexing pages", Math.min(at, input.size()), input.size());
      }
      if (input.read(at, page.array(), 0, LkcdPages.PAGE_HEADER) < LkcdPages.PAGE_HEADER) {
        incomplete.add("The file is cut short: it ends at %#x without its end mark.".formatted(at));
        break;
      }
      long address = page.getLong(0);
      long size = Integer.toUnsignedLong(page.getInt(8));
      int flags = page.getInt(12);
      if ((flags & LkcdPages.END) != 0) {
        break;
      }
      if ((flags & MCLX) != 0) {
        address *= header.pageSize;
      }
      if (count == 0 && header.version == 1 && address == X86_PAGE_OFFSET) {
        base = X86_PAGE_OFFSET;
      }
      if (size > 2L * header.pageSize || (address & (header.pageSize - 1)) != 0) {
        incomplete.add(
            "The page header at %#x is damaged: the pages from there on are lost.".formatted(at));
        break;
      }
      index.add(address - base, at);
      at += LkcdPages.PAGE_HEADER + size;
    }
    progress.update("indexing pages", input.size(), input.size());
    return index.build();
  }
}
