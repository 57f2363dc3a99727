package org.vmcore.gdbstub.inspect.files;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.types.StructValue;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.dev.SbitmapQueue;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sbitmapq}, laid out after the command of that name in crash. */
@Command(
    name = "sbitmapq",
    description = "Show which numbers of a sbitmap_queue are in use.",
    footer =
        """
        Such as the tags of a block device's requests: bitmap_tags of its struct blk_mq_tags. With -s
        and -a, what is in an array at those numbers; -v shows each whole. For example:
          sbitmapq -s request -a ffff888003a10000 -p ffff888003a18f10
        """)
public final class Sbitmapq extends Query<Sbitmapq.Answer> {
  private static final int LINE = 16;

  @Parameters(paramLabel = "ADDRESS", description = "Of the struct sbitmap_queue; or a symbol.")
  private String address = "";

  @Option(names = "-s", paramLabel = "STRUCT", description = "What the array has.")
  private @Nullable String struct;

  @Option(names = "-a", paramLabel = "ARRAY", description = "Where the array is.")
  private @Nullable String array;

  @Option(names = "-p", description = "The array has pointers.")
  private boolean pointers;

  @Option(names = "-v", description = "Show all that is in each.")
  private boolean verbose;

  @Option(names = "-x", description = "Print integers in hexadecimal.")
  private boolean hexadecimal;

  @Option(names = "-d", description = "Print integers in decimal.")
  private boolean decimal;

  /** */
  sealed interface Answer permits State, Elements {}

  /**
   * The queue itself.
   *
   * @param busy how many numbers are in use
   * @param cleared how many were given back and are not reused yet
   * @param bitmap of the numbers in use, byte by byte
   */
  record State(
      long depth,
      int busy,
      int cleared,
      int bitsPerWord,
      long mapNr,
      List<Integer> allocHint,
      long wakeBatch,
      long wakeIndex,
      long wsActive,
      List<Wait> ws,
      long roundRobin,
      OptionalLong minShallowDepth,
      String bitmap)
      implements Answer {}

  /** A queue of those who wait. */
  record Wait(OptionalLong waitCnt, boolean active) {}

  /** What is in use of an array. */
  record Elements(List<Element> elements) implements Answer {}

  /**
   * One of them.
   *
   * @param value all of it, where that was asked for
   */
  record Element(int number, @Hex long address, Optional<StructValue> value) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if ((struct == null) != (array == null) || (verbose && struct == null)) {
      throw NoAnswerException.usage("takes -s and -a together, and -v with them");
    }
    KernelObject object =
        call.typed().object("struct sbitmap_queue", Place.parse(call.symbols(), address));
    SbitmapQueue queue = SbitmapQueue.read(call.typed(), object, call.cpus());
    if (struct != null && array != null) {
      return elements(call, queue, struct, HexAddress.parse(array));
    }
    byte[] bitmap = new byte[(int) ((queue.depth() + Byte.SIZE - 1) / Byte.SIZE)];
    byte[] used = queue.bits().toByteArray();
    System.arraycopy(used, 0, bitmap, 0, Math.min(used.length, bitmap.length));
    return new State(
        queue.depth(),
        queue.bits().cardinality(),
        queue.cleared(),
        queue.bitsPerWord(),
        queue.words(),
        queue.hints(),
        queue.wakeBatch(),
        queue.wakeIndex(),
        queue.active(),
        queue.waits().stream().map(one -> new Wait(one.count(), one.active())).toList(),
        queue.roundRobin(),
        queue.minShallowDepth(),
        HexFormat.of().formatHex(bitmap));
  }

  private Elements elements(Call call, SbitmapQueue queue, String type, long start)
      throws MissingFactException, KernelReadException {
    KernelObject first = call.typed().object("struct " + type, start);
    long size = pointers ? call.machine().pointerBytes() : first.type().size().orElse(0);
    List<Element> found = new ArrayList<>();
    for (int bit : queue.bits().stream().toArray()) {
      KernelObject one = first.moved(bit * size);
      if (pointers) {
        OptionalLong target = call.machine().kernelMemory().word(one.address());
        one = call.typed().object("struct " + type, target.orElse(0));
      }
      found.add(
          new Element(
              bit,
              one.address(),
              verbose ? Optional.of(StructValue.of(call, one)) : Optional.empty()));
    }
    return new Elements(found);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof State state) {
      print(state, out);
    } else if (answer instanceof Elements all) {
      int radix = hexadecimal ? Text.HEXADECIMAL : decimal ? Text.DECIMAL : out.radix();
      for (Element one : all.elements()) {
        if (one.value().isPresent()) {
          out.print("%d (0x%x):\n", one.number(), one.address());
          one.value().get().print(out, radix);
        } else {
          out.print("%d: 0x%x\n", one.number(), one.address());
        }
      }
    }
  }

  private static void print(State state, Text out) {
    out.print(
        "depth = %d\nbusy = %d\ncleared = %d\n", state.depth(), state.busy(), state.cleared());
    out.print("bits_per_word = %d\nmap_nr = %d\n", state.bitsPerWord(), state.mapNr());
    String hints =
        state.allocHint().stream().map(String::valueOf).collect(Collectors.joining(", "));
    out.print("alloc_hint = {%s}\n", hints);
    out.print("wake_batch = %d\nwake_index = %d\n", state.wakeBatch(), state.wakeIndex());
    out.print("ws_active = %d\nws = {\n", state.wsActive());
    for (Wait one : state.ws()) {
      String count =
          one.waitCnt().isPresent() ? ".wait_cnt = " + one.waitCnt().getAsLong() + ", " : "";
      out.print("        { %s.wait = %s },\n", count, one.active() ? "active" : "inactive");
    }
    out.print("}\nround_robin = %d\n", state.roundRobin());
    state
        .minShallowDepth()
        .ifPresent(depth -> out.print("min_shallow_depth = %d\n", depth & 0xffff_ffffL));
    int digits = 2 * LINE;
    for (int at = 0; at < state.bitmap().length(); at += digits) {
      String line = state.bitmap().substring(at, Math.min(at + digits, state.bitmap().length()));
      out.lay(at == 0 ? "\n" : "");
      out.print("%08x: %s\n", at / 2, line.replaceAll("(....)(?=.)", "$1 "));
    }
  }
}
