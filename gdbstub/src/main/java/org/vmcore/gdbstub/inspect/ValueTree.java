package org.vmcore.gdbstub.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;

/**
 * Values as trees of maps, lists, strings, numbers and booleans: addresses are hexadecimal strings,
 * arrays of characters their text up to the first NUL, enumerators their names, and what C does not
 * name is among its parent's members.
 */
final class ValueTree {
  private static final int MAX_ELEMENTS = 4096;
  private static final int MAX_DEPTH = 64;

  private final ByteOrder order;

  ValueTree(ByteOrder order) {
    this.order = order;
  }

  Object of(KernelObject object) throws KernelReadException {
    return of(object, 0);
  }

  private Object of(KernelObject object, int depth) throws KernelReadException {
    Type type = object.type().resolved();
    if (depth > MAX_DEPTH) {
      return "...";
    } else if (type instanceof Compound compound) {
      Map<String, Object> members = new LinkedHashMap<>();
      addMembers(members, object, compound, depth);
      return members;
    } else if (type instanceof Type.Array array) {
      return array(object, array, depth);
    } else if (type instanceof Type.Pointer) {
      return "0x" + Long.toHexString(object.value());
    } else if (type instanceof Type.Enumeration enumeration) {
      return Scalar.enumerator(enumeration, object.value());
    } else if (type instanceof Type.Int integer) {
      return number(object, integer);
    }
    return "";
  }

  private void addMembers(
      Map<String, Object> members, KernelObject object, Compound compound, int depth)
      throws KernelReadException {
    for (Member member : compound.members()) {
      if (!member.name().isEmpty()) {
        members.put(member.name(), of(object.member(member.name()), depth + 1));
      } else if (member.type().get().resolved() instanceof Compound anonymous
          && depth < MAX_DEPTH) {
        addMembers(members, object, anonymous, depth + 1);
      }
    }
  }

  private Object array(KernelObject object, Type.Array array, int depth)
      throws KernelReadException {
    if (Scalar.isCharacter(array.element().get().resolved())) {
      byte[] bytes = object.bytes((int) Math.min(array.count(), MAX_ELEMENTS));
      String text = new String(bytes, ISO_8859_1);
      int end = text.indexOf(0);
      return end < 0 ? text : text.substring(0, end);
    }
    List<Object> elements = new ArrayList<>();
    for (long i = 0; i < Math.min(array.count(), MAX_ELEMENTS); i++) {
      elements.add(of(object.element(i), depth + 1));
    }
    return elements;
  }

  private Object number(KernelObject object, Type.Int integer) throws KernelReadException {
    if (integer.bytes() > Long.BYTES) {
      return Scalar.unsigned(object.bytes(), order);
    }
    long value = object.value();
    if (integer.encoding() == Type.Encoding.BOOLEAN) {
      return value != 0;
    }
    boolean fits = integer.encoding() == Type.Encoding.SIGNED || value >= 0;
    return fits ? (Object) value : new BigInteger(Long.toUnsignedString(value));
  }
}
