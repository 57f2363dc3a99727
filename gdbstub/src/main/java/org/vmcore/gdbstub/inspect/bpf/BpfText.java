package org.vmcore.gdbstub.inspect.bpf;

import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.log.LogText;
import org.vmcore.gdbstub.inspect.view.Text;

/**
 * Programs and maps as crash's {@code bpf} lays them out.
 *
 * @param bytes whether those of instructions are shown
 * @param radix of integers of structures, 10 or 16
 */
record BpfText(boolean bytes, int radix) {
  void print(Bpf.Answer answer, Text out) {
    if (answer.programs().isEmpty() && answer.maps().isEmpty()) {
      out.print("(no bpf programs or maps loaded)\n");
    }
    boolean first = true;
    for (Bpf.Program one : answer.programs()) {
      if (first || one.details().isPresent()) {
        out.lay(first ? "" : "\n");
        headOfPrograms(out);
      }
      first = false;
      program(one, out);
    }
    first = true;
    for (Bpf.BpfMap one : answer.maps()) {
      if (first || one.details().isPresent()) {
        out.lay(first && answer.programs().isEmpty() ? "" : "\n");
        headOfMaps(out);
      }
      first = false;
      map(one, out);
    }
  }

  private static String address(Text out) {
    return "%-" + out.digits() + "s  ";
  }

  private static void headOfPrograms(Text out) {
    out.line(
        " ID  " + address(out) + address(out) + "%-18s %-16s  %-9s  NAME",
        Text.centred("BPF_PROG", out.digits()),
        Text.centred("BPF_PROG_AUX", out.digits()),
        "BPF_PROG_TYPE",
        "TAG",
        "USED_MAPS");
  }

  private void program(Bpf.Program one, Text out) {
    List<String> maps = one.usedMaps().stream().map(String::valueOf).toList();
    out.line(
        "%3d  " + address(out) + address(out) + "%-18s %-16s  %-9s  %s",
        one.id(),
        Long.toHexString(one.bpfProg()),
        Long.toHexString(one.bpfProgAux()),
        one.type(),
        one.tag(),
        String.join(",", maps),
        one.name());
    one.details().ifPresent(more -> details(one, more, out));
    one.translated()
        .ifPresent(
            all -> {
              out.lay("\n");
              all.forEach(instruction -> instruction(instruction, out));
            });
    one.compiled()
        .ifPresent(
            all -> {
              out.lay(all.isEmpty() ? "\n(not compiled)\n" : "\n");
              all.forEach(code -> out.print("   0x%x:\t%s\n", code.address(), code.text()));
            });
    one.structures().ifPresent(all -> all.forEach(structure -> structure.print(out, radix)));
  }

  private static void details(Bpf.Program one, Bpf.ProgramDetails more, Text out) {
    out.print(
        "     XLATED: %d  JITED: %d  MEMLOCK: %s\n",
        more.xlatedBytes(), more.jitedBytes(), known(more.memlockBytes(), "unknown"));
    out.print("     LOAD_TIME: %s\n", more.loaded().map(LogText.DATE::format).orElse("(unknown)"));
    String gpl = more.gplCompatible().map(yes -> yes ? "yes" : "no").orElse("(unknown)");
    out.print(
        "     GPL_COMPATIBLE: %s  NAME: \"%s\"  UID: %s\n",
        gpl, one.name(), known(more.uid(), "unused"));
  }

  /** A number, or what crash says where the kernel does not tell it. */
  private static String known(OptionalLong number, String otherwise) {
    return number.isPresent() ? String.valueOf(number.getAsLong()) : "(" + otherwise + ")";
  }

  private void instruction(Bpf.Instruction one, Text out) {
    out.print("%4d: %s\n", one.index(), one.text());
    if (bytes) {
      out.print("      %s\n", one.bytes().replaceAll("(..)", " $1"));
    }
  }

  private static void headOfMaps(Text out) {
    out.line(
        " ID  " + address(out) + "%-18s %-9s %9s %9s %11s  NAME",
        Text.centred("BPF_MAP", out.digits()),
        "BPF_MAP_TYPE",
        "MAP_FLAGS",
        "KEY",
        "VALUE",
        "MAX_ENTRIES");
  }

  private void map(Bpf.BpfMap one, Text out) {
    out.line(
        "%3d  " + address(out) + "%-18s %08x  %9d %9d %11d  %s",
        one.id(),
        Long.toHexString(one.bpfMap()),
        one.type(),
        one.flags(),
        one.keyBytes(),
        one.valueBytes(),
        one.maxEntries(),
        one.name());
    one.details().ifPresent(more -> details(one, more, out));
    one.entries().forEach(e -> out.print("     %s: %s\n", e.key(), String.join(" ", e.values())));
    one.structure().ifPresent(structure -> structure.print(out, radix));
  }

  private static void details(Bpf.BpfMap one, Bpf.MapDetails more, Text out) {
    out.print(
        "     KEY_SIZE: %d  VALUE_SIZE: %d  MAX_ENTRIES: %d  MEMLOCK: %s\n",
        one.keyBytes(), one.valueBytes(), one.maxEntries(), known(more.memlockBytes(), "unknown"));
    out.print("     NAME: \"%s\"  UID: %s\n", one.name(), known(more.uid(), "unused"));
  }
}
