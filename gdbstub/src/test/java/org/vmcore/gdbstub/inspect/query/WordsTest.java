package org.vmcore.gdbstub.inspect.query;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void blanksAreBetweenWords() {
    assertThat(Words.of("  bt -a\t64 ")).containsExactly("bt", "-a", "64");
    assertThat(Words.of("")).isEmpty();
  }

  @Test
  void whatIsQuotedIsAWord() {
    assertThat(Words.of("log 'a b' \"c d\" 'e f")).containsExactly("log", "a b", "c d", "e f");
  }

  @Test
  void whatBeginsWithAParenthesisGoesOnToTheOther() {
    assertThat(Words.of("dis (vfs_write + 4) 2")).containsExactly("dis", "(vfs_write + 4)", "2");
    assertThat(Words.of("p ((struct x *) 1)->y z"))
        .containsExactly("p", "((struct x *) 1)->y", "z");
    assertThat(Words.of("p (1 + 2")).as("not closed").containsExactly("p", "(1", "+", "2");
  }
}
