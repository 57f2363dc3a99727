package org.vmcore.triage;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Logs of crashes by cause, as Linux prints them (Documentation/admin-guide/bug-hunting.rst). What
 * differs from one crash of a cause to the next differs here: times, addresses, offsets, tasks,
 * CPUs, kernels.
 */
final class MadeLogs {
  /** What is the same: the first line and the functions on the stack. */
  @SuppressWarnings("ArrayRecordComponent") // Written once, never compared.
  private record Cause(String headline, String... stack) {}

  private static final List<Cause> CAUSES =
      List.of(
          new Cause(
              "BUG: kernel NULL pointer dereference, address: 0000000000000018",
              "disk_submit [diskdrv]",
              "blk_queue_run",
              "submit_it"),
          new Cause(
              "BUG: kernel NULL pointer dereference, address: 0000000000000028",
              "link_down [netdrv]",
              "dev_watch",
              "call_it"),
          new Cause(
              "BUG: unable to handle page fault for address: ADDR",
              "ring_clean [netdrv]",
              "poll_it"),
          new Cause(
              "BUG: unable to handle page fault for address: ADDR", "tree_split [fsdrv]", "fs_put"),
          new Cause(
              "general protection fault, probably for non-canonical address 0xdead000000000108:"
                  + " 0000 [#1] PREEMPT SMP PTI",
              "entry_unhash",
              "table_free"),
          new Cause(
              "general protection fault, probably for non-canonical address 0xdead000000000110:"
                  + " 0000 [#1] PREEMPT SMP PTI",
              "timer_forget [snddrv]",
              "device_off"),
          new Cause("kernel BUG at fs/madefs/inode.c:NUM!", "madefs_evict [madefs]", "evict_it"),
          new Cause("kernel BUG at mm/made.c:NUM!", "page_take", "pages_take"),
          new Cause("kernel BUG at drivers/gpu/made.c:NUM!", "made_flip [madegpu]", "flip_it"),
          new Cause("divide error: 0000 [#1] PREEMPT SMP PTI", "rate_of [netdrv]", "set_rate"),
          new Cause("divide error: 0000 [#1] PREEMPT SMP PTI", "clock_scale", "set_clock"),
          new Cause(
              "invalid opcode: 0000 [#1] PREEMPT SMP PTI", "crypt_block [fastcrypt]", "crypt_it"),
          new Cause("double fault: 0000 [#1] PREEMPT SMP PTI", "walk_deep [fsdrv]", "walk_all"),
          new Cause(
              "BUG: KASAN: use-after-free in sock_wake [netdrv]", "sock_wake [netdrv]", "wake_it"),
          new Cause("BUG: KASAN: slab-out-of-bounds in name_copy", "name_copy", "names_copy"),
          new Cause(
              "watchdog: BUG: soft lockup - CPU#CPU stuck for 26s! [COMM:PID]",
              "spin_for_ever",
              "try_it"),
          new Cause(
              "watchdog: BUG: soft lockup - CPU#CPU stuck for 22s! [COMM:PID]",
              "scan_lists",
              "scan_it"),
          new Cause(
              "list_del corruption. prev->next should be ADDR, but was ADDR",
              "queue_drop [quedrv]",
              "drop_it"),
          new Cause("refcount_t: underflow; use-after-free.", "user_put [madefs]", "users_put"),
          new Cause("Kernel panic - not syncing: Fatal hardware error!", "hw_report", "hw_poll"),
          new Cause(
              "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in:"
                  + " parse_it+0xOFF/0x300",
              "parse_it",
              "read_it"),
          new Cause(
              "BUG: kernel NULL pointer dereference, address: 0000000000000000",
              "call_none",
              "notify_it"));

  private MadeLogs() {}

  static int causes() {
    return CAUSES.size();
  }

  /** A log of a crash by a cause. */
  static String of(int cause, Random random) {
    StringBuilder log = new StringBuilder();
    double time = random.nextInt(100_000) + random.nextDouble();
    String release = "6." + random.nextInt(1, 12) + "." + random.nextInt(90) + "-made";
    String comm = List.of("kworker/1:2", "postgres", "sh", "nginx").get(random.nextInt(4));
    int cpu = random.nextInt(64);
    int pid = random.nextInt(2, 90_000);
    Cause made = CAUSES.get(cause);
    line(log, time - 1, "made-device: ready");
    boolean warns =
        made.headline().startsWith("list_del") || made.headline().startsWith("refcount");
    String first = made.stack()[0];
    if (warns) {
      line(log, time, "------------[ cut here ]------------");
    }
    line(
        log,
        time,
        made.headline()
            .replace("COMM", comm)
            .replace("CPU#CPU", "CPU#" + cpu)
            .replace("PID", "" + pid)
            .replace("NUM", "" + random.nextInt(100, 900))
            .replace("OFF", Integer.toHexString(random.nextInt(16, 0x2ff))));
    if (warns) {
      line(
          log,
          time,
          "WARNING: CPU: %d PID: %d at lib/made.c:%d %s"
              .formatted(cpu, pid, 20, place(first, random)));
    }
    line(
        log, time, "CPU: %d PID: %d Comm: %s Not tainted %s #1".formatted(cpu, pid, comm, release));
    line(
        log,
        time,
        "Hardware name: Made Machine " + random.nextInt(3) + "/Board, BIOS 1.2 01/01/2024");
    line(log, time, "RIP: 0010:" + place(first, random));
    line(log, time, "RAX: %s RBX: %s".formatted(address(random), address(random)));
    line(log, time, "Call Trace:");
    line(log, time, " <TASK>");
    for (int i = 0; i < made.stack().length; i++) {
      if (i > 0 || !made.headline().contains("NULL")) {
        line(log, time, " " + place(made.stack()[i], random));
      }
    }
    line(log, time, " do_syscall_64+0x3b/0x90");
    line(log, time, " entry_SYSCALL_64_after_hwframe+0x6e/0xd8");
    line(log, time, " </TASK>");
    if (!made.headline().startsWith("Kernel panic")) {
      line(log, time, "Kernel panic - not syncing: Fatal exception");
    }
    return log.toString().replace("ADDR", address(random));
  }

  private static void line(StringBuilder log, double time, String text) {
    log.append(String.format(Locale.ROOT, "[%12.6f] %s\n", time, text));
  }

  /** {@code name+0x12/0x340 [module]}. */
  private static String place(String function, Random random) {
    String[] words = function.split(" ", 2);
    String where = "+0x%x/0x%x".formatted(random.nextInt(1, 0x200), random.nextInt(0x200, 0x900));
    return words[0] + where + (words.length == 2 ? " " + words[1] : "");
  }

  private static String address(Random random) {
    return "ffff%012x".formatted(0x888000000000L | random.nextLong(0x100000000L) << 4);
  }
}
