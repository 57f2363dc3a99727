package org.vmcore.gdbstub.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.DeclaredTypes;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A made-up kernel of a few objects, for tests that can be followed with a pencil. Its types are
 * declared as in C, objects get addresses one behind the other, each at a multiple of 0x100, and
 * their members are set by name:
 *
 * <pre>{@code
 * MadeKernel kernel = new MadeKernel(types);
 * Made area = kernel.object("vmap_area").set("va_start", 0x1000);
 * kernel.list(kernel.variable("vmap_area_list", "list_head"), "list", area);
 * VmallocAreas.read(kernel.memory());
 * }</pre>
 */
public final class MadeKernel {
  /** Where the first object is. */
  public static final long BASE = 0xffff_8880_0000_0000L;

  private static final int SIZE = 1 << 16;
  private static final int STEP = 0x100;
  private static final int WORD = Long.BYTES;

  private final DeclaredTypes types;
  private final KernelTypes known;
  private final MadeMemory memory = MadeMemory.at(BASE, SIZE, WORD);
  private final Map<String, Long> symbols = new HashMap<>();
  private long next = BASE;

  public MadeKernel(String declarations) {
    this.types = new DeclaredTypes(declarations);
    this.known = KernelTypes.of(types);
  }

  /** An object of a struct, with zeros in it. */
  public final class Made {
    private final Compound type;
    private final long address;

    private Made(Compound type, long address) {
      this.type = type;
      this.address = address;
    }

    public long address() {
      return address;
    }

    /** The address of a member, written as {@code vm_mm} or {@code list.next}. */
    public long at(String member) {
      return address
          + type.offsetOf(member)
              .orElseThrow(() -> new IllegalArgumentException(type.name() + " has no " + member));
    }

    /** Sets a member that is a number or a pointer, of 4 or 8 bytes. */
    public Made set(String member, long value) {
      long bytes = type.path(member).orElseThrow().steps().get(0).type().get().size().orElseThrow();
      if (bytes == WORD) {
        memory.int64(at(member), value);
      } else {
        memory.int32(at(member), (int) value);
      }
      return this;
    }

    /** Lets a pointer point to an object. */
    public Made set(String member, Made to) {
      return set(member, to.address);
    }

    /** Sets an array of characters. */
    public Made set(String member, String text) {
      memory.text(at(member), text);
      return this;
    }

    /** Lets a pointer point to a text. */
    public Made point(String member, String text) {
      return set(member, text(text));
    }
  }

  private long take(long bytes) {
    long address = next;
    next += (bytes + STEP - 1) / STEP * STEP;
    return address;
  }

  /**
   * @param struct without {@code struct}
   */
  public Made object(String struct) {
    return objects(struct, 1)[0];
  }

  /** Objects that follow each other as in an array. */
  public Made[] objects(String struct, int count) {
    Compound type = known.compound("struct " + struct).orElseThrow();
    long bytes = type.size().orElseThrow();
    long first = take(count * bytes);
    Made[] made = new Made[count];
    Arrays.setAll(made, i -> new Made(type, first + i * bytes));
    return made;
  }

  /** The same that has a symbol. */
  public Made variable(String symbol, String struct) {
    Made made = object(struct);
    symbol(symbol, made.address);
    return made;
  }

  /** A variable of words. */
  public long words(String symbol, long... values) {
    long address = words(values);
    symbol(symbol, address);
    return address;
  }

  /** Words that have no name. */
  public long words(long... values) {
    long address = take((long) values.length * WORD);
    for (int i = 0; i < values.length; i++) {
      memory.int64(address + (long) i * WORD, values[i]);
    }
    return address;
  }

  /** A text with its NUL. */
  public long text(String text) {
    long address = take(text.getBytes(StandardCharsets.ISO_8859_1).length + 1L);
    memory.text(address, text);
    return address;
  }

  /** Sets a word wherever it is. */
  public MadeKernel word(long address, long value) {
    memory.int64(address, value);
    return this;
  }

  public MadeKernel symbol(String name, long address) {
    symbols.put(name, address);
    return this;
  }

  /** Tells the type of a variable, as types do of per-CPU ones. */
  public MadeKernel declared(String symbol, String struct, int count) {
    types.variable(symbol, "struct " + struct, count);
    return this;
  }

  /**
   * Puts objects on a list (Linux include/linux/list.h): a circle through the head.
   *
   * @param head address of a {@code struct list_head}
   * @param member by which they are on it
   */
  public void list(long head, String member, Made... entries) {
    long before = head;
    for (Made entry : entries) {
      link(before, entry.at(member));
      before = entry.at(member);
    }
    link(before, head);
  }

  private void link(long before, long after) {
    memory.int64(before, after).int64(after + WORD, before);
  }

  /**
   * The same of an {@code hlist}, which ends with NULL and whose {@code pprev} point at pointers.
   */
  public void hlist(long head, String member, Made... entries) {
    long pointer = head;
    for (Made entry : entries) {
      memory.int64(pointer, entry.at(member)).int64(entry.at(member) + WORD, pointer);
      pointer = entry.at(member);
    }
  }

  public TypedMemory memory() {
    return new TypedMemory(memory.memory(), known, this::find);
  }

  private Map<String, Long> find(Set<String> names) {
    Map<String, Long> found = new HashMap<>(symbols);
    found.keySet().retainAll(names);
    return found;
  }
}
