package org.vmcore.remote;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Progress;

/**
 * A remote file as an input: blocks of it are fetched as they are needed, many at once in one
 * request where they stand together, and kept in memory and in a {@link BlockStore}. Runs are read
 * ahead of ({@link ReadAhead}); what is fetched for one reader is not fetched again for another.
 */
final class RemoteInput implements DumpInput {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteInput.class);

  /**
   * Over 50 ms of latency and 100 Mbit/s, twice as much would take as long to come as to be asked
   * for.
   */
  static final int BLOCK = 64 << 10;

  /** Blocks in one request: larger pieces come in several at once. */
  private static final int LARGEST_REQUEST = 256;

  /** Kept in memory. */
  private static final long MEMORY = 64L << 20;

  /** Requests at once. */
  private static final int AT_ONCE = 6;

  private final RemoteObject object;
  private final BlockStore store;
  private final Traffic traffic;
  private final Progress progress;
  private final ExecutorService fetchers;
  private final ReadAhead readAhead = new ReadAhead();
  private final Vicinity vicinity;

  /** Blocks that are here or on their way; those used last at the end. Guarded by itself. */
  private final Map<Long, CompletableFuture<byte[]>> blocks = new LinkedHashMap<>(64, 0.75f, true);

  /** Set for good when the object has changed. */
  private volatile RemoteObject.@Nullable ChangedException changed;

  RemoteInput(RemoteObject object, BlockStore store, Traffic traffic, Progress progress) {
    this.object = object;
    this.store = store;
    this.traffic = traffic;
    this.progress = progress;
    this.vicinity = new Vicinity(Math.max(0, object.size() - 1) / BLOCK);
    this.fetchers =
        Executors.newFixedThreadPool(
            AT_ONCE,
            task -> {
              Thread thread = new Thread(task, "remote-fetch");
              thread.setDaemon(true);
              return thread;
            });
    takeHead(object.head());
  }

  /** Of an opened object, with what the cache has of its version. */
  static RemoteInput of(
      RemoteObject object,
      RemoteUri uri,
      Optional<RemoteCache> cache,
      Traffic traffic,
      Progress progress) {
    BlockStore store =
        cache.isPresent() && object.version().isPresent()
            ? cache.get().blocks(uri.uri().toString(), object.version().get(), object.size())
            : BlockStore.none();
    return new RemoteInput(object, store, traffic, progress);
  }

  /** What it cost so far. */
  Traffic traffic() {
    return traffic;
  }

  /** The object's. */
  Optional<String> version() {
    return object.version();
  }

  /** Whole blocks of what came when the object was opened. */
  private void takeHead(byte[] head) {
    for (int start = 0; start < head.length; start += BLOCK) {
      int length = lengthOf(start / BLOCK);
      if (start + length <= head.length) {
        byte[] bytes = new byte[length];
        System.arraycopy(head, start, bytes, 0, length);
        blocks.put((long) start / BLOCK, CompletableFuture.completedFuture(bytes));
        store.put(start / BLOCK, bytes);
      }
    }
  }

  private int lengthOf(long block) {
    return (int) Math.min(BLOCK, object.size() - block * BLOCK);
  }

  @Override
  public String name() {
    return object.name();
  }

  @Override
  public long size() {
    return object.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    RemoteObject.ChangedException refused = changed;
    if (refused != null) {
      throw refused;
    }
    int wanted = DumpInput.within(size(), position, length);
    int done = 0;
    while (done < wanted) {
      // As much at a time as memory can hold for all who read.
      int some = (int) Math.min(wanted - done, MEMORY / 8);
      readSome(position + done, destination, offset + done, some);
      done += some;
    }
    return wanted;
  }

  @Override
  public boolean isFar() {
    return true;
  }

  @Override
  public void willRead(long position, long length) {
    long wanted = Math.min(length, size() - position);
    // More than most of a file would be the file itself.
    if (wanted <= 0 || wanted > Math.min(size() / 3 * 2, MEMORY / 2)) {
      return;
    }
    List<Run> runs = new ArrayList<>();
    long first = position / BLOCK;
    long last = (position + wanted - 1) / BLOCK;
    synchronized (blocks) {
      readAhead.announce(first, last);
      for (long block = first; block <= last; block++) {
        if (!blocks.containsKey(block)) {
          blocks.put(block, start(block, runs));
        }
      }
      trim();
    }
    runs.forEach(this::send);
  }

  private void readSome(long position, byte[] destination, int offset, int length)
      throws IOException {
    long first = position / BLOCK;
    long last = (position + length - 1) / BLOCK;
    List<CompletableFuture<byte[]>> needed = request(first, last);
    int done = 0;
    for (long block = first; block <= last; block++) {
      byte[] bytes = await(needed.get((int) (block - first)));
      int from = (int) (position + done - block * BLOCK);
      int count = Math.min(length - done, bytes.length - from);
      System.arraycopy(bytes, from, destination, offset + done, count);
      done += count;
    }
  }

  /** Sees to it that those blocks are on their way, and what is likely to be read next. */
  private List<CompletableFuture<byte[]>> request(long first, long last) {
    List<CompletableFuture<byte[]>> needed = new ArrayList<>();
    List<Run> runs = new ArrayList<>();
    long end = (size() - 1) / BLOCK;
    synchronized (blocks) {
      int window = readAhead.window(first, last);
      long lowest = last + 1;
      for (long block = last; block >= first; block--) {
        lowest = blocks.containsKey(block) ? lowest : block;
      }
      // Little by little would be many requests: half of what is ahead has been used up by now.
      boolean low = window > 1 && !blocks.containsKey(Math.min(end, last + window / 2));
      long from = first;
      long to = low ? Math.min(end, last + window) : last;
      if (lowest <= last) {
        Vicinity.Piece piece = vicinity.around(lowest, blocks::containsKey);
        from = Math.min(first, piece.first());
        to = Math.max(to, piece.last());
        to = Math.max(to, Math.min(end, last + window));
      }
      for (long block = from; block <= to; block++) {
        CompletableFuture<byte[]> future = blocks.get(block);
        if (future == null) {
          future = start(block, runs);
          blocks.put(block, future);
        }
        if (block >= first && block <= last) {
          needed.add(future);
        }
      }
      trim();
    }
    runs.forEach(this::send);
    return needed;
  }

  /** Blocks that stand together, to be fetched at once. */
  private record Run(long first, List<CompletableFuture<byte[]>> futures) {}

  private CompletableFuture<byte[]> start(long block, List<Run> runs) {
    byte[] kept = store.get(block, lengthOf(block));
    if (kept != null) {
      traffic.fromCache(kept.length);
      return CompletableFuture.completedFuture(kept);
    }
    CompletableFuture<byte[]> future = new CompletableFuture<>();
    Run run = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (run == null
        || run.first() + run.futures().size() != block
        || run.futures().size() == LARGEST_REQUEST) {
      run = new Run(block, new ArrayList<>());
      runs.add(run);
    }
    run.futures().add(future);
    return future;
  }

  private void send(Run run) {
    if (LOG.isDebugEnabled()) {
      LOG.debug(
          "{}: {} KiB at {} MiB, for {}",
          name(),
          run.futures().size() * (BLOCK >> 10),
          String.format(Locale.ROOT, "%.2f", run.first() * BLOCK / (double) (1 << 20)),
          WhoAsks.now());
    }
    fetchers.execute(() -> fetch(run));
  }

  private void fetch(Run run) {
    long last = run.first() + run.futures().size() - 1;
    try {
      byte[] all =
          object.fetch(run.first() * BLOCK, (int) ((last - run.first()) * BLOCK + lengthOf(last)));
      for (int i = 0; i < run.futures().size(); i++) {
        byte[] bytes = new byte[lengthOf(run.first() + i)];
        System.arraycopy(all, i * BLOCK, bytes, 0, bytes.length);
        // Kept first: who has read the last one may close this at once.
        store.put(run.first() + i, bytes);
        run.futures().get(i).complete(bytes);
      }
    } catch (IOException | RuntimeException e) {
      if (e instanceof RemoteObject.ChangedException change) {
        changed = change;
      }
      synchronized (blocks) {
        // Who comes later tries again.
        for (int i = 0; i < run.futures().size(); i++) {
          blocks.remove(run.first() + i, run.futures().get(i));
        }
      }
      run.futures().forEach(future -> future.completeExceptionally(e));
    }
  }

  /** Forgets what was used longest ago. */
  private void trim() {
    int surplus = blocks.size() - (int) (MEMORY / BLOCK);
    if (surplus > 0) {
      List<Long> oldest =
          blocks.entrySet().stream()
              .filter(block -> block.getValue().isDone())
              .limit(surplus)
              .map(Map.Entry::getKey)
              .toList();
      oldest.forEach(blocks::remove);
    }
  }

  private byte[] await(CompletableFuture<byte[]> block) throws IOException {
    try {
      return block.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(name() + ": interrupted");
    } catch (ExecutionException e) {
      // With the stack of who asked.
      Throwable cause = e.getCause();
      String message = cause == null ? null : cause.getMessage();
      throw new IOException(message == null ? name() + ": " + cause : message, cause);
    }
  }

  @Override
  public void close() throws IOException {
    fetchers.shutdownNow();
    progress.say(traffic.sentence(name(), size()));
    store.close();
    object.close();
  }
}
