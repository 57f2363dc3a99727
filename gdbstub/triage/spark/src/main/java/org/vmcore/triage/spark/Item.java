package org.vmcore.triage.spark;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.triage.Source;

/**
 * A source as it travels to where it is examined.
 *
 * @param path as text, which names a file there as here, or is a URI
 * @param state null of one that nobody has looked at: a URI that was named
 */
record Item(String path, boolean found, @Nullable String refusal, @Nullable State state)
    implements Serializable {

  /** What was seen of it. */
  record State(long size, long modifiedMillis) implements Serializable {}

  static Item of(Source source) {
    boolean remote = RemoteName.of(source.path()).isPresent();
    return new Item(
        (remote ? source.path() : source.path().toAbsolutePath()).toString(),
        source.found(),
        source.refusal().orElse(null),
        source.state().map(s -> new State(s.size(), s.modifiedMillis())).orElse(null));
  }

  Source source() {
    return new Source(
        Path.of(path),
        found,
        Optional.ofNullable(refusal),
        Optional.ofNullable(state).map(s -> new Source.State(s.size(), s.modifiedMillis())));
  }
}
