package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
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
 *
 * <p>{@code gs://bucket/key} is the same at Google, whose Cloud Storage takes such requests with an
 * HMAC key of its own in the place of Amazon's (Cloud Storage, "XML API: simple migration").
 */
final class S3Transport implements Transport {
  private static final String USUAL_REGION = "us-east-1";

  /** Amazon S3 API Reference, "ListObjectsV2". */
  private static final BucketListing.Form LISTS =
      new BucketListing.Form(
          "list-type=2&encoding-type=url",
          "continuation-token",
          "ListBucketResult",
          "NextContinuationToken",
          "Contents",
          "Key",
          key -> URLDecoder.decode(key, UTF_8),
          "Size",
          "LastModified",
          Instant::parse);

  private final Map<String, String> environment;
  private final Cloud cloud;

  /**
   * Whose buckets they are.
   *
   * @param scheme of their URIs
   * @param endpoint where all of them are; empty where the environment or the region tells
   * @param region that requests are signed for; empty where the environment or the machine tells
   */
  record Cloud(String scheme, String endpoint, String region) {
    static final Cloud AMAZON = new Cloud("s3", "", "");

    static final Cloud GOOGLE = new Cloud("gs", "https://storage.googleapis.com", "auto");
  }

  S3Transport(Map<String, String> environment, Cloud cloud) {
    this.environment = environment;
    this.cloud = cloud;
  }

  @Override
  public Set<String> schemes() {
    return Set.of(cloud.scheme());
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
    return new BucketListing(uri, bucket.uri(), exchange(bucket, region), LISTS)
        .all(options.progress());
  }

  /** Requests with the user's signature, for the server of that URI alone. */
  private HttpExchange exchange(RemoteUri named, String region) {
    DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build();
    HttpSigner signer =
        (target, request) -> {
          Optional<AwsCredentials> credentials = credentials(provider).filter(this::areOfThisCloud);
          // Another server, where a redirect leads to, is not told.
          if (credentials.isPresent()
              && target.getRawAuthority().equals(named.uri().getRawAuthority())) {
            sign(target, request, credentials.get(), region);
          }
        };
    return new HttpExchange(named, signer, HttpExchange.Patience.usual());
  }

  /** Amazon's own roles come with a token of the session, which is for nobody else to see. */
  private boolean areOfThisCloud(AwsCredentials credentials) {
    return cloud.endpoint().isEmpty() || !(credentials instanceof AwsSessionCredentials);
  }

  private String region() {
    if (!cloud.region().isEmpty()) {
      return cloud.region();
    }
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
    if (!cloud.endpoint().isEmpty()) {
      return cloud.endpoint();
    }
    String own = environment.getOrDefault("AWS_ENDPOINT_URL_S3", "");
    String all = own.isEmpty() ? environment.getOrDefault("AWS_ENDPOINT_URL", "") : own;
    return all.replaceFirst("/+$", "");
  }

  private URI object(RemoteUri uri, String region) throws IOException {
    String path = uri.uri().getRawPath();
    if (path.length() < 2) {
      throw notOfABucket(uri);
    }
    return at(uri, region, path);
  }

  /** Of a bucket in a name of its own, or, at another endpoint, in the path. */
  private URI at(RemoteUri uri, String region, String path) throws IOException {
    String bucket = uri.uri().getRawAuthority();
    if (!bucket.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,254}")) {
      throw notOfABucket(uri);
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

  private IOException notOfABucket(RemoteUri uri) {
    return new IOException(uri.shown() + ": is not " + cloud.scheme() + "://BUCKET/KEY");
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
