package org.vmcore.gdbstub.linux.locks;

import java.util.regex.Pattern;

/** What tasks wait for. */
public enum WaitKind {
  MUTEX("mutex", "(?<!rt_)mutex_lock"),
  RWSEM("rwsem", "rwsem_down|rwbase_|^(__)?down_(read|write)"),
  SEMAPHORE("semaphore", "^(__)?down($|_interruptible|_killable|_timeout|_common)"),
  /** With PREEMPT_RT a spinlock and a rwlock too. */
  RT_MUTEX("rtmutex", "rt_mutex|rtlock|rt_(spin|read|write)_lock"),
  /** A work that is to be done first. */
  WORK("work", "flush_work|flush_delayed_work|cancel_work"),
  /** All CPUs to have left what RCU protects. */
  RCU("RCU grace period", "synchronize_(rcu|srcu)|rcu_barrier|wait_rcu"),
  COMPLETION("completion", "wait_for_completion|wait_for_common"),
  /** That somebody has unlocked a page, or written it. */
  PAGE("page lock", "folio_wait_bit|wait_on_page_bit|lock_page|folio_lock"),
  /** A bit of a word, such as a buffer's lock. */
  BIT("bit", "wait_on_bit|bit_wait"),
  FUTEX("futex", "futex_wait"),
  /** A device. */
  IO("I/O", "io_schedule"),
  QUEUE("wait queue", "wait_event|do_wait"),
  /** Time to pass. */
  TIME("time", "msleep|nanosleep|schedule_timeout|schedule_hrtimeout"),
  UNKNOWN("unknown", "$^");

  private final String text;
  private final Pattern functions;

  WaitKind(String text, String functions) {
    this.text = text;
    this.functions = Pattern.compile(functions);
  }

  /** For people. */
  public String text() {
    return text;
  }

  /** Whether a function of that name waits in this way. */
  public boolean isOf(String function) {
    return functions.matcher(function).find();
  }
}
