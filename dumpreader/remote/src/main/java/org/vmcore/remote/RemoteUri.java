package org.vmcore.remote;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where a remote file lies.
 *
 * @param uri absolute, with a host
 */
record RemoteUri(URI uri) {
  /**
   * Understands what a user wrote.
   *
   * @throws IOException when it is no URI or has a password in it, which others see in the list of
   *     processes
   */
  static RemoteUri parse(String text) throws IOException {
    URI uri;
    try {
      uri = new URI(text.replace(" ", "%20"));
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
    return new RemoteUri(uri);
  }

  String scheme() {
    return uri.getScheme().toLowerCase(Locale.ROOT);
  }

  /** Without its query, which may be a signature that opens the file to whoever has it. */
  String shown() {
    return shown(uri.toString());
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
