package org.vmcore.gdbstub.rsp;

/** What this debugger is and what it said it understands. */
final class Features {
  /** It sent {@code qRelocInsn+}, which gdb does and LLDB does not. */
  boolean gdb;

  /** It sent {@code memory-tagging+}: gdb 11 and later. */
  boolean sinceGdb11;

  /** It sent {@code !}: {@code target extended-remote}. */
  boolean extended;

  /** How often it asked for the program's name. */
  int askedForProgram;

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

  /**
   * Whether it opens files by their names itself, because it shares them with this program, and is
   * to be told that there is no {@code vFile:open}. gdb then takes files to be local if its sysroot
   * is the usual {@code target:} (remote.c, remote_target::filesystem_is_local): nothing is copied,
   * and its index cache works. Not with {@code target extended-remote}, whose processes have files
   * that are on no disk here.
   */
  boolean opensFilesItself(Target target) {
    return gdb && sinceGdb11 && !extended && target.sharesFiles();
  }

  /**
   * Whether it has a program of its own, before libraries are asked for. A gdb without one asks for
   * its name twice: to load it, and then, since gdb 10, to compare build ids with the program that
   * it has by then (exec.c, validate_exec_file); one with a program only compares. Without a
   * program it never asks {@code qOffsets}.
   */
  boolean hasOwnProgram() {
    return hasProgram && askedForProgram < (sinceGdb11 ? 2 : 1);
  }

  /** It asked how to move the program, which it does not without one. */
  boolean hasProgram;

  /** How often LLDB has been told of {@link LocalLibraries}. */
  int librariesTold;
}
