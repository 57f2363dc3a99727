package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;

/**
 * The corpus' kernel with BTF, alive under QEMU, whose gdbstub listens on a socket. It has loaded
 * modules; what {@code crashme} says of its own memory is on the console.
 */
final class LiveKernel implements AutoCloseable {
  private static final int MEMORY_MIB = 128;

  /** In nobody's way: the kernel ends below 64 MiB. */
  private static final int DISK = 96 << 20;

  /** Each after those that it needs. */
  private static final List<String> MODULES =
      List.of(
          "zsmalloc.ko",
          "lzo_compress.ko",
          "crypto_acompress.ko",
          "lzo.ko",
          "lzo-rle.ko",
          "loop.ko",
          "dummy.ko",
          "crashme.ko");

  /** The last that crashme says when it is loaded. */
  private static final Pattern LOADED = Pattern.compile("GT l5=\\d");

  private final Program qemu;
  private final Path socket;

  private LiveKernel(Program qemu, Path socket) {
    this.qemu = qemu;
    this.socket = socket;
  }

  /** Boots it, which takes seconds; skips the test without QEMU or corpus. */
  static LiveKernel boot(CorpusDump kernel, Path directory) throws IOException {
    assumeTrue(Command.isInstalled("qemu-system-x86_64"), "qemu-system-x86_64 is not installed");
    Path vmlinux = kernel.vmlinux();
    byte[] initialDisk = InitialDisk.withModules(kernel.modules(), MODULES);
    Path disk = Files.write(directory.resolve("initrd"), initialDisk);
    byte[] image =
        BootImage.of(
            entry(vmlinux),
            MEMORY_MIB << 20,
            DISK,
            initialDisk.length,
            "console=ttyS0 rdinit=/init loglevel=7");
    Path boot = Files.write(directory.resolve("boot"), image);
    Path socket = directory.resolve("gdb");
    Program qemu =
        Program.command(
            List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg,thread=multi",
                "-cpu",
                "max",
                "-smp",
                "2",
                "-m",
                MEMORY_MIB + "M",
                "-nodefaults",
                "-display",
                "none",
                "-no-reboot",
                "-serial",
                "stdio",
                "-kernel",
                boot.toString(),
                "-device",
                "loader,file=" + vmlinux,
                "-device",
                "loader,file=%s,addr=%#x,force-raw=on".formatted(disk, DISK),
                "-chardev",
                "socket,id=gdb,server=on,wait=off,path=" + socket,
                "-gdb",
                "chardev:gdb"));
    qemu.awaitOutput(LOADED);
    return new LiveKernel(qemu, socket);
  }

  /** The kernel's own boot code lies where the file says, physically: it maps itself later. */
  private static int entry(Path vmlinux) throws IOException {
    try (FileChannel file = FileChannel.open(vmlinux)) {
      ByteBuffer field = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      file.read(field, 24); // e_entry
      return Math.toIntExact(field.getLong(0));
    }
  }

  /** What gdb connects to. */
  Path address() {
    return socket;
  }

  /** What the kernel has printed. */
  String console() {
    return qemu.output();
  }

  @Override
  public void close() {
    qemu.close();
  }
}
