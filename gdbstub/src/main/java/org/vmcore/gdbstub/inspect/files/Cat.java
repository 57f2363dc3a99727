package org.vmcore.gdbstub.inspect.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.Nearest;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.fs.PathLookup;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cat}: a file out of the page cache, which crash has no command for. */
@Command(
    name = "cat",
    description = "Print a file out of the page cache.",
    footer =
        """
        What the kernel had of the file in its page cache, as far as the dump has those pages:
        makedumpfile leaves them out with its levels 2, 4 and their sums, such as 31. What is missing
        is told, and zeros in its place where the bytes go to a program or a file, which get them
        exactly; a terminal and a debugger get what can be shown. An INODE is what 'files' shows, also
        of files that are deleted.
        """)
public final class Cat extends BytesQuery<Cat.Answer> {
  /** Of a piece of zeros that is written. */
  private static final int ZEROS = 64 << 10;

  /** Longest target of a symbolic link: PATH_MAX. */
  private static final int MAX_LINK = 4096;

  @Parameters(
      paramLabel = "PATH|INODE",
      hideParamSyntax = true,
      description = "An absolute path, or the address of a struct inode.")
  private String file = "";

  @Option(
      names = "-n",
      paramLabel = "PID|TASK",
      description = "The path as this task names it, such as one of a container.")
  private @Nullable String number;

  @Option(names = "-o", paramLabel = "FILE", description = "Write the bytes to this file.")
  private @Nullable String output;

  /**
   * A file's content.
   *
   * @param inode address of its {@code struct inode}
   * @param path of it, where it was asked for by that
   * @param bytes length of the file
   * @param pieces in order, without gaps
   */
  record Answer(@Hex long inode, Optional<String> path, long bytes, Rows<Piece> pieces) {}

  /**
   * A part of the file.
   *
   * @param kind data, zeros or missing
   * @param why it is missing, if it is
   * @param base64 the data, if there is
   */
  record Piece(
      long offset, long bytes, String kind, Optional<String> why, Optional<String> base64) {
    static Piece of(CachedContent.Piece piece) {
      return new Piece(
          piece.offset(),
          piece.bytes(),
          piece.kind().name().toLowerCase(Locale.ROOT),
          Optional.ofNullable(piece.why()),
          piece.kind() == CachedContent.Kind.DATA
              ? Optional.of(Base64.getEncoder().encodeToString(piece.data()))
              : Optional.empty());
    }

    byte[] data() {
      return Base64.getDecoder().decode(base64.orElse(""));
    }
  }

  @Override
  public Optional<String> output() {
    return Optional.ofNullable(output);
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    KernelObject inode;
    Optional<String> path = Optional.empty();
    if (file.startsWith("/")) {
      PathLookup.Found found = found(call);
      inode = found.entry().member("d_inode").dereference();
      path = Optional.of(found.path());
    } else {
      inode = call.typed().object("struct inode", HexAddress.parse(file));
    }
    String type = OpenFiles.type(inode.value("i_mode"));
    if (!type.equals("REG")) {
      throw NoAnswerException.notThere(
          "%s is no regular file but of type %s".formatted(file, type));
    }
    CachedContent content = CachedContent.of(call, inode);
    Rows<Piece> pieces =
        Rows.of(
            call,
            out -> {
              content.forEach(piece -> out.accept(Piece.of(piece)));
              if (content.missing() > 0) {
                call.notes()
                    .incomplete(
                        "%d of %d bytes are not there"
                            .formatted(content.missing(), content.size()));
              }
            });
    return new Answer(inode.address(), path, content.size(), pieces);
  }

  private PathLookup.Found found(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    PathLookup.Links links =
        inode -> {
          try {
            return link(CachedContent.of(call, inode));
          } catch (MissingFactException e) {
            return Optional.empty();
          }
        };
    PathLookup.Found found;
    if (number == null) {
      KernelObject first = call.typed().variable("init_task", "struct task_struct");
      found = PathLookup.find(call.typed(), first, file, links);
    } else {
      Task named = new TaskFinder(call).byNumber(Optional.of(number));
      KernelObject task = call.machine().tasks().list().object(named);
      found = PathLookup.findAs(call.typed(), task, file, links);
    }
    if (found.missing().isPresent()) {
      String missing = found.missing().get();
      throw NoAnswerException.notThere(
          "no name '%s' is in memory in %s%s"
              .formatted(
                  missing,
                  found.path(),
                  Nearest.of(missing, found.known())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("")));
    }
    return found;
  }

  /** Of a symbolic link that is too long for its inode, the content is where it leads. */
  private static Optional<String> link(CachedContent content) {
    StringBuilder target = new StringBuilder();
    if (content.size() <= MAX_LINK) {
      content.forEach(piece -> target.append(new String(piece.data(), ISO_8859_1)));
    }
    return target.length() == content.size() ? Optional.of(target.toString()) : Optional.empty();
  }

  @Override
  public void print(Answer answer, Text out) {
    int unused =
        answer
            .pieces()
            .forEach(
                piece -> {
                  if (piece.base64().isPresent()) {
                    out.lay(new String(piece.data(), ISO_8859_1));
                  } else {
                    out.print(
                        "\n(%d bytes at %d: %s)\n",
                        piece.bytes(), piece.offset(), piece.why().orElse("zeros"));
                  }
                });
  }

  @Override
  public void write(Answer answer, OutputStream out) throws IOException {
    byte[] zeros = new byte[ZEROS];
    try {
      int unused =
          answer
              .pieces()
              .forEach(
                  piece -> {
                    try {
                      out.write(piece.data());
                      for (long left = piece.base64().isPresent() ? 0 : piece.bytes(); left > 0; ) {
                        int length = (int) Math.min(left, zeros.length);
                        out.write(zeros, 0, length);
                        left -= length;
                      }
                    } catch (IOException e) {
                      throw new WriteFailed(e);
                    }
                  });
    } catch (WriteFailed e) {
      throw e.failure;
    }
  }

  /** Takes a failure to write through those who hand on records, who throw nothing. */
  private static final class WriteFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final IOException failure;

    WriteFailed(IOException failure) {
      super(failure);
      this.failure = failure;
    }
  }
}
