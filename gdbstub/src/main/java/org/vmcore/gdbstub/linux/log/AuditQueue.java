package org.vmcore.gdbstub.linux.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What the audit system had not yet given to its daemon (Linux kernel/audit.c). */
public final class AuditQueue {
  /** By the first three names since 4.11; before, the last was of what waited (kernel/audit.c). */
  private static final List<String> QUEUES =
      List.of("audit_queue", "audit_retry_queue", "audit_hold_queue", "audit_skb_queue");

  private static final int MAX_RECORDS = 1 << 20;
  private static final int MAX_TEXT = 8192;

  private AuditQueue() {}

  /**
   * A record.
   *
   * @param type a number of include/uapi/linux/audit.h
   */
  public record Entry(int type, String text) {}

  /** All that waited, the oldest first. */
  public static Listing<Entry> read(TypedMemory memory) throws KernelReadException {
    List<Entry> found = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    boolean any = false;
    for (String queue : QUEUES) {
      Optional<Long> head = memory.address(queue);
      if (head.isEmpty()) {
        continue;
      }
      any = true;
      try {
        add(memory, head.get(), found);
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    if (!any) {
      throw new KernelReadException(
          KernelReadException.Reason.ABSENT, "the kernel has no symbol 'audit_queue'");
    }
    return new Listing<>(found, problem);
  }

  private static void add(TypedMemory memory, long head, List<Entry> found)
      throws KernelReadException {
    Set<Long> seen = new HashSet<>();
    long next = memory.object("struct sk_buff_head", head).value("next");
    while (next != head && next != 0 && found.size() < MAX_RECORDS && seen.add(next)) {
      KernelObject buffer = memory.object("struct sk_buff", next);
      KernelObject message = memory.object("struct nlmsghdr", buffer.value("data"));
      int header = (int) message.type().size().orElse(0);
      // Not nlmsg_len, which is short of the header (audit_log_end() in kernel/audit.c).
      int length = (int) Math.min(buffer.value("len") & 0xffff_ffffL, MAX_TEXT);
      byte[] text = message.moved(header).bytes(Math.max(length - header, 0));
      found.add(
          new Entry(
              (int) message.value("nlmsg_type"), new String(text, ISO_8859_1).replace("\0", "")));
      next = buffer.value("next");
    }
  }
}
