package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;

/** The kernel's own gdb scripts (scripts/gdb of its source tree), as they come. */
final class KernelScripts {
  /** The scripts' constants and their idea of types are of this kernel. */
  static final CorpusDump KERNEL = CorpusDump.ZLIB;

  /** What a command's output starts with when it has raised an error. */
  static final String FAILED = "FAILED: ";

  /**
   * One or more for each command and function; the last one drops all symbols and loads them anew.
   */
  static final List<String> COMMANDS =
      List.of(
          "lx-version",
          "lx-cmdline",
          "lx-cpus",
          "lx-ps",
          "lx-dmesg",
          "lx-lsmod",
          "lx-mounts",
          "lx-iomem",
          "lx-ioports",
          "lx-timerlist",
          "lx-list-check modules",
          "lx-device-list-bus",
          "lx-device-list-class",
          "lx-device-list-tree &platform_bus",
          "lx-configdump",
          "lx-clk-summary",
          "lx-genpd-summary",
          "lx-fdtdump",
          "p $lx_current().comm",
          "p $lx_per_cpu(\"runqueues\", 1).curr->comm",
          "p $lx_per_cpu(\"cpu_number\", 1)",
          "p $lx_task_by_pid(1).comm",
          "p $lx_thread_info($lx_task_by_pid(1)).cpu",
          "p $lx_thread_info_by_pid(1).cpu",
          "p $container_of(init_task.tasks.next, \"struct task_struct\", \"tasks\").pid",
          "p $lx_module(\"crashme\")->core_layout.base",
          "p $lx_rb_first(&vmap_area_root)->rb_left",
          "p /x $container_of($lx_rb_last(&vmap_area_root), \"struct vmap_area\","
              + " \"rb_node\").va_start",
          "p $lx_rb_next($lx_rb_first(&vmap_area_root)) != $lx_rb_first(&vmap_area_root)",
          // Of a node without a left branch the script compares a pointer with a structure.
          "p $lx_rb_prev(vmap_area_root.rb_node).rb_right",
          "p $lx_device_find_by_bus_name(\"cpu\", \"cpu1\")->id",
          "p $lx_device_find_by_class_name(\"mem\", \"null\")->devt",
          "p $lx_clk_core_lookup(\"x\")",
          "lx-symbols MODULES");

  /** Those that fail on any kernel configured like the corpus', and how. */
  static final Map<String, String> FAILING =
      Map.of(
          // Looks for a member that struct timerqueue_head does not have any more.
          "lx-timerlist", "There is no member named next.",
          // CONFIG_COMMON_CLK, CONFIG_PM_GENERIC_DOMAINS and CONFIG_OF are not set.
          "lx-clk-summary", "No clocks registered",
          "p $lx_clk_core_lookup(\"x\")", "No symbol \"clk_root_list\" in current context.",
          "lx-genpd-summary", "No power domain(s) registered",
          "lx-fdtdump", "Kernel not compiled with CONFIG_OF");

  private static final Pattern REGISTERED =
      Pattern.compile(
          "class \\w+ ?\\(gdb\\.(Command|Function)\\):.*?__init__\\(\\s*[\"']([\\w-]+)[\"']",
          Pattern.DOTALL);

  private KernelScripts() {}

  private static Path directory() {
    return Corpus.archive("x86_64/kernel-btf/gdb-scripts.tar.xz");
  }

  /** The names of all commands and, after a dollar sign, functions that the scripts define. */
  static List<String> registered() throws IOException {
    List<String> names = new ArrayList<>();
    int classes = 0;
    try (Stream<Path> files = Files.walk(directory())) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String text = Files.readString(file);
        classes += text.split("\\(gdb\\.(Command|Function)\\):", -1).length - 1;
        REGISTERED
            .matcher(text)
            .results()
            .map(match -> (match.group(1).equals("Function") ? "$" : "") + match.group(2))
            .forEach(names::add);
      }
    }
    assertThat(names).as("one name per class").hasSize(classes);
    return names;
  }

  /**
   * Runs all commands and some more in one gdb.
   *
   * @param directory where commands write files
   * @return what each has printed
   */
  static Map<String, String> run(Path directory, List<String> connect, List<String> more)
      throws IOException {
    List<String> commands = new ArrayList<>(COMMANDS);
    commands.addAll(more);
    StringBuilder script = new StringBuilder("set python print-stack none\n");
    connect.forEach(line -> script.append(line).append('\n'));
    script.append("cd ").append(directory).append('\n');
    script.append("source ").append(directory().resolve("vmlinux-gdb.py")).append("\npython\n");
    for (String command : commands) {
      script.append(
          """
          print('\\n=== ' + r'''%1$s''')
          try:
            gdb.execute(r'''%1$s'''.replace('MODULES', '%3$s'))
          except Exception as error:
            print('%2$s' + str(error))
          """
              .formatted(command, FAILED, KERNEL.modules()));
    }
    // What gdb says when it ends is of no command.
    script.append("print('\\n=== ')\nend\n");
    Path file = Files.writeString(directory.resolve("commands"), script);
    Command.Result result = Gdb.batch().ex("source " + file).limit(Duration.ofMinutes(4)).run();
    Map<String, String> output = new LinkedHashMap<>();
    for (String part : result.out().split("\n=== ", -1)) {
      int line = part.indexOf('\n');
      if (line >= 0 && commands.contains(part.substring(0, line))) {
        output.put(part.substring(0, line), part.substring(line + 1));
      }
    }
    assertThat(output).as(result.toString()).containsOnlyKeys(commands);
    return output;
  }

  /** The commands that raised an error, and which. */
  static Map<String, String> failures(Map<String, String> output) {
    Map<String, String> failures = new LinkedHashMap<>();
    output.forEach(
        (command, text) -> {
          int failed = text.indexOf(FAILED);
          if (failed >= 0) {
            failures.put(
                command,
                text.substring(failed + FAILED.length())
                    .strip()
                    .replace("Error occurred in Python: ", ""));
          }
        });
    return failures;
  }
}
