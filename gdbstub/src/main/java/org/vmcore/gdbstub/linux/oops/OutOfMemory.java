package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What makes two ends of memory the same one. Who asked for the last page is chance, and so is its
 * stack; what is the same each time is what there was too little of (all memory, a group's, that of
 * a zone, pages in a row) and, where the kernel finds its own slabs to have more than all users
 * ({@code should_dump_unreclaim_slab()}, Linux mm/oom_kill.c), the cache that has most.
 */
public final class OutOfMemory {
  private static final Pattern INVOKED =
      Pattern.compile("invoked oom-killer: gfp_mask=([^,]{1,400}), .{0,200}?order=(-?\\d{1,9})");

  /** Of a group of processes; {@code mem_cgroup_print_oom_meminfo()}. */
  private static final Pattern GROUP = Pattern.compile("^memory: usage \\d{1,19}kB, limit ");

  /** A zone that was asked for: with one of these, others could be full of free pages. */
  private static final Pattern ZONE = Pattern.compile("\\bGFP_DMA(?:32)?\\b");

  private static final String SLABS = "Unreclaimable slab info:";

  /** {@code "%-17s %10luKB %10luKB\n"}: what is in use of a cache, and all of it. */
  private static final Pattern SLAB =
      Pattern.compile("^(\\S{1,64}) +(\\d{1,18})KB +(\\d{1,18})KB$");

  private static final String NAMES = "Name ";

  private OutOfMemory() {}

  /** In the place of a stack, by the last that was asked for before the machine stopped. */
  public static List<String> identity(List<LogLine> lines) {
    String whose = "out_of_memory";
    Optional<String> zone = Optional.empty();
    Optional<String> order = Optional.empty();
    Optional<String> slab = Optional.empty();
    long most = 0;
    boolean slabs = false;
    for (LogLine line : lines) {
      Matcher invoked = INVOKED.matcher(line.text());
      Matcher inSlab = SLAB.matcher(line.text());
      if (invoked.find()) {
        Matcher asked = ZONE.matcher(invoked.group(1));
        whose = "out_of_memory";
        zone = asked.find() ? Optional.of("zone " + asked.group()) : Optional.empty();
        order = Optional.of(invoked.group(2)).filter(n -> !n.startsWith("-") && !n.equals("0"));
        slab = Optional.empty();
        most = 0;
      } else if (GROUP.matcher(line.text()).find()) {
        whose = "mem_cgroup_out_of_memory";
      } else if (line.text().startsWith(SLABS)) {
        slabs = true;
      } else if (slabs && inSlab.matches()) {
        long bytes = Long.parseLong(inSlab.group(3));
        slab = bytes > most ? Optional.of("slab " + inSlab.group(1)) : slab;
        most = Math.max(bytes, most);
      } else if (!line.text().startsWith(NAMES)) {
        slabs = false;
      }
    }
    List<String> identity = new ArrayList<>();
    identity.add(whose);
    zone.ifPresent(identity::add);
    order.ifPresent(pages -> identity.add("order " + pages));
    slab.ifPresent(identity::add);
    return identity;
  }
}
