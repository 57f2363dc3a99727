package org.vmcore.gdbstub.app;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.vmcore.arch.Architectures;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.gdbstub.Version;
import picocli.CommandLine.Command;

/**
 * Loads the classes that usual runs load: serves the demo dump to itself once, and then loads all
 * others of the program, which only a kernel larger than the demo's needs. The launcher records
 * them in an archive (JEP 310, "Application Class-Data Sharing") that halves the time to start.
 */
@Command(name = "warm-up", hidden = true, description = "Load what a usual run loads, and end.")
final class WarmUp implements Callable<Integer> {
  /** There to end what hangs: it runs in the background, on machines that do much else. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private static final String SUFFIX = ".class";

  /** What gdb says when it connects and shows the machine. */
  private static final List<String> CONVERSATION =
      List.of(
          "qSupported:multiprocess+;swbreak+;qXfer:features:read+;vContSupported+",
          "vMustReplyEmpty",
          "Hg0",
          "qXfer:features:read:target.xml:0,ffb",
          "qTStatus",
          "?",
          "qXfer:threads:read::0,1000",
          "qfThreadInfo",
          "qsThreadInfo",
          "qOffsets",
          "vCont?",
          "g",
          "mffffffff81000000,40",
          "m0,8",
          "qRcmd,68656c70",
          "qRcmd,63707573");

  private final Program program;

  /** Runs one command line and returns the exit code. */
  @FunctionalInterface
  interface Program {
    int run(String... arguments);
  }

  @SuppressWarnings("UnusedMethod") // picocli calls it
  private WarmUp() {
    this(Main::execute);
  }

  WarmUp(Program program) {
    this.program = program;
  }

  @Override
  public Integer call() throws Exception {
    // Of its buffers Netty follows some, by chance: then as much is loaded as in no other run, and
    // no
    // two archives are the same. Here it follows all.
    System.setProperty("io.netty.leakDetection.level", "paranoid");
    int port = freePort();
    program.run("--version");
    program.run("demo", "--help");
    CompletableFuture<Integer> server =
        CompletableFuture.supplyAsync(
            () -> program.run("demo", "--listen", "127.0.0.1:" + port, "--once"));
    converse(port, server);
    int exitCode = server.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    for (Class<?> module : List.of(Version.class, Architectures.class, DumpFormats.class)) {
      loadAll(
          module.getPackageName(),
          Path.of(module.getProtectionDomain().getCodeSource().getLocation().toURI()));
    }
    return exitCode;
  }

  /**
   * Loads, without initializing them, all classes of a jar from a package on downwards: the single
   * jar has libraries, too, with classes that want others still.
   */
  private static void loadAll(String packageName, Path path)
      throws IOException, ClassNotFoundException {
    if (Files.isDirectory(path)) {
      return;
    }
    String directory = packageName.replace('.', '/') + "/";
    try (JarFile jar = new JarFile(path.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (name.startsWith(directory) && name.endsWith(SUFFIX)) {
          String type = name.substring(0, name.length() - SUFFIX.length()).replace('/', '.');
          Class<?> unused = Class.forName(type, false, WarmUp.class.getClassLoader());
        }
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void converse(int port, CompletableFuture<Integer> server)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!server.isDone() && System.nanoTime() < end) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout((int) LIMIT.toMillis());
        for (String packet : CONVERSATION) {
          socket.getOutputStream().write(frame(packet));
          skipReply(socket.getInputStream());
          socket.getOutputStream().write('+');
        }
        socket.getOutputStream().write(frame("D"));
        return;
      } catch (ConnectException notYet) {
        Thread.sleep(10);
      }
    }
  }

  /** Packet as GDB manual, "Overview": dollar sign, data, number sign, sum modulo 256. */
  private static byte[] frame(String packet) {
    int sum = packet.chars().sum() & 0xff;
    return "$%s#%02x".formatted(packet, sum).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void skipReply(InputStream in) throws IOException {
    int read;
    do {
      read = in.read();
      if (read < 0) {
        throw new EOFException("the server hung up");
      }
    } while (read != '#');
    in.skipNBytes(2);
  }
}
