package org.vmcore.gdbstub.inspect.analyze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;

class KnownIssuesTest {
  private static final String LOG =
      """
      BUG: kernel NULL pointer dereference, address: 0000000000000018
      CPU: 3 PID: 4711 Comm: cat Tainted: G           O       6.1.0 #1
      RIP: 0010:foo_read+0x6/0x10 [foo]
      Call Trace:
       vfs_read+0xa1/0x2b0
       ksys_read+0x16/0x20
      """;

  @TempDir Path directory;

  private java.util.List<Analysis.KnownIssue> found(String rule) throws Exception {
    Files.writeString(directory.resolve("rule.yaml"), rule);
    return KnownIssues.in(directory).matching(new Analyze().answer(LOG));
  }

  @Test
  void aRuleFitsWhereAllThatItAsksForDoes() throws Exception {
    String rule =
        """
        name: foo reads before it is open
        match:
          class: null_dereference
          title: in foo_read
          frames: [foo_read, vfs_read]
          release: ["5.15.", "6.1."]
          modules: foo
        advice: Update foo.
        link: https://example.org/1
        """;
    assertThat(found(rule))
        .containsExactly(
            new Analysis.KnownIssue(
                "foo reads before it is open",
                "Update foo.",
                java.util.Optional.of("https://example.org/1"),
                "rule.yaml"));
    assertThat(found(rule.replace("6.1.", "6.2."))).isEmpty();
    assertThat(found(rule.replace("vfs_read]", "vfs_write]"))).isEmpty();
    assertThat(found(rule.replace("null_", "use_"))).isEmpty();
  }

  @Test
  void whatIsNoRuleIsTold() {
    assertThatThrownBy(() -> found("name: x\nmatch: {}\nadvice: y"))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("rule.yaml: match asks for nothing");
    assertThatThrownBy(() -> found("name: x\nmatch: {frame: y}\nadvice: y"))
        .hasMessageContaining("what is 'frame'?");
    assertThatThrownBy(() -> found("- [")).hasMessageContaining("rule.yaml is not YAML");
    assertThatThrownBy(() -> found("a: &a [x]\nb: [*a, *a]")).hasMessageContaining("rule.yaml");
    assertThatThrownBy(() -> KnownIssues.in(directory.resolve("missing")))
        .hasMessageContaining("--rules takes a directory");
  }
}
