package org.vmcore.gdbstub.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * The configuration that a kernel with CONFIG_IKCONFIG carries (Linux kernel/configs.c): a gzip
 * file between {@code kernel_config_data} and {@code kernel_config_data_end}, before 5.1 (commit
 * 13610aa908dc, "kernel/configs: use .incbin directive to embed config_data.gz") in an array with
 * the marks IKCFG_ST and IKCFG_ED around it.
 */
public final class KernelConfig {
  private static final int MAX_PACKED = 4 << 20;
  private static final int MAX_TEXT = 16 << 20;
  private static final String MARK = "IKCFG_ST";

  private KernelConfig() {}

  /** Its text. */
  public static String read(LinuxKernel kernel) throws KernelReadException {
    Long start = kernel.address("kernel_config_data").orElse(null);
    if (start == null) {
      throw new KernelReadException(
          Reason.ABSENT, "the kernel was built without CONFIG_IKCONFIG, or its data has no names");
    }
    long end = kernel.address("kernel_config_data_end").orElse(start + MAX_PACKED);
    long length = Math.min(Math.max(end - start, 0), MAX_PACKED);
    byte[] bytes = kernel.memory().upTo(start, (int) length);
    boolean marked = kernel.memory().text(start, MARK.length()).equals(MARK);
    int from = marked ? MARK.length() : 0;
    try (GZIPInputStream unpacked =
        new GZIPInputStream(new ByteArrayInputStream(bytes, from, bytes.length - from))) {
      return new String(unpacked.readNBytes(MAX_TEXT), UTF_8);
    } catch (IOException e) {
      throw new KernelReadException(
          Reason.UNREADABLE, "kernel_config_data at %#x: %s".formatted(start, e.getMessage()));
    }
  }
}
