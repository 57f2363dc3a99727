package org.vmcore.gdbstub.machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.DemoTruth;

/** A demo machine, opened from the bytes of a vmcore, with the truth about it. */
public record Demo(CrashedMachine machine, DemoTruth truth) implements AutoCloseable {

  public static Demo open() throws Exception {
    return open(DemoMachine.builder(), MachineOptions.defaults());
  }

  public static Demo open(DemoMachine.Builder builder, MachineOptions options) throws Exception {
    DemoMachine demo = builder.build();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ElfWriter.write(demo.dump(), Channels.newChannel(file));
    Dump dump = DumpFormats.open(new BytesInput("demo", file.toByteArray()), options.open());
    return new Demo(CrashedMachine.open(dump, options), demo.truth());
  }

  /** The machine's memory alone, as LiME takes it: no notes, no registers. */
  public static Demo openMemory(DemoMachine.Builder builder, MachineOptions options)
      throws Exception {
    DemoMachine demo = builder.build();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    PhysicalMemory memory = demo.dump().memory();
    memory.forEachRange(
        (start, length, presence) -> {
          byte[] bytes = new byte[(int) length];
          memory.read(start, bytes, 0, bytes.length);
          ByteBuffer header = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
          header.putInt(0x4c694d45).putInt(1).putLong(start).putLong(start + length - 1);
          file.writeBytes(header.array());
          file.writeBytes(bytes);
        });
    Dump dump = DumpFormats.open(new BytesInput("memory", file.toByteArray()), options.open());
    return new Demo(CrashedMachine.open(dump, options), demo.truth());
  }

  @Override
  public void close() throws IOException {
    machine.close();
  }
}
