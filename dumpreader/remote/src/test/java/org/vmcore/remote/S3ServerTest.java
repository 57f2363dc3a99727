package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.stream.IntStream;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.TransientApiMetadata;
import org.jclouds.blobstore.domain.Blob;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * Against a server of somebody else's that speaks S3 and checks signatures (S3Proxy). The truth is
 * what its store has.
 */
@Tag("slow")
class S3ServerTest {
  private static final String USER = "AKID";
  private static final String SECRET = "this-is-the-secret";
  private static final String BUCKET = "crashes";
  private static final int SIZE = (3 << 20) + 777;

  /** More than one page of a list. */
  private static final int MANY = 1100;

  private final byte[] bytes = new byte[SIZE];
  private BlobStoreContext context;
  private BlobStore store;
  private S3Proxy server;

  @BeforeEach
  void start() throws Exception {
    new Random(1).nextBytes(bytes);
    context =
        ContextBuilder.newBuilder(new TransientApiMetadata())
            .credentials("any", "any")
            .overrides(new Properties())
            .build(BlobStoreContext.class);
    store = context.getBlobStore();
    store.createContainerInLocation(null, BUCKET);
    server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, USER, SECRET)
            .build();
    server.start();
    System.setProperty("aws.accessKeyId", USER);
    System.setProperty("aws.secretAccessKey", SECRET);
  }

  @AfterEach
  void stop() throws Exception {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    server.stop();
    context.close();
  }

  private void put(String key, byte[] content) {
    Blob blob = store.blobBuilder(key).payload(content).build();
    store.putBlob(BUCKET, blob);
  }

  private S3Transport transport() {
    return new S3Transport(
        Map.of(
            "AWS_ENDPOINT_URL", "http://127.0.0.1:" + server.getPort(), "AWS_REGION", "us-east-1"),
        S3Transport.Cloud.AMAZON);
  }

  private DumpInput open(String key) throws IOException {
    return transport()
        .open(
            RemoteUri.parse("s3://" + BUCKET + "/" + key),
            Optional.empty(),
            OpenOptions.defaults());
  }

  @Test
  void readsWhatIsInABucket() throws IOException {
    put("2026/a b+c%d/vmcore", bytes);
    try (DumpInput input = open("2026/a b+c%d/vmcore")) {
      assertThat(input.size()).isEqualTo(SIZE);
      Random random = new Random(2);
      for (int i = 0; i < 30; i++) {
        int position = random.nextInt(SIZE);
        byte[] got = new byte[random.nextInt(100_000)];
        int count = input.read(position, got, 0, got.length);
        assertThat(count).isEqualTo(Math.min(got.length, SIZE - position));
        assertThat(Arrays.copyOf(got, count))
            .isEqualTo(Arrays.copyOfRange(bytes, position, position + count));
      }
    }
  }

  /** Whose Cloud Storage speaks so, too. */
  @Test
  void readsABucketOfGoogles() throws Exception {
    put("a/vmcore", bytes);
    S3Transport google =
        new S3Transport(
            Map.of(), new S3Transport.Cloud("gs", "http://127.0.0.1:" + server.getPort(), "auto"));
    RemoteUri uri = RemoteUri.parse("gs://" + BUCKET + "/a/");
    List<RemoteFile> files = google.list(uri, OpenOptions.defaults());
    assertThat(files).extracting(RemoteFile::uri).containsExactly("gs://crashes/a/vmcore");
    RemoteUri file = RemoteUri.parse(files.get(0).uri());
    try (DumpInput input = google.open(file, Optional.empty(), OpenOptions.defaults())) {
      assertThat(input.readFully(SIZE - 10, 10, "end"))
          .isEqualTo(Arrays.copyOfRange(bytes, SIZE - 10, SIZE));
    }
  }

  @Test
  void refusesAnObjectThatIsPutAnew() throws IOException {
    put("vmcore", bytes);
    try (DumpInput input = open("vmcore")) {
      bytes[SIZE - 1]++;
      put("vmcore", bytes);
      assertThatThrownBy(() -> input.read(2 << 20, new byte[10], 0, 10))
          .hasMessage(
              "s3://crashes/vmcore: has changed since it was opened; start again to read what is"
                  + " there now");
    }
  }

  private List<String> list(String prefix) throws IOException {
    RemoteUri uri = RemoteUri.parse("s3://" + BUCKET + "/" + prefix);
    return transport().list(uri, OpenOptions.defaults()).stream().map(RemoteFile::uri).toList();
  }

  @Test
  void listsMoreThanAPage() throws IOException {
    List<String> keys = IntStream.range(0, MANY).mapToObj("many/%05d/vmcore"::formatted).toList();
    keys.forEach(key -> put(key, new byte[1]));
    put("other/vmcore", new byte[1]);
    assertThat(list("many/"))
        .containsExactlyElementsOf(keys.stream().map(key -> "s3://crashes/" + key).toList());
  }

  @Test
  void listsNamesAsTheyAre() throws IOException {
    put("a &<b>+%41/\u00e9 vmcore", bytes);
    List<String> names = list("a &<b>+%41/");
    assertThat(names).containsExactly("s3://crashes/a &<b>+%41/\u00e9 vmcore");
    try (DumpInput input = open(names.get(0).substring("s3://crashes/".length()))) {
      assertThat(input.size()).isEqualTo(SIZE);
    }
  }

  @Test
  void saysWhoIsNotLetIn() {
    put("vmcore", bytes);
    System.setProperty("aws.secretAccessKey", "another-secret");
    assertThatThrownBy(() -> open("vmcore"))
        .hasMessage("s3://crashes/vmcore: the server answers HTTP 403 (not allowed)");
    System.setProperty("aws.secretAccessKey", SECRET);
    assertThatThrownBy(() -> open("none"))
        .hasMessage("s3://crashes/none: the server answers HTTP 404 (not there)");
  }
}
