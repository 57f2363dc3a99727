package org.vmcore.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An initial RAM disk (cpio "newc", Linux Documentation/driver-api/early-userspace/
 * buffer-format.rst) with modules and an {@code /init} that loads them in their order and waits.
 */
final class InitialDisk {
  private static final int FILE = 0100644;
  private static final int PROGRAM = 0100755;

  /** Where the program is loaded, headers and all, and how long these are. */
  private static final int LOADED = 0x400000;

  private static final int HEADERS = 64 + 56;

  /** Numbers of arch/x86/entry/syscalls/syscall_64.tbl. */
  private static final int SYS_OPEN = 2;

  private static final int SYS_PAUSE = 34;
  private static final int SYS_FINIT_MODULE = 313;

  private final ByteArrayOutputStream archive = new ByteArrayOutputStream();

  static byte[] withModules(Path directory, List<String> names) throws IOException {
    InitialDisk disk = new InitialDisk();
    disk.add("init", PROGRAM, init(names));
    for (String name : names) {
      disk.add(name, FILE, Files.readAllBytes(directory.resolve(name)));
    }
    disk.add("TRAILER!!!", 0, new byte[0]);
    return disk.archive.toByteArray();
  }

  private void add(String name, int mode, byte[] content) {
    StringBuilder header = new StringBuilder("070701");
    int[] fields = {0, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
    for (int field : fields) {
      header.append("%08x".formatted(field));
    }
    archive.writeBytes((header + name + "\0").getBytes(StandardCharsets.US_ASCII));
    align();
    archive.writeBytes(content);
    align();
  }

  private void align() {
    while (archive.size() % 4 != 0) {
      archive.write(0);
    }
  }

  /** An ELF file of one segment. */
  private static byte[] init(List<String> modules) {
    ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    int codeSize = modules.size() * 30 + 9;
    int noParameters = LOADED + HEADERS + codeSize;
    file.position(HEADERS);
    int name = noParameters + 1;
    for (String module : modules) {
      put(file, 0xbf).putInt(name); // mov edi, name
      put(file, 0x31, 0xf6, 0xb8).putInt(SYS_OPEN); // xor esi, esi (O_RDONLY); mov eax
      put(file, 0x0f, 0x05, 0x89, 0xc7, 0xbe)
          .putInt(noParameters); // syscall; mov edi, eax; mov esi
      put(file, 0x31, 0xd2, 0xb8).putInt(SYS_FINIT_MODULE); // xor edx, edx (no flags); mov eax
      put(file, 0x0f, 0x05); // syscall
      name += module.length() + 2;
    }
    put(file, 0xb8).putInt(SYS_PAUSE);
    put(file, 0x0f, 0x05, 0xeb, 0xf7); // syscall, again and again
    file.put((byte) 0);
    for (String module : modules) {
      file.put(("/" + module + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    int size = file.position();
    file.position(0);
    put(file, 0x7f, 'E', 'L', 'F', 2, 1, 1).position(16);
    // e_type EXEC, e_machine X86_64, e_version, e_entry, e_phoff, e_shoff, e_flags
    file.putShort((short) 2).putShort((short) 62).putInt(1).putLong(LOADED + HEADERS);
    file.putLong(64).putLong(0).putInt(0);
    // e_ehsize, e_phentsize, e_phnum
    file.putShort((short) 64).putShort((short) 56).putShort((short) 1).position(64);
    // PT_LOAD, readable and executable
    file.putInt(1).putInt(5).putLong(0).putLong(LOADED).putLong(LOADED);
    file.putLong(size).putLong(size).putLong(4096);
    return Arrays.copyOf(file.array(), size);
  }

  private static ByteBuffer put(ByteBuffer file, int... values) {
    for (int value : values) {
      file.put((byte) value);
    }
    return file;
  }
}
