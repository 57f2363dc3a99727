package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.testing.Command;

/** Redirects of a server with a certificate, as the JDK speaks TLS to it. */
class TlsRedirectTest {
  private static final char[] PASSWORD = "of a test".toCharArray();
  private static final byte[] DUMP = "what lies there".getBytes(US_ASCII);

  @TempDir private Path directory;

  private final AtomicInteger askedInClear = new AtomicInteger();
  private SSLContext before;
  private HttpsServer server;
  private HttpServer clear;
  private volatile String location = "";

  @BeforeEach
  void start() throws Exception {
    before = SSLContext.getDefault();
    SSLContext context = context();
    // All clients that are made from now on trust it.
    SSLContext.setDefault(context);
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = HttpsServer.create(anyPort, 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", TlsRedirectTest::send);
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().add("Location", location);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.start();
    clear = HttpServer.create(anyPort, 0);
    clear.createContext(
        "/",
        exchange -> {
          askedInClear.incrementAndGet();
          send(exchange);
        });
    clear.start();
  }

  @AfterEach
  void stop() {
    SSLContext.setDefault(before);
    server.stop(0);
    clear.stop(0);
  }

  private SSLContext context() throws Exception {
    Path keys = directory.resolve("keys");
    Command.Result made =
        Command.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-keystore",
                keys.toString(),
                "-storepass",
                new String(PASSWORD))
            .run();
    assertThat(made.exit()).as(made.toString()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(store, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  private static void send(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().add("ETag", "\"one\"");
    exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes 0-" + (DUMP.length - 1) + "/" + DUMP.length);
    exchange.sendResponseHeaders(206, DUMP.length);
    exchange.getResponseBody().write(DUMP);
    exchange.close();
  }

  private DumpInput open(String path) throws IOException {
    String uri = "https://127.0.0.1:" + server.getAddress().getPort() + path;
    return new RemoteDumps(Map.of("HOME", directory.toString()))
        .open(uri, false, OpenOptions.defaults());
  }

  @Test
  void followsOneToAnotherPlaceOverTls() throws Exception {
    location = "/dump";
    try (DumpInput input = open("/moved")) {
      assertThat(input.readFully(0, DUMP.length, "all")).isEqualTo(DUMP);
    }
  }

  @Test
  void refusesOneIntoTheClear() {
    location = "http://127.0.0.1:" + clear.getAddress().getPort() + "/dump";
    assertThatThrownBy(() -> open("/moved"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refuses to be redirected from https to http");
    assertThat(askedInClear).as("nothing was asked there").hasValue(0);
  }

  @Test
  void refusesOneToAnotherScheme() {
    for (String other : List.of("file:///etc/passwd", "ftp://127.0.0.1/x", "jar:file:/x!/y")) {
      location = other;
      assertThatThrownBy(() -> open("/moved"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refuses to be redirected from https to");
    }
  }
}
