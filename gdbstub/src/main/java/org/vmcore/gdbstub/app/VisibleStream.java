package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import org.vmcore.gdbstub.Visible;

/**
 * Text in UTF-8 on its way to where it may be seen: all but lines and tabs that a terminal would
 * obey is made visible.
 */
final class VisibleStream extends OutputStream {
  private final OutputStream out;
  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** The first bytes of a character whose last have not come yet. */
  private ByteBuffer begun = ByteBuffer.allocate(0);

  VisibleStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int length) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(begun.remaining() + length);
    in.put(begun).put(bytes, from, length).flip();
    CharBuffer text = CharBuffer.allocate(in.remaining());
    decoder.decode(in, text, false);
    begun = in.slice();
    out.write(Visible.lines(text.flip().toString()).getBytes(UTF_8));
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
