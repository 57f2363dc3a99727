package org.vmcore.gdbstub.inspect.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.types.SizedTypes.Sized;
import org.vmcore.gdbstub.linux.types.DeclaredTypes;

class SizedTypesTest {
  private final DeclaredTypes types =
      new DeclaredTypes(
          """
          struct leaf {
            long value;
          };
          struct pointing {
            struct leaf *leaf;
            long other;
          };
          struct holding {
            struct pointing inner;
            long other;
          };
          struct far {
            struct holding *holding;
            long many[3];
          };
          """);

  private List<Sized> found(String sizes, String member) throws NoAnswerException {
    return SizedTypes.of(
        types,
        Optional.of(sizes).filter(text -> !text.isEmpty()),
        Optional.of(member).filter(text -> !text.isEmpty()));
  }

  @Test
  void thoseOfASizeAreFoundByName() throws Exception {
    assertThat(found("16", "")).containsExactly(new Sized(16, "pointing"));
    assertThat(found("16-24", ""))
        .containsExactly(new Sized(16, "pointing"), new Sized(24, "holding"));
  }

  /** Through what is inside of a member, not through what that points at. */
  @Test
  void thoseThatHaveOrPointAtATypeAreFound() throws Exception {
    assertThat(found("", "leaf"))
        .containsExactly(new Sized(16, "pointing"), new Sized(24, "holding"));
    assertThat(found("20-30", "struct leaf")).containsExactly(new Sized(24, "holding"));
    assertThat(found("", "nosuch")).isEmpty();
  }

  @Test
  void aSizeIsANumber() {
    assertThatThrownBy(() -> found("many", "")).hasMessage("'many' is not a number");
  }
}
