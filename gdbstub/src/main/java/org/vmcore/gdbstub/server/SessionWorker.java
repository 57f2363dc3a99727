package org.vmcore.gdbstub.server;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.LeftMemory;
import org.vmcore.gdbstub.OutOfMemory;
import org.vmcore.gdbstub.rsp.Client;
import org.vmcore.gdbstub.rsp.ClientGoneException;
import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.Session;
import org.vmcore.gdbstub.rsp.Target;

/** Runs one session from its first byte to its last. */
final class SessionWorker {
  private static final Logger log = LoggerFactory.getLogger(SessionWorker.class);

  /** Where a session's bytes come from. */
  interface Source {
    /** Waits for bytes and stores some; -1 when none will come any more. */
    int read(byte[] destination);

    /** Whether there are none at the moment. */
    boolean isIdle();
  }

  private static final int CHUNK = 64 << 10;

  private SessionWorker() {}

  /** Returns when the debugger has gone or is to be hung up on. Throws nothing. */
  static void run(Supplier<Target> target, Limits limits, Client client, Source source) {
    @Nullable Session session = null;
    try {
      session = new Session(target.get(), limits, client);
      SignsOfLife.begin(session);
      LeftMemory.watch();
      byte[] bytes = new byte[CHUNK];
      for (int count; !session.isFinished() && (count = source.read(bytes)) >= 0; ) {
        session.feed(bytes, 0, count);
        if (source.isIdle()) {
          session.idle();
        }
      }
    } catch (ClientGoneException e) {
      log.debug("The debugger left in the middle");
    } catch (OutOfMemoryError e) {
      log.error("A session ended: {}", OutOfMemory.words());
    } catch (LinkageError e) {
      log.error("A session ended: this program's files have changed; start the server again", e);
    } catch (RuntimeException | StackOverflowError e) {
      log.error("Session failed", e);
    } finally {
      if (session != null) {
        SignsOfLife.end(session);
      }
    }
  }
}
