package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;

/**
 * What goes to a server that speaks as S3 does. That the signature is right was seen by hand with a
 * server that checks it (moto with its authorization on); its making is Amazon's own.
 */
class S3TransportTest {
  private static final String SECRET = "this-is-the-secret";

  private FaultyServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FaultyServer(new byte[100_000]);
    System.setProperty("aws.accessKeyId", "AKID");
    System.setProperty("aws.secretAccessKey", SECRET);
  }

  @AfterEach
  void stop() {
    server.close();
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private DumpInput open(String uri) throws IOException {
    Map<String, String> environment =
        Map.of(
            "AWS_ENDPOINT_URL", server.uri().replace("/dump", "/"), "AWS_REGION", "eu-central-1");
    return new S3Transport(environment)
        .open(RemoteUri.parse(uri), Optional.empty(), OpenOptions.defaults());
  }

  @Test
  void signsEachRequestForTheBucketsKey() throws IOException {
    try (DumpInput input = open("s3://crashes/2026/a b+c?d%e/vmcore")) {
      assertThat(input.size()).isEqualTo(100_000);
      assertThat(input.name()).isEqualTo("s3://crashes/2026/a b+c?...");
    }
    assertThat(server.paths).containsExactly("/crashes/2026/a%20b%2Bc%3Fd%25e/vmcore");
    assertThat(server.authorizations.get(0))
        .startsWith("AWS4-HMAC-SHA256 Credential=AKID/")
        .contains("/eu-central-1/s3/aws4_request", "SignedHeaders=host;x-amz-", "Signature=")
        .doesNotContain(SECRET);
  }

  @Test
  void tellsNoOtherServer() throws IOException {
    try (FaultyServer other = new FaultyServer(new byte[10])) {
      server.faults.add(FaultyServer.status(307, "Location", other.uri()));
      open("s3://crashes/vmcore").close();
      assertThat(other.authorizations).containsExactly("none");
    }
  }
}
