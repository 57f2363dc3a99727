package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import picocli.CommandLine.Model.CommandSpec;

class DumpOptionsTest {
  @Test
  void helpNamesWhatEachArchitectureTakes() {
    String help =
        String.join(
            " ",
            CommandSpec.forAnnotatedObject(new DumpOptions())
                .findOption("--arch-option")
                .description());

    for (Architecture architecture : Architectures.all()) {
      List<String> options = architecture.options();
      assertThat(help).as(architecture.name()).contains(architecture.name()).contains(options);
    }
  }
}
