package org.vmcore.it;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.RealDump;

/** What is known of one dump, in the quick tests. */
@ParameterizedClass
@MethodSource("quick")
class DumpTruthTest extends DumpTruth {
  DumpTruthTest(RealDump dump) {
    super(dump);
  }

  static Stream<RealDump> quick() {
    return Stream.of(RealDump.typed());
  }
}
