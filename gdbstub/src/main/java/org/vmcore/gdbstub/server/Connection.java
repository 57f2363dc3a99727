package org.vmcore.gdbstub.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.Client;
import org.vmcore.gdbstub.rsp.ClientGoneException;

/**
 * One debugger's channel. The event loop moves bytes in and out and never waits; the session's
 * thread waits here for both. What lies between them is bounded: reading stops while the session is
 * behind, and the session stops while the debugger does not read.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // What fails also closes the channel, and that is seen.
final class Connection extends ChannelInboundHandlerAdapter
    implements Client, SessionWorker.Source {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** Memory held by bytes that the session has not taken yet, at which reading stops. */
  private static final int MAX_WAITING = 1 << 20;

  /** GDB manual, "Interrupts". */
  private static final byte INTERRUPT = 3;

  /** How long a debugger that was hung up on may take to read its last replies. */
  private static final int LINGER_SECONDS = 5;

  private final Channel channel;
  private final Slots.Slot slot;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private int waitingMemory;
  private volatile boolean gone;

  /** Whether the event loop will send what is held back. */
  private final AtomicBoolean flushComing = new AtomicBoolean();

  /**
   * @param slot is told whenever something has come
   */
  Connection(Channel channel, Slots.Slot slot) {
    this.channel = channel;
    this.slot = slot;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    slot.hear();
    synchronized (this) {
      if (!gone && bytes.isReadable()) {
        // Its capacity, since a single byte may come in a large buffer.
        waitingMemory += bytes.capacity();
        waiting.add(bytes);
        if (waitingMemory >= MAX_WAITING) {
          channel.config().setAutoRead(false);
        }
        notifyAll();
        return;
      }
    }
    bytes.release();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    synchronized (this) {
      gone = true;
      for (ByteBuf bytes; (bytes = waiting.poll()) != null; ) {
        bytes.release();
      }
      notifyAll();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    synchronized (this) {
      notifyAll();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.debug("Connection lost", cause);
    context.close();
  }

  @Override
  public synchronized boolean isIdle() {
    return waiting.isEmpty();
  }

  @Override
  public void recognized() {
    slot.recognize();
  }

  @Override
  public synchronized boolean wantsAnEnd() {
    ByteBuf next = waiting.peek();
    return next != null && next.getByte(next.readerIndex()) == INTERRUPT;
  }

  @Override
  public synchronized int read(byte[] destination) {
    while (waiting.isEmpty() && !gone) {
      pause();
    }
    ByteBuf bytes = waiting.peek();
    if (bytes == null) {
      return -1;
    }
    int count = Math.min(destination.length, bytes.readableBytes());
    bytes.readBytes(destination, 0, count);
    if (!bytes.isReadable()) {
      waiting.remove();
      waitingMemory -= bytes.capacity();
      bytes.release();
      if (waiting.isEmpty() && !gone && !channel.config().isAutoRead()) {
        channel.config().setAutoRead(true);
      }
    }
    return count;
  }

  @Override
  public void send(byte[] bytes, int offset, int length) {
    awaitRoom();
    channel.writeAndFlush(copied(bytes, offset, length));
  }

  /** An acknowledgement and the answer go in one segment: half as many wake the debugger up. */
  @Override
  public void sendSoon(byte[] bytes, int offset, int length) {
    awaitRoom();
    channel.write(copied(bytes, offset, length));
    if (flushComing.compareAndSet(false, true)) {
      try {
        channel.eventLoop().schedule(this::flush, MOST_DELAY_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        throw new ClientGoneException();
      }
    }
  }

  private void flush() {
    flushComing.set(false);
    channel.flush();
  }

  private void awaitRoom() {
    synchronized (this) {
      while (!channel.isWritable() && !gone) {
        pause();
      }
    }
    if (gone) {
      throw new ClientGoneException();
    }
  }

  private ByteBuf copied(byte[] bytes, int offset, int length) {
    return channel.alloc().buffer(length, length).writeBytes(bytes, offset, length);
  }

  @Override
  public boolean isReady() {
    return channel.isWritable() && !gone;
  }

  @Override
  public boolean isGone() {
    return gone;
  }

  /** Closes the channel once the last replies have left. */
  void hangUp() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    try {
      channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("The server has closed, and this connection with it", e);
    }
  }

  // Only called in loops that hold the lock.
  @SuppressWarnings("WaitNotInLoop")
  private void pause() {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientGoneException();
    }
  }
}
