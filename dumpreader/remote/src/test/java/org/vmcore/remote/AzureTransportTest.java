package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/** What goes to a server that speaks as Azure's does, and what comes of its answers. */
class AzureTransportTest {
  private static final String SECRET = "sv=2020-10-02&sp=r&sig=a%2Bb%2Fc%3D";

  /** The account and the key that Azure's emulator has and everybody knows. */
  private static final String NAME = "devstoreaccount1";

  private static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private FaultyServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FaultyServer(new byte[100_000]);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String endpoint() {
    return server.uri().replace("/dump", "/" + NAME);
  }

  private static Map<String, String> connection(String... parts) {
    return Map.of("AZURE_STORAGE_CONNECTION_STRING", String.join(";", parts));
  }

  private static DumpInput open(Map<String, String> environment, String uri) throws IOException {
    return new AzureTransport(environment)
        .open(RemoteUri.parse(uri), Optional.empty(), OpenOptions.defaults());
  }

  @Test
  void asksWithASharedAccessSignature() throws IOException {
    Map<String, String> environment =
        connection("BlobEndpoint=" + endpoint() + "/", "SharedAccessSignature=" + SECRET);
    try (DumpInput input = open(environment, "az://crashes/2026/a b+c?d%e/vmcore")) {
      assertThat(input.size()).isEqualTo(100_000);
      assertThat(input.name()).isEqualTo("az://crashes/2026/a b+c?...");
    }
    assertThat(server.paths)
        .containsExactly("/devstoreaccount1/crashes/2026/a%20b%2Bc%3Fd%25e/vmcore");
    assertThat(server.queries).containsExactly(SECRET);
    assertThat(server.authorizations).containsExactly("none");
  }

  @Test
  void asksWithTheAccountsKey() throws IOException {
    Map<String, String> environment =
        connection("AccountName=" + NAME, "AccountKey=" + KEY, "BlobEndpoint=" + endpoint());
    open(environment, "az://crashes/vmcore").close();
    assertThat(server.queries).containsExactly("null");
    assertThat(server.authorizations.get(0))
        .matches("SharedKey devstoreaccount1:[\\w+/]{43}=")
        .doesNotContain(KEY);
  }

  /**
   * What Microsoft's own library for JavaScript (@azure/storage-blob 12.32.0) makes of the same
   * requests.
   */
  @Test
  void signsAsAzuresLibraryDoes() throws IOException {
    AzureAccount account = new AzureAccount(NAME, "", "", KEY);
    Instant now = Instant.parse("2026-11-09T08:07:06Z");
    HttpRequest.Builder piece =
        HttpRequest.newBuilder(URI.create("https://a/crashes/a%20b/vmcore"))
            .header("Range", "bytes=0-524287");
    account.sign(URI.create("https://a/crashes/a%20b/vmcore"), piece, now);
    assertThat(piece.build().headers().firstValue("x-ms-date"))
        .contains("Mon, 09 Nov 2026 08:07:06 GMT");
    assertThat(piece.build().headers().firstValue("Authorization"))
        .contains("SharedKey devstoreaccount1:R6G0iu+UJxvVNULIMFqMb2mmPkxcZ0g4Xg9K3XIjdWE=");

    URI list = URI.create("https://a/crashes?restype=container&comp=list&prefix=2026%20a%2F");
    HttpRequest.Builder page = HttpRequest.newBuilder(list);
    account.sign(list, page, now);
    assertThat(page.build().headers().firstValue("Authorization"))
        .contains("SharedKey devstoreaccount1:8eBXCPePbxnsmZXq6IqmFUu59F+c4rdo5v13swq8MhM=");
  }

  /** With the answer of Microsoft's reference ("List Blobs"), shortened. */
  @Test
  void listsWhatBeginsAlikePageByPage() throws IOException {
    server.faults.add(
        FaultyServer.text(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <EnumerationResults ServiceEndpoint="http://myaccount.blob.core.windows.net/"
                ContainerName="crashes"><Prefix>2026 a/</Prefix><Blobs>
              <Blob><Name>2026 a/one+two%41&amp;</Name><Properties>
                  <Last-Modified>Mon, 09 Nov 2026 08:07:06 GMT</Last-Modified><Etag>0x8CBFF45</Etag>
                  <Content-Length>11</Content-Length><BlobType>BlockBlob</BlobType>
                </Properties><Metadata><Name>none</Name></Metadata></Blob>
            </Blobs><NextMarker>2!84!MDAwMDE4</NextMarker></EnumerationResults>
            """));
    server.faults.add(
        FaultyServer.text(
            """
            <EnumerationResults><Blobs><Blob><Name>2026 a/vmcore</Name><Properties>
              <Last-Modified>Tue, 10 Nov 2026 08:07:06 GMT</Last-Modified>
              <Content-Length>5</Content-Length></Properties></Blob></Blobs><NextMarker />
            </EnumerationResults>
            """));
    Map<String, String> environment =
        connection("BlobEndpoint=" + endpoint(), "SharedAccessSignature=" + SECRET);
    assertThat(
            new AzureTransport(environment)
                .list(RemoteUri.parse("az://crashes/2026 a/"), OpenOptions.defaults()))
        .containsExactly(
            new RemoteFile(
                "az://crashes/2026 a/one+two%41&", 11, Instant.parse("2026-11-09T08:07:06Z")),
            new RemoteFile("az://crashes/2026 a/vmcore", 5, Instant.parse("2026-11-10T08:07:06Z")));
    String query = SECRET + "&restype=container&comp=list&prefix=2026%20a%2F";
    assertThat(server.paths).containsOnly("/devstoreaccount1/crashes");
    assertThat(server.queries).containsExactly(query, query + "&marker=2%2184%21MDAwMDE4");
  }

  @Test
  void tellsNobodyElse() throws IOException {
    Map<String, String> signed =
        connection("BlobEndpoint=" + endpoint(), "SharedAccessSignature=" + SECRET);
    Map<String, String> keyed =
        connection("AccountName=" + NAME, "AccountKey=" + KEY, "BlobEndpoint=" + endpoint());
    try (FaultyServer other = new FaultyServer(new byte[10])) {
      for (Map<String, String> environment : List.of(signed, keyed)) {
        server.faults.add(FaultyServer.status(307, "Location", other.uri()));
        open(environment, "az://crashes/vmcore").close();
      }
      assertThat(other.queries).containsExactly("null", "null");
      assertThat(other.authorizations).containsExactly("none", "none");
    }
    Map<String, String> plain =
        connection("BlobEndpoint=http://blobs.example.com", "SharedAccessSignature=" + SECRET);
    assertThatThrownBy(() -> open(plain, "az://crashes/vmcore"))
        .hasMessage(
            "az://crashes/vmcore: a signature goes over https only; BlobEndpoint says http");
  }

  @Test
  void saysWhatIsMissingOrWrong() {
    assertThatThrownBy(() -> open(Map.of(), "az://crashes/vmcore"))
        .hasMessage(
            "az://crashes/vmcore: its account is in AZURE_STORAGE_ACCOUNT, and who asks in"
                + " AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY; or all of it in"
                + " AZURE_STORAGE_CONNECTION_STRING");
    Map<String, String> account = Map.of("AZURE_STORAGE_ACCOUNT", "crashstore");
    for (String uri : new String[] {"az://crashes", "az://Crash_es/vmcore"}) {
      assertThatThrownBy(() -> open(account, uri))
          .hasMessage(
              uri + ": is not az://CONTAINER/BLOB; the account is in AZURE_STORAGE_ACCOUNT");
    }
    Map<String, String> odd = connection("AccountName=a", "AccountKey=ä", "BlobEndpoint=http://b");
    assertThatThrownBy(() -> open(odd, "az://crashes/vmcore"))
        .hasMessage("the key of the account a is none: it is no Base64");
  }
}
