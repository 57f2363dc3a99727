package org.vmcore.gdbstub.linux.types;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.linux.memory.ImageWindows;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * BTF where a kernel with CONFIG_DEBUG_INFO_BTF has it in memory: its own between the symbols
 * {@code __start_BTF} and {@code __stop_BTF} (Linux commit 341dfcf8d78e, "btf: expose BTF info
 * through sysfs"; .BTF in include/asm-generic/vmlinux.lds.h), a module's in the copy that
 * /sys/kernel/btf shows: {@code struct btf_module} on the list {@code btf_modules} of
 * kernel/bpf/btf.c (commit 36e68442d1af, "bpf: Load and verify kernel module BTFs"). The module's
 * own {@code btf_data} is gone once it has been loaded.
 */
public final class KernelBtf {
  private static final Logger LOG = LoggerFactory.getLogger(KernelBtf.class);

  private static final String START = "__start_BTF";
  private static final String STOP = "__stop_BTF";

  /** More than any kernel has; a guard against garbage. */
  private static final int MAX_BYTES = 64 << 20;

  /** btf_header.magic, BTF_MAGIC. */
  private static final short MAGIC = (short) 0xeb9f;

  private static final int HEADER_BYTES = 24;

  /** Fewer bytes of types than any kernel has, and more than a BPF program that it carries. */
  private static final int MIN_TYPES = 64 << 10;

  private KernelBtf() {}

  /**
   * The types of the kernel in a dump and of its modules; empty where it has none.
   *
   * @param image an address at or before the start of the kernel's image, which is searched where
   *     the symbols do not tell; empty where they would
   */
  public static Optional<TypedMemory> open(
      KernelMemory memory, SymbolTable symbols, OptionalLong image) {
    Map<String, Long> found = symbols.find(Set.of(START, STOP));
    Long start = found.get(START);
    Long stop = found.get(STOP);
    if (start != null && stop != null) {
      return read(memory, symbols, start, stop - start);
    }
    return image.isPresent()
        ? search(memory, image.getAsLong())
            .flatMap(place -> read(memory, symbols, place.start(), place.length()))
        : Optional.empty();
  }

  private record Place(long start, long length) {}

  /** By its header: struct btf_header (Linux include/uapi/linux/btf.h). */
  private static Optional<Place> search(KernelMemory memory, long image) {
    return ImageWindows.search(
        memory,
        image,
        HEADER_BYTES,
        (address, bytes, length) -> {
          ByteBuffer window = ByteBuffer.wrap(bytes, 0, length).order(memory.byteOrder());
          for (int at = 0; at + HEADER_BYTES <= length; at += Integer.BYTES) {
            if (window.getShort(at) == MAGIC && isHeader(window, at)) {
              long size = Integer.toUnsignedLong(window.getInt(at + 16) + window.getInt(at + 20));
              return Optional.of(new Place(address + at, HEADER_BYTES + size));
            }
          }
          return Optional.empty();
        });
  }

  /** version, flags, hdr_len; then type_off, type_len, str_off, str_len, one behind the other. */
  private static boolean isHeader(ByteBuffer window, int at) {
    int types = window.getInt(at + 12);
    return window.get(at + 2) == 1
        && window.get(at + 3) == 0
        && window.getInt(at + 4) == HEADER_BYTES
        && window.getInt(at + 8) == 0
        && types >= MIN_TYPES
        && window.getInt(at + 16) == types
        && window.getInt(at + 20) > 0;
  }

  private static Optional<TypedMemory> read(
      KernelMemory memory, SymbolTable symbols, long start, long length) {
    if (length <= 0 || length > MAX_BYTES) {
      LOG.warn("the kernel's BTF cannot be used: it is said to have {} bytes", length);
      return Optional.empty();
    }
    memory.willRead(start, length);
    Optional<ByteBuffer> bytes = memory.bytes(start, (int) length);
    if (bytes.isEmpty()) {
      LOG.warn("the kernel's BTF cannot be used: the dump does not have all of it");
      return Optional.empty();
    }
    try {
      Btf btf = Btf.parse("the kernel's BTF", bytes.get().array(), memory.wordBytes());
      TypedMemory kernel = new TypedMemory(memory, KernelTypes.of(btf), symbols);
      return Optional.of(
          new TypedMemory(memory, new KernelTypes(btf, () -> modules(kernel, btf)), symbols));
    } catch (BtfException e) {
      LOG.warn("the kernel's BTF cannot be used: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * @param kernel knows the kernel's own types only
   */
  private static Map<String, TypeTable> modules(TypedMemory kernel, Btf base) {
    Map<String, TypeTable> modules = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    try {
      Walk walk =
          kernel.variable("btf_modules", "struct list_head").list("struct btf_module", "list");
      for (KernelObject entry : walk) {
        addModule(modules, entry, base).ifPresent(problems::add);
      }
      walk.problem().ifPresent(problem -> LOG.warn("modules' BTF: {}", problem));
    } catch (KernelReadException e) {
      // Kernels before 5.11, and those without modules, have no such list.
      LOG.debug("no modules' BTF: {}", e.getMessage());
    }
    if (!problems.isEmpty()) {
      LOG.warn("BTF of {} modules cannot be used; the first: {}", problems.size(), problems.get(0));
    }
    return modules;
  }

  /** Why it could not be added, where it could not. */
  private static Optional<String> addModule(
      Map<String, TypeTable> modules, KernelObject entry, Btf base) {
    try {
      String name = entry.string("btf->name");
      long size = entry.value("btf->data_size");
      if (size < 0 || size > MAX_BYTES) {
        return Optional.of("%s is said to have %d bytes of it".formatted(name, size));
      }
      if (entry.value("btf->start_id") != base.endId()) {
        return Optional.of("that of %s is not on top of the kernel's".formatted(name));
      }
      KernelObject data = entry.member("btf->data").dereference();
      modules.put(name, base.parseModule("BTF of module " + name, data.bytes((int) size)));
      return Optional.empty();
    } catch (KernelReadException | BtfException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
