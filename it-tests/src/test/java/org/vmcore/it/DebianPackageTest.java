package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/** The Debian package, in a system that has never seen Java, gdb or us. */
@Tag("slow")
class DebianPackageTest {
  private static final String PROGRAM = "vmcore-gdbserver";

  /** Not man-db's copies of pages that somebody has looked at, which it clears by itself. */
  static final String OURS =
      "find / -xdev -path /proc -prune -o -path /var/cache/man -prune -o -name '*vmcore*' -print";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"bookworm", "trixie"})
  void worksOnABareSystemAndLeavesNothing(String release) throws IOException {
    Path deb = Packages.deb();
    Path triage = Packages.triageDeb();
    try (BareDebian system = BareDebian.make(release, directory.resolve("root"))) {
      system.give(deb, "package.deb");
      system.give(triage, "triage.deb");
      Files.createDirectories(system.root().resolve("crash/today"));
      Files.copy(RealDump.typed().file(), system.root().resolve("crash/today/vmcore"));

      system.must("cd /root && apt-get install -y -qq ./package.deb man-db bash");

      assertThat(system.must(PROGRAM + " demo"))
          .contains("demo_crash", "vfs_write")
          .doesNotContain("Exception");
      assertThat(system.must(PROGRAM + " info /crash/today/vmcore")).contains("x86-64");
      assertThat(system.must("man vmcore-gdbserver-bt")).contains("SYNOPSIS", "--json");
      assertThat(system.must("apropos vmcore-gdbserver")).contains("vmcore-gdbserver-waits (1)");
      assertThat(completed(system, "vmcore-gdbserver ana")).isEqualTo("analyze");
      assertThat(completed(system, "vmcore-gdbserver bt --js")).isEqualTo("--json");
      usesTheArchiveThatInstallingMade(system);
      reportsOnADump(system);
      sortsDumpsWithTheOtherPackage(system);

      // What users have in their homes is theirs.
      system.must(
          "apt-get purge -y -qq vmcore-gdbserver; rm -rf /root/*.deb /root/.cache /root/db /crash");
      assertThat(system.must(OURS)).isEmpty();
    }
  }

  private static String completed(BareDebian system, String line) {
    int last = line.split(" ").length - 1;
    return system
        .must(
            "bash -c 'compopt() { :; }; . /usr/share/bash-completion/completions/vmcore-gdbserver;"
                + " COMP_WORDS=(%s) COMP_CWORD=%d; _complete_vmcore-gdbserver; echo ${COMPREPLY[@]}'"
                    .formatted(line, last))
        .strip();
  }

  /** Classes come from the archive; the trigger of a new Java makes another one. */
  private static void usesTheArchiveThatInstallingMade(BareDebian system) {
    String loaded =
        "VMCORE_GDBSERVER_JAVA_OPTS=-Xlog:class+load XDG_CACHE_HOME=/dev/null"
            + " vmcore-gdbserver --version | grep 'gdbstub[.]app[.]Main source:'";
    String archived = "source: shared objects file";
    assertThat(system.must(loaded)).contains(archived);
    system.must("rm /var/cache/vmcore-gdbserver/*.jsa");
    assertThat(system.must(loaded)).doesNotContain(archived);
    system.must("dpkg-trigger --by-package=base-files /usr/lib/jvm && dpkg --triggers-only -a");
    assertThat(system.must(loaded)).contains(archived);
  }

  private static void reportsOnADump(BareDebian system) {
    system.must("sh /usr/share/doc/vmcore-gdbserver/examples/kdump-report /crash/today");
    assertThat(system.must("cd /crash/today && ls && cat analyze.txt && head -c 15 report.html"))
        .contains("analyze.json", "TITLE: ", "<!DOCTYPE html>");
  }

  private static void sortsDumpsWithTheOtherPackage(BareDebian system) {
    String command = PROGRAM + " triage /crash --db /root/db";
    Command.Result without = system.run(command);
    assertThat(without.exit()).isOne();
    assertThat(without.err()).contains("the package vmcore-gdbserver-triage brings it");
    system.must("apt-get install -y -qq /root/triage.deb");
    system.must(command);
    assertThat(system.must(PROGRAM + " triage report --db /root/db")).contains(" 1 ", "BUG: ");
  }

  @Test
  void haveNothingForLintianToSay() {
    Path deb = Packages.deb();
    Path triage = Packages.triageDeb();
    Command.assumeInstalled("lintian");
    Command.Result result = Command.of("lintian", "--allow-root", "" + deb, "" + triage).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(result.out()).isEmpty();
  }
}
