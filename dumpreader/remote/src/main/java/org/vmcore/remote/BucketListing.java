package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteFile;

/** The objects of a bucket whose keys begin alike, page by page. */
final class BucketListing {
  /** A page has some thousand keys of at most 1024 bytes each. */
  private static final long LARGEST_PAGE = 64L << 20;

  /** More than anybody examines at once; a server may say for ever that there is more. */
  private static final int MOST_OBJECTS = 1_000_000;

  private static final int OK = 200;

  /**
   * How a cloud's lists look: XML with an element for each object.
   *
   * @param query that asks for a list, but for what the keys begin with
   * @param whereNext the parameter that says where a page begins
   * @param root the element that is all of an answer
   * @param next the element that says where the next page begins
   * @param object the element that is an object; in it are the others
   * @param keys how keys are understood
   * @param times how times are
   */
  record Form(
      String query,
      String whereNext,
      String root,
      String next,
      String object,
      String key,
      UnaryOperator<String> keys,
      String size,
      String modified,
      Function<String, Instant> times) {}

  private final RemoteUri prefix;
  private final URI bucket;
  private final HttpExchange exchange;
  private final Form form;
  private final List<RemoteFile> files = new ArrayList<>();

  /** Where the next page begins; empty at the end. */
  private String next = "";

  /**
   * @param prefix what a user wrote, such as {@code s3://bucket/prefix/}
   * @param bucket at its server
   * @param exchange for any URI of that server
   */
  BucketListing(RemoteUri prefix, URI bucket, HttpExchange exchange, Form form) {
    this.prefix = prefix;
    this.bucket = bucket;
    this.exchange = exchange;
    this.form = form;
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
        (bucket.getRawQuery() == null ? "?" : "&")
            + form.query()
            + "&prefix="
            + encoded(prefix.uri().getPath().substring(1))
            + (next.isEmpty() ? "" : "&" + form.whereNext() + "=" + encoded(next));
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
            if (element.equals(form.next())) {
              next = reader.getText();
            }
            object.putIfAbsent(element, reader.getText());
            element = "";
          }
          case XMLStreamConstants.END_ELEMENT -> {
            element = "";
            if (reader.getLocalName().equals(form.object())) {
              add(object);
              object.clear();
            }
            whole |= reader.getLocalName().equals(form.root());
          }
          default -> {}
        }
      }
      if (!whole) {
        throw new XMLStreamException("no " + form.root());
      }
    } catch (XMLStreamException | IllegalArgumentException | DateTimeException e) {
      throw new IOException(prefix.shown() + ": the server's answer is no list of a bucket", e);
    }
  }

  /** Names that end in a slash stand for directories. */
  private void add(Map<String, String> object) {
    String key = form.keys().apply(object.getOrDefault(form.key(), ""));
    long size = Long.parseLong(object.getOrDefault(form.size(), "0"));
    if (!key.isEmpty() && !key.endsWith("/") && size > 0) {
      Instant modified = form.times().apply(object.getOrDefault(form.modified(), ""));
      files.add(
          new RemoteFile(
              prefix.scheme() + "://" + prefix.uri().getRawAuthority() + "/" + key,
              size,
              modified));
    }
  }
}
