package org.vmcore.gdbstub.rsp;

import org.vmcore.gdbstub.Visible;

/**
 * Why a packet was refused. The numbers mean nothing to a debugger but show in its messages; ours
 * are Linux errno values (include/uapi/asm-generic/errno-base.h).
 *
 * <pre>
 *   E0e             any debugger
 *   E.text          gdb 16 and later, which announces error-message+
 *   E0e;hex text    LLDB, after QEnableErrorStrings
 * </pre>
 */
enum Errors {
  NO_SUCH_THING(0x02),
  UNREADABLE(0x0e),
  READ_ONLY(0x1e),
  INTERNAL(0x7f);

  private final int number;

  Errors(int number) {
    this.number = number;
  }

  /** A packet that breaks its grammar: the plain form, for whoever sent that is no debugger. */
  static void malformed(Reply reply) {
    reply.text("E01");
  }

  void write(Session session, Reply reply, String message) {
    Features features = session.features();
    if (features.errorMessage) {
      writeText(reply, message);
    } else {
      writeNumber(reply);
      if (features.errorStrings) {
        reply.text(";").hexText(Visible.line(message));
      }
    }
  }

  void writeNumber(Reply reply) {
    reply.text("E").octet(number);
  }

  /** gdb does not unescape this form, so the protocol's own characters cannot be in it. */
  static void writeText(Reply reply, String message) {
    reply.text("E.").text(message.replaceAll("[^ -~]|[#$}*]", "?"));
  }
}
