package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vmcore.gdbstub.Visible;

/**
 * Objects read in pieces (GDB manual, "General Query Packets", qXfer).
 *
 * <pre>
 *   qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH
 *   reply = 'm' binary    and there is more
 *         | 'l' binary    and this was the last
 *         | 'E00'         no such annex
 *
 *   > qXfer:features:read:target.xml:0,fff
 *   < l&lt;?xml version="1.0"?>...
 * </pre>
 */
final class TransferObjects implements PacketFamily {

  /** An object as it was when its first piece was read, so that all pieces fit together. */
  @SuppressWarnings("ArrayRecordComponent") // Snapshots are never compared.
  record Snapshot(String object, String annex, byte[] content) {}

  @Override
  public void register(PacketTable table) {
    table.name("qXfer", TransferObjects::transfer);
  }

  /** The objects there are for this debugger. */
  static List<String> names(Session session) {
    return objects(session).map(Target.TransferObject::name).toList();
  }

  private static Stream<Target.TransferObject> objects(Session session) {
    Target target = session.target();
    List<Target.TransferObject> all = new ArrayList<>();
    all.add(new TargetDescription(target));
    all.add(new ThreadList(session.inferiors()));
    // What was there once gdb must not find unknown, even if it is there no more.
    if (session.features().askedForProgram > 0
        || target.executable().isPresent()
        || target.processes().isPresent()) {
      all.add(new ExecutableName(session));
    }
    all.addAll(target.transferObjects());
    target.libraries().ifPresent(libraries -> all.add(new Libraries(session, libraries)));
    if (!session.features().gdb) {
      target.localFiles().ifPresent(files -> all.add(new LocalLibraries(session, files)));
    }
    return all.stream();
  }

  /**
   * Which of the offered files is the program.
   *
   * <pre>
   *   > qXfer:exec-file:read:1:0,1000
   *   < l/vmlinux
   * </pre>
   */
  private record ExecutableName(Session session) implements Target.TransferObject {
    @Override
    public String name() {
      return "exec-file";
    }

    /**
     * @param annex the process, in hexadecimal; that of the selected thread without one
     */
    @Override
    public Optional<byte[]> read(String annex) {
      Features features = session.features();
      features.askedForProgram++;
      session.awaitFiles();
      Optional<Target> target = annex.isEmpty() ? Optional.of(session.target()) : process(annex);
      target.ifPresent(
          shown ->
              shown.describeDebugger(features.opensFilesItself(shown), features.hasOwnProgram()));
      return target.flatMap(Target::executable).map(file -> Visible.line(file).getBytes(UTF_8));
    }

    private Optional<Target> process(String annex) {
      try {
        return session.inferiors().of(Long.parseUnsignedLong(annex, 16));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
  }

  private static void transfer(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    packet.expect(':');
    String object = packet.textUntil(':');
    Optional<Target.TransferObject> source =
        objects(session).filter(known -> known.name().equals(object)).findFirst();
    if (source.isEmpty() || !packet.skip("read:")) {
      return;
    }
    String annex = packet.textUntilLast(':');
    int offset = packet.length();
    packet.expect(',');
    int length = Math.min(packet.length(), session.limits().packetSize());
    packet.expectEnd();

    Snapshot snapshot = session.snapshot();
    if (offset == 0
        || snapshot == null
        || !snapshot.object().equals(object)
        || !snapshot.annex().equals(annex)) {
      Optional<byte[]> content = source.get().read(annex, session::stillBusy);
      if (content.isEmpty()) {
        reply.text("E00");
        return;
      }
      snapshot = new Snapshot(object, annex, content.get());
      session.setSnapshot(snapshot);
    }
    byte[] content = snapshot.content();
    if (offset > content.length) {
      Errors.NO_SUCH_THING.write(session, reply, "offset beyond the end of " + object);
      return;
    }
    int count = Math.min(length, content.length - offset);
    boolean last = offset + count == content.length;
    reply.text(last ? "l" : "m").binary(content, offset, count);
    if (last) {
      session.setSnapshot(null);
    }
  }
}
