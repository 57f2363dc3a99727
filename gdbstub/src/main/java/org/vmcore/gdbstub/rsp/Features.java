package org.vmcore.gdbstub.rsp;

/** What this debugger is and what it said it understands. */
final class Features {
  /** It sent {@code qRelocInsn+}, which gdb does and LLDB does not. */
  boolean gdb;

  /** Thread-ids are {@code pPID.TID}. */
  boolean multiprocess;

  /** Errors may be {@code E.text} in reply to any packet (gdb 16). */
  boolean errorMessage;

  /** Errors may be {@code Exx;hex text} (LLDB's QEnableErrorStrings). */
  boolean errorStrings;

  /** {@code x} replies are bare data, without the {@code b} (LLDB before binary-upload). */
  boolean bareBinary;

  /** Neither side acknowledges packets. */
  boolean noAck;

  /** The stop reply lists all threads (LLDB's QListThreadsInStopReply). */
  boolean threadsInStopReply;

  /** It asked how to move the program, which it does not without one. */
  boolean hasProgram;

  /** How often LLDB has been told of {@link LocalLibraries}. */
  int librariesTold;
}
