package org.vmcore.gdbstub.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instructions of BPF in the kernel's own words. */
class BpfCodeTest {
  private static final BpfCode.Names NAMES =
      new BpfCode.Names(
          offset -> offset == 201840 ? "__htab_map_lookup_elem" : "unknown",
          value ->
              value == 0x1111111111111111L
                  ? "map[id:1]"
                  : value == 0x2222222222222222L ? "map[id:2]" : "0x" + Long.toHexString(value));

  private static BpfCode read(ByteBuffer code) {
    return new BpfCode(code, NAMES);
  }

  /**
   * What {@code lab/lab-objects} loads into a guest, as Linux 6.1 made it for running, and
   * bpftool's words for it there ({@code bpftool prog dump xlated}); the maps' addresses are made
   * up.
   */
  @Test
  void readsAsBpftoolHasIt() {
    String listing =
        """
        bf16000000000000                 0: (bf) r6 = r1
        b708000000000000                 1: (b7) r8 = 0
        620afcff01000000                 2: (62) *(u32 *)(r10 -4) = 1
        bfa2000000000000                 3: (bf) r2 = r10
        07020000fcffffff                 4: (07) r2 += -4
        18010000111111110000000011111111 5: (18) r1 = map[id:1]
        0701000010010000                 7: (07) r1 += 272
        6120000000000000                 8: (61) r0 = *(u32 *)(r2 +0)
        3500030004000000                 9: (35) if r0 >= 0x4 goto pc+3
        6700000003000000                 10: (67) r0 <<= 3
        0f10000000000000                 11: (0f) r0 += r1
        0500010000000000                 12: (05) goto pc+1
        b700000000000000                 13: (b7) r0 = 0
        1500140000000000                 14: (15) if r0 == 0x0 goto pc+20
        7907000000000000                 15: (79) r7 = *(u64 *)(r0 +0)
        0707000001000000                 16: (07) r7 += 1
        b408000007000000                 17: (b4) w8 = 7
        6408000003000000                 18: (64) w8 <<= 3
        ac78000000000000                 19: (ac) w8 ^= w7
        dc07000010000000                 20: (dc) r7 = be16 r7
        db80000000000000                 21: (db) lock *(u64 *)(r0 +0) += r8
        6161700000000000                 22: (61) r1 = *(u32 *)(r6 +112)
        5501010040000000                 23: (55) if r1 != 0x40 goto pc+1
        8708000000000000                 24: (87) r8 = -r8
        7b8af0ff00000000                 25: (7b) *(u64 *)(r10 -16) = r8
        bfa2000000000000                 26: (bf) r2 = r10
        07020000fcffffff                 27: (07) r2 += -4
        18010000222222220000000022222222 28: (18) r1 = map[id:2]
        8500000070140300                 30: (85) call __htab_map_lookup_elem#201840
        1500010000000000                 31: (15) if r0 == 0x0 goto pc+1
        0700000038000000                 32: (07) r0 += 56
        1500010000000000                 33: (15) if r0 == 0x0 goto pc+1
        6380000000000000                 34: (63) *(u32 *)(r0 +0) = r8
        bf81000000000000                 35: (bf) r1 = r8
        8510010001000000                 36: (85) call pc+1
        9500000000000000                 37: (95) exit
        bf10000000000000                 38: (bf) r0 = r1
        2700000003000000                 39: (27) r0 *= 3
        9500000000000000                 40: (95) exit
        """;
    StringBuilder bytes = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (String line : listing.lines().toList()) {
      String[] parts = line.split(" +", 2);
      bytes.append(parts[0]);
      expected.append(parts[1]).append('\n');
    }
    ByteBuffer code =
        ByteBuffer.wrap(HexFormat.of().parseHex(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder found = new StringBuilder();
    while (code.hasRemaining()) {
      int index = code.position() / BpfCode.BYTES;
      found.append(index).append(": ").append(read(code).text()).append('\n');
    }
    assertThat(found).hasToString(expected.toString());
  }

  /** Of the others one each (RFC 9669, 4 and 5), laid out as in kernel/bpf/disasm.c. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "d703000020000000 | (d7) r3 = bswap32 r3",
        "d403000040000000 | (d4) r3 = le64 r3",
        "3712010005000000 | (37) r2 s/= 5",
        "bf12080000000000 | (bf) r2 = (s8)r1",
        "c41200000f000000 | (c4) w2 s>>= 15",
        "ae12030000000000 | (ae) if w2 < w1 goto pc+3",
        "d51200fe07000000 | (d5) if r2 s<= 0x7 goto pc-512",
        "0600000007000000 | (06) gotol pc+7",
        "db121800c1000000 | (db) BUG_db",
        "db12180001000000 | (db) r1 = atomic64_fetch_add((u64 *)(r2 +24), r1)",
        "c3121800e1000000 | (c3) r1 = atomic_xchg((u32 *)(r2 +24), r1)",
        "db121800f1000000 | (db) r0 = atomic64_cmpxchg((u64 *)(r2 +24), r0, r1)",
        "9121f8ff00000000 | (91) r1 = *(s8 *)(r2 -8)",
        "3000000017000000 | (30) r0 = *(u8 *)skb[23]",
        "8d02000000000000 | (8d) callx r2",
        "8520000005000000 | (85) call unknown",
        "1801000001000000 | (18) r1 = 0x1",
        "f500000000000000 | (f5) call bpf_tail_call#12"
      })
  void namesTheOthers(String bytes, String expected) {
    byte[] little = HexFormat.of().parseHex(bytes);
    BpfCode code = read(ByteBuffer.wrap(little).order(ByteOrder.LITTLE_ENDIAN));

    assertThat(code.text()).isEqualTo(expected);
    assertThat(read(ByteBuffer.wrap(big(little))).text()).isEqualTo(expected);
  }

  /** The same for a machine of the other byte order, where the registers' halves change, too. */
  private static byte[] big(byte[] little) {
    byte[] big = little.clone();
    big[1] = (byte) ((little[1] & 0xf) << 4 | (little[1] & 0xf0) >> 4);
    big[2] = little[3];
    big[3] = little[2];
    for (int i = 0; i < 4; i++) {
      big[4 + i] = little[7 - i];
    }
    return big;
  }
}
