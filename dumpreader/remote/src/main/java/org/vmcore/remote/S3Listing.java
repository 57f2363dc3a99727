package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * The objects of a bucket whose keys begin alike, page by page (Amazon S3 API Reference,
 * "ListObjectsV2").
 */
final class S3Listing {
  /** A page has a thousand keys of at most 1024 bytes each. */
  private static final long LARGEST_PAGE = 16L << 20;

  /** More than anybody examines at once; a server may say for ever that there is more. */
  private static final int MOST_OBJECTS = 1_000_000;

  private static final int OK = 200;

  private final RemoteUri prefix;
  private final URI bucket;
  private final HttpExchange exchange;
  private final List<RemoteFile> files = new ArrayList<>();

  /** Where the next page begins; empty at the end. */
  private String next = "";

  /**
   * @param prefix what a user wrote, {@code s3://bucket/prefix/}
   * @param bucket at its server
   * @param exchange for any URI of that server
   */
  S3Listing(RemoteUri prefix, URI bucket, HttpExchange exchange) {
    this.prefix = prefix;
    this.bucket = bucket;
    this.exchange = exchange;
  }

  List<RemoteFile> all(Progress progress) throws IOException {
    String task = "listing " + prefix.shown();
    do {
      progress.update(task, files.size(), files.size() + 1L);
      readPage(page());
      if (files.size() > MOST_OBJECTS) {
        throw new IOException(
            "%s: more than %d objects; name a longer prefix"
                .formatted(prefix.shown(), MOST_OBJECTS));
      }
    } while (!next.isEmpty());
    progress.update(task, 1, 1);
    return files;
  }

  private byte[] page() throws IOException {
    String query =
        "?list-type=2&encoding-type=url&prefix="
            + encoded(prefix.uri().getPath().substring(1))
            + (next.isEmpty() ? "" : "&continuation-token=" + encoded(next));
    RemoteUri page = new RemoteUri(URI.create(bucket + query), prefix.shown());
    HttpExchange here = exchange.of(page);
    return Retries.usual()
        .run(
            () -> {
              ByteArrayOutputStream bytes = new ByteArrayOutputStream();
              HttpExchange.Answer answer =
                  here.get(
                      request -> {},
                      (status, headers) ->
                          status == OK ? LimitedBody.into(bytes, LARGEST_PAGE) : LimitedBody.none(),
                      new Traffic());
              if (answer.status() != OK) {
                throw new IOException(here.failure(answer));
              }
              return bytes.toByteArray();
            },
            new Traffic());
  }

  /** As the signature wants it (RFC 3986, "Unreserved Characters"). */
  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private void readPage(byte[] xml) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    next = "";
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml));
      Map<String, String> object = new HashMap<>();
      String element = "";
      boolean whole = false;
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> element = reader.getLocalName();
          case XMLStreamConstants.CHARACTERS -> {
            if (element.equals("NextContinuationToken")) {
              next = reader.getText();
            }
            object.put(element, reader.getText());
            element = "";
          }
          case XMLStreamConstants.END_ELEMENT -> {
            element = "";
            if (reader.getLocalName().equals("Contents")) {
              add(object);
              object.clear();
            }
            whole |= reader.getLocalName().equals("ListBucketResult");
          }
          default -> {}
        }
      }
      if (!whole) {
        throw new XMLStreamException("no ListBucketResult");
      }
    } catch (XMLStreamException | IllegalArgumentException | DateTimeException e) {
      throw new IOException(prefix.shown() + ": the server's answer is no list of a bucket", e);
    }
  }

  /** Names that end in a slash stand for directories. */
  private void add(Map<String, String> object) {
    String key = URLDecoder.decode(object.getOrDefault("Key", ""), UTF_8);
    long size = Long.parseLong(object.getOrDefault("Size", "0"));
    if (!key.isEmpty() && !key.endsWith("/") && size > 0) {
      Instant modified = Instant.parse(object.getOrDefault("LastModified", ""));
      files.add(
          new RemoteFile("s3://" + prefix.uri().getRawAuthority() + "/" + key, size, modified));
    }
  }
}
