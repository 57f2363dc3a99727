package org.vmcore.gdbstub.linux.fs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.vmcore.gdbstub.linux.fs.Mounts.Mounted;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * What the first process sees as mounted, of a kernel without types. Known are only {@code
 * init_nsproxy}, whose third pointer leads to the namespace, and {@code file_systems}, the chain of
 * all kinds of file systems. The rest proves itself by what it leads to:
 *
 * <pre>
 * namespace      a ring through mounts
 * mount          mnt_parent, mnt_mountpoint, mnt_root, mnt_sb: neighbours since 2.6.32 at least,
 *                though the last two are a struct of their own since 3.3; and mnt_devname, mnt_list,
 *                by which it is in the ring
 * super_block    points at one of the kinds
 * dentry         d_parent, then d_name, which a root has as itself and "/"
 * </pre>
 *
 * The ring is none since 6.8 (2eea9ce4310d, "mounts: keep list of mounts in an rbtree"), when
 * kernels bring their types with them.
 */
public final class MountShape {
  private static final int MAX_KINDS = 1024;
  private static final int MAX_MOUNTS = 1 << 16;
  private static final int MAX_NAMES = 2048;
  private static final int MAX_NAME = 255;
  private static final int PATH_MAX = 4096;

  /** More words than are in front of what is looked for. */
  private static final int HEAD_WORDS = 48;

  private final KernelMemory memory;
  private final int word;
  private Set<Long> kinds = Set.of();

  /** The places of mnt_list in the mounts. */
  private List<Long> ring = List.of();

  /** From mnt_list to mnt_sb; negative. */
  private int superBlock;

  /** Of {@code s_type} in a super_block. */
  private int kind;

  /** Of {@code d_parent} in a dentry. */
  private int parent;

  /** Of mnt_list in a mount. */
  private long list;

  private MountShape(KernelMemory memory) {
    this.memory = memory;
    this.word = memory.wordBytes();
  }

  /**
   * Empty where that cannot be told.
   *
   * @param addresses of the kernel's symbols
   */
  public static Optional<List<Mounted>> find(
      KernelMemory memory, Function<String, Optional<Long>> addresses) {
    Optional<Long> proxy = addresses.apply("init_nsproxy");
    Optional<Long> names = addresses.apply("init_uts_ns");
    Optional<Long> systems = addresses.apply("file_systems");
    MountShape shape = new MountShape(memory);
    boolean isFound =
        proxy.isPresent()
            && systems.isPresent()
            && names.equals(Optional.of(shape.at(proxy.get() + shape.word)))
            && shape.findKinds(shape.at(systems.get()))
            && shape.findMounts(shape.at(proxy.get() + 3L * shape.word));
    return isFound ? Optional.of(shape.mounts()) : Optional.empty();
  }

  private long at(long address) {
    return memory.word(address).orElse(0);
  }

  private String text(long address) {
    return address == 0 ? "" : memory.text(address, MAX_NAME);
  }

  /** The chain leads through the member that makes it longest. */
  private boolean findKinds(long first) {
    for (int next = 2 * word; next < HEAD_WORDS * word; next += word) {
      Set<Long> chain = new LinkedHashSet<>();
      long kindOf = first;
      while (kindOf != 0 && isName(text(at(kindOf))) && chain.size() < MAX_KINDS) {
        if (!chain.add(kindOf)) {
          break;
        }
        kindOf = at(kindOf + next);
      }
      if (kindOf == 0 && chain.size() > kinds.size()) {
        kinds = chain;
      }
    }
    return kinds.size() > 1;
  }

  private static boolean isName(String text) {
    return text.length() > 1 && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private boolean findMounts(long namespace) {
    for (int head = 0; namespace != 0 && head < HEAD_WORDS * word; head += word) {
      ring = ring(namespace + head);
      if (!ring.isEmpty() && findSuperBlocks() && findBase()) {
        return true;
      }
    }
    return false;
  }

  private List<Long> ring(long head) {
    List<Long> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>(Set.of(head));
    long before = head;
    for (long node = at(head); node != head; node = at(node)) {
      boolean isLinked = node != 0 && at(node + word) == before;
      if (!isLinked || !seen.add(node) || found.size() >= MAX_MOUNTS) {
        return List.of();
      }
      found.add(node);
      before = node;
    }
    return found;
  }

  private boolean findSuperBlocks() {
    for (superBlock = -HEAD_WORDS * word; superBlock < 0; superBlock += word) {
      for (kind = word; kind < HEAD_WORDS * word; kind += word) {
        if (ring.stream().anyMatch(node -> kinds.contains(at(at(node + superBlock) + kind)))
            && mounted().stream().allMatch(node -> isName(kindOf(node)))
            && findParents()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Without those who read the list just then, and put a mark of theirs on it. */
  private List<Long> mounted() {
    return ring.stream().filter(node -> at(node + superBlock) != 0).toList();
  }

  private String kindOf(long node) {
    return text(at(at(at(node + superBlock) + kind)));
  }

  private boolean findParents() {
    for (parent = 0; parent < HEAD_WORDS * word; parent += word) {
      if (mounted().stream().anyMatch(node -> isRoot(root(node)))
          && mounted().stream().allMatch(node -> !name(root(node)).isEmpty())) {
        return true;
      }
    }
    return false;
  }

  private long root(long node) {
    return at(node + superBlock - word);
  }

  private boolean isRoot(long dentry) {
    return at(dentry + parent) == dentry && name(dentry).equals("/");
  }

  /** Behind d_parent, {@code struct qstr}: a number of 64 bits and the pointer to the name. */
  private String name(long dentry) {
    return text(at(dentry + parent + word + Long.BYTES));
  }

  /** What is mounted on nothing has itself as its parent. */
  private boolean findBase() {
    Set<Long> nodes = new HashSet<>(ring);
    for (long node : mounted()) {
      list = node - parentMount(node);
      if (list > 0
          && list < 2L * HEAD_WORDS * word
          && mounted().stream().allMatch(other -> nodes.contains(parentMount(other) + list))) {
        return true;
      }
    }
    return false;
  }

  private long parentMount(long node) {
    return at(node + superBlock - 3L * word);
  }

  private List<Mounted> mounts() {
    List<Mounted> mounts = new ArrayList<>();
    for (long node : mounted()) {
      String device = text(at(node - word));
      mounts.add(
          new Mounted(
              memory.truncate(node - list),
              at(node + superBlock),
              kindOf(node),
              device.isEmpty() ? "none" : device,
              path(node)));
    }
    return mounts;
  }

  /** Where something is mounted: up to the root of each mount, and on from where that is. */
  private String path(long node) {
    Deque<String> names = new ArrayDeque<>();
    long mount = node;
    long dentry = root(node);
    int length = 0;
    for (int i = 0; i < MAX_NAMES && length < PATH_MAX; i++) {
      OptionalLong above = memory.word(dentry + parent);
      if (dentry == root(mount)) {
        long next = parentMount(mount) + list;
        if (next == mount) {
          break;
        }
        dentry = at(mount + superBlock - 2L * word);
        mount = next;
      } else if (above.isEmpty() || above.getAsLong() == dentry) {
        break;
      } else {
        names.push(name(dentry));
        length += names.getFirst().length() + 1;
        dentry = above.getAsLong();
      }
    }
    return "/" + String.join("/", names);
  }
}
