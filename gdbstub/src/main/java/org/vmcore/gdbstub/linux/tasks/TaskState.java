package org.vmcore.gdbstub.linux.tasks;

/** What a task was doing, or waiting for. */
public enum TaskState {
  RUNNING("RU", 'R', "TASK_RUNNING"),
  INTERRUPTIBLE("IN", 'S', "TASK_INTERRUPTIBLE"),
  UNINTERRUPTIBLE("UN", 'D', "TASK_UNINTERRUPTIBLE"),
  STOPPED("ST", 'T', "TASK_STOPPED"),
  TRACED("TR", 't', "TASK_TRACED"),
  DEAD("DE", 'X', "EXIT_DEAD"),
  ZOMBIE("ZO", 'Z', "EXIT_ZOMBIE"),
  PARKED("PA", 'P', "TASK_PARKED"),
  /** Waits without being woken by signals and without counting for the load. */
  IDLE("ID", 'I', "TASK_IDLE"),
  WAKING("WA", 'W', "TASK_WAKING"),
  NEW("NE", 'N', "TASK_NEW"),
  UNKNOWN("??", '?', "unknown");

  private final String abbreviation;
  private final char letter;
  private final String kernelName;

  TaskState(String abbreviation, char letter, String kernelName) {
    this.abbreviation = abbreviation;
    this.letter = letter;
    this.kernelName = kernelName;
  }

  /** Two letters, as crash's {@code ps} shows it. */
  public String abbreviation() {
    return abbreviation;
  }

  /** The letter that {@code /proc/PID/stat} shows. */
  public char letter() {
    return letter;
  }

  /** The kernel's name of it. */
  public String kernelName() {
    return kernelName;
  }
}
