package org.vmcore.gdbstub.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.ClientGoneException;
import org.vmcore.gdbstub.rsp.Session;

/** One clock for all sessions: asks them to tell debuggers that wait for long to go on waiting. */
@SuppressWarnings("ThreadPriorityCheck") // An answer may be slow because the machine is busy.
final class SignsOfLife {
  private static final Logger log = LoggerFactory.getLogger(SignsOfLife.class);
  private static final int TICK_MILLIS = 200;
  private static final Set<Session> sessions = ConcurrentHashMap.newKeySet();

  static {
    Thread clock = new Thread(SignsOfLife::run, "signs-of-life");
    clock.setDaemon(true);
    clock.setPriority(Thread.MAX_PRIORITY);
    clock.start();
  }

  private SignsOfLife() {}

  static void begin(Session session) {
    sessions.add(session);
  }

  static void end(Session session) {
    sessions.remove(session);
  }

  private static void run() {
    while (true) {
      try {
        Thread.sleep(TICK_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
      for (Session session : sessions) {
        try {
          session.showLife();
        } catch (ClientGoneException e) {
          log.debug("The debugger has left while it waited");
        }
      }
    }
  }
}
