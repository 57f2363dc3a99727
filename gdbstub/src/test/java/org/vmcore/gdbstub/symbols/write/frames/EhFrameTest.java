package org.vmcore.gdbstub.symbols.write.frames;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Against sections spelled out by the standards. */
class EhFrameTest {
  private static final long SLIDE = 0x100000;
  private static final long START = 0x201000;

  /** DW_CFA_def_cfa rsp 8, and the CIE's padding. */
  private static final String INITIAL = "0c0708" + "0000000000";

  private static byte[] debugFrame() {
    DebugFrame section = new DebugFrame(LITTLE_ENDIAN, Long.BYTES);
    DebugFrame.Cie cie = section.cie(DebugFrame.SIGNAL, 16, new CfaRules(LITTLE_ENDIAN).cfa(7, 8));
    section.fde(cie, START, 0x10, new CfaRules(LITTLE_ENDIAN).advance(4).cfa(7, 16));
    section.fde(cie, START + 0x10, 0x20, new CfaRules(LITTLE_ENDIAN).undefined(16));
    return section.bytes();
  }

  private static String ehFrame(NavigableMap<Long, Long> functions) {
    return HexFormat.of().formatHex(EhFrame.of(debugFrame(), LITTLE_ENDIAN, SLIDE, functions));
  }

  /** Length, 0, version 3, "zS", factors 1 and -4, register 16, no augmentation data; padding. */
  private static final String CIE = "14000000" + "00000000" + "03" + "7a5300" + "017c10" + "00";

  @Test
  void anFdeTellsHowFarBackItsCieIsAndAddressesOfTheFile() {
    String section = ehFrame(new TreeMap<>());
    assertThat(section).startsWith("0c000000" + CIE.substring(8));
    // The CIE takes 16 bytes; the first FDE refers to it from 4 bytes behind these.
    assertThat(section.substring(32))
        .startsWith(
            "2c000000"
                + "14000000"
                + "0010100000000000"
                + "1000000000000000"
                + "00"
                // remember_state, what the CIE said, and what the FDE said
                + "0a"
                + INITIAL
                + "440c0710");
    assertThat(section).contains("1010100000000000" + "2000000000000000" + "00" + "0a" + INITIAL);
    assertThat(section).endsWith("00000000");
  }

  @Test
  void aFunctionOfSeveralPartsHasOneFdeThatCoversAll() {
    NavigableMap<Long, Long> functions = new TreeMap<>();
    functions.put(START - SLIDE, START - SLIDE + 0x30);
    String section = ehFrame(functions);
    assertThat(section)
        .contains("0010100000000000" + "3000000000000000" + "00" + "0a" + INITIAL + "440c0710")
        // set_loc, restore_state, remember_state
        .contains("01" + "1010100000000000" + "0b" + "0a" + INITIAL)
        // The part can still be found by itself.
        .contains("1010100000000000" + "2000000000000000" + "00" + "0a" + INITIAL + "0710");
  }
}
