package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.OutOfMemory;

/**
 * One connected debugger: bytes in, replies out. Owns what the debugger sets (the selected thread,
 * the address mode, the negotiated features) and nothing of the machine it is shown.
 *
 * <p>Used by one thread at a time.
 */
public final class Session {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private static final byte[] ACK = {'+'};
  private static final byte[] NAK = {'-'};
  private static final byte[] NOTHING = {};

  /**
   * gdb waits 2 s for a character before it counts a try as failed (set remotetimeout), but for as
   * long as characters come.
   */
  private static final long SIGN_OF_LIFE_NANOS = 400_000_000;

  /** LLDB takes no sign of life, and waits 5 s for an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private static final Duration ENDLESS = Duration.ofDays(1);

  private final Inferiors inferiors;
  private final Limits limits;
  private final Client client;
  private final PacketDecoder decoder;
  private final Features features = new Features();
  private final FailedReads failedReads = new FailedReads();
  private final ReadAhead readAhead = new ReadAhead();
  private final Reply console = new Reply();
  private final HostFiles.Open openFiles = new HostFiles.Open();

  private ThreadId thread;
  private long fileSystem;
  private boolean physical;
  private boolean finished;
  private boolean spoken;
  private boolean toldItCannotRun;
  private int nextThread;
  private TransferObjects.@Nullable Snapshot snapshot;
  private byte[] scratch = new byte[0];

  /** The request whose reply nobody has acknowledged; empty in no-ack mode. */
  private byte[] unacknowledged = NOTHING;

  private final LongSupplier clock;

  /** When a gdb began to wait or last saw a sign of life; 0 while it does not wait. */
  private final AtomicLong waitingSince = new AtomicLong();

  private boolean guessing;
  private boolean guessFailed;

  /**
   * @param target what the debugger is shown first; used by no other session
   */
  public Session(Target target, Limits limits, Client client) {
    this(target, limits, client, System::nanoTime);
  }

  /**
   * @param clock as {@link System#nanoTime}
   */
  Session(Target target, Limits limits, Client client, LongSupplier clock) {
    this.clock = clock;
    this.inferiors = new Inferiors(target);
    this.limits = limits;
    this.client = client;
    this.thread = target.currentThread();
    this.decoder = new PacketDecoder(limits.packetSize(), new Packets());
    readAhead.reply().finish();
  }

  /**
   * Takes bytes as they come, in pieces of any size, and answers every packet they complete.
   *
   * @throws ClientGoneException when the answer cannot be sent
   */
  public void feed(byte[] bytes, int offset, int length) {
    decoder.feed(bytes, offset, length);
  }

  /** Whether the connection has to be closed, once what was sent has left. */
  public boolean isFinished() {
    return finished;
  }

  private final class Packets implements PacketDecoder.Sink {
    @Override
    public void packet(byte[] bytes, int length) {
      if (finished) {
        return;
      }
      if (!spoken) {
        spoken = true;
        client.recognized();
      }
      boolean repeated = isRepeated(bytes, length);
      if (!features.noAck || repeated) {
        client.sendSoon(ACK, 0, 1);
      }
      if (repeated) {
        log.debug("Answered already");
        return;
      }
      unacknowledged = features.noAck ? NOTHING : Arrays.copyOf(bytes, length);
      answer(bytes, length);
    }

    @Override
    public void acknowledged() {
      unacknowledged = NOTHING;
    }

    @Override
    public void damaged() {
      if (finished) {
        return;
      }
      log.debug("A packet's checksum is wrong");
      if (features.noAck) {
        Reply reply = readAhead.reply();
        reply.begin();
        Errors.malformed(reply);
        reply.finish();
        send(reply);
      } else {
        client.send(NAK, 0, 1);
      }
    }

    @Override
    public void oversized() {
      if (!finished) {
        log.warn("A packet over {} bytes; ending this session", limits.packetSize());
        finished = true;
      }
    }

    @Override
    public void retransmit() {
      if (!finished && !features.noAck) {
        send(readAhead.reply());
      }
    }

    @Override
    public void interrupt() {
      // The manual has an interrupt that meets a stopped program queued until it runs. Ours never
      // does, and a stop reply now would be taken as the answer to gdb's next packet.
      log.debug("Interrupt ignored: the machine is stopped already");
    }
  }

  /**
   * Whether gdb has sent a request again because nobody acknowledged it in time: it acknowledges
   * the reply before it sends another. A server that starts slowly finds several copies waiting,
   * and of the answer to one too many gdb would think that it is to its next request.
   */
  private boolean isRepeated(byte[] bytes, int length) {
    return features.gdb
        && unacknowledged.length > 0
        && Arrays.equals(bytes, 0, length, unacknowledged, 0, unacknowledged.length);
  }

  private void answer(byte[] bytes, int length) {
    if (!readAhead.take(bytes, length)) {
      Reply reply = readAhead.reply();
      reply.begin();
      waitingSince.set(clock.getAsLong() | 1);
      handle(bytes, length, reply);
      waitingSince.set(0);
      reply.finish();
    }
    if (readAhead.reply().isWanted()) {
      send(readAhead.reply());
    }
  }

  /** Whatever goes wrong in a handler is a bug of ours, and must cost one packet only. */
  private void handle(byte[] bytes, int length, Reply reply) {
    Packet packet = new Packet(bytes, length);
    try {
      PacketHandler handler = PacketTable.STANDARD.find(packet, bytes, length);
      if (handler != null) {
        handler.handle(this, packet, reply);
      } else {
        log.debug("Not supported: {}", packet);
      }
    } catch (MalformedPacketException e) {
      log.debug("Malformed packet {}: {}", packet, e.getMessage());
      reply.begin();
      Errors.malformed(reply);
    } catch (ClientGoneException e) {
      throw e;
    } catch (InterruptedByClientException e) {
      log.info("Ended by the debugger: {}", packet);
      failed(reply, "interrupted");
    } catch (OutOfMemoryError e) {
      log.error("Packet {}: {}", packet, OutOfMemory.words());
      failed(reply, OutOfMemory.words());
    } catch (UncheckedIOException e) {
      Throwable cause = e.getCause();
      String why = String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
      log.error("Packet {}: {}", packet, why);
      failed(reply, why);
    } catch (RuntimeException | StackOverflowError e) {
      log.error("Failed on packet {}", packet, e);
      failed(reply, "internal error: " + e);
    }
  }

  private void failed(Reply reply, String why) {
    guessFailed = true;
    reply.begin();
    Errors.INTERNAL.write(this, reply, why);
  }

  private void send(Reply reply) {
    client.send(reply.array(), 0, reply.size());
  }

  /**
   * To be called when nothing has come from the debugger for the moment: the time may serve to
   * prepare for what it is likely to ask next.
   */
  public void idle() {
    byte[] guess = readAhead.guess();
    if (guess.length > 0 && !finished) {
      Reply spare = readAhead.spare();
      spare.begin();
      guessing = true;
      guessFailed = false;
      handle(guess, guess.length, spare);
      guessing = false;
      spare.finish();
      readAhead.setReady(!guessFailed);
    }
  }

  /** Notes a read that got all it asked for. */
  void noteRead(char kind, long location, int length) {
    if (!guessing) {
      readAhead.note(kind, location, length);
    }
  }

  Inferiors inferiors() {
    return inferiors;
  }

  /** The machine or the process whose thread is selected. */
  Target target() {
    return inferiors.of(thread);
  }

  Limits limits() {
    return limits;
  }

  Features features() {
    return features;
  }

  /** Whose files {@code vFile} is about; see {@link #setFileSystem}. */
  Target fileSystem() {
    return inferiors.of(fileSystem).orElseGet(this::target);
  }

  /**
   * @param process of which files are to be shown; 0 for that of the selected thread
   */
  void setFileSystem(long process) {
    fileSystem = process;
  }

  /** The thread that registers and memory are asked of. */
  ThreadId thread() {
    return thread;
  }

  void select(ThreadId selected) {
    thread = selected;
  }

  /** Whether addresses are physical. */
  boolean isPhysical() {
    return physical;
  }

  void setPhysical(boolean on) {
    physical = on;
  }

  void finish() {
    finished = true;
  }

  /** True the first time: one explanation is enough. */
  boolean mustTellItCannotRun() {
    boolean first = !toldItCannotRun;
    toldItCannotRun = true;
    return first;
  }

  /** Where {@code qsThreadInfo} goes on in the list of threads. */
  int nextThread() {
    return nextThread;
  }

  void setNextThread(int index) {
    nextThread = index;
  }

  TransferObjects.@Nullable Snapshot snapshot() {
    return snapshot;
  }

  void setSnapshot(TransferObjects.@Nullable Snapshot taken) {
    snapshot = taken;
  }

  HostFiles.Open openFiles() {
    return openFiles;
  }

  /** An array of at least that many bytes, the same one again and again. */
  byte[] scratch(int length) {
    if (scratch.length < length) {
      scratch = new byte[length];
    }
    return scratch;
  }

  /** Most bytes of memory that fit a packet in hexadecimal. */
  int maxHexBytes() {
    return (limits.packetSize() - 4) / 2;
  }

  /** Reads memory in the session's address mode, as its selected thread sees it. */
  Target.MemoryRead read(long location, byte[] destination, int offset, int length) {
    Target target = target();
    Target.MemoryRead read =
        physical && target.physicalMemory().isPresent()
            ? target.physicalMemory().get().read(location, destination, offset, length)
            : target.readMemory(thread, location, destination, offset, length);
    if (read.length() < 0 || read.length() > length) {
      throw new IllegalStateException("%d of %d bytes read".formatted(read.length(), length));
    }
    return read;
  }

  /** As {@link Target#afterHole}, in the session's address mode. */
  long afterHole(long location) {
    Target target = target();
    return physical && target.physicalMemory().isPresent()
        ? target.physicalMemory().get().afterHole(location)
        : target.afterHole(thread, location);
  }

  /** Writes down why a read stopped short. */
  void logShortRead(long location, int length, Target.MemoryRead read) {
    // Nobody has asked for what was guessed; should somebody, it is read again, and logged then.
    guessFailed = true;
    if (!guessing) {
      failedReads.log(location, length, physical, read);
    }
  }

  /** Shows text on the debugger's console, before the reply. */
  void print(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    for (int at = 0; at < bytes.length; at += maxHexBytes()) {
      console.begin();
      console.text("O").hex(bytes, at, Math.min(maxHexBytes(), bytes.length - at));
      console.finish();
      client.send(console.array(), 0, console.size());
    }
  }

  /**
   * To be called now and then by work that may take long.
   *
   * @throws ClientGoneException when the client has gone
   * @throws InterruptedByClientException when it has sent an interrupt, as Ctrl-C makes it do
   */
  void stillBusy() {
    if (client.isGone()) {
      throw new ClientGoneException();
    }
    if (client.wantsAnEnd()) {
      throw new InterruptedByClientException();
    }
  }

  /**
   * To be called several times a second, by any thread: keeps a gdb waiting whose answer takes
   * long. gdb steps over any character that begins no packet (remote.c, getpkt), and gives up only
   * when none comes; LLDB would take it for an answer. One that is sent when the answer has just
   * left is stepped over before the next.
   */
  public void showLife() {
    long since = waitingSince.get();
    long now = clock.getAsLong();
    if (since != 0
        && features.gdb
        && now - since > SIGN_OF_LIFE_NANOS
        && client.isReady()
        && waitingSince.compareAndSet(since, now | 1)) {
      client.send(ACK, 0, 1);
    }
  }

  /** Waits for the target's files, as long as this debugger can be kept waiting. */
  void awaitFiles() {
    target().awaitFiles(features.gdb ? ENDLESS : PATIENCE);
  }
}
