package org.vmcore.gdbstub.symbols.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.write.dwarf.DataType;

class KnownVariablesTest {
  private final TypeTable numbers = TypeTable.ofNumbers(8);
  private final KnownVariables known = new KnownVariables(KernelTypes.of(numbers), 8);

  @Test
  void aKnownVariableHasItsType() {
    assertThat(known.type("jiffies", 64))
        .contains(DataType.of(KernelTypes.of(numbers).find("unsigned long").orElseThrow()));
  }

  @Test
  void arraysReachUpToTheNextSymbol() {
    assertThat(known.type("avenrun", 24)).map(DataType::count).contains(3L);
  }

  @Test
  void whatCannotBeWhatItWasHasNone() {
    assertThat(known.type("jiffies", 4)).as("smaller than its type").isEmpty();
    assertThat(known.type("init_task", 8192)).as("of a type that is not there").isEmpty();
    assertThat(known.type("no_such_variable", 8)).isEmpty();
  }
}
