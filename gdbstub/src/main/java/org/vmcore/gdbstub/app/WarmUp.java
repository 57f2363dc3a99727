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
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.vmcore.arch.Architectures;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.KdumpWriter;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.demo.DemoMachine;
import picocli.CommandLine.Command;

/**
 * Loads the classes that usual runs load: serves the demo's machine to itself once, as a dump of
 * the form that most are of and of which symbols are made, and then loads all others of the
 * program, which only a kernel larger than the demo's needs. The launcher records them in an
 * archive (JEP 310, "Application Class-Data Sharing") that halves the time to start.
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
          "qXfer:libraries:read::0,1000",
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
    // no two archives are the same. Here it follows all.
    System.setProperty("io.netty.leakDetection.level", "paranoid");
    program.run("--version");
    program.run("demo", "--help");
    Path vmcore = Files.createTempFile("vmcore-gdbserver", ".vmcore");
    try {
      new KdumpWriter(PageCodec.ZLIB, Progress.SILENT)
          .write(DemoMachine.builder().build().dump(), vmcore);
      int exitCode = serve(vmcore);
      for (Class<?> module : List.of(Version.class, Architectures.class, DumpFormats.class)) {
        loadAll(
            module.getPackageName(),
            Path.of(module.getProtectionDomain().getCodeSource().getLocation().toURI()));
      }
      return exitCode;
    } finally {
      Files.delete(vmcore);
    }
  }

  private int serve(Path vmcore) throws Exception {
    int port = freePort();
    CompletableFuture<Integer> server =
        CompletableFuture.supplyAsync(
            () -> program.run("serve", "--listen", "127.0.0.1:" + port, "--once", "" + vmcore));
    converse(port, server);
    return server.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
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
          exchange(socket, packet);
        }
        readSymbols(socket);
        socket.getOutputStream().write(frame("D"));
        return;
      } catch (ConnectException notYet) {
        Thread.sleep(10);
      }
    }
  }

  /** Has the file made that the server offers to gdb (GDB manual, "Host I/O Packets"). */
  private static void readSymbols(Socket socket) throws IOException {
    String name = exchange(socket, "qXfer:exec-file:read:1:0,1000");
    if (name.startsWith("l")) {
      byte[] path = name.substring(1).getBytes(StandardCharsets.ISO_8859_1);
      String file = exchange(socket, "vFile:open:" + HexFormat.of().formatHex(path) + ",0,0");
      exchange(socket, "vFile:pread:" + file.substring(1) + ",4000,0");
    }
  }

  /** Sends a packet and returns the reply, as it was sent. */
  private static String exchange(Socket socket, String packet) throws IOException {
    socket.getOutputStream().write(frame(packet));
    String reply = reply(socket.getInputStream());
    socket.getOutputStream().write('+');
    return reply;
  }

  /** Packet as GDB manual, "Overview": dollar sign, data, number sign, sum modulo 256. */
  private static byte[] frame(String packet) {
    int sum = packet.chars().sum() & 0xff;
    return "$%s#%02x".formatted(packet, sum).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String reply(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int read = in.read(); read != '#'; read = in.read()) {
      if (read < 0) {
        throw new EOFException("the server hung up");
      }
      text.append((char) read);
    }
    in.skipNBytes(2);
    return text.substring(text.indexOf("$") + 1);
  }
}
