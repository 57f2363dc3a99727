package org.vmcore.gdbstub.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.Peer;

/** Listens on TCP or a Unix socket; one thread moves all bytes, and one more runs each session. */
@SuppressWarnings("FutureReturnValueIgnored") // Closing needs no answer.
final class NettyServer implements GdbServer {
  private static final Logger log = LoggerFactory.getLogger(NettyServer.class);

  /** Replies a debugger has not read: above the higher the session waits, below the lower not. */
  private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(256 << 10, 1 << 20);

  private static final int CLOSING_SECONDS = 5;

  /** How long closing waits for a session that is in the middle of long work. */
  private static final int SESSION_END_SECONDS = 3;

  /** Times the sessions that are allowed, of threads that run one. */
  private static final int MOST_RUNNING = 2;

  private final GdbServer.Targets targets;
  private final Options options;
  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
  private final Slots slots;

  /** Those that run; a client that had to go may still be at work for a moment. */
  private final AtomicInteger sessions = new AtomicInteger();

  private final AtomicInteger sessionsEver = new AtomicInteger();
  private final CountDownLatch started = new CountDownLatch(1);
  private final AtomicBoolean closing = new AtomicBoolean();

  /** Until then the event loop is needed to be told of it, even when the last session has ended. */
  private volatile boolean listenerClosed;

  private final CountDownLatch closed = new CountDownLatch(1);

  private final ListenAddress address;
  private final Channel listener;
  private final @Nullable SocketFile socketFile;

  static NettyServer listen(ListenAddress address, GdbServer.Targets targets, Options options)
      throws IOException {
    NettyServer server = new NettyServer(address, targets, options);
    server.started.countDown();
    return server;
  }

  private NettyServer(ListenAddress wanted, GdbServer.Targets targets, Options options)
      throws IOException {
    this.targets = targets;
    this.options = options;
    this.slots = new Slots(options.maxSessions(), System::nanoTime);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(eventLoop)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD)
            .childHandler(new Acceptor());
    try {
      if (wanted instanceof ListenAddress.Unix unix) {
        SocketFile.removeStale(unix);
        bootstrap.channel(NioServerDomainSocketChannel.class);
        try (SocketFile.Cradle cradle = SocketFile.cradle(unix)) {
          listener = bind(bootstrap, wanted, UnixDomainSocketAddress.of(cradle.path()));
          socketFile = cradle.publish();
        }
        address = wanted;
      } else {
        ListenAddress.Tcp tcp = (ListenAddress.Tcp) wanted;
        bootstrap
            .channel(NioServerSocketChannel.class)
            // Else a reply may wait 40 ms for the acknowledgement of the one before it.
            .childOption(ChannelOption.TCP_NODELAY, true)
            // A debugger may be quiet for days; one whose machine is gone is noticed in two
            // minutes.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), 60)
            .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), 15)
            .childOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 4);
        listener = bind(bootstrap, wanted, new InetSocketAddress(tcp.host(), tcp.port()));
        socketFile = null;
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        address = new ListenAddress.Tcp(tcp.host(), port);
      }
    } catch (IOException | RuntimeException e) {
      eventLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
  }

  private static Channel bind(ServerBootstrap bootstrap, ListenAddress wanted, SocketAddress to)
      throws IOException {
    ChannelFuture bound = bootstrap.bind(to).awaitUninterruptibly();
    Throwable cause = bound.cause();
    if (cause != null) {
      throw ListenFailure.of(wanted, cause);
    }
    return bound.channel();
  }

  private final class Acceptor extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      if (closing.get()) {
        channel.close();
        return;
      }
      Optional<Slots.Slot> place =
          sessions.get() < MOST_RUNNING * options.maxSessions()
              ? slots.take(addressOf(channel), () -> giveWay(channel))
              : Optional.empty();
      if (place.isEmpty()) {
        log.warn(
            "Turned a debugger away: {} are connected, and more are not allowed",
            options.maxSessions());
        channel.close();
        return;
      }
      Slots.Slot slot = place.get();
      channel.closeFuture().addListener(gone -> slot.release());
      channel
          .eventLoop()
          .schedule(() -> endIfSilent(channel, slot), options.patienceMillis(), MILLISECONDS);
      sessions.incrementAndGet();
      Connection connection = new Connection(channel, slot);
      channel.pipeline().addLast(connection);
      channels.add(channel);
      Thread thread =
          new Thread(() -> serve(connection, channel), "session-" + sessionsEver.incrementAndGet());
      thread.setDaemon(true);
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        // No more threads; the pipeline closes the channel of an initializer that fails.
        channels.remove(channel);
        sessions.decrementAndGet();
        throw e;
      }
    }
  }

  private static void giveWay(Channel channel) {
    log.warn("A debugger that was quiet gave its place to another");
    channel.close();
  }

  private static void endIfSilent(Channel channel, Slots.Slot slot) {
    if (!slot.hasSpoken() && channel.isOpen()) {
      log.info("Hung up on a client that sent no packet");
      channel.close();
    }
  }

  /** Without the port; all clients of a Unix socket are one. */
  private static String addressOf(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress there
        ? there.getAddress().getHostAddress()
        : "";
  }

  private void serve(Connection connection, Channel channel) {
    log.info("A debugger connected");
    SessionWorker.run(() -> targets.of(peer(channel)), options.limits(), connection, connection);
    log.info("A debugger left");
    connection.hangUp();
    channel
        .closeFuture()
        .addListener(
            hungUp -> {
              channels.remove(channel);
              if (sessions.decrementAndGet() == 0 && options.once()) {
                // A debugger may come and go before the constructor is through.
                started.await();
                shutDown();
              }
              endEventLoopWhenIdle();
            });
  }

  private static Peer peer(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress here
            && channel.remoteAddress() instanceof InetSocketAddress there
        ? Peers.ofTcp(here, there)
        : Peers.ofUnixSocket();
  }

  @Override
  public ListenAddress address() {
    return address;
  }

  @Override
  public void awaitClosed() throws InterruptedException {
    closed.await();
  }

  @Override
  public void close() {
    shutDown();
    try {
      if (!closed.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
        log.warn("{} is slow to close", address);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Begins to close, from any thread. The event loop outlives the sessions that use it. */
  private void shutDown() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    listener
        .close()
        .addListener(
            ignored -> {
              listenerClosed = true;
              channels.forEach(Channel::close);
              if (socketFile != null) {
                socketFile.remove();
              }
              eventLoop.schedule(this::endEventLoop, SESSION_END_SECONDS, TimeUnit.SECONDS);
              endEventLoopWhenIdle();
            });
  }

  private void endEventLoopWhenIdle() {
    if (listenerClosed && sessions.get() == 0) {
      endEventLoop();
    }
  }

  private void endEventLoop() {
    eventLoop
        .shutdownGracefully(0, CLOSING_SECONDS, TimeUnit.SECONDS)
        .addListener(terminated -> closed.countDown());
  }
}
