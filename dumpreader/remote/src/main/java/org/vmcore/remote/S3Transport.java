package org.vmcore.remote;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * {@code s3://bucket/key}, of Amazon's S3 and of what speaks as it does: HTTP with each request
 * signed (Amazon S3 API Reference, "Authenticating Requests: AWS Signature Version 4").
 * Credentials, region and endpoint are those that Amazon's own tools take: AWS_ACCESS_KEY_ID and
 * its like, {@code ~/.aws}, the machine's role; AWS_REGION; AWS_ENDPOINT_URL_S3 or
 * AWS_ENDPOINT_URL.
 */
final class S3Transport implements Transport {
  private static final String USUAL_REGION = "us-east-1";

  private final Map<String, String> environment;

  S3Transport(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("s3");
  }

  @Override
  public DumpInput open(RemoteUri uri, Optional<RemoteCache> cache, OpenOptions options)
      throws IOException {
    String region = region();
    URI object = object(uri, region);
    RemoteUri named = new RemoteUri(object, uri.shown());
    return HttpTransport.open(named, exchange(named, region), Retries.usual(), cache, options);
  }

  @Override
  public List<RemoteFile> list(RemoteUri uri, OpenOptions options) throws IOException {
    String region = region();
    RemoteUri bucket = new RemoteUri(at(uri, region, "/"), uri.shown());
    return new S3Listing(uri, bucket.uri(), exchange(bucket, region)).all(options.progress());
  }

  /** Requests with the user's signature, for the server of that URI alone. */
  private static HttpExchange exchange(RemoteUri named, String region) {
    DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build();
    HttpSigner signer =
        (target, request) -> {
          Optional<AwsCredentials> credentials = credentials(provider);
          // Another server, where a redirect leads to, is not told.
          if (credentials.isPresent()
              && target.getRawAuthority().equals(named.uri().getRawAuthority())) {
            sign(target, request, credentials.get(), region);
          }
        };
    return new HttpExchange(named, signer, HttpExchange.Patience.usual());
  }

  private String region() {
    for (String name : new String[] {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return value;
      }
    }
    if (!endpoint().isEmpty()) {
      return USUAL_REGION;
    }
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion().id();
    } catch (SdkClientException e) {
      return USUAL_REGION;
    }
  }

  private String endpoint() {
    String own = environment.getOrDefault("AWS_ENDPOINT_URL_S3", "");
    String all = own.isEmpty() ? environment.getOrDefault("AWS_ENDPOINT_URL", "") : own;
    return all.replaceFirst("/+$", "");
  }

  private URI object(RemoteUri uri, String region) throws IOException {
    String path = uri.uri().getRawPath();
    if (path.length() < 2) {
      throw new IOException(uri.shown() + ": is not s3://BUCKET/KEY");
    }
    return at(uri, region, path);
  }

  /** Of a bucket in a name of its own, or, at another endpoint, in the path. */
  private URI at(RemoteUri uri, String region, String path) throws IOException {
    String bucket = uri.uri().getRawAuthority();
    if (!bucket.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,254}")) {
      throw new IOException(uri.shown() + ": is not s3://BUCKET/KEY");
    }
    String endpoint = endpoint();
    try {
      if (!endpoint.isEmpty()) {
        return URI.create(endpoint + "/" + bucket + path);
      }
      // The certificate is of names one level below.
      return bucket.contains(".")
          ? URI.create("https://s3." + region + ".amazonaws.com/" + bucket + path)
          : URI.create("https://" + bucket + ".s3." + region + ".amazonaws.com" + path);
    } catch (IllegalArgumentException e) {
      throw new IOException("AWS_ENDPOINT_URL or AWS_REGION make no URI: " + e.getMessage(), e);
    }
  }

  /** None for what everybody may read. */
  private static Optional<AwsCredentials> credentials(DefaultCredentialsProvider provider) {
    try {
      return Optional.of(provider.resolveCredentials());
    } catch (SdkClientException e) {
      return Optional.empty();
    }
  }

  /** Only what says who asks is signed, not the range: the JDK's client adds headers of its own. */
  static void sign(
      URI target, HttpRequest.Builder request, AwsCredentials credentials, String region) {
    SdkHttpRequest unsigned =
        SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(target).build();
    SignedRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(credentials)
                        .request(unsigned)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        // S3 takes keys as they are.
                        .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                        .putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, false));
    signed
        .request()
        .forEachHeader(
            (name, values) -> {
              @Nullable String value = values.isEmpty() ? null : values.get(0);
              if (!name.equalsIgnoreCase("Host") && value != null) {
                request.setHeader(name, value);
              }
            });
  }
}
