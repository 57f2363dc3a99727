package org.vmcore.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.LabCauses;

/**
 * What a verdict should be on a kernel that went down in one of the ways of {@code
 * lab/causes/lab_causes.c}, or of {@code lab/guest}. This is written from what those do, and titles
 * from what syzbot would call the kernel's report of that.
 */
enum Cause {
  NULL_READ("NULL_DEREFERENCE", Titles.NULL),
  NULL_WRITE("NULL_DEREFERENCE", Titles.NULL),
  NULL_CALL("NULL_DEREFERENCE", Titles.NULL) {
    @Override
    String title(LabCauses kernel) {
      return kernel == LabCauses.S390X ? "invalid opcode in lab_null_call" : super.title(kernel);
    }
  },
  NULL_MEMBER("NULL_DEREFERENCE", Titles.NULL) {
    @Override
    String member(LabCauses kernel) {
      return "lab_object.value";
    }
  },
  NULL_INODE("NULL_DEREFERENCE", Titles.NULL) {
    @Override
    String member(LabCauses kernel) {
      return "inode.i_sb";
    }
  },
  NULL_TIMER("NULL_DEREFERENCE", Titles.NULL),
  NULL_WORK("NULL_DEREFERENCE", Titles.NULL) {
    @Override
    String function() {
      return "lab_null_work_function";
    }
  },
  WILD("WILD_POINTER", Titles.PAGING),
  NONCANONICAL("GENERAL_PROTECTION", Titles.PROTECTION) {
    @Override
    String failure(LabCauses kernel) {
      return kernel.isForeign() ? "WILD_POINTER" : super.failure(kernel);
    }
  },
  ERROR_POINTER("WILD_POINTER", Titles.PAGING),
  TEXT("WILD_POINTER", Titles.PROTECTION) {
    @Override
    String meaning() {
      return "text: 'oo-long!'";
    }
  },
  BIT_FLIP("WILD_POINTER", Titles.PAGING) {
    @Override
    String meaning() {
      return "bit 40 turned over";
    }
  },
  USER_POINTER("BAD_ACCESS", Titles.PAGING) {
    @Override
    String title(LabCauses kernel) {
      return kernel == LabCauses.ARM64
          ? "BUG: unable to handle kernel access to user memory in lab_user_pointer"
          : super.title(kernel);
    }

    @Override
    String meaning() {
      return "user memory";
    }
  },
  LIST_POISON("LIST_CORRUPTION", Titles.PROTECTION) {
    @Override
    String meaning() {
      return "LIST_POISON1 + 0x8";
    }
  },
  USE_AFTER_FREE("USE_AFTER_FREE", Titles.PROTECTION) {
    @Override
    String meaning() {
      return "POISON_FREE";
    }
  },
  VMALLOC_BOUNDS("OUT_OF_BOUNDS", Titles.PAGING) {
    @Override
    String meaning() {
      return "that lab_vmalloc_bounds";
    }
  },
  DOUBLE_FREE("DOUBLE_FREE", "kernel BUG in %s"),
  LIST_CORRUPTION("LIST_CORRUPTION", "BUG: corrupted list in %s"),
  REFCOUNT("REFCOUNT", "WARNING: refcount bug in %s"),
  USERCOPY("USERCOPY", "BUG: bad usercopy in %s"),
  FORTIFY("OUT_OF_BOUNDS", "kernel BUG in %s"),
  STACK_SMASH("STACK_CORRUPTION", "kernel panic: stack is corrupted in %s"),
  STACK_OVERFLOW("STACK_OVERFLOW", "BUG: stack guard page was hit in %s") {
    @Override
    String title(LabCauses kernel) {
      return kernel.isForeign()
          ? "kernel stack overflow in lab_stack_overflow"
          : super.title(kernel);
    }
  },
  STACK_END("STACK_OVERFLOW", "kernel panic: corrupted stack end in %s"),
  BUG("BUG", "kernel BUG in %s") {
    @Override
    String source() {
      return line();
    }
  },
  WARN("WARNING", "WARNING in %s") {
    @Override
    String source() {
      return line();
    }
  },
  PANIC("PANIC", "kernel panic: lab: the driver cannot go on (NUM)"),
  DIVISION("DIVISION", "divide error in %s"),
  INVALID_OPCODE("INVALID_OPCODE", "invalid opcode in %s") {
    @Override
    String title(LabCauses kernel) {
      return kernel == LabCauses.ARM64
          ? "Internal error in lab_invalid_opcode"
          : super.title(kernel);
    }
  },
  EXECUTE_DATA("BAD_ACCESS", Titles.PAGING) {
    @Override
    String meaning() {
      return "not to be executed";
    }
  },
  WRITE_TEXT("BAD_ACCESS", Titles.PAGING) {
    @Override
    String meaning() {
      return "msleep, which is not to be written";
    }
  },
  ATOMIC_SLEEP("ATOMIC_SLEEP", "BUG: scheduling while atomic in %s"),
  NMI("NMI", "kernel panic: NMI: Not continuing") {
    @Override
    String function() {
      // Whatever the CPU did that it came to.
      return "";
    }
  },
  SOFT_LOCKUP("SOFT_LOCKUP", "BUG: soft lockup in %s"),
  RCU_STALL("RCU_STALL", "INFO: rcu detected stall in %s"),
  SPIN_AB("SOFT_LOCKUP", "BUG: soft lockup in %s"),
  HUNG_AB("DEADLOCK", Titles.HUNG) {
    @Override
    List<String> waits() {
      return List.of(
          "waits for mutex lab_b [lab_causes] of lab-ba",
          "lab-ba (PID",
          "waits for mutex lab_a [lab_causes] of lab-hung_ab");
    }
  },
  HUNG_RWSEM("DEADLOCK", Titles.HUNG) {
    @Override
    List<String> waits() {
      return List.of(
          "waits for rwsem lab_rwsem [lab_causes] of lab-rwsem-mutex",
          "waits for mutex lab_c [lab_causes] of lab-hung_rwsem");
    }
  },
  HUNG_HOLDER("HUNG_TASK", Titles.HUNG) {
    @Override
    List<String> waits() {
      return List.of("waits for mutex lab_held [lab_causes] of lab-holder");
    }
  },
  HUNG_COMPLETION("HUNG_TASK", Titles.HUNG) {
    @Override
    List<String> waits() {
      return List.of("waits for completion lab_completion [lab_causes]");
    }
  },
  HUNG_FLUSH("DEADLOCK", Titles.HUNG) {
    @Override
    List<String> waits() {
      return List.of(
          "waits for work lab_flushed_work_function of kworker",
          "waits for mutex lab_flush [lab_causes] of lab-hung_flush");
    }
  },
  SYSRQ("SYSRQ", "kernel panic: sysrq triggered crash") {
    @Override
    String function() {
      return "";
    }
  },
  INIT("INIT_DIED", "kernel panic: Attempted to kill init!") {
    @Override
    String function() {
      return "";
    }
  },
  OOM("OUT_OF_MEMORY", "kernel panic: Out of memory: system-wide panic_on_oom is enabled") {
    @Override
    String function() {
      return "";
    }
  };

  /** What several have. */
  private static final class Titles {
    static final String NULL = "BUG: unable to handle kernel NULL pointer dereference in %s";
    static final String PAGING = "BUG: unable to handle kernel paging request in %s";

    /** Of an address that x86-64 has none such of; others find nothing there. */
    static final String PROTECTION = "general protection fault in %s";

    static final String HUNG = "INFO: task hung in %s";
  }

  /**
   * A division by zero is none there, this NMI is a PC's, and kernels that are not preempted do not
   * count what is not to sleep.
   */
  private static final Set<Cause> NOT_ON_ARM64 = EnumSet.of(DIVISION, NMI, ATOMIC_SLEEP);

  /**
   * There is memory at NULL that can be read, and where LIST_POISON1 is; programs have addresses of
   * their own; nothing looks for lockups or an overwritten stack.
   */
  private static final Set<Cause> NOT_ON_S390X =
      EnumSet.of(
          NULL_READ,
          NULL_MEMBER,
          NULL_INODE,
          NULL_WORK,
          LIST_POISON,
          USER_POINTER,
          STACK_SMASH,
          SOFT_LOCKUP,
          SPIN_AB,
          RCU_STALL,
          NMI,
          ATOMIC_SLEEP);

  /** What is told by types, which Debian's kernel has none of there (CONFIG_DEBUG_INFO_BTF). */
  private static final Set<Cause> BY_TYPES =
      EnumSet.of(
          BIT_FLIP,
          VMALLOC_BOUNDS,
          STACK_OVERFLOW,
          HUNG_AB,
          HUNG_RWSEM,
          HUNG_HOLDER,
          HUNG_COMPLETION,
          HUNG_FLUSH);

  private final String failure;
  private final String title;

  Cause(String failure, String title) {
    this.failure = failure;
    this.title = title;
  }

  /** As the module calls it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it brings a kernel down, and that can tell of it. */
  boolean isToldBy(LabCauses kernel) {
    return switch (kernel) {
      // What is freed twice goes into a CPU's sheaf twice, and nobody notices.
      case SID -> this != DOUBLE_FREE;
      case ARM64 -> !NOT_ON_ARM64.contains(this);
      case S390X -> !NOT_ON_S390X.contains(this) && !BY_TYPES.contains(this);
      default -> true;
    };
  }

  String failure(LabCauses kernel) {
    return failure;
  }

  /** Empty where it is nobody's in particular. */
  String function() {
    return "lab_" + word();
  }

  String title(LabCauses kernel) {
    boolean isElsewhere =
        (kernel.isForeign() && title.equals(Titles.PROTECTION))
            || (kernel == LabCauses.S390X && title.equals(Titles.NULL));
    return (isElsewhere ? Titles.PAGING : title).formatted(function());
  }

  /** The member that was accessed, where the types of the module tell; else empty. */
  String member(LabCauses kernel) {
    return "";
  }

  /** Part of what the address is. */
  String meaning() {
    return "";
  }

  /** The end of the place in the source. */
  String source() {
    return "";
  }

  /** Parts of what is said of who waits for whom. */
  List<String> waits() {
    return List.of();
  }

  /** The line of the module that has its name in a comment. */
  String line() {
    Path source = Checkout.lab("causes/lab_causes.c");
    List<String> lines;
    try {
      lines = Files.readAllLines(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("/* lab_" + word() + " */")) {
        return "lab_causes.c:" + (i + 1);
      }
    }
    throw new AssertionError("no line of " + word() + " in " + source);
  }
}
