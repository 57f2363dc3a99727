package org.vmcore.arch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

/** What holds for every architecture; the test of each extends this. */
public abstract class ArchitectureContract {
  /** Physical memory of the garbage tests: small, so that garbage entries often lead back to it. */
  private static final long GARBAGE_SIZE = 64 * SyntheticDump.PAGE_SIZE;

  /** More entries than any walk of any architecture reads. */
  private static final int MAX_STEPS = 6;

  protected abstract Architecture architecture();

  /** A dump of this architecture without memory and notes. */
  protected abstract SyntheticDump.Builder dump();

  /** Notes of one CPU as the kernel or QEMU writes them; their registers may hold anything. */
  protected abstract List<Note> sampleNotes();

  /** Page tables in every mode of the architecture, with a root somewhere in that memory. */
  protected abstract List<PageTable> pageTables(PhysicalMemory memory, long root);

  /** Whether gdb shows a register within others alone, which it puts together itself. */
  protected boolean isOnlyShownAsPart(Register register) {
    return false;
  }

  /** Addresses worth trying besides random ones, such as the kernel's. */
  protected abstract long interestingAddress(Random random);

  @Test
  void isRegisteredUnderItsName() {
    assertThat(Architectures.named(architecture().name()))
        .get()
        .isInstanceOf(architecture().getClass());
  }

  @Test
  void theProgramCounterIsAsWideAsAnAddress() {
    Architecture architecture = architecture();
    RegisterSet registers = architecture.registers();
    int programCounter = registers.number(architecture.programCounter());

    assertThat(registers.registers().get(programCounter).bits()).isEqualTo(architecture.wordBits());
  }

  @Test
  void recognisesItsDumpsAndNoOthers() {
    assertThat(architecture().recognises(dump().build())).isTrue();
    for (int machine = 0; machine < 300; machine++) {
      for (int wordBits : new int[] {32, 64}) {
        Dump dump =
            SyntheticDump.builder("other", machine, wordBits, dump().build().info().byteOrder())
                .build();
        long claims =
            Architectures.all().stream()
                .filter(architecture -> architecture.recognises(dump))
                .count();
        assertThat(claims).as("architectures that claim e_machine %d", machine).isLessThan(2);
      }
    }
  }

  @Test
  void registersHaveNamesOfTheirOwn() {
    Set<String> names = new HashSet<>();
    for (Register register : architecture().registers().registers()) {
      assertThat(names.add(register.name())).as(register.name()).isTrue();
      assertThat(register.name()).matches("[A-Za-z][A-Za-z0-9_]*");
    }
  }

  @Test
  void targetDescriptionIsWellFormed() throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    String xml = architecture().registers().targetXml();
    assertThat(
            factory
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(UTF_8)))
                .getDocumentElement()
                .getTagName())
        .isEqualTo("target");
  }

  @Test
  void gdbTakesTheTargetDescription(@TempDir Path directory) throws Exception {
    RegisterSet registers = architecture().registers();
    Path file = Files.writeString(directory.resolve("target.xml"), registers.targetXml());
    Optional<String> output =
        gdb("set tdesc filename " + file, "show architecture", "maint print registers");
    assumeTrue(output.isPresent(), "no gdb that knows " + registers.gdbArchitecture());
    String text = output.orElseThrow();
    assertThat(text).doesNotContainIgnoringCase("warning");
    assertThat(text).contains('"' + registers.gdbArchitecture() + '"');
    for (Register register : registers.registers()) {
      if (isOnlyShownAsPart(register)) {
        continue;
      }
      // Name, number, relative number, offset and size; a feature that gdb refuses is not there.
      assertThat(text)
          .containsPattern(
              "(?m)^ %s +\\d+ +\\d+ +\\d+ +%d ".formatted(register.name(), register.bytes()));
    }
  }

  /** What the first gdb prints that is installed and knows the architecture. */
  private Optional<String> gdb(String... commands) throws IOException, InterruptedException {
    for (String program : List.of("gdb-multiarch", "gdb")) {
      List<String> command = new ArrayList<>(List.of(program, "-nx", "-batch"));
      command.addAll(
          List.of("-ex", "set architecture " + architecture().registers().gdbArchitecture()));
      for (String each : commands) {
        command.addAll(List.of("-ex", each));
      }
      Path output = Files.createTempFile("gdb", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(output);
        if (!text.contains("Undefined item")) {
          return Optional.of(text);
        }
      } catch (IOException e) {
        // Not installed: the next one may be.
        assertThat(e).hasMessageContaining(program);
      } finally {
        Files.delete(output);
      }
    }
    return Optional.empty();
  }

  @Test
  void sampleNotesMakeOneCpu() {
    SyntheticDump.Builder dump = dump();
    sampleNotes().forEach(note -> dump.note(note.name(), note.type(), note.descriptor()));
    List<CpuState> cpus = architecture().cpus(dump.build());
    assertThat(cpus).singleElement().extracting(CpuState::index).isEqualTo(0);
    RegisterValues values = cpus.get(0).registers();
    for (int number = 0; number < values.set().registers().size(); number++) {
      byte[] bytes = values.bytes(number);
      if (bytes != null) {
        assertThat(bytes).hasSize(values.set().registers().get(number).bytes());
      }
    }
  }

  @Test
  void shortNotesAreNoCpus() {
    for (Note note : sampleNotes()) {
      for (int length = 0; length < note.descriptor().length; length++) {
        SyntheticDump.Builder dump = dump();
        for (Note other : sampleNotes()) {
          byte[] bytes = other.descriptor();
          boolean cut = other.name().equals(note.name()) && other.type() == note.type();
          dump.note(other.name(), other.type(), cut ? Arrays.copyOf(bytes, length) : bytes);
        }
        assertThat(architecture().cpus(dump.build())).hasSizeLessThanOrEqualTo(1);
      }
    }
  }

  @Test
  void garbageNotesNeverThrow() {
    Random random = new Random(1);
    for (int round = 0; round < 2000; round++) {
      SyntheticDump.Builder dump = dump();
      for (Note note : sampleNotes()) {
        byte[] bytes = new byte[note.descriptor().length + random.nextInt(9) - 4];
        random.nextBytes(bytes);
        dump.note(note.name(), note.type(), bytes);
      }
      Dump built = dump.build();
      assertThat(architecture().cpus(built)).hasSizeLessThanOrEqualTo(1);
      assertThat(architecture().recognises(built)).isTrue();
    }
  }

  @Test
  void walksOverGarbageEndAndAgreeWithTranslations() {
    Random random = new Random(2);
    for (int round = 0; round < 20; round++) {
      PhysicalMemory memory = garbage(random, round);
      long root = random.nextInt((int) (GARBAGE_SIZE / SyntheticDump.PAGE_SIZE)) * 4096L;
      for (PageTable table : pageTables(memory, root)) {
        VirtualMemory virtual = new VirtualMemory(memory, table);
        for (int i = 0; i < 500; i++) {
          long address = random.nextBoolean() ? interestingAddress(random) : random.nextLong();
          PageWalk walk = table.walk(address);
          assertThat(walk.result()).isEqualTo(table.translate(address));
          assertThat(walk.steps()).hasSizeLessThanOrEqualTo(MAX_STEPS);
          if (walk.result() instanceof Translation.Mapped mapped) {
            assertThat(mapped.length()).isPositive();
            assertThat(virtual.translate(address)).isEqualTo(mapped);
          } else {
            assertThat(((Fault) walk.result()).message()).isNotBlank();
            assertThat(virtual.translate(address)).isEqualTo(walk.result());
          }
          VirtualRead read = virtual.read(address, new byte[8192], 0, 8192);
          assertThat(read.isComplete()).isEqualTo(read.length() == 8192);
        }
      }
    }
  }

  /** Random words whose addresses are small, so that walks get deep. */
  private PhysicalMemory garbage(Random random, int round) {
    SyntheticDump.Builder dump = dump();
    for (long at = 0; at < GARBAGE_SIZE; at += Long.BYTES) {
      long word = random.nextLong();
      dump.writeLong(at, round % 2 == 0 ? word : word & (GARBAGE_SIZE - 1));
    }
    return dump.build().memory();
  }

  @Test
  void kernelSpaceOverGarbageIsAnAnswerOrTheMissingFact() {
    Random random = new Random(3);
    for (int round = 0; round < 20; round++) {
      SyntheticDump.Builder dump = dump();
      for (long at = 0; at < GARBAGE_SIZE; at += Long.BYTES) {
        dump.writeLong(at, random.nextLong() & 0xf_ffff);
      }
      for (Note note : sampleNotes()) {
        byte[] bytes = new byte[note.descriptor().length];
        random.nextBytes(bytes);
        dump.note(note.name(), note.type(), bytes);
      }
      Dump built = dump.build();
      Machine machine =
          new Machine(
              built,
              Optional.empty(),
              architecture().cpus(built),
              symbol -> OptionalLong.empty(),
              Map.of());
      try {
        KernelSpace space = architecture().kernelSpace(machine);
        assertThat(space.facts()).isNotEmpty();
      } catch (MissingFactException e) {
        assertThat(e.getMessage()).contains("--");
      }
    }
  }
}
