package org.vmcore.arch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** What may be known of a made-up machine, as few words of a test. */
public record TestMachine(
    Architecture architecture,
    Dump dump,
    String vmcoreinfo,
    Map<String, Long> vmlinux,
    Map<String, String> options) {

  public TestMachine(Architecture architecture, Dump dump) {
    this(architecture, dump, "", Map.of(), Map.of());
  }

  /**
   * @param text empty for a dump without VMCOREINFO
   */
  public TestMachine withVmcoreinfo(String text) {
    return new TestMachine(architecture, dump, text, vmlinux, options);
  }

  public TestMachine withVmlinux(Map<String, Long> symbols) {
    return new TestMachine(architecture, dump, vmcoreinfo, symbols, options);
  }

  public TestMachine withOptions(Map<String, String> given) {
    return new TestMachine(architecture, dump, vmcoreinfo, vmlinux, given);
  }

  public KernelSpace kernelSpace() throws MissingFactException {
    return architecture.kernelSpace(
        new Machine(
            dump,
            vmcoreinfo.isEmpty()
                ? Optional.empty()
                : Optional.of(Vmcoreinfo.parse(vmcoreinfo.getBytes(US_ASCII))),
            architecture.cpus(dump),
            name ->
                vmlinux.containsKey(name)
                    ? OptionalLong.of(vmlinux.get(name))
                    : OptionalLong.empty(),
            options));
  }

  public static long physical(VirtualMemory memory, long address) {
    Translation translation = memory.translate(address);
    assertThat(translation).as("%#x", address).isInstanceOf(Translation.Mapped.class);
    return ((Translation.Mapped) translation).physicalAddress();
  }
}
