package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MiRecordTest {
  @Test
  void readsTuplesAndLists() {
    MiRecord record =
        MiRecord.parse(
            "done,threads=[{id=\"1\",core=\"0\"}],groups=[\"a\",\"b\"],none=[],current=\"1\"");
    assertThat(record.name()).isEqualTo("done");
    assertThat(record.list("threads")).containsExactly(Map.of("id", "1", "core", "0"));
    assertThat(record.results())
        .containsEntry("groups", List.of("a", "b"))
        .containsEntry("none", List.of())
        .containsEntry("current", "1");
  }

  @Test
  void keepsTheValuesOfAListOfResults() {
    assertThat(MiRecord.parse("done,stack=[frame={level=\"0\"},frame={level=\"1\"}]").list("stack"))
        .containsExactly(Map.of("level", "0"), Map.of("level", "1"));
  }

  @Test
  void undoesTheQuoting() {
    assertThat(MiRecord.unquoted("\"a \\\"b\\\"\\n\\t\\\\ \\033\""))
        .isEqualTo("a \"b\"\n\t\\ \033");
  }

  @Test
  void readsARecordWithoutResults() {
    assertThat(MiRecord.parse("done")).isEqualTo(new MiRecord("done", Map.of()));
  }
}
