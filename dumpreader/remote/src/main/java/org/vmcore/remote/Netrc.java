package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Names and passwords by host, as ftp(1), "The .netrc file", has them, and curl after it.
 *
 * <pre>
 * file    = { entry }
 * entry   = ( "machine" HOST | "default" ) { "login" NAME | "password" SECRET | "account" WORD }
 *         | "macdef" NAME lines up to an empty one
 * </pre>
 */
final class Netrc {
  /** More than anybody writes by hand. */
  private static final long LARGEST = 1 << 20;

  private final String text;

  private Netrc(String text) {
    this.text = text;
  }

  /** A login. Its text has no password, as it may get into a log. */
  record Login(String name, String password) {
    @Override
    public String toString() {
      return "Login[" + name + "]";
    }
  }

  /** The file that NETRC names, else {@code ~/.netrc}; an empty one where there is none. */
  static Netrc fromEnvironment(Map<String, String> environment) throws IOException {
    String named = environment.getOrDefault("NETRC", "");
    Path file =
        named.isEmpty() ? Path.of(environment.getOrDefault("HOME", "/"), ".netrc") : Path.of(named);
    if (!Files.isReadable(file) || !Files.isRegularFile(file)) {
      return of("");
    }
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": larger than any .netrc is");
    }
    return of(Files.readString(file, UTF_8));
  }

  static Netrc of(String text) {
    return new Netrc(
        text.replaceAll("(?m)^\\s*#.*$", "").replaceAll("(?s)macdef.*?(\n\\s*\n|$)", ""));
  }

  /**
   * The login for a host.
   *
   * @param takesDefault whether the entry for all other hosts will do
   */
  Optional<Login> login(String host, boolean takesDefault) {
    StringTokenizer words = new StringTokenizer(text);
    boolean ours = false;
    @Nullable String name = null;
    @Nullable String password = null;
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      if (word.equals("default") || word.equals("machine")) {
        if (ours && name != null && password != null) {
          break;
        }
        name = null;
        password = null;
        ours =
            word.equals("default")
                ? takesDefault
                : words.hasMoreTokens() && words.nextToken().equalsIgnoreCase(host);
      } else if (words.hasMoreTokens()) {
        String value = words.nextToken();
        name = word.equals("login") ? value : name;
        password = word.equals("password") ? value : password;
      }
    }
    return ours && name != null && password != null
        ? Optional.of(new Login(name, password))
        : Optional.empty();
  }
}
