package org.vmcore.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the single jar a program: with the launcher at its head it is a shell script, which starts
 * it as that of a checkout does, and with its offsets moved by as much it is the jar that it was.
 * Run as {@code SingleJar JAR LAUNCHER PLACE OUT}, where PLACE is what the launcher has to have in
 * place of the lines that tell where it is installed.
 */
final class SingleJar {
  // APPNOTE.TXT, .ZIP File Format Specification, 4.3.12 and 4.3.16.
  private static final int END = 0x06054b50;
  private static final int END_SIZE = 22;
  private static final int END_ENTRIES = 10;
  private static final int END_DIRECTORY = 16;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_SIZE = 46;
  private static final int ENTRY_NAME_LENGTH = 28;
  private static final int ENTRY_EXTRA_LENGTH = 30;
  private static final int ENTRY_COMMENT_LENGTH = 32;
  private static final int ENTRY_OFFSET = 42;

  /** What a field has that is too small, so that the value is elsewhere (4.3.14, ZIP64). */
  private static final int ELSEWHERE = -1;

  private static final Pattern SOURCED = Pattern.compile("(?m)^\\. \"[$]bin/(\\w+[.]sh)\"\n");
  private static final Pattern PLACE = Pattern.compile("(?ms)^root=.*?^# Up to here[.]\n");

  private SingleJar() {}

  public static void main(String[] arguments) throws IOException {
    Path out = Path.of(arguments[3]);
    String head = head(Path.of(arguments[1]), Files.readString(Path.of(arguments[2])));
    try (OutputStream stream = Files.newOutputStream(out)) {
      stream.write(withHead(head.getBytes(UTF_8), Files.readAllBytes(Path.of(arguments[0]))));
    }
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The launcher in one piece. */
  static String head(Path launcher, String place) throws IOException {
    Matcher installed = PLACE.matcher(Files.readString(launcher));
    if (!installed.find()) {
      throw new IOException(launcher + ": no lines from root= to '# Up to here.'");
    }
    String script = installed.replaceFirst(Matcher.quoteReplacement(place));
    for (MatchResult sourced : SOURCED.matcher(script).results().toList()) {
      String text = Files.readString(launcher.resolveSibling(sourced.group(1)));
      script = script.replace(sourced.group(), text);
    }
    return script;
  }

  /** A jar behind as many bytes as are in {@code head}. */
  static byte[] withHead(byte[] head, byte[] jar) throws IOException {
    ByteBuffer moved = ByteBuffer.wrap(jar.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int end = end(moved);
    int entry = offset(moved, end + END_DIRECTORY);
    moved.putInt(end + END_DIRECTORY, Math.addExact(entry, head.length));
    for (int left = moved.getChar(end + END_ENTRIES); left > 0; left--) {
      if (moved.getInt(entry) != ENTRY) {
        throw new IOException("no entry of the jar's directory at %#x".formatted(entry));
      }
      int local = offset(moved, entry + ENTRY_OFFSET);
      moved.putInt(entry + ENTRY_OFFSET, Math.addExact(local, head.length));
      entry +=
          ENTRY_SIZE
              + moved.getChar(entry + ENTRY_NAME_LENGTH)
              + moved.getChar(entry + ENTRY_EXTRA_LENGTH)
              + moved.getChar(entry + ENTRY_COMMENT_LENGTH);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(head.length + jar.length);
    out.write(head);
    out.write(moved.array());
    return out.toByteArray();
  }

  private static int end(ByteBuffer jar) throws IOException {
    for (int end = jar.limit() - END_SIZE; end >= 0; end--) {
      if (jar.getInt(end) == END) {
        return end;
      }
    }
    throw new IOException("this is no jar: it has no directory");
  }

  private static int offset(ByteBuffer jar, int field) throws IOException {
    int offset = jar.getInt(field);
    if (offset == ELSEWHERE) {
      throw new IOException("a jar of more than 4 GiB or 65535 entries");
    }
    return offset;
  }
}
