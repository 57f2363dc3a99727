package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An account of Azure's storage and who asks, of the variables that Azure's own tools take:
 * AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_SAS_TOKEN or
 * AZURE_STORAGE_KEY ("Configure Azure Storage connection strings"; Azure CLI, "Storage").
 *
 * @param endpoint of its blobs, without a slash at the end
 * @param signature a shared access signature, which goes into addresses; empty where there is none
 * @param key in Base64, by which requests are signed; empty where there is none
 */
record AzureAccount(String name, String endpoint, String signature, String key) {
  private static final String CONNECTION = "AZURE_STORAGE_CONNECTION_STRING";
  private static final String ACCOUNT = "AZURE_STORAGE_ACCOUNT";
  private static final String SIGNATURE = "AZURE_STORAGE_SAS_TOKEN";
  private static final String KEY = "AZURE_STORAGE_KEY";

  /** Of the protocol; "Versioning for the Azure Storage services". */
  private static final String VERSION = "2020-10-02";

  /** What a signature covers and none of these requests has, between its verb and its range. */
  private static final String NONE_OF_TEN = "\n".repeat(10);

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(UTC);

  /**
   * @param uri of what is opened, for messages
   * @throws IOException when the environment names no account
   */
  static AzureAccount of(Map<String, String> environment, RemoteUri uri) throws IOException {
    Map<String, String> told = new HashMap<>();
    for (String part : environment.getOrDefault(CONNECTION, "").split(";", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        told.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
      }
    }
    String endpoint = told.getOrDefault("BlobEndpoint", "").replaceFirst("/+$", "");
    String name = told.getOrDefault("AccountName", environment.getOrDefault(ACCOUNT, ""));
    if (endpoint.isEmpty() && !name.matches("[a-z0-9]{3,24}")) {
      throw new IOException(
          "%s: its account is in %s, and who asks in %s or %s; or all of it in %s"
              .formatted(uri.shown(), ACCOUNT, SIGNATURE, KEY, CONNECTION));
    }
    String suffix = told.getOrDefault("EndpointSuffix", "core.windows.net");
    return new AzureAccount(
        name,
        endpoint.isEmpty() ? "https://" + name + ".blob." + suffix : endpoint,
        told.getOrDefault("SharedAccessSignature", environment.getOrDefault(SIGNATURE, ""))
            .replaceFirst("^\\?", ""),
        told.getOrDefault("AccountKey", environment.getOrDefault(KEY, "")));
  }

  /**
   * An address that lets whoever has it read.
   *
   * @throws IOException when others would see it on its way
   */
  URI signed(URI address, RemoteUri uri) throws IOException {
    if (signature.isEmpty()) {
      return address;
    }
    if (!HttpCredentials.isSecret(address)) {
      throw new IOException(
          uri.shown()
              + ": a signature goes over https only; BlobEndpoint says "
              + address.getScheme());
    }
    try {
      return URI.create(address + "?" + signature);
    } catch (IllegalArgumentException e) {
      // Whose message would have it.
      throw new IOException(uri.shown() + ": the shared access signature is none");
    }
  }

  /** Signs with the account's key, where there is no other signature ("Shared Key"). */
  void sign(URI target, HttpRequest.Builder request, Instant now) throws IOException {
    request.setHeader("x-ms-version", VERSION);
    if (key.isEmpty() || !signature.isEmpty()) {
      return;
    }
    String date = DATE.format(now);
    request.setHeader("x-ms-date", date);
    String range = request.build().headers().firstValue("Range").orElse("");
    String text =
        "GET\n"
            + NONE_OF_TEN
            + range
            + "\nx-ms-date:%s\nx-ms-version:%s\n/%s%s%s"
                .formatted(date, VERSION, name, target.getRawPath(), parameters(target));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
      String signed = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
      request.setHeader("Authorization", "SharedKey " + name + ":" + signed);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // Whose messages might have it.
      throw new IOException("the key of the account " + name + " is none: it is no Base64");
    }
  }

  /** Each in a line, by their names. */
  private static String parameters(URI target) {
    if (target.getRawQuery() == null) {
      return "";
    }
    return Arrays.stream(target.getRawQuery().split("&"))
        .map(parameter -> parameter.split("=", 2))
        .map(pair -> "\n" + pair[0] + ":" + URLDecoder.decode(pair[pair.length - 1], UTF_8))
        .sorted()
        .collect(Collectors.joining());
  }

  /** Without what lets in. */
  @Override
  public String toString() {
    return name + " at " + endpoint;
  }
}
