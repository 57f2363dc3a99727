package org.vmcore.gdbstub.inspect.query;

import java.util.List;
import java.util.TreeSet;
import org.vmcore.arch.api.MissingFactException;

/** Some of a machine's CPUs, as people and the kernel list them. */
public final class CpuList {
  private CpuList() {}

  /**
   * CPUs by their numbers, ascending: {@code 0,2-3}, {@code a} or {@code all}; nothing is the CPU
   * that is meant.
   *
   * @throws NoAnswerException when the machine has not all of them
   */
  public static List<Integer> parse(Call call, String text)
      throws NoAnswerException, MissingFactException {
    List<Integer> there = call.cpus();
    if (text.equals("a") || text.equals("all")) {
      return there;
    } else if (text.isEmpty()) {
      return List.of(call.cpu().number());
    }
    TreeSet<Integer> wanted = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      if (!part.matches("\\d{1,5}(-\\d{1,5})?")) {
        throw NoAnswerException.usage("'" + text + "' is no list of CPUs, such as 0,2-3 or all");
      }
      String[] ends = part.split("-", 2);
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int cpu = first; cpu <= last; cpu++) {
        if (!there.contains(cpu)) {
          throw NoAnswerException.notThere("there is no CPU " + cpu);
        }
        wanted.add(cpu);
      }
    }
    return List.copyOf(wanted);
  }
}
