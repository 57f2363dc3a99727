package org.vmcore.gdbstub.symbols.offer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.testing.Corpus;

class VmlinuxViewTest {
  private static final int[] NONE = {};

  @TempDir private Path directory;

  private static byte[] bytes(DumpInput input) throws Exception {
    byte[] bytes = new byte[(int) input.size()];
    assertThat(input.read(0, bytes, 0, bytes.length)).isEqualTo(bytes.length);
    return bytes;
  }

  private static List<String> readelf(Path file) throws Exception {
    String text = Tools.run("readelf", "-W", "-l", "-S", file.toString());
    return text.lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
  }

  /**
   * Differences in what readelf says: the segment and the section of per-CPU variables, no more.
   */
  @Test
  void perCpuVariablesAreLeftWhereTheyAre() throws Exception {
    Path file = Corpus.file("x86_64/kernel/vmlinux");
    try (FileInput input = FileInput.open(file)) {
      Path shown = directory.resolve("vmlinux");
      Files.write(shown, bytes(VmlinuxView.open(input).orElseThrow().shown(NONE)));

      List<String> before = readelf(file);
      List<String> after = readelf(shown);
      List<String> changed = after.stream().filter(line -> !before.contains(line)).toList();
      assertThat(changed)
          .anyMatch(line -> line.startsWith("NULL 0x"))
          .anyMatch(line -> line.contains(".data..percpu NOBITS 0000000000000000"))
          .allMatch(line -> line.startsWith("NULL 0x") || line.contains(".data..percpu"));
      assertThat(Files.size(shown)).isEqualTo(Files.size(file));
    }
  }

  /** Per-CPU symbols of arm64 are addresses in the image like all others. */
  @Test
  void whereNothingIsToBeChangedNothingIs() throws Exception {
    Path file = Corpus.file("arm64/kernel/vmlinux");
    try (FileInput input = FileInput.open(file)) {
      byte[] shown = bytes(VmlinuxView.open(input).orElseThrow().shown(NONE));
      assertThat(shown).isEqualTo(Files.readAllBytes(file));
    }
  }

  @Test
  void filesOf32BitsAreServedAsTheyAre() throws Exception {
    try (FileInput input = FileInput.open(Corpus.file("i386/kernel/vmlinux"))) {
      assertThat(VmlinuxView.open(input)).isEmpty();
    }
  }

  @Test
  void patchesShowInEveryPieceThatIsRead() throws Exception {
    byte[] original = new byte[100];
    new Random(1).nextBytes(original);
    byte[] expected = original.clone();
    System.arraycopy(new byte[] {1, 2, 3, 4}, 0, expected, 40, 4);
    expected[99] = 7;
    PatchedInput patched =
        new PatchedInput(
            new BytesInput("original", original),
            List.of(
                new PatchedInput.Patch(40, new byte[] {1, 2, 3, 4}),
                new PatchedInput.Patch(99, new byte[] {7})));
    for (int start = 0; start <= 100; start++) {
      for (int length = 0; length <= 100; length += 3) {
        byte[] piece = new byte[length];
        int got = patched.read(start, piece, 0, length);
        assertThat(got).isEqualTo(Math.min(length, 100 - start));
        for (int i = 0; i < got; i++) {
          assertThat(piece[i]).isEqualTo(expected[start + i]);
        }
      }
    }
  }
}
