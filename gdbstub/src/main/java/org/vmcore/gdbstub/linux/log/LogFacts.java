package org.vmcore.gdbstub.linux.log;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Who tells where the log and the members of its structures are. What it does not know is empty.
 */
interface LogFacts {
  /** Run-time address. */
  OptionalLong symbol(String name);

  /** Bytes of a structure. */
  OptionalLong size(String structure);

  /**
   * Bytes from the structure's start.
   *
   * @param member {@code structure.member}; none that is a bit-field
   */
  OptionalLong offset(String member);

  /**
   * What the kernel left for tools such as this one (Linux kernel/printk/printk.c, "vmcoreinfo").
   */
  static LogFacts of(Vmcoreinfo vmcoreinfo) {
    return new LogFacts() {
      @Override
      public OptionalLong symbol(String name) {
        return vmcoreinfo.symbol(name);
      }

      @Override
      public OptionalLong size(String structure) {
        return vmcoreinfo.size(structure);
      }

      @Override
      public OptionalLong offset(String member) {
        return vmcoreinfo.offset(member);
      }
    };
  }

  /** The kernel's own symbols and types, for one that left nothing. */
  static LogFacts of(LinuxKernel kernel) {
    return new LogFacts() {
      @Override
      public OptionalLong symbol(String name) {
        Optional<Long> address = kernel.address(name);
        return address.isPresent() ? OptionalLong.of(address.get()) : OptionalLong.empty();
      }

      @Override
      public OptionalLong size(String structure) {
        Optional<Compound> type = compound(structure);
        return type.isPresent() ? type.get().size() : OptionalLong.empty();
      }

      @Override
      public OptionalLong offset(String member) {
        int dot = member.indexOf('.');
        Optional<Compound> type = compound(member.substring(0, dot));
        return type.isPresent()
            ? type.get().offsetOf(member.substring(dot + 1))
            : OptionalLong.empty();
      }

      private Optional<Compound> compound(String structure) {
        return kernel
            .types()
            .map(TypedMemory::types)
            .flatMap(t -> t.compound("struct " + structure));
      }
    };
  }

  /**
   * The same with structures that {@code facts} knows nothing of.
   *
   * @param sizes by structure
   * @param offsets by {@code structure.member}
   */
  static LogFacts with(LogFacts facts, Map<String, Integer> sizes, Map<String, Integer> offsets) {
    return new LogFacts() {
      @Override
      public OptionalLong symbol(String name) {
        return facts.symbol(name);
      }

      @Override
      public OptionalLong size(String structure) {
        Integer size = sizes.get(structure);
        return size == null ? facts.size(structure) : OptionalLong.of(size);
      }

      @Override
      public OptionalLong offset(String member) {
        Integer offset = offsets.get(member);
        return offset == null ? facts.offset(member) : OptionalLong.of(offset);
      }
    };
  }
}
