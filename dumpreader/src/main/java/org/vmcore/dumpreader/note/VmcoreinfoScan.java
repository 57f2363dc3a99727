package org.vmcore.dumpreader.note;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * Looks for VMCOREINFO in physical memory, for dumps that carry no note of it.
 *
 * <p>The kernel keeps the text twice (Linux kernel/crash_core.c, crash_save_vmcoreinfo_init): in a
 * page of its own, at its start, and as the descriptor of a ready-made note, 24 bytes into a page.
 * Until commit 203e9e41219b ("kexec: move vmcoreinfo out of the kernel's .bss section", 4.13) both
 * were in .bss, so every word is tried, not only the starts of pages.
 *
 * <p>More than one text may be found: {@code makedumpfile -g} writes such files, without the slide
 * of KASLR; a QEMU dump made while the crash kernel runs has that kernel's too. The best is, in
 * this order,
 *
 * <ol>
 *   <li>one with CRASHTIME, which the dying kernel adds in its last moments (crash_save_vmcoreinfo;
 *       only to the note, and to a copy in the crash kernel's memory): nothing else has it, so the
 *       scan ends there;
 *   <li>one that is the descriptor of a note: files do not hold that form;
 *   <li>the one with the most keys;
 *   <li>the lowest.
 * </ol>
 */
public final class VmcoreinfoScan {
  /** VMCOREINFO_BYTES is a page (Linux include/linux/crash_core.h), at most 64 KiB. */
  private static final int MAX_TEXT = 1 << 16;

  private static final int CHUNK = 1 << 20;

  /** The first word of {@link Vmcoreinfo#FIRST_KEY}, in big-endian order. */
  private static final int FIRST_WORD = 0x4f535245;

  /** Bytes of a note before its descriptor: three words, then "VMCOREINFO" padded to 12. */
  private static final int NOTE_START = 24;

  private final PhysicalMemory memory;
  private final Progress progress;
  private @Nullable Candidate best;

  /**
   * A VMCOREINFO in memory.
   *
   * @param physicalAddress of the first byte of its text
   */
  public record InMemory(long physicalAddress, Vmcoreinfo vmcoreinfo) {}

  private record Candidate(InMemory found, boolean hasCrashTime, boolean isNote, int keys) {
    boolean betterThan(@Nullable Candidate other) {
      if (other == null || hasCrashTime != other.hasCrashTime) {
        return other == null || hasCrashTime;
      }
      return isNote == other.isNote ? keys > other.keys : isNote;
    }
  }

  private VmcoreinfoScan(PhysicalMemory memory, Progress progress) {
    this.memory = memory;
    this.progress = progress;
  }

  /**
   * Reads all memory that is present, unless it finds a text that no other can be better than.
   *
   * @param progress told of bytes scanned out of bytes present
   */
  public static Optional<InMemory> find(PhysicalMemory memory, Progress progress) {
    return new VmcoreinfoScan(memory, progress).find();
  }

  private Optional<InMemory> find() {
    long[] total = new long[1];
    memory.forEachRange(
        (start, length, presence) ->
            total[0] += presence == PhysicalMemory.Presence.PRESENT ? length : 0);
    byte[] bytes = new byte[CHUNK];
    long done = 0;
    long at = memory.nextPresent(0);
    while (at != PhysicalMemory.NONE && !(best != null && best.hasCrashTime)) {
      // Chunks begin at multiples of 4 and, after the first, of their own size.
      int length = CHUNK - (int) (at & (CHUNK - 1));
      PhysicalRead read = memory.read(at, bytes, 0, length);
      look(at, bytes, read.length());
      done += read.length();
      progress.update("looking for VMCOREINFO in memory", Math.min(done, total[0]), total[0]);
      long next = at + Math.max(read.length(), 1);
      if (!read.isComplete()) {
        // A page that cannot be read, though present, is left behind whole.
        next = (next + 4095) & -4096L;
      }
      at = Long.compareUnsigned(next, at) > 0 ? memory.nextPresent(next) : PhysicalMemory.NONE;
    }
    return Optional.ofNullable(best).map(Candidate::found);
  }

  private void look(long start, byte[] bytes, int length) {
    ByteBuffer words = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.BIG_ENDIAN);
    int first = (int) -start & (Integer.BYTES - 1);
    for (int at = first; at + Integer.BYTES <= length; at += Integer.BYTES) {
      if (words.getInt(at) == FIRST_WORD) {
        consider(start + at);
      }
    }
  }

  private void consider(long address) {
    byte[] text = new byte[MAX_TEXT];
    int length = textLength(text, memory.read(address, text, 0, MAX_TEXT).length());
    text = Arrays.copyOf(text, length);
    if (!Vmcoreinfo.startsText(text)) {
      return;
    }
    Vmcoreinfo vmcoreinfo = Vmcoreinfo.parse(text);
    if (!isPlausible(vmcoreinfo)) {
      return;
    }
    Candidate candidate =
        new Candidate(
            new InMemory(address, vmcoreinfo),
            vmcoreinfo.value("CRASHTIME").isPresent(),
            isNote(address),
            vmcoreinfo.values().size());
    if (candidate.betterThan(best)) {
      best = candidate;
    }
  }

  /** Up to the end of the last line that is text: what follows may be anything. */
  private static int textLength(byte[] bytes, int length) {
    int end = 0;
    for (int at = 0; at < length; at++) {
      if (bytes[at] == '\n') {
        end = at + 1;
      } else if (bytes[at] < ' ' || bytes[at] > '~') {
        break;
      }
    }
    return end;
  }

  /** PAGESIZE and _stext are in every VMCOREINFO since it came with 2.6.24. */
  private static boolean isPlausible(Vmcoreinfo vmcoreinfo) {
    String pageSize = vmcoreinfo.value("PAGESIZE").orElse("");
    boolean power =
        pageSize.matches("[1-9][0-9]{3,6}") && Integer.bitCount(Integer.parseInt(pageSize)) == 1;
    return power && vmcoreinfo.symbol("_stext").isPresent();
  }

  private boolean isNote(long address) {
    byte[] start = new byte[NOTE_START];
    int nameAt = 12;
    return Long.compareUnsigned(address, NOTE_START) >= 0
        && memory.read(address - NOTE_START, start, 0, NOTE_START).isComplete()
        && new String(start, nameAt, 11, ISO_8859_1).equals(Note.VMCOREINFO + "\0");
  }
}
