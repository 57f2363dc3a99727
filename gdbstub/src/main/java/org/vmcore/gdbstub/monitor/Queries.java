package org.vmcore.gdbstub.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.monitor.files.Dev;
import org.vmcore.gdbstub.monitor.files.Files;
import org.vmcore.gdbstub.monitor.files.Mount;
import org.vmcore.gdbstub.monitor.log.Dmesg;
import org.vmcore.gdbstub.monitor.log.Log;
import org.vmcore.gdbstub.monitor.machine.Cpus;
import org.vmcore.gdbstub.monitor.machine.ShowVmcoreinfo;
import org.vmcore.gdbstub.monitor.machine.Sys;
import org.vmcore.gdbstub.monitor.memory.Kmem;
import org.vmcore.gdbstub.monitor.memory.Search;
import org.vmcore.gdbstub.monitor.memory.Spaces;
import org.vmcore.gdbstub.monitor.memory.Vtop;
import org.vmcore.gdbstub.monitor.memory.Why;
import org.vmcore.gdbstub.monitor.query.Answering;
import org.vmcore.gdbstub.monitor.query.Query;
import org.vmcore.gdbstub.monitor.sched.Irq;
import org.vmcore.gdbstub.monitor.sched.Runq;
import org.vmcore.gdbstub.monitor.sched.Timer;
import org.vmcore.gdbstub.monitor.session.InfoVersion;
import org.vmcore.gdbstub.monitor.session.ShowThreads;
import org.vmcore.gdbstub.monitor.session.Space;
import org.vmcore.gdbstub.monitor.stacks.Bt;
import org.vmcore.gdbstub.monitor.symbols.Mod;
import org.vmcore.gdbstub.monitor.symbols.Sym;
import org.vmcore.gdbstub.monitor.tasks.Ps;
import org.vmcore.gdbstub.monitor.tasks.ShowTask;
import org.vmcore.gdbstub.monitor.tasks.Vm;
import org.vmcore.gdbstub.monitor.types.Percpu;
import org.vmcore.gdbstub.monitor.types.Struct;
import org.vmcore.gdbstub.monitor.types.Union;

/** All questions that there are. */
public final class Queries {
  /** Where a question is registered, in the order in which help lists them. */
  private static final List<Supplier<Query<?>>> ALL =
      List.of(
          InfoVersion::new,
          Cpus::new,
          ShowVmcoreinfo::new,
          Vtop::new,
          Why::new,
          Spaces::new,
          Space::new,
          Sys::new,
          Log::new,
          Dmesg::new,
          Ps::new,
          ShowTask::new,
          Bt::new,
          Vm::new,
          ShowThreads::new,
          Struct::new,
          Union::new,
          Sym::new,
          Search::new,
          Percpu::new,
          Mod::new,
          Files::new,
          Mount::new,
          Irq::new,
          Timer::new,
          Runq::new,
          Kmem::new,
          Dev::new);

  private Queries() {}

  /** A new one of each. */
  public static List<Query<?>> all() {
    List<Query<?>> all = new ArrayList<>();
    ALL.forEach(maker -> all.add(maker.get()));
    return all;
  }

  /** A new one of each that needs no debugger. */
  public static List<Query<?>> ofDumps() {
    List<Query<?>> found = all();
    found.removeIf(Query::isOfSession);
    return found;
  }

  /** A new one of a name, for one call. */
  public static Optional<Query<?>> named(String name) {
    for (Query<?> query : all()) {
      if (Answering.name(query).equals(name)) {
        return Optional.of(query);
      }
    }
    return Optional.empty();
  }
}
