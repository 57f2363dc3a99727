package org.vmcore.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.RemoteFile;
import org.vmcore.dumpreader.api.RemoteFiles;

/** Remote files, by the scheme of their URI. */
public final class RemoteDumps implements RemoteFiles {
  private static final int COPIED_AT_ONCE = 1 << 20;

  private final Map<String, String> environment;
  private final List<Transport> transports;

  /** For the service loader. */
  public RemoteDumps() {
    this(System.getenv());
  }

  /** With what the environment says of caches and credentials. */
  RemoteDumps(Map<String, String> environment) {
    this.environment = environment;
    this.transports =
        List.of(
            new HttpTransport(environment),
            new S3Transport(environment, S3Transport.Cloud.AMAZON),
            new S3Transport(environment, S3Transport.Cloud.GOOGLE),
            new AzureTransport(environment),
            new SftpTransport(environment));
  }

  @Override
  public DumpInput open(String text, boolean keep, OpenOptions options) throws IOException {
    RemoteUri uri = RemoteUri.parse(text);
    Optional<RemoteCache> cache = keep ? RemoteCache.of(environment) : Optional.empty();
    return transport(uri).open(uri, cache, options);
  }

  @Override
  public List<RemoteFile> list(String text, OpenOptions options) throws IOException {
    RemoteUri uri = RemoteUri.parse(text);
    return transport(uri).list(uri, options).stream()
        .sorted(Comparator.comparing(RemoteFile::uri))
        .toList();
  }

  private Transport transport(RemoteUri uri) throws IOException {
    for (Transport transport : transports) {
      if (transport.schemes().contains(uri.scheme())) {
        return transport;
      }
    }
    throw new IOException(uri.shown() + ": " + uri.scheme() + " cannot be read; copy it to a file");
  }

  @Override
  public Path fetch(String text, boolean keep, OpenOptions options) throws IOException {
    RemoteUri uri = RemoteUri.parse(text);
    Optional<RemoteCache> cache = keep ? RemoteCache.of(environment) : Optional.empty();
    // Not kept twice, as blocks too.
    try (DumpInput input = open(text, false, options)) {
      Optional<String> version =
          input instanceof RemoteInput remote ? remote.version() : Optional.empty();
      if (cache.isPresent() && version.isPresent()) {
        Path file = cache.get().file(text, version.get(), input.size(), uri.fileName());
        if (!Files.exists(file)) {
          Path part =
              Files.createTempFile(file.getParent(), "part", "", RemoteCache.OWNER_ONLY_FILE);
          try {
            copy(input, part, options.progress());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(part);
          }
        }
        return file;
      }
      Path folder = Files.createTempDirectory(options.temporaryDirectory(), "vmcore-gdbserver-");
      Path file = folder.resolve(uri.fileName());
      folder.toFile().deleteOnExit();
      file.toFile().deleteOnExit();
      Files.createFile(file, RemoteCache.OWNER_ONLY_FILE);
      copy(input, file, options.progress());
      return file;
    }
  }

  private static void copy(DumpInput input, Path to, Progress progress) throws IOException {
    String task = "fetching " + input.name();
    byte[] some = new byte[COPIED_AT_ONCE];
    try (FileChannel out = FileChannel.open(to, Set.of(StandardOpenOption.WRITE))) {
      for (long done = 0; done < input.size(); ) {
        progress.update(task, done, input.size());
        int got = input.read(done, some, 0, some.length);
        ByteBuffer bytes = ByteBuffer.wrap(some, 0, got);
        while (bytes.hasRemaining()) {
          out.write(bytes, done + bytes.position());
        }
        done += got;
      }
      progress.update(task, input.size(), input.size());
    }
  }
}
