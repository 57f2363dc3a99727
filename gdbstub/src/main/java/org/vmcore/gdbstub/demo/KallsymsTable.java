package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The kernel's own symbol table as Linux 6.1 lays it out (scripts/kallsyms.c, kernel/kallsyms.c):
 *
 * <pre>
 *   kallsyms_offsets        s32 each: an absolute (per-CPU) address, or -1 - (address - base)
 *   kallsyms_relative_base  u64: the address of _text
 *   kallsyms_num_syms       u32
 *   kallsyms_names          per symbol a ULEB128 length and that many token numbers
 *   kallsyms_markers        u32 for each 256th symbol: its offset in kallsyms_names
 *   kallsyms_token_table    256 NUL-terminated strings
 *   kallsyms_token_index    u16 each: where in kallsyms_token_table a token starts
 * </pre>
 *
 * <p>A name starts with the letter of its type, as nm prints it. Tokens are the letters that occur,
 * each under its own number, and under the numbers left over the pairs of tokens that save most.
 */
final class KallsymsTable {
  private static final int TOKENS = 256;
  private static final int SYMBOLS_PER_MARKER = 256;

  private final List<Entry> entries;
  private final String[] tokens = new String[TOKENS];
  private final List<int[]> names = new ArrayList<>();

  /**
   * @param type the letter that nm prints; A for an address that KASLR does not move
   */
  record Entry(String name, char type, long address) {
    Entry {
      if (name.length() > 126) {
        throw new IllegalArgumentException("name needs a two-byte length: " + name);
      }
    }

    boolean isAbsolute() {
      return type == 'A';
    }
  }

  /**
   * @param entries in ascending unsigned order of addresses
   */
  KallsymsTable(List<Entry> entries) {
    this.entries = List.copyOf(entries);
    Arrays.fill(tokens, "");
    for (Entry entry : entries) {
      int[] name = (entry.type + entry.name).chars().toArray();
      for (int letter : name) {
        tokens[letter] = Character.toString(letter);
      }
      names.add(name);
    }
    for (int token = 0; token < TOKENS; token++) {
      if (tokens[token].isEmpty()) {
        replaceMostFrequentPair(token);
      }
    }
  }

  byte[] offsets(long relativeBase) {
    ByteBuffer bytes =
        ByteBuffer.allocate(entries.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Entry entry : entries) {
      long offset = entry.isAbsolute() ? entry.address : -1 - (entry.address - relativeBase);
      bytes.putInt(Math.toIntExact(offset));
    }
    return bytes.array();
  }

  byte[] numSyms() {
    return ByteBuffer.allocate(Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(entries.size())
        .array();
  }

  byte[] names() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int[] name : names) {
      bytes.write(name.length);
      for (int token : name) {
        bytes.write(token);
      }
    }
    return bytes.toByteArray();
  }

  byte[] markers() {
    int count = (names.size() + SYMBOLS_PER_MARKER - 1) / SYMBOLS_PER_MARKER;
    ByteBuffer bytes = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int offset = 0;
    for (int i = 0; i < names.size(); i++) {
      if (i % SYMBOLS_PER_MARKER == 0) {
        bytes.putInt(offset);
      }
      offset += 1 + names.get(i).length;
    }
    return bytes.array();
  }

  byte[] tokenTable() {
    return (String.join("\0", tokens) + "\0").getBytes(ISO_8859_1);
  }

  byte[] tokenIndex() {
    ByteBuffer bytes = ByteBuffer.allocate(TOKENS * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int offset = 0;
    for (String token : tokens) {
      bytes.putShort((short) offset);
      offset += token.length() + 1;
    }
    return bytes.array();
  }

  private void replaceMostFrequentPair(int token) {
    int[] counts = new int[TOKENS * TOKENS];
    int best = 0;
    for (int[] name : names) {
      for (int i = 0; i + 1 < name.length; i++) {
        int pair = name[i] * TOKENS + name[i + 1];
        counts[pair]++;
        if (counts[pair] > counts[best]) {
          best = pair;
        }
      }
    }
    if (counts[best] < 2) {
      return;
    }
    int first = best / TOKENS;
    int second = best % TOKENS;
    tokens[token] = tokens[first] + tokens[second];
    names.replaceAll(name -> replacePair(name, first, second, token));
  }

  private static int[] replacePair(int[] name, int first, int second, int token) {
    int[] shorter = new int[name.length];
    int length = 0;
    for (int i = 0; i < name.length; i++) {
      if (i + 1 < name.length && name[i] == first && name[i + 1] == second) {
        shorter[length++] = token;
        i++;
      } else {
        shorter[length++] = name[i];
      }
    }
    return Arrays.copyOf(shorter, length);
  }
}
