package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.inspect.address.Whatis;
import org.vmcore.gdbstub.inspect.analyze.Analyze;
import org.vmcore.gdbstub.inspect.bpf.Bpf;
import org.vmcore.gdbstub.inspect.code.Dis;
import org.vmcore.gdbstub.inspect.dump.Info;
import org.vmcore.gdbstub.inspect.files.Cat;
import org.vmcore.gdbstub.inspect.files.Dev;
import org.vmcore.gdbstub.inspect.files.Files;
import org.vmcore.gdbstub.inspect.files.Fuser;
import org.vmcore.gdbstub.inspect.files.Mount;
import org.vmcore.gdbstub.inspect.files.Sbitmapq;
import org.vmcore.gdbstub.inspect.hangs.Hangs;
import org.vmcore.gdbstub.inspect.ipc.Ipcs;
import org.vmcore.gdbstub.inspect.locks.Locks;
import org.vmcore.gdbstub.inspect.locks.Waitq;
import org.vmcore.gdbstub.inspect.locks.Waits;
import org.vmcore.gdbstub.inspect.log.Dmesg;
import org.vmcore.gdbstub.inspect.log.Log;
import org.vmcore.gdbstub.inspect.log.Pstore;
import org.vmcore.gdbstub.inspect.machine.Cpus;
import org.vmcore.gdbstub.inspect.machine.Mach;
import org.vmcore.gdbstub.inspect.machine.ShowVmcoreinfo;
import org.vmcore.gdbstub.inspect.machine.Sys;
import org.vmcore.gdbstub.inspect.memory.Kmem;
import org.vmcore.gdbstub.inspect.memory.Memory;
import org.vmcore.gdbstub.inspect.memory.Rd;
import org.vmcore.gdbstub.inspect.memory.Search;
import org.vmcore.gdbstub.inspect.memory.Spaces;
import org.vmcore.gdbstub.inspect.memory.Swap;
import org.vmcore.gdbstub.inspect.memory.Vtop;
import org.vmcore.gdbstub.inspect.memory.Why;
import org.vmcore.gdbstub.inspect.net.Net;
import org.vmcore.gdbstub.inspect.numbers.Ascii;
import org.vmcore.gdbstub.inspect.numbers.Btop;
import org.vmcore.gdbstub.inspect.numbers.Eval;
import org.vmcore.gdbstub.inspect.numbers.Pte;
import org.vmcore.gdbstub.inspect.numbers.Ptob;
import org.vmcore.gdbstub.inspect.numbers.Ptov;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.sched.Irq;
import org.vmcore.gdbstub.inspect.sched.Runq;
import org.vmcore.gdbstub.inspect.sched.Timer;
import org.vmcore.gdbstub.inspect.session.ShowPercpuWindow;
import org.vmcore.gdbstub.inspect.session.ShowThreads;
import org.vmcore.gdbstub.inspect.session.Space;
import org.vmcore.gdbstub.inspect.stacks.Bt;
import org.vmcore.gdbstub.inspect.symbols.Mod;
import org.vmcore.gdbstub.inspect.symbols.Sym;
import org.vmcore.gdbstub.inspect.tasks.Ps;
import org.vmcore.gdbstub.inspect.tasks.ShowTask;
import org.vmcore.gdbstub.inspect.tasks.Sig;
import org.vmcore.gdbstub.inspect.tasks.Vm;
import org.vmcore.gdbstub.inspect.trace.Trace;
import org.vmcore.gdbstub.inspect.types.ListCommand;
import org.vmcore.gdbstub.inspect.types.P;
import org.vmcore.gdbstub.inspect.types.Percpu;
import org.vmcore.gdbstub.inspect.types.Struct;
import org.vmcore.gdbstub.inspect.types.Tree;
import org.vmcore.gdbstub.inspect.types.Union;

/** All questions that there are. */
public final class Queries {
  /** Where a question is registered, in the order in which help lists them. */
  private static final List<Group> GROUPS =
      List.of(
          new Group(
              "The machine",
              List.of(
                  Info::new,
                  Sys::new,
                  Mach::new,
                  Analyze::new,
                  Cpus::new,
                  Log::new,
                  Dmesg::new,
                  Trace::new,
                  Pstore::new,
                  ShowVmcoreinfo::new,
                  Mod::new,
                  Dev::new)),
          new Group(
              "Tasks and stacks",
              List.of(
                  Ps::new,
                  Bt::new,
                  ShowTask::new,
                  Foreach::new,
                  Waits::new,
                  Locks::new,
                  Waitq::new,
                  Hangs::new,
                  Sig::new)),
          new Group("Processes' memory", List.of(Vm::new, Vtop::new, Spaces::new, Why::new)),
          new Group(
              "Files, network, IPC",
              List.of(
                  Files::new,
                  Cat::new,
                  Mount::new,
                  Fuser::new,
                  Net::new,
                  Ipcs::new,
                  Bpf::new,
                  Swap::new)),
          new Group(
              "CPUs, interrupts, time", List.of(Runq::new, Irq::new, Timer::new, Percpu::new)),
          new Group(
              "Kernel memory",
              List.of(
                  Memory::new,
                  Kmem::new,
                  Rd::new,
                  Dis::new,
                  Whatis::new,
                  Search::new,
                  ListCommand::new,
                  Tree::new,
                  Sbitmapq::new,
                  Struct::new,
                  Union::new,
                  P::new,
                  Sym::new)),
          new Group(
              "Numbers", List.of(Eval::new, Ascii::new, Pte::new, Btop::new, Ptob::new, Ptov::new)),
          new Group("This session", List.of(Space::new, ShowThreads::new, ShowPercpuWindow::new)));

  /** Questions about one subject. */
  public record Group(String title, List<Supplier<Query<?>>> makers) {
    /** A new one of each that needs no debugger. */
    public List<Query<?>> ofDumps() {
      List<Query<?>> found = new ArrayList<>();
      makers.forEach(maker -> found.add(maker.get()));
      found.removeIf(Query::isOfSession);
      return found;
    }
  }

  private Queries() {}

  /** All of them by what they are about. */
  public static List<Group> groups() {
    return GROUPS;
  }

  /** A new one of each. */
  public static List<Query<?>> all() {
    List<Query<?>> all = new ArrayList<>();
    GROUPS.forEach(group -> group.makers().forEach(maker -> all.add(maker.get())));
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
