package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a server is told of who asks (RFC 6750 and 7617): a token or a name and a password of the
 * environment, else those of {@link Netrc}.
 *
 * <p>Those of the environment go to the host that the user named, never to one that it redirects
 * to; and only where nobody on the way can read them, or to hosts that the environment names.
 */
final class HttpCredentials implements HttpSigner {
  static final String TOKEN = "VMCORE_HTTP_TOKEN";
  static final String USER = "VMCORE_HTTP_USER";
  static final String PASSWORD = "VMCORE_HTTP_PASSWORD";
  static final String HOSTS = "VMCORE_HTTP_HOSTS";

  private final Map<String, String> environment;
  private final URI named;
  private final Netrc netrc;

  /**
   * @param named by the user
   */
  HttpCredentials(Map<String, String> environment, URI named) throws IOException {
    this.environment = environment;
    this.named = named;
    this.netrc = Netrc.fromEnvironment(environment);
  }

  @Override
  public void sign(URI target, HttpRequest.Builder request) {
    String host = target.getHost() == null ? "" : target.getHost().toLowerCase(Locale.ROOT);
    boolean secret = isSecret(target);
    if (isSameServer(target) && takesEnvironment(host, secret)) {
      String token = environment.getOrDefault(TOKEN, "");
      if (!token.isEmpty()) {
        request.header("Authorization", "Bearer " + token);
        return;
      }
      String user = environment.getOrDefault(USER, "");
      if (!user.isEmpty()) {
        basic(request, user, environment.getOrDefault(PASSWORD, ""));
        return;
      }
    }
    netrc.login(host, secret).ifPresent(login -> basic(request, login.name(), login.password()));
  }

  private boolean takesEnvironment(String host, boolean secret) {
    String hosts = environment.getOrDefault(HOSTS, "");
    return hosts.isEmpty()
        ? secret
        : List.of(hosts.toLowerCase(Locale.ROOT).split("[\\s,]+")).contains(host);
  }

  private boolean isSameServer(URI target) {
    return named.getScheme().equalsIgnoreCase(target.getScheme())
        && named.getHost() != null
        && named.getHost().equalsIgnoreCase(target.getHost())
        && named.getPort() == target.getPort();
  }

  /** Whether nobody on the way sees what is sent there. */
  static boolean isSecret(URI target) {
    String host = target.getHost() == null ? "" : target.getHost().toLowerCase(Locale.ROOT);
    return "https".equalsIgnoreCase(target.getScheme()) || isLoopback(host);
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d+){3}");
  }

  private static void basic(HttpRequest.Builder request, String name, String password) {
    byte[] both = (name + ":" + password).getBytes(UTF_8);
    request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
  }
}
