package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import picocli.CommandLine;

class DumpOptionsTest {
  @Test
  void helpNamesWhatEachArchitectureTakes() {
    CommandLine info = new CommandLine(new InfoCommand()).setResourceBundle(new HelpTexts());
    String help = info.getUsageMessage().replaceAll("\\s+", " ");

    for (Architecture architecture : Architectures.all()) {
      List<String> options = architecture.options();
      assertThat(help).as(architecture.name()).contains(architecture.name()).contains(options);
    }
  }
}
