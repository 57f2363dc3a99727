package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.linux.stack.CodeRules.Stretch;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;

/**
 * Writes rules as a {@code .debug_frame}. An FDE describes a stretch of code, of which each row
 * says what has changed; where code begins with the same rule as another, they share a CIE.
 */
final class FrameWriter {
  /** Some architectures make a rule anew for each row. */
  private static final int MOST_SEEN = 1 << 12;

  private final ElfAbi abi;
  private final ByteOrder byteOrder;
  private final AddressRanges covered;
  private final DebugFrame section;
  private final Map<FrameRule, Known> rules = new HashMap<>();

  /** The same without comparing them, which takes long: most rules come many times. */
  private final IdentityHashMap<FrameRule, Known> seen = new IdentityHashMap<>();

  /** By the numbers of the rules. */
  private final Map<Long, byte[]> changes = new HashMap<>();

  private boolean empty = true;

  /** A rule, which equal ones share. */
  private static final class Known {
    private final int number;
    private final FrameRule rule;
    private DebugFrame.@Nullable Cie cie;

    Known(int number, FrameRule rule) {
      this.number = number;
      this.rule = rule;
    }
  }

  private Known known(FrameRule rule) {
    Known known = seen.get(rule);
    if (known == null) {
      known = rules.computeIfAbsent(rule, it -> new Known(rules.size(), it));
      if (seen.size() >= MOST_SEEN) {
        seen.clear();
      }
      seen.put(rule, known);
    }
    return known;
  }

  /**
   * @param wordBytes of an address, 4 or 8
   * @param covered code that has call-frame information of its own
   */
  FrameWriter(ElfAbi abi, ByteOrder byteOrder, int wordBytes, AddressRanges covered) {
    this.abi = abi;
    this.byteOrder = byteOrder;
    this.covered = covered;
    this.section = new DebugFrame(byteOrder, wordBytes);
  }

  boolean isEmpty() {
    return empty;
  }

  byte[] bytes() {
    return section.bytes();
  }

  /** An FDE that has been begun. */
  private final class Open {
    private final Known first;
    private final long start;
    private final CfaRules rules = new CfaRules(byteOrder);
    private Known last;
    private long at;

    Open(Row row) {
      this.first = known(row.rule());
      this.start = row.start();
      this.last = first;
      this.at = row.start();
    }

    /** Whether what follows can be said in the same FDE. */
    boolean takes(Row row) {
      return row.rule().signal() == first.rule.signal()
          && row.rule().returnAddress().equals(first.rule.returnAddress())
          && row.start() - start <= Integer.MAX_VALUE;
    }

    void add(Row row) {
      Known next = known(row.rule());
      if (next != last) {
        if (row.start() != at) {
          rules.advance(row.start() - at);
          at = row.start();
        }
        rules.append(change(last, next));
        last = next;
      }
    }

    void close(long end) {
      if (end - start > 0) {
        section.fde(cie(first), start, end - start, rules);
        empty = false;
      }
    }
  }

  void add(Stretch stretch) {
    Open open = null;
    for (Row row : stretch.rows()) {
      boolean omitted = covered.contains(row.start());
      if (open != null && (omitted || !open.takes(row))) {
        open.close(row.start());
        open = null;
      }
      if (!omitted) {
        if (open == null) {
          open = new Open(row);
        } else {
          open.add(row);
        }
      }
    }
    if (open != null) {
      open.close(stretch.end());
    }
  }

  private DebugFrame.Cie cie(Known first) {
    DebugFrame.Cie cie = first.cie;
    if (cie == null) {
      FrameRule rule = first.rule;
      CfaRules initial = new CfaRules(byteOrder).append(change(null, rule));
      String augmentation = rule.signal() ? DebugFrame.SIGNAL : DebugFrame.PLAIN;
      cie = section.cie(augmentation, number(rule.returnAddress()), initial);
      first.cie = cie;
    }
    return cie;
  }

  private byte[] change(Known from, Known to) {
    return changes.computeIfAbsent(
        (long) from.number << Integer.SIZE | to.number, numbers -> change(from.rule, to.rule));
  }

  private int number(String register) {
    return abi.dwarfNumber(register)
        .orElseThrow(() -> new IllegalArgumentException("DWARF has no number for " + register));
  }

  /** The instructions that make one rule another. */
  private byte[] change(@Nullable FrameRule from, FrameRule to) {
    CfaRules rules = new CfaRules(byteOrder);
    if (from == null || !from.cfa().equals(to.cfa())) {
      cfa(to.cfa(), rules);
    }
    if (to.signed() != (from != null && from.signed())) {
      rules.toggleSignedReturnAddress();
    }
    Map<String, Where> before = from == null ? Map.of() : from.registers();
    Set<String> names = new LinkedHashSet<>(to.registers().keySet());
    names.addAll(before.keySet());
    for (String name : names) {
      OptionalInt number = abi.dwarfNumber(name);
      // What is not said of a register, debuggers take for unchanged.
      Where where = to.registers().getOrDefault(name, Where.Same.SAME);
      Where old = from == null ? null : before.getOrDefault(name, Where.Same.SAME);
      if (number.isPresent() && !where.equals(old)) {
        register(number.getAsInt(), where, rules);
      }
    }
    return rules.bytes();
  }

  private void cfa(Place place, CfaRules rules) {
    if (place instanceof Place.By by) {
      rules.cfa(number(by.register()), (int) by.offset());
    } else if (place instanceof Place.Pointed pointed) {
      rules.cfaInMemory(number(pointed.register()), (int) pointed.offset(), (int) pointed.added());
    }
  }

  private void register(int number, Where where, CfaRules rules) {
    if (where instanceof Where.Saved saved) {
      rules.saved(number, (int) saved.fromCfa());
    } else if (where instanceof Where.SavedAt at) {
      rules.expression(CfaRules.DW_CFA_EXPRESSION, number, expression(at.place()));
    } else if (where instanceof Where.Is is) {
      rules.expression(CfaRules.DW_CFA_VAL_EXPRESSION, number, expression(is.value()));
    } else if (where instanceof Where.OneOf one) {
      rules.valueBy(number, number(one.by()), one.values());
    } else if (where == Where.Same.SAME) {
      rules.same(number);
    } else {
      rules.undefined(number);
    }
  }

  private byte[] expression(Place place) {
    return place instanceof Place.Pointed pointed
        ? CfaRules.pointed(
            number(pointed.register()), (int) pointed.offset(), (int) pointed.added())
        : CfaRules.based(number(((Place.By) place).register()), (int) ((Place.By) place).offset());
  }
}
