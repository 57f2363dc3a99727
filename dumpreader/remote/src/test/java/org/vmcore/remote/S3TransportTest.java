package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * What goes to a server that speaks as S3 does, and odd answers of such; {@link S3ServerTest} has a
 * real one.
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

  private Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", server.uri().replace("/dump", "/"), "AWS_REGION", "eu-central-1");
  }

  private DumpInput open(String uri) throws IOException {
    return new S3Transport(environment(), S3Transport.Cloud.AMAZON)
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

  /** Google's, at another place. */
  private S3Transport google() {
    return new S3Transport(
        environment(), new S3Transport.Cloud("gs", server.uri().replace("/dump", ""), "auto"));
  }

  @Test
  void asksGoogleInTheSameWay() throws IOException {
    server.faults.add(
        FaultyServer.text(
            """
            <ListBucketResult><Contents><Key>a/vmcore</Key><Size>5</Size>
              <LastModified>2026-11-02T00:00:00.000Z</LastModified></Contents></ListBucketResult>
            """));
    assertThat(google().list(RemoteUri.parse("gs://crashes/a/"), OpenOptions.defaults()))
        .containsExactly(
            new RemoteFile("gs://crashes/a/vmcore", 5, Instant.parse("2026-11-02T00:00:00Z")));
    RemoteUri uri = RemoteUri.parse("gs://crashes/a b?c/vmcore");
    google().open(uri, Optional.empty(), OpenOptions.defaults()).close();
    assertThat(server.paths).containsExactly("/crashes/", "/crashes/a%20b%3Fc/vmcore");
    assertThat(server.authorizations)
        .allMatch(text -> text.contains("Credential=AKID/") && text.contains("/auto/s3/"));
  }

  @Test
  void doesNotTellGoogleOfARoleAtAmazon() throws IOException {
    System.setProperty("aws.sessionToken", "token-of-a-role");
    try {
      RemoteUri uri = RemoteUri.parse("gs://crashes/vmcore");
      google().open(uri, Optional.empty(), OpenOptions.defaults()).close();
    } finally {
      System.clearProperty("aws.sessionToken");
    }
    assertThat(server.authorizations).containsExactly("none");
  }

  private List<RemoteFile> list(String uri) throws IOException {
    return new S3Transport(environment(), S3Transport.Cloud.AMAZON)
        .list(RemoteUri.parse(uri), OpenOptions.defaults());
  }

  /** With the answers of Amazon's reference, shortened. */
  @Test
  void listsWhatBeginsAlikePageByPage() throws IOException {
    server.faults.add(
        FaultyServer.text(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>crashes</Name><Prefix>2026%20a/</Prefix><IsTruncated>true</IsTruncated>
              <Contents><Key>2026%20a/</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified>
                <Size>0</Size></Contents>
              <Contents><Key>2026%20a/one%2Btwo%3F%0A</Key>
                <LastModified>2026-11-01T00:00:01.000Z</LastModified>
                <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><Size>11</Size>
                <Owner><ID>7</ID></Owner></Contents>
              <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J=</NextContinuationToken>
            </ListBucketResult>
            """));
    server.faults.add(
        FaultyServer.text(
            """
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Contents><Key>2026%20a/vmcore</Key>
                <LastModified>2026-11-02T00:00:00.000Z</LastModified><Size>5</Size></Contents>
              <IsTruncated>false</IsTruncated>
            </ListBucketResult>
            """));
    assertThat(list("s3://crashes/2026 a/"))
        .containsExactly(
            new RemoteFile(
                "s3://crashes/2026 a/one+two?\n", 11, Instant.parse("2026-11-01T00:00:01Z")),
            new RemoteFile("s3://crashes/2026 a/vmcore", 5, Instant.parse("2026-11-02T00:00:00Z")));
    assertThat(server.paths).containsOnly("/crashes/");
    assertThat(server.queries)
        .containsExactly(
            "list-type=2&encoding-type=url&prefix=2026%20a%2F",
            "list-type=2&encoding-type=url&prefix=2026%20a%2F"
                + "&continuation-token=1ueGcxLPRx1Tr%2FXYExHnhbYLgveDs2J%3D");
    assertThat(server.authorizations).allMatch(text -> text.startsWith("AWS4-HMAC-SHA256"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no XML",
        "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>%zz</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM"
            + " 'file:///etc/passwd'>]><ListBucketResult>&e;</ListBucketResult>"
      })
  void refusesWhatIsNoList(String answer) {
    server.faults.add(FaultyServer.text(answer));
    assertThatThrownBy(() -> list("s3://crashes/a/"))
        .isInstanceOf(IOException.class)
        .hasMessage("s3://crashes/a/: the server's answer is no list of a bucket");
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
