package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a remote file lies.
 *
 * @param uri absolute, with a host
 * @param shown to users: without its query, which may be a signature that opens the file to whoever
 *     has it
 */
record RemoteUri(URI uri, String shown) {
  /** The keys in buckets are written as they are, with question marks and all. */
  private static final Pattern BUCKETS = Pattern.compile("(?:s3|gs|az)://");

  /**
   * Understands what a user wrote.
   *
   * @throws IOException when it is no URI or has a password in it, which others see in the list of
   *     processes
   */
  static RemoteUri parse(String text) throws IOException {
    URI uri;
    try {
      uri = new URI(BUCKETS.matcher(text).lookingAt() ? literal(text) : text.replace(" ", "%20"));
    } catch (URISyntaxException e) {
      throw new IOException(
          shown(text) + ": no URI: " + e.getReason() + "; such characters are written as %XX");
    }
    String user = uri.getRawUserInfo();
    if (user != null && user.contains(":")) {
      throw new IOException(
          shown(text)
              + ": a password in a URI is seen in the list of processes; put it into ~/.netrc");
    }
    if (uri.getRawAuthority() == null) {
      throw new IOException(shown(text) + ": names no host");
    }
    return new RemoteUri(uri, shown(text));
  }

  String scheme() {
    return uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static String literal(String text) {
    int rest = text.indexOf("://") + "://".length();
    StringBuilder uri = new StringBuilder(text.substring(0, rest));
    for (byte b : text.substring(rest).getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "-._~/".indexOf(c) >= 0);
      uri.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return uri.toString();
  }

  private static String shown(String text) {
    int query = text.indexOf('?');
    String path = query < 0 ? text : text.substring(0, query) + "?...";
    return path.replaceFirst("://([^/@:]*):[^/@]*@", "://$1:...@");
  }

  /** The last name of its path, with nothing in it that would be odd in a file's name. */
  String fileName() {
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^\\w.+~-]", "_");
    return name.matches("\\.*") ? "file" : name;
  }
}
