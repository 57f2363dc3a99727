package org.vmcore.gdbstub;

/** What to tell somebody for whose question there was not memory enough. */
public final class OutOfMemory {
  private OutOfMemory() {}

  /** One line that says how much there was, and how to give more. */
  public static String words() {
    return "out of memory: %d MiB were allowed; give more with VMCORE_GDBSERVER_JAVA_OPTS=-Xmx%dm"
        .formatted(mebibytes(), 2 * mebibytes());
  }

  private static long mebibytes() {
    return Math.max(1, Runtime.getRuntime().maxMemory() >> 20);
  }
}
