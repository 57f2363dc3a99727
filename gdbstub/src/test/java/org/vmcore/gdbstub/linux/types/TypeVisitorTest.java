package org.vmcore.gdbstub.linux.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** What is told of types straight from bytes is what their objects tell. */
class TypeVisitorTest {
  private static List<String> fromBytes(Btf btf) {
    Recorder recorder = new Recorder();
    IntConsumer visits = btf.visits(recorder);
    for (int id = btf.firstId(); id < btf.endId(); id++) {
      recorder.events.add("type " + id + " is " + btf.target(id));
      visits.accept(id);
    }
    recorder.events.removeIf(event -> event.startsWith("function"));
    return recorder.events;
  }

  private static List<String> fromObjects(Btf btf) {
    Recorder recorder = new Recorder();
    for (int id = btf.firstId(); id < btf.endId(); id++) {
      recorder.events.add("type " + id + " is " + TypeObjects.target(btf, id));
      TypeObjects.visit(btf.type(id), recorder);
    }
    return recorder.events;
  }

  @Test
  void everyKindIsToldAlike() throws BtfException {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      Btf btf = Btf.parse("test", BtfWriter.everyKind(order).bytes(), 8);

      assertThat(fromBytes(btf)).isEqualTo(fromObjects(btf)).contains("compound STRUCT node 32");
    }
  }

  @Test
  void aModuleTellsOfItsTypesByTheNamesOfBoth() throws BtfException {
    BtfWriter base = BtfWriter.everyKind(ByteOrder.LITTLE_ENDIAN);
    Btf kernel = Btf.parse("kernel", base.bytes(), 8);
    BtfWriter split = new BtfWriter(ByteOrder.LITTLE_ENDIAN, base.stringsLength());
    split.type(4, false, "own", 1, 8, 1, 4, 0);
    split.type(12, false, "start", 0, 12);
    Btf module = kernel.parseModule("module", split.bytes());

    assertThat(fromBytes(module)).isEqualTo(fromObjects(module));
    Recorder recorder = new Recorder();
    module.visits(recorder).accept(21);
    assertThat(recorder.events).containsExactly("function start 12");
    recorder.events.clear();
    module.visits(recorder).accept(12);
    assertThat(recorder.events).first().isEqualTo("prototype 1");
  }

  @Test
  void damagedTypesAreToldAlikeOrNotAtAll() {
    byte[] whole = BtfWriter.everyKind(ByteOrder.LITTLE_ENDIAN).bytes();
    Random random = new Random(11);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        Btf btf = Btf.parse("damaged", bytes, 8);
        assertThat(fromBytes(btf)).isEqualTo(fromObjects(btf));
      } catch (BtfException e) {
        assertThat(e).hasMessageStartingWith("damaged: ");
      }
    }
  }

  /** Writes down what it is told, with names as text. */
  private static final class Recorder implements TypeVisitor {
    final List<String> events = new ArrayList<>();
    private final StringBuilder texts = new StringBuilder("\0");
    private final List<Object> owners = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();

    private String text(int name) {
      return texts.substring(name, texts.indexOf("\0", name));
    }

    @Override
    public int name(String text) {
      int at = texts.length();
      texts.append(text).append('\0');
      return text.isEmpty() ? 0 : at;
    }

    @Override
    public int names(Object owner, byte[] from, int start, int length) {
      int known = owners.indexOf(owner);
      if (known < 0) {
        known = owners.size();
        owners.add(owner);
        starts.add(texts.length());
        texts.append(new String(from, start, length, ISO_8859_1));
      }
      return starts.get(known);
    }

    @Override
    public void integer(int name, Type.Int type) {
      events.add("integer " + text(name) + " " + type);
    }

    @Override
    public void floating(int name, int bytes) {
      events.add("floating " + text(name) + " " + bytes);
    }

    @Override
    public void pointer(int target, int bytes) {
      events.add("pointer " + target + " " + bytes);
    }

    @Override
    public void array(int element, int index, long count) {
      events.add("array " + element + " " + index + " " + count);
    }

    @Override
    public void compound(Compound.Kind kind, int name, long bytes) {
      events.add("compound " + kind + " " + text(name) + " " + bytes);
    }

    @Override
    public void member(int name, int type, long bitOffset, int bitWidth) {
      events.add("member " + text(name) + " " + type + " " + bitOffset + ":" + bitWidth);
    }

    @Override
    public void enumeration(int name, int bytes, boolean signed, boolean declared) {
      events.add("enumeration " + text(name) + " " + bytes + " " + signed + " " + declared);
    }

    @Override
    public void enumerator(int name, long value) {
      events.add("enumerator " + text(name) + " " + value);
    }

    @Override
    public void forward(Compound.Kind kind, int name) {
      events.add("forward " + kind + " " + text(name));
    }

    @Override
    public void typedef(int name, int target) {
      events.add("typedef " + text(name) + " " + target);
    }

    @Override
    public void qualified(Type.Qualifier qualifier, int target) {
      events.add(qualifier + " " + target);
    }

    @Override
    public void prototype(int returns) {
      events.add("prototype " + returns);
    }

    @Override
    public void parameter(int name, int type) {
      events.add("parameter " + text(name) + " " + type);
    }

    @Override
    public void variadic() {
      events.add("variadic");
    }

    @Override
    public void function(int name, int prototype) {
      events.add("function " + text(name) + " " + prototype);
    }

    @Override
    public void end() {
      events.add("end");
    }
  }
}
