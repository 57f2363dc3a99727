package org.vmcore.gdbstub.symbols.read.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.Tools;

/** Files as readelf and nm see them, and what is said of those that are damaged. */
class ObjectFileTest {
  private static final int E_PHNUM = 56;
  private static final int E_SHNUM = 60;
  private static final int E_SHSTRNDX = 62;

  @TempDir private Path directory;

  private final byte[] vmlinux = DemoMachine.builder().build().vmlinux().clone();
  private final ByteBuffer bytes = ByteBuffer.wrap(vmlinux).order(ByteOrder.LITTLE_ENDIAN);

  private static ObjectFile read(byte[] file) throws Exception {
    return ObjectFile.read(new BytesInput("vmlinux", file));
  }

  private String readelf(String option) throws Exception {
    return Tools.run("readelf", option, "" + Files.write(directory.resolve("vmlinux"), vmlinux));
  }

  @Test
  void sectionsAreThoseOfReadelf() throws Exception {
    List<String> expected = new ArrayList<>();
    Matcher line =
        Pattern.compile("\\[ *(\\d+)\\] (\\S+) +\\S+ +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+)")
            .matcher(readelf("-SW"));
    while (line.find()) {
      expected.add(
          "%s %s %x %x %x"
              .formatted(
                  line.group(1),
                  line.group(2),
                  Long.parseUnsignedLong(line.group(3), 16),
                  Long.parseLong(line.group(4), 16),
                  Long.parseLong(line.group(5), 16)));
    }
    assertThat(expected).hasSizeGreaterThan(5);
    assertThat(
            read(vmlinux)
                .sections()
                .skip(1)
                .map(
                    s ->
                        "%s %s %x %x %x"
                            .formatted(s.index(), s.name(), s.address(), s.offset(), s.size())))
        .isEqualTo(expected);
  }

  @Test
  void symbolsAreThoseOfNm() throws Exception {
    Map<String, Long> expected = new LinkedHashMap<>();
    Path file = Files.write(directory.resolve("vmlinux"), vmlinux);
    for (String line : Tools.run("nm", "" + file).lines().toList()) {
      expected.put(line.substring(19), Long.parseUnsignedLong(line.substring(0, 16), 16));
    }
    Symbols symbols = read(vmlinux).symbols().orElseThrow();
    assertThat(expected).hasSizeGreaterThan(20);
    expected.forEach((name, value) -> assertThat(symbols.value(name)).as(name).hasValue(value));
    assertThat(symbols.value("no_such_symbol")).isEmpty();
    assertThat(symbols.value("")).isEmpty();
  }

  @Test
  void theBuildIdIsThatOfReadelf() throws Exception {
    assertThat(readelf("-n")).contains("Build ID: " + read(vmlinux).buildId().orElseThrow());
  }

  /** Of one name the global symbol is what others refer to. */
  @ParameterizedTest
  @ValueSource(strings = {"local.c global.c", "global.c local.c"})
  void aGlobalSymbolIsBelievedBeforeALocalOne(String order) throws Exception {
    Files.writeString(directory.resolve("local.c"), "static int twice = 1; int *p = &twice;");
    Files.writeString(directory.resolve("global.c"), "int twice = 2; int main(void) { return 0; }");
    List<String> command = new ArrayList<>(List.of("gcc", "-o", "" + directory.resolve("program")));
    for (String source : order.split(" ", -1)) {
      command.add("" + directory.resolve(source));
    }
    Tools.run(command.toArray(String[]::new));
    Matcher global =
        Pattern.compile("(?m)^([0-9a-f]+) D twice$")
            .matcher(Tools.run("nm", "" + directory.resolve("program")));
    assertThat(global.find()).isTrue();
    assertThat(
            read(Files.readAllBytes(directory.resolve("program")))
                .symbols()
                .orElseThrow()
                .value("twice"))
        .hasValue(Long.parseLong(global.group(1), 16));
  }

  /** One for each function, as some modules have them: more than e_shnum can count. */
  @Test
  void moreSectionsThanTheHeaderCanCountAreRead() throws Exception {
    int count = 66_000;
    StringBuilder source = new StringBuilder();
    for (int i = 0; i < count; i++) {
      source.append(".section s").append(i).append(",\"a\"\n");
    }
    Path assembly = Files.writeString(directory.resolve("many.s"), source);
    Tools.run("as", "-o", "" + directory.resolve("many.o"), "" + assembly);
    ObjectFile file = read(Files.readAllBytes(directory.resolve("many.o")));
    assertThat(file.section("s" + (count - 1))).isPresent();
    assertThat(file.sections().filter(Section::isLoaded)).hasSizeGreaterThanOrEqualTo(count);
  }

  private void assertDamaged(Consumer<ByteBuffer> damage, String... words) {
    damage.accept(bytes);
    assertThatThrownBy(() -> read(vmlinux))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageStartingWith("vmlinux: damaged at offset 0x")
        .hasMessageContainingAll(words);
  }

  @Test
  void aTableOfNamesThatIsNoneIsTold() {
    assertDamaged(b -> b.putShort(E_SHSTRNDX, (short) 1), "e_shstrndx", "section 1");
  }

  @Test
  void aTableOfNamesThatIsNotThereIsTold() {
    assertDamaged(b -> b.putShort(E_SHSTRNDX, (short) 0xfff0), "e_shstrndx", "65520");
  }

  @Test
  void headersBeyondTheEndAreTold() {
    assertDamaged(b -> b.putShort(E_SHNUM, (short) 0xfff0), "e_shoff", "65520", "cut short");
  }

  @Test
  void tooManySegmentsAreTold() {
    assertDamaged(b -> b.putShort(E_PHNUM, (short) 0xffff), "e_phnum", "65535");
  }

  private int header(int type) {
    int at = (int) bytes.getLong(40);
    while (bytes.getInt(at + 4) != type) {
      at += 64;
    }
    return at;
  }

  @Test
  void aSectionThatEndsAfterTheFileIsTold() {
    assertDamaged(
        b -> b.putLong(header(Section.SHT_SYMTAB) + 32, 1L << 40), "sh_size", "1099511627776");
  }

  @Test
  void symbolsOfNoSizeAreTold() {
    assertDamaged(b -> b.putLong(header(Section.SHT_SYMTAB) + 56, 0), "sh_entsize", "and not 24");
  }

  @Test
  void symbolsWithoutNamesAreTold() {
    assertDamaged(b -> b.putInt(header(Section.SHT_SYMTAB) + 40, -1), "sh_link", "4294967295");
  }

  @Test
  void aNameBeyondTheNamesIsTold() {
    assertDamaged(b -> b.putInt(header(Section.SHT_SYMTAB), -1), "sh_name");
  }

  @Test
  void aFileThatIsCutIsTold() {
    assertThatThrownBy(() -> read(Arrays.copyOf(vmlinux, vmlinux.length / 2)))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("is it cut short?");
  }

  @Test
  void anotherKindOfFileIsTold() {
    assertThatThrownBy(() -> read(new byte[100]))
        .isInstanceOf(ElfFormatException.class)
        .hasMessage("vmlinux: not an ELF file");
  }
}
