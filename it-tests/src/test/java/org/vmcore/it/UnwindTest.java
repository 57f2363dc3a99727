package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.FrameLibrary;
import org.vmcore.gdbstub.symbols.write.frames.FrameTable;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/**
 * gdb unwinds by nothing but the call-frame information that is made of the dump, against what
 * crash, with vmlinux, makes of the same stacks.
 */
@Tag("slow")
@NeedsCorpus
class UnwindTest {
  /** Where no kernel of 64 bits has memory. */
  private static final long UNUSED = Long.MIN_VALUE;

  /** A frame of crash: {@code #7 [ffffa5f2c0013e18] crashme_level2 at ffffffffc00d00b8}. */
  private static final Pattern CRASH = Pattern.compile("(?m)^ *#\\d+ \\[\\w+] \\S+ at (\\w{16})");

  /** What it shows of the user's registers below the last frame. */
  private static final Pattern USER =
      Pattern.compile("(?m)^ +RIP: (00\\w+)  RSP: (\\w+)  RFLAGS: \\w+\\n +RAX: (\\w+)");

  private static final Pattern FRAME = Pattern.compile("(?m)^#\\d+ +0x(\\w{16}) (?:\\[PAC] )?in");

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(
      mode = Mode.INCLUDE,
      names = {"RAW_ELF", "FIVE_LEVELS_ZSTD", "NO_KASLR_LZO", "QEMU_ELF"})
  void goesFromTheCrashToTheUserProgram(CorpusDump dump) throws Exception {
    String crash = dump.text(dump.file().getFileName() + ".crash.txt");
    List<String> expected = trace(crash);
    MatchResult user = USER.matcher(crash).results().findFirst().orElseThrow();

    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .connect(server)
              .ex("add-symbol-file " + library(dump), "bt", "up 100")
              .ex("printf \"user %016lx %016lx %016lx\\n\", $rip, $rsp, $rax")
              .run()
              .all();

      List<String> frames = FRAME.matcher(shown).results().map(frame -> frame.group(1)).toList();
      assertThat(frames).as(shown).endsWith(user.group(1)).containsSubsequence(expected);
      assertThat(shown)
          .contains("user %s %s %s".formatted(user.group(1), user.group(2), user.group(3)))
          .doesNotContain("corrupt stack", "Backtrace stopped");
    }
  }

  /** The crashed task's return addresses below the exception, or else below panic(). */
  private static List<String> trace(String crash) {
    String task = crash.substring(crash.indexOf("COMMAND: \"init\""));
    task = task.substring(0, task.indexOf("\n\n"));
    int start = Math.max(task.indexOf("[exception RIP"), task.indexOf("] panic at"));
    return CRASH.matcher(task.substring(start)).results().map(frame -> frame.group(1)).toList();
  }

  /**
   * A CPU was stopped on the interrupt stack. What the compiler says of the function that went over
   * to it leads nowhere, and is hidden in a copy of vmlinux.
   */
  @Test
  void comesBackFromTheInterruptStack() throws Exception {
    CorpusDump dump = CorpusDump.QEMU_ELF;
    ByteBuffer vmlinux =
        ByteBuffer.wrap(Files.readAllBytes(dump.vmlinux())).order(ByteOrder.LITTLE_ENDIAN);
    Matcher header =
        Pattern.compile("\\.debug_frame +PROGBITS +\\w+ (\\w+) (\\w+)")
            .matcher(Command.of("readelf", "-SW", dump.vmlinux().toString()).run().out());
    assertThat(header.find()).isTrue();
    int offset = Integer.parseInt(header.group(1), 16);
    int size = Integer.parseInt(header.group(2), 16);
    FrameTable table = FrameTable.parse(vmlinux.slice(offset, size).order(ByteOrder.LITTLE_ENDIAN));
    Path frames = directory.resolve("frames");
    try (CrashedMachine machine = CrashedMachine.open(dump.file(), MachineOptions.defaults())) {
      Orc orc = machine.linux().orc().kernel().orElseThrow();
      long slide = machine.kernelSpace().kaslrOffset().orElseThrow();
      for (int length : table.misled(slide, orc)) {
        vmlinux.putLong(offset + length, 0);
      }
      byte[] bytes =
          new KernelFrames(machine.linux(), port(machine), List::of)
              .of(table.covered(slide, orc))
              .orElseThrow();
      assertThat(bytes.length).as("only what vmlinux lacks").isLessThan(100_000);
      FrameLibrary.of(
              ElfMachines.EM_X86_64,
              ByteOrder.LITTLE_ENDIAN,
              Long.BYTES,
              UNUSED,
              Map.of(".debug_frame", bytes))
          .write(frames);
    }
    Path patched = Files.write(directory.resolve("vmlinux"), vmlinux.array());

    try (Program server = Program.serve(dump.file())) {
      String shown =
          Gdb.batch()
              .symbols(patched)
              .connect(server)
              .ex("add-symbol-file " + frames, "thread 2", "bt")
              .run()
              .all();

      assertThat(shown)
          .containsSubsequence(
              "stop_this_cpu (",
              "sysvec_reboot (",
              "<signal handler called>",
              "amd_e400_idle (",
              "do_idle (",
              "start_secondary (",
              "secondary_startup_64 (")
          .doesNotContain("Backtrace stopped", "#10 ");
    }
  }

  /** It reads every entry, and warns of what a debugger would stumble over. */
  @Test
  void readelfHasNothingToSay() throws Exception {
    Path library = library(CorpusDump.RAW_ELF);

    Command.Result read =
        Command.of("sh", "-c", "readelf -W --debug-dump=frames \"$1\" | wc -l", "sh", "" + library)
            .run();

    assertThat(read.err()).isEmpty();
    assertThat(Integer.parseInt(read.out().strip())).isGreaterThan(100_000);
  }

  /** crash shows calls rather than returns here, 4 bytes before. */
  @Test
  void goesToTheUserProgramOnArm64() throws Exception {
    Path dump = Corpus.file("arm64/kdump/vmcore.md-zlib-d31");
    assumeTrue(Command.isInstalled("gdb-multiarch"), "gdb-multiarch is not installed");
    String crash = Corpus.text("arm64/kdump/vmcore.crash.txt");
    String task = crash.substring(crash.indexOf("COMMAND: \"init\""));
    task = task.substring(0, task.indexOf("\n\n"));
    List<String> expected =
        CRASH
            .matcher(task)
            .results()
            .skip(1)
            .map(frame -> "%016x".formatted(Long.parseUnsignedLong(frame.group(1), 16) + 4))
            .toList();
    Path file = directory.resolve("frames");
    try (CrashedMachine machine = CrashedMachine.open(dump, MachineOptions.defaults())) {
      byte[] frames =
          new KernelFrames(machine.linux(), port(machine), List::of)
              .of(AddressRanges.none())
              .orElseThrow();
      FrameLibrary.of(
              ElfMachines.EM_AARCH64,
              ByteOrder.LITTLE_ENDIAN,
              Long.BYTES,
              UNUSED,
              Map.of(".debug_frame", frames))
          .write(file);
    }
    try (Program server = Program.serve(dump)) {
      List<String> words = new ArrayList<>(List.of("gdb-multiarch", "-batch"));
      words.addAll(Gdb.QUIET);
      for (String command :
          List.of(
              "target remote " + server.address(),
              "add-symbol-file " + file,
              "bt",
              "up 100",
              "printf \"user %016lx %016lx %016lx\\n\", $pc, $sp, $x29")) {
        words.addAll(List.of("-ex", command));
      }
      String shown = Command.of(words).run().all();

      assertThat(FRAME.matcher(shown).results().map(frame -> frame.group(1)))
          .as(shown)
          .containsSubsequence(expected);
      Matcher user = Pattern.compile(" PC: (\\w+) .* SP: (\\w+)\\n +X29: (\\w+)").matcher(task);
      assertThat(user.find()).isTrue();
      assertThat(shown)
          .contains("user %s %s %s".formatted(user.group(1), user.group(2), user.group(3)));
    }
  }

  private static LinuxPort port(CrashedMachine machine) throws Exception {
    return LinuxPorts.of(machine.requireArchitecture());
  }

  private Path library(CorpusDump dump) throws Exception {
    Path file = directory.resolve("frames");
    try (CrashedMachine machine = CrashedMachine.open(dump.file(), MachineOptions.defaults())) {
      byte[] frames =
          new KernelFrames(machine.linux(), port(machine), List::of)
              .of(AddressRanges.none())
              .orElseThrow();
      FrameLibrary.of(
              ElfMachines.EM_X86_64,
              ByteOrder.LITTLE_ENDIAN,
              Long.BYTES,
              UNUSED,
              Map.of(".debug_frame", frames))
          .write(file);
    }
    return file;
  }
}
