package org.vmcore.gdbstub.inspect.types;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.MemberPath;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code struct}, laid out after the command of that name in crash. */
@Command(
    name = "struct",
    description = "Show the layout of a struct, or one in memory.",
    footer =
        """
        Without an address it shows the declaration, with one the values there, of the whole or of
        some members. A typedef will do for NAME. A member may be a path as in C, through pointers
        too. For example:
          struct task_struct.comm,pid,mm->pgd ffff888003a10000
          struct list_head -o
        """)
public class Struct extends Query<Struct.Answer> {
  private static final int MAX_COUNT = 10_000;

  private final String keyword;

  @Parameters(
      index = "0",
      paramLabel = "NAME[.MEMBER,...]",
      description = "A type, or some of its members.")
  private String name = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "[ADDRESS|SYMBOL[:CPU,...]",
      hideParamSyntax = true,
      description = "Where there is one.")
  private @Nullable String place;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "[COUNT]]",
      hideParamSyntax = true,
      converter = Count.class,
      description = "So many of an array.")
  private int count = 1;

  @Option(
      names = "-o",
      description = "Show each member's offset in bytes; with ADDRESS, where it is.")
  private boolean offsets;

  @Option(
      names = "-l",
      paramLabel = "OFFSET",
      description = "ADDRESS is of this member (STRUCT.MEMBER or bytes) in it.")
  private @Nullable String link;

  @Option(
      names = "-c",
      paramLabel = "COUNT",
      converter = Count.class,
      description = "The same as COUNT behind the address.")
  private @Nullable Integer number;

  @Option(
      names = "-p",
      description = "Of members that are pointers, show what they point at, as *MEMBER, too.")
  private boolean pointed;

  @Option(names = "-u", description = "ADDRESS is the task's own.")
  private boolean user;

  @Option(names = "-f", hidden = true, description = "ADDRESS is an offset in the dump's file.")
  private boolean offsetInFile;

  @Option(names = "-r", description = "Show the memory as numbers.")
  private boolean raw;

  @Mixin private Radix radix = new Radix();

  public Struct() {
    this("struct");
  }

  /**
   * @param keyword {@code struct} or {@code union}, which is looked for first
   */
  Struct(String keyword) {
    this.keyword = keyword;
  }

  /** A number of objects. */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("[1-9]\\d{0,8}") || Integer.parseInt(text) > MAX_COUNT) {
        throw new TypeConversionException("shows 1 to " + MAX_COUNT + " of them");
      }
      return Integer.parseInt(text);
    }
  }

  /** A declaration or values. */
  sealed interface Answer permits Layout, Members, Objects, Bytes {}

  /** A whole declaration. */
  record Layout(StructLayout layout) implements Answer {}

  /** Some members of it; the size is the whole's. */
  record Members(String name, long size, List<StructLayout.Place> members) implements Answer {}

  /**
   * The memory of one.
   *
   * @param hex its bytes in the order of memory
   */
  record Bytes(@Hex long address, String hex, boolean bigEndian) implements Answer {}

  /** What is in memory. */
  record Objects(String name, Rows<Instance> objects) implements Answer {}

  /**
   * One of them.
   *
   * @param cpu whose copy it is, of a per-CPU variable
   * @param value of some members where such were named
   */
  record Instance(OptionalInt cpu, @Hex long address, Value value) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (offsetInFile) {
      throw NoAnswerException.notThere("-f: what the dump's file has somewhere is no memory");
    }
    TypedMemory memory = user ? call.typed().in(call.memory()) : call.typed();
    String[] parts = name.split("\\.", 2);
    Compound type = type(memory, parts[0]);
    List<String> members = parts.length < 2 ? List.of() : List.of(parts[1].split(",", -1));
    if (place == null) {
      return members.isEmpty()
          ? new Layout(StructLayout.of(type, OptionalLong.empty()))
          : members(type, members);
    }
    int colon = place.indexOf(':');
    if (colon > 0) {
      return copies(call, type, members, place.substring(0, colon), place.substring(colon + 1));
    }
    long address = Place.parse(call.symbols(), place);
    if (link != null) {
      address -= MemberValues.offset(memory, link);
    }
    if (raw) {
      byte[] bytes = memory.object(type, address).bytes();
      boolean big = call.machine().byteOrder() == ByteOrder.BIG_ENDIAN;
      return new Bytes(address, HexFormat.of().formatHex(bytes), big);
    }
    if (offsets && members.isEmpty()) {
      return new Layout(StructLayout.of(type, OptionalLong.of(address)));
    }
    KernelObject first = memory.object(type, address);
    for (String member : members) {
      if (!first.has(member)) {
        throw lacks(type, member);
      }
    }
    ValueReader values = new ValueReader(call.symbols());
    int wanted = number == null ? count : number;
    return new Objects(
        type.toString(),
        Rows.of(
            call,
            out -> {
              KernelObject object = first;
              for (int i = 0; i < wanted; i++) {
                Value value =
                    members.isEmpty() ? values.of(object) : values(object, members, values);
                out.accept(new Instance(OptionalInt.empty(), object.address(), value));
                object = object.moved(type.size().orElse(0));
              }
            }));
  }

  private Value values(KernelObject object, List<String> members, ValueReader values)
      throws KernelReadException {
    List<Value.Member> shown = new ArrayList<>();
    for (String member : members) {
      KernelObject named = object.member(member);
      shown.add(new Value.Member(member, values.of(named)));
      if (pointed && leadsToCompound(named)) {
        shown.add(new Value.Member("*" + member, values.of(named.dereference())));
      }
    }
    return new Value.Struct(shown);
  }

  private static boolean leadsToCompound(KernelObject object) throws KernelReadException {
    return object.type().resolved() instanceof Type.Pointer pointer
        && pointer.target().get().resolved() instanceof Compound
        && object.value() != 0;
  }

  private static NoAnswerException lacks(Compound type, String member) {
    return NoAnswerException.notThere(TypeNames.of(type) + " has no member '" + member + "'");
  }

  private Compound type(TypedMemory memory, String wanted) throws NoAnswerException {
    Optional<Compound> found =
        memory
            .types()
            .compound(keyword + " " + wanted)
            .or(() -> memory.types().compound("struct " + wanted))
            .or(() -> memory.types().compound("union " + wanted))
            .or(() -> memory.types().compound(wanted));
    return found.orElseThrow(
        () -> NoAnswerException.notThere("the kernel has no type '" + wanted + "'"));
  }

  private static Members members(Compound type, List<String> paths) throws NoAnswerException {
    List<StructLayout.Place> places = new ArrayList<>();
    for (String path : paths) {
      MemberPath way =
          type.path(path)
              .filter(found -> found.steps().size() == 1)
              .orElseThrow(() -> lacks(type, path));
      MemberPath.Step step = way.steps().get(0);
      String last = path.substring(path.lastIndexOf('.') + 1);
      Member member = new Member(last, step.type(), step.bitOffset(), step.bitWidth());
      places.add(StructLayout.Place.of(member, step.bitOffset()));
    }
    return new Members(type.toString(), type.size().orElse(0), places);
  }

  /** A per-CPU variable of the type, of some CPUs. */
  private Objects copies(
      Call call, Compound type, List<String> members, String variable, String cpus)
      throws NoAnswerException, MissingFactException {
    TypedMemory memory = call.typed();
    long base = Place.parse(call.symbols(), variable);
    List<Integer> chosen = CpuList.parse(call, cpus);
    for (String member : members) {
      if (!type.has(member)) {
        throw lacks(type, member);
      }
    }
    ValueReader values = new ValueReader(call.symbols());
    return new Objects(
        type.toString(),
        Rows.of(
            call,
            out -> {
              PerCpu perCpu = new PerCpu(memory);
              for (int cpu : chosen) {
                KernelObject object = memory.object(type, base + perCpu.offset(cpu).orElse(0));
                Value value =
                    members.isEmpty() ? values.of(object) : values(object, members, values);
                out.accept(new Instance(OptionalInt.of(cpu), object.address(), value));
              }
            }));
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Layout layout) {
      out.lay(StructText.of(layout.layout(), offsets));
    } else if (answer instanceof Members members) {
      for (StructLayout.Place one : members.members()) {
        out.lay(StructText.of(members.name(), members.size(), one));
      }
    } else if (answer instanceof Bytes bytes) {
      MemoryLines.print(bytes.address(), bytes.hex(), bytes.bigEndian(), out);
    } else if (answer instanceof Objects objects) {
      int unused = objects.objects().forEach(one -> print(objects.name(), one, out));
    }
  }

  private void print(String type, Instance instance, Text out) {
    if (instance.cpu().isPresent()) {
      out.print("[%d]: %x\n", instance.cpu().getAsInt(), instance.address());
    }
    ObjectText.print(type, !name.contains("."), instance.value(), radix.of(out), out);
  }
}
