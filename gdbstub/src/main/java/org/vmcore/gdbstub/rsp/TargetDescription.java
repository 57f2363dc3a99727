package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** {@code qXfer:features:read:target.xml} (GDB manual, "Target Descriptions"). */
record TargetDescription(Target target) implements Target.TransferObject {
  @Override
  public String name() {
    return "features";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    return annex.equals("target.xml")
        ? Optional.of(target.targetXml().getBytes(StandardCharsets.UTF_8))
        : Optional.empty();
  }
}
