package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.Target.OfferedFile;

/**
 * Files that the target offers (GDB manual, "Host I/O Packets"). A name is compared with those of
 * the offered files and is never looked up on any disk.
 *
 * <pre>
 *   vFile:setfs:PID
 *   vFile:open:NAME,FLAGS,MODE      NAME in hexadecimal
 *   vFile:pread:FD,COUNT,OFFSET
 *   vFile:fstat:FD                  struct stat of the File-I/O protocol
 *   vFile:stat:NAME                 the same
 *   vFile:lstat:NAME                the same
 *   vFile:close:FD
 *   vFile:readlink:NAME             as there are in /proc
 *   reply = 'F' RESULT [',' ERRNO] [';' binary]
 *
 *   > vFile:open:2f766d6c696e7578,0,0
 *   < F0
 *   > vFile:pread:0,3fff,0
 *   < F3fff;\x7fELF...
 *   > vFile:open:2f6574632f706173737764,0,0
 *   < F-1,2
 * </pre>
 */
final class HostFiles implements PacketFamily {
  private static final Logger log = LoggerFactory.getLogger(HostFiles.class);

  /** Bytes of struct stat (GDB manual, "struct stat"), big-endian. */
  private static final int STAT_BYTES = 64;

  /** S_IFREG and read permission for all. */
  private static final int REGULAR_READ_ONLY = 0100444;

  private static final int BLOCK = 512;

  // GDB manual, "Errno Values".
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int EINVAL = 22;
  private static final int EMFILE = 24;
  private static final int EROFS = 30;
  private static final int EUNKNOWN = 9999;

  /** The files that one debugger has open, by descriptor. */
  static final class Open {
    /** gdb has a handful of files open at a time. */
    private static final int MOST = 64;

    private final @Nullable OfferedFile[] files = new OfferedFile[MOST];

    /** The new descriptor, or -1 when there are too many. */
    int add(OfferedFile file) {
      for (int i = 0; i < MOST; i++) {
        if (files[i] == null) {
          files[i] = file;
          return i;
        }
      }
      return -1;
    }

    @Nullable OfferedFile get(int descriptor) {
      return descriptor >= 0 && descriptor < MOST ? files[descriptor] : null;
    }

    void remove(int descriptor) {
      files[descriptor] = null;
    }
  }

  @Override
  public void register(PacketTable table) {
    table.prefix("vFile:setfs:", HostFiles::setFileSystem);
    table.prefix("vFile:open:", HostFiles::open);
    table.prefix("vFile:pread:", HostFiles::read);
    table.prefix("vFile:fstat:", HostFiles::statOpen);
    table.prefix("vFile:stat:", HostFiles::stat);
    table.prefix("vFile:lstat:", HostFiles::stat);
    table.prefix("vFile:close:", HostFiles::close);
    table.prefix("vFile:readlink:", HostFiles::readLink);
    table.prefix("vFile:pwrite:", (session, packet, reply) -> fail(reply, EROFS));
    table.prefix("vFile:unlink:", (session, packet, reply) -> fail(reply, EROFS));
  }

  private static void fail(Reply reply, int errno) {
    reply.text("F-1,").number(errno);
  }

  private static String name(String hexName) throws MalformedPacketException {
    return new String(new Packet(hexName.getBytes(UTF_8), hexName.length()).restHex(), UTF_8);
  }

  private static Optional<OfferedFile> file(Session session, String name) {
    return session.fileSystem().file(name);
  }

  /** Every inferior has files of its own; 0 is the selected one. */
  private static void setFileSystem(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    session.setFileSystem(packet.hex());
    session.fileSystem().awaitFiles();
    reply.text("F0");
  }

  private static void open(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    session.fileSystem().awaitFiles();
    Optional<OfferedFile> file = file(session, name(packet.textUntil(',')));
    long flags = packet.hex();
    packet.expect(',');
    packet.hex();
    packet.expectEnd();
    if (file.isEmpty()) {
      fail(reply, ENOENT);
    } else if (flags != 0) {
      fail(reply, EROFS);
    } else {
      int descriptor = session.openFiles().add(file.get());
      if (descriptor < 0) {
        fail(reply, EMFILE);
      } else {
        reply.text("F").number(descriptor);
      }
    }
  }

  private static void read(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    OfferedFile file = session.openFiles().get(packet.length());
    packet.expect(',');
    int count = Math.min(packet.length(), session.limits().packetSize());
    packet.expect(',');
    long offset = packet.hex();
    packet.expectEnd();
    if (file == null) {
      fail(reply, EBADF);
      return;
    }
    try {
      byte[] data = session.scratch(count);
      int got = offset < 0 ? 0 : file.read(offset, data, 0, count);
      reply.text("F").number(got).text(";").binary(data, 0, got);
    } catch (IOException e) {
      log.warn("{}: {}", file.name(), e.getMessage());
      fail(reply, EUNKNOWN);
    }
  }

  private static void statOpen(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    OfferedFile file = session.openFiles().get(packet.length());
    packet.expectEnd();
    if (file == null) {
      fail(reply, EBADF);
    } else {
      writeStat(file, reply);
    }
  }

  private static void stat(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    Optional<OfferedFile> file = file(session, name(packet.rest()));
    if (file.isEmpty()) {
      fail(reply, ENOENT);
    } else {
      writeStat(file.get(), reply);
    }
  }

  private static void writeStat(OfferedFile file, Reply reply) {
    try {
      long size = file.size();
      ByteBuffer stat = ByteBuffer.allocate(STAT_BYTES);
      stat.putInt(8, REGULAR_READ_ONLY).putInt(12, 1).putLong(28, size);
      stat.putLong(36, BLOCK).putLong(44, (size + BLOCK - 1) / BLOCK);
      reply.text("F").number(STAT_BYTES).text(";").binary(stat.array());
    } catch (IOException e) {
      log.warn("{}: {}", file.name(), e.getMessage());
      fail(reply, EUNKNOWN);
    }
  }

  private static void close(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    int descriptor = packet.length();
    packet.expectEnd();
    if (session.openFiles().get(descriptor) == null) {
      fail(reply, EBADF);
    } else {
      session.openFiles().remove(descriptor);
      reply.text("F0");
    }
  }

  private static void readLink(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    String name = name(packet.rest());
    Optional<String> target = session.fileSystem().link(name);
    if (target.isPresent()) {
      byte[] path = target.get().getBytes(UTF_8);
      reply.text("F").number(path.length).text(";").binary(path);
    } else {
      fail(reply, file(session, name).isPresent() ? EINVAL : ENOENT);
    }
  }
}
