package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** The kernel's own gdb scripts (scripts/gdb of its source tree), as they come. */
@NeedsCorpus
class KernelScriptsTest {
  private static final CorpusDump DUMP = KernelScripts.KERNEL;
  private static final String SYMBOLS = "lx-symbols MODULES";

  /** One gdb is started for all commands. */
  private static Map<String, String> output = Map.of();

  private static String config = "";

  @TempDir private static Path directory;

  @BeforeAll
  static void runAll() throws IOException {
    try (Program server = Program.serve(DUMP.file(), "--vmlinux", DUMP.vmlinux())) {
      output =
          KernelScripts.run(directory, List.of("target remote " + server.address()), List.of());
    }
    config = Files.readString(directory.resolve("config.txt"));
  }

  @AfterAll
  static void forget() {
    output = Map.of();
  }

  private static String of(String command) {
    assertThat(output).containsKey(command);
    return output.getOrDefault(command, "");
  }

  /** The lines of a section of what drgn made of the same dump. */
  private static List<String> drgn(String section) {
    String text = DUMP.text("vmcore.d31.zlib.drgn.txt");
    String rest = text.substring(text.indexOf("--- " + section));
    int end = rest.indexOf("\n--- ", 1);
    return rest.substring(0, end < 0 ? rest.length() : end).lines().skip(1).toList();
  }

  @Test
  void nothingOfTheScriptsIsForgotten() throws IOException {
    assertThat(KernelScripts.registered())
        .hasSizeGreaterThan(30)
        .allSatisfy(
            name ->
                assertThat(KernelScripts.COMMANDS)
                    .anyMatch(
                        command ->
                            name.startsWith("$")
                                ? command.contains(name + "(")
                                : (command + " ").startsWith(name + " ")));
  }

  /**
   * What fails on a live kernel fails here. So does lx-symbols on every kernel that has moved: it
   * drops what gdb has loaded and reads vmlinux again as if it had not moved.
   */
  @Test
  void nothingFailsThatWorksOnLiveKernel() {
    Map<String, String> expected = new HashMap<>(KernelScripts.FAILING);
    // Where vmlinux has the list of modules, which ran 0x16600000 further.
    expected.put(SYMBOLS, "Cannot access memory at address 0xffffffff81e54fe0");
    assertThat(KernelScripts.failures(output)).isEqualTo(expected);
  }

  /** The fields of /proc/modules: name, size, users, their names, state, address. */
  private static List<String[]> loadedModules() {
    return DUMP.text("modules.txt").lines().map(line -> line.split(" ")).toList();
  }

  @Test
  void version() {
    assertThat(of("lx-version")).startsWith("Linux version 6.1.192-vmcorebtf (lab@vmcoretest)");
  }

  @Test
  void tasks() {
    Pattern known = Pattern.compile("pid (\\d+) tgid \\d+ comm (\\S+) task (0x\\w+).*");
    List<String> expected =
        drgn("tasks").stream()
            .map(known::matcher)
            .filter(line -> line.matches())
            .map(line -> line.group(3) + " " + line.group(1) + " " + line.group(2))
            .collect(Collectors.toList());
    assertThat(expected).hasSizeGreaterThan(30);
    // The boot CPU's idle task, which is in no list, comes first.
    expected.add(0, "0xffffffff98412600 0 swapper/0");
    assertThat(of("lx-ps").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.trim().replaceAll(" +", " "))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** Without the times, whose last digit the script rounds up and drgn down. */
  @Test
  void log() {
    Pattern time = Pattern.compile("^\\[ *\\d+\\.\\d+\\] ?");
    List<String> expected =
        drgn("dmesg").stream()
            .filter(line -> time.matcher(line).find())
            .map(line -> time.matcher(line).replaceFirst("").strip())
            .toList();
    assertThat(expected).hasSizeGreaterThan(250);
    assertThat(of("lx-dmesg").lines().map(line -> time.matcher(line).replaceFirst("").strip()))
        .containsSubsequence(expected)
        .contains("BUG: kernel NULL pointer dereference, address: 0000000000000000");
  }

  @Test
  void modules() {
    List<String> loaded =
        loadedModules().stream().map(field -> field[5] + " " + field[0] + " " + field[1]).toList();
    assertThat(of("lx-lsmod").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.replaceAll(" +", " ").replaceAll("^(\\S+ \\S+ \\d+) .*", "$1"))
        .containsExactlyElementsOf(loaded);
  }

  @Test
  void cpus() {
    assertThat(of("lx-cpus"))
        .contains("Possible CPUs : [0, 1]")
        .contains("Present CPUs  : [0, 1]")
        .contains("Online CPUs   : [0, 1]")
        .contains("Active CPUs   : [0, 1]");
  }

  /** The guest mounts these and no others (its console shows its init). */
  @Test
  void mounts() {
    assertThat(of("lx-mounts").lines().skip(1).filter(line -> !line.isBlank()))
        .extracting(line -> line.replaceAll("^\\S+ \\S+ \\S+ (\\S+) .*", "$1"))
        .containsExactly("/", "/proc", "/sys", "/dev", "/tmp");
  }

  @Test
  void resources() {
    assertThat(of("lx-iomem").strip()).isEqualTo(DUMP.text("iomem.txt").strip());
  }

  /** The kernel registers a serial port where it says that it has found one. */
  @Test
  void ports() {
    assertThat(drgn("dmesg")).anyMatch(line -> line.contains("ttyS0 at I/O 0x3f8"));
    assertThat(of("lx-ioports")).containsPattern("(?m)^ *03f8-03ff : serial$");
  }

  @Test
  void commandLine() {
    String line = of("lx-cmdline").strip();
    assertThat(line).contains("console=ttyS0");
    assertThat(drgn("dmesg")).anyMatch(text -> text.endsWith("Kernel command line: " + line));
  }

  @Test
  void configuration() {
    assertThat(config).isEqualTo(Corpus.text("x86_64/kernel-btf/kernel.config"));
  }

  @Test
  void lists() {
    int nodes = loadedModules().size() + 1;
    assertThat(of("lx-list-check modules"))
        .contains("list is consistent: %d node(s)".formatted(nodes));
  }

  /** Of memory devices, those that every Linux has (drivers/char/mem.c, devlist). */
  @Test
  void devices() {
    assertThat(of("lx-device-list-bus"))
        .containsPattern("(?m)^bus cpu:.*\\n\\tdev cpu0:.*\\n\\tdev cpu1:.*")
        .containsPattern("(?m)^bus virtio:.*\\n\\tdev virtio0:");
    assertThat(of("lx-device-list-class"))
        .containsPattern("(?m)^\\tdev (null|zero|random|urandom|kmsg):");
    assertThat(of("lx-device-list-tree &platform_bus")).contains("dev serial8250");
    assertThat(of("p $lx_device_find_by_bus_name(\"cpu\", \"cpu1\")->id")).contains("= 1\n");
    // Major number 1, minor number 3 (Linux Documentation/admin-guide/devices.txt).
    assertThat(of("p $lx_device_find_by_class_name(\"mem\", \"null\")->devt"))
        .contains("= " + (1 << 20 | 3) + "\n");
  }

  /** The oops says so: "CPU: 1 PID: 1 Comm: init". */
  @Test
  void currentTask() {
    assertThat(of("p $lx_current().comm")).contains("\"init\"");
    assertThat(of("p $lx_per_cpu(\"runqueues\", 1).curr->comm")).contains("\"init\"");
  }

  /** Of processes, only init was on CPU 1, as the oops says. */
  @Test
  void otherTasks() {
    assertThat(of("p $lx_task_by_pid(1).comm")).contains("\"init\"");
    assertThat(of("p $lx_thread_info($lx_task_by_pid(1)).cpu")).contains("= 1\n");
    assertThat(of("p $lx_thread_info_by_pid(1).cpu")).contains("= 1\n");
    assertThat(of("p $container_of(init_task.tasks.next, \"struct task_struct\", \"tasks\").pid"))
        .contains("= 1\n");
  }

  @Test
  void module() {
    String address =
        loadedModules().stream()
            .filter(field -> field[0].equals("crashme"))
            .map(field -> field[5])
            .collect(Collectors.joining());
    assertThat(of("p $lx_module(\"crashme\")->core_layout.base")).contains(address);
  }

  /** The tree is of what vmalloc handed out, by address; modules lie above all else. */
  @Test
  void trees() {
    String highest =
        loadedModules().stream().map(field -> field[5]).max(String::compareTo).orElse("");
    assertThat(
            of(
                "p /x $container_of($lx_rb_last(&vmap_area_root), \"struct vmap_area\","
                    + " \"rb_node\").va_start"))
        .contains("= " + highest + "\n");
    assertThat(of("p $lx_rb_first(&vmap_area_root)->rb_left")).contains("0x0");
    assertThat(of("p $lx_rb_next($lx_rb_first(&vmap_area_root)) != $lx_rb_first(&vmap_area_root)"))
        .contains("= 1\n");
    // The greatest of the lesser ones has nothing to its right.
    assertThat(of("p $lx_rb_prev(vmap_area_root.rb_node).rb_right")).contains("0x0");
  }

  @Test
  void perCpuVariables() {
    assertThat(of("p $lx_per_cpu(\"cpu_number\", 1)")).contains("= 1\n");
  }
}
