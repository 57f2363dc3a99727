package org.vmcore.gdbstub.inspect.shell;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Short names of commands: those that crash has from the start, and a session's own. */
final class Aliases {
  private static final Map<String, String> BUILTIN = new LinkedHashMap<>();

  static {
    BUILTIN.put("man", "help");
    BUILTIN.put("?", "help");
    BUILTIN.put("quit", "q");
    BUILTIN.put("exit", "q");
    BUILTIN.put("sf", "set scroll off");
    BUILTIN.put("sn", "set scroll on");
    BUILTIN.put("hex", "set radix 16");
    BUILTIN.put("dec", "set radix 10");
    BUILTIN.put("px", "p -x");
    BUILTIN.put("pd", "p -d");
    BUILTIN.put("for", "foreach");
    BUILTIN.put("size", "*");
    BUILTIN.put("last", "ps -l");
    BUILTIN.put("lsmod", "mod");
    BUILTIN.put("print", "p");
    BUILTIN.put("ptype", "whatis");
  }

  private final Map<String, String> own = new LinkedHashMap<>();

  /** A command line with its first word replaced, if that is a short name. */
  String expand(String line) {
    String first = line.split("\\s", 2)[0];
    String meant = own.getOrDefault(first, BUILTIN.get(first));
    return meant == null ? line : meant + line.substring(first.length());
  }

  void put(String name, String meaning) {
    if (meaning.isEmpty()) {
      own.remove(name);
    } else {
      own.put(name, meaning);
    }
  }

  /** Those of the session and the others, by name. */
  Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>(BUILTIN);
    all.putAll(own);
    return all;
  }

  boolean isBuiltin(String name) {
    return !own.containsKey(name);
  }

  Set<String> names() {
    return new TreeSet<>(all().keySet());
  }
}
