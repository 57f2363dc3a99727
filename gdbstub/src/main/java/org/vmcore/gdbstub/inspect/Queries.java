package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.inspect.address.Whatis;
import org.vmcore.gdbstub.inspect.analyze.Analyze;
import org.vmcore.gdbstub.inspect.files.Dev;
import org.vmcore.gdbstub.inspect.files.Files;
import org.vmcore.gdbstub.inspect.files.Mount;
import org.vmcore.gdbstub.inspect.locks.Waits;
import org.vmcore.gdbstub.inspect.log.Dmesg;
import org.vmcore.gdbstub.inspect.log.Log;
import org.vmcore.gdbstub.inspect.machine.Cpus;
import org.vmcore.gdbstub.inspect.machine.ShowVmcoreinfo;
import org.vmcore.gdbstub.inspect.machine.Sys;
import org.vmcore.gdbstub.inspect.memory.Kmem;
import org.vmcore.gdbstub.inspect.memory.Search;
import org.vmcore.gdbstub.inspect.memory.Spaces;
import org.vmcore.gdbstub.inspect.memory.Vtop;
import org.vmcore.gdbstub.inspect.memory.Why;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.sched.Irq;
import org.vmcore.gdbstub.inspect.sched.Runq;
import org.vmcore.gdbstub.inspect.sched.Timer;
import org.vmcore.gdbstub.inspect.session.InfoVersion;
import org.vmcore.gdbstub.inspect.session.ShowPercpuWindow;
import org.vmcore.gdbstub.inspect.session.ShowThreads;
import org.vmcore.gdbstub.inspect.session.Space;
import org.vmcore.gdbstub.inspect.stacks.Bt;
import org.vmcore.gdbstub.inspect.symbols.Mod;
import org.vmcore.gdbstub.inspect.symbols.Sym;
import org.vmcore.gdbstub.inspect.tasks.Ps;
import org.vmcore.gdbstub.inspect.tasks.ShowTask;
import org.vmcore.gdbstub.inspect.tasks.Vm;
import org.vmcore.gdbstub.inspect.types.Percpu;
import org.vmcore.gdbstub.inspect.types.Struct;
import org.vmcore.gdbstub.inspect.types.Union;

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
          Whatis::new,
          Spaces::new,
          Space::new,
          Sys::new,
          Analyze::new,
          Log::new,
          Dmesg::new,
          Ps::new,
          Waits::new,
          ShowTask::new,
          Bt::new,
          Vm::new,
          ShowThreads::new,
          ShowPercpuWindow::new,
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
