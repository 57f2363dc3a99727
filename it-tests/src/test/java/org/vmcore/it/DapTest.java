package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/**
 * What editors ask of a crashed machine through the debug adapters that there are: none of it is an
 * error, and the backtrace is the one that the dying kernel printed.
 */
@NeedsCorpus
@Tag("slow")
class DapTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;

  private static final List<String> TRACE =
      List.of(
          "crashme_level3",
          "crashme_level2",
          "crashme_level1",
          "crashme_write",
          "proc_reg_write",
          "vfs_write",
          "ksys_write",
          "do_syscall_64");

  /** An adapter, with what its request {@code attach} takes. */
  enum Adapter {
    /** gdb's own, since gdb 14: nvim-dap, Helix, Emacs' dape. */
    SID_GDB(Debugger.SID_GDB) {
      @Override
      List<String> words() {
        return List.of(
            Debugger.SID_GDB.program(), "-nx", "-iex", "set debuginfod enabled off", "-i", "dap");
      }

      @Override
      Map<String, Object> attach(int port) {
        return Map.of("target", "127.0.0.1:" + port);
      }
    },
    LLDB_DAP(Debugger.LLDB) {
      @Override
      List<String> words() {
        return List.of(Debugger.LLDB.adapter());
      }

      @Override
      Map<String, Object> attach(int port) {
        return Map.of(
            "attachCommands", List.of("gdb-remote 127.0.0.1:" + port), "stopOnEntry", true);
      }
    },
    SID_LLDB_DAP(Debugger.SID_LLDB) {
      @Override
      List<String> words() {
        return List.of(Debugger.SID_LLDB.adapter());
      }

      @Override
      Map<String, Object> attach(int port) {
        return Map.of(
            "gdb-remote-port", port, "gdb-remote-hostname", "127.0.0.1", "stopOnEntry", true);
      }
    },
    CDT(Debugger.GDB) {
      @Override
      List<String> words() {
        return List.of("node", cdtAdapter().toString());
      }

      @Override
      Map<String, Object> attach(int port) {
        return Map.of(
            "gdb",
            Debugger.GDB.program(),
            "target",
            Map.of("type", "remote", "host", "127.0.0.1", "port", Integer.toString(port)));
      }

      /** It looks for an array of an outer frame in the innermost one. */
      @Override
      int framesWithVariables() {
        return 1;
      }

      /** It gives up where the first one cannot be read. */
      @Override
      int instructionsBefore() {
        return 20;
      }
    };

    private final Debugger debugger;

    Adapter(Debugger debugger) {
      this.debugger = debugger;
    }

    abstract List<String> words();

    abstract Map<String, Object> attach(int port);

    int framesWithVariables() {
      return 4;
    }

    /**
     * LLDB 19's adapter loses sessions while it attaches, and types across units of vmlinux's DWARF
     * when it evaluates for a hover; later ones do neither.
     */
    boolean counts() {
      return this != LLDB_DAP && !debugger.isOfSid();
    }

    /** Of module's code there are fewer before the one where it crashed. */
    int instructionsBefore() {
      return 200;
    }
  }

  private static Path cdtAdapter() {
    return Npm.installed("cdt-gdb-adapter").resolve("dist/debugTargetAdapter.js");
  }

  static Stream<Arguments> adapters() {
    return Stream.of(Adapter.values())
        .flatMap(adapter -> Stream.of(false, true).map(has -> Arguments.of(adapter, has)));
  }

  @ParameterizedTest(name = "{0}, the server has vmlinux: {1}")
  @MethodSource("adapters")
  void everyRequestIsAnswered(Adapter adapter, boolean hasVmlinux) throws Throwable {
    adapter.debugger.check(
        () -> {
          Object[] options =
              hasVmlinux
                  ? new Object[] {"--vmlinux", DUMP.vmlinux(), "--debug-dir", DUMP.modules()}
                  : new Object[0];
          try (Program server = Program.serve(DUMP.file(), options);
              Dap dap = Dap.start(adapter.words())) {
            JsonNode capabilities = attach(dap, adapter.attach(server.port()));
            look(dap, adapter, capabilities);
            dap.request("disconnect", Map.of("terminateDebuggee", false));
          }
        },
        adapter.counts());
  }

  /** Returns what the adapter can do: an editor asks for nothing else. */
  private static JsonNode attach(Dap dap, Map<String, Object> arguments) {
    JsonNode capabilities =
        dap.request(
            "initialize",
            Map.of(
                "adapterID",
                "test",
                "linesStartAt1",
                true,
                "columnsStartAt1",
                true,
                "pathFormat",
                "path",
                "supportsMemoryReferences",
                true,
                "supportsVariableType",
                true));
    int attach = dap.post("attach", arguments);
    dap.event("initialized");
    dap.request(
        "setBreakpoints",
        Map.of(
            "source",
            Map.of("path", "/usr/src/vmc/linux-source-6.1/fs/read_write.c"),
            "breakpoints",
            List.of(Map.of("line", 582))));
    dap.request(
        "setFunctionBreakpoints", Map.of("breakpoints", List.of(Map.of("name", "vfs_read"))));
    dap.request("configurationDone", Map.of());
    dap.await(attach);
    dap.event("stopped");
    return capabilities;
  }

  private static void look(Dap dap, Adapter adapter, JsonNode capabilities) {
    List<JsonNode> threads = list(dap.request("threads", Map.of()).path("threads"));
    assertThat(threads).hasSize(2);
    int crashed = 0;
    for (JsonNode thread : threads) {
      int id = thread.path("id").asInt();
      List<JsonNode> frames = frames(dap, id);
      assertThat(frames).isNotEmpty();
      if (functions(frames).contains(TRACE.get(0))) {
        crashed = id;
        assertThat(functions(frames).stream().distinct().filter(TRACE::contains))
            .containsExactlyElementsOf(TRACE);
        assertThat(
                Long.decode(
                    frames.get(frames.size() - 1).path("instructionPointerReference").asText()))
            .isEqualTo(0x47b7a0);
      }
      for (JsonNode frame :
          frames.subList(0, Math.min(frames.size(), adapter.framesWithVariables()))) {
        variables(dap, frame);
      }
    }
    assertThat(crashed).isNotZero();
    JsonNode top = frames(dap, crashed).get(0);
    code(dap, top, adapter.instructionsBefore(), capabilities);
    assertThat(
            dap.request("evaluate", evaluation(top, "init_task.pid", "watch"))
                .path("result")
                .asText())
        .contains("0");
    assertThat(
            dap.request("evaluate", evaluation(top, "init_task.comm", "hover"))
                .path("result")
                .asText())
        .isNotEmpty();
    dap.forgetEvents();
    dap.request("continue", Map.of("threadId", crashed));
    dap.event("stopped");
    assertThat(functions(frames(dap, crashed))).contains(TRACE.get(0));
  }

  private static Map<String, Object> evaluation(JsonNode frame, String text, String context) {
    return Map.of("expression", text, "frameId", frame.path("id").asInt(), "context", context);
  }

  private static List<JsonNode> frames(Dap dap, int thread) {
    return list(
        dap.request("stackTrace", Map.of("threadId", thread, "startFrame", 0, "levels", 40))
            .path("stackFrames"));
  }

  private static List<String> functions(List<JsonNode> frames) {
    return frames.stream()
        .map(frame -> frame.path("name").asText().replaceAll("^.*`|[ (.\\[].*$", ""))
        .toList();
  }

  /** Every variable of every scope, and the members of the first ones. */
  private static void variables(Dap dap, JsonNode frame) {
    JsonNode scopes = dap.request("scopes", Map.of("frameId", frame.path("id").asInt()));
    for (JsonNode scope : scopes.path("scopes")) {
      List<JsonNode> variables = children(dap, scope);
      for (JsonNode variable : variables.subList(0, Math.min(variables.size(), 5))) {
        if (variable.path("variablesReference").asInt() != 0) {
          children(dap, variable);
        }
      }
    }
  }

  private static List<JsonNode> children(Dap dap, JsonNode parent) {
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("variablesReference", parent.path("variablesReference").asInt());
    return list(dap.request("variables", arguments).path("variables"));
  }

  /** Memory as bytes and as code, before what is mapped, too, as editors ask to scroll there. */
  private static void code(Dap dap, JsonNode frame, int before, JsonNode capabilities) {
    String pc = frame.path("instructionPointerReference").asText();
    if (capabilities.path("supportsReadMemoryRequest").asBoolean()) {
      JsonNode memory =
          dap.request("readMemory", Map.of("memoryReference", pc, "offset", 0, "count", 4));
      // "Code: ... <41> 89 04 24" of the console.
      assertThat(HexFormat.of().formatHex(Base64.getDecoder().decode(memory.path("data").asText())))
          .isEqualTo("41890424");
    }
    if (capabilities.path("supportsDisassembleRequest").asBoolean()) {
      assertThat(instructions(dap, pc, 0, 20)).hasSize(20);
      instructions(dap, pc, -before, 2 * before);
    }
    if (capabilities.path("supportsInstructionBreakpoints").asBoolean()) {
      dap.request(
          "setInstructionBreakpoints",
          Map.of("breakpoints", List.of(Map.of("instructionReference", pc))));
    }
  }

  private static List<JsonNode> instructions(Dap dap, String pc, int from, int count) {
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("memoryReference", pc);
    arguments.put("offset", 0);
    arguments.put("instructionOffset", from);
    arguments.put("instructionCount", count);
    arguments.put("resolveSymbols", true);
    return list(dap.request("disassemble", arguments).path("instructions"));
  }

  private static List<JsonNode> list(JsonNode array) {
    return new ArrayList<>(StreamSupport.stream(array.spliterator(), false).toList());
  }
}
