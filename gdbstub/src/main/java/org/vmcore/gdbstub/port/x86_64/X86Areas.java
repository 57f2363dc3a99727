package org.vmcore.gdbstub.port.x86_64;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.mm.AddressArea;
import org.vmcore.gdbstub.linux.types.Enumerators;

/**
 * What parts of its addresses the kernel uses for what (Linux Documentation/arch/x86/x86_64/
 * mm.rst; arch/x86/include/asm/fixmap.h). The smaller come before those that they lie in. The
 * direct map, vmalloc's areas and the struct pages are told by what is in them, as KASLR moves
 * them.
 */
final class X86Areas {
  private static final long PAGE = 4096;
  private static final long VSYSCALL = 0xffff_ffff_ff60_0000L;

  /**
   * FIXADDR_TOP: the page of vsyscall is that of index VSYSCALL_PAGE, which goes down from here.
   */
  private static final long FIXMAP_TOP = 0xffff_ffff_ff7f_f000L;

  private static final String FIXED = "enum fixed_addresses";

  private X86Areas() {}

  static List<AddressArea> of(LinuxKernel kernel) {
    List<AddressArea> areas = new ArrayList<>();
    areas.add(new AddressArea("vsyscall page", VSYSCALL, VSYSCALL + PAGE - 1));
    addFixmap(areas, kernel);
    areas.add(new AddressArea("modules", 0xffff_ffff_a000_0000L, 0xffff_ffff_feff_ffffL));
    areas.add(new AddressArea("kernel image", 0xffff_ffff_8000_0000L, 0xffff_ffff_bfff_ffffL));
    areas.add(
        new AddressArea("EFI runtime services", 0xffff_ffef_0000_0000L, 0xffff_fffe_ffff_ffffL));
    areas.add(new AddressArea("espfix stacks", 0xffff_ff00_0000_0000L, 0xffff_ff7f_ffff_ffffL));
    areas.add(new AddressArea("CPU entry area", 0xffff_fe00_0000_0000L, 0xffff_fe7f_ffff_ffffL));
    areas.add(new AddressArea("KASAN shadow", 0xffff_ec00_0000_0000L, 0xffff_fbff_ffff_ffffL));
    return areas;
  }

  /** Pages by their names, from the highest down; where types have no names, the whole. */
  private static void addFixmap(List<AddressArea> areas, LinuxKernel kernel) {
    Map<Long, String> names = new HashMap<>();
    kernel
        .types()
        .ifPresent(
            types ->
                Enumerators.of(types.types(), FIXED)
                    .forEach((name, index) -> names.putIfAbsent(index, name)));
    names.forEach(
        (index, name) -> {
          if (!name.startsWith("__end") && index >= 0 && index < (1 << 12)) {
            long at = FIXMAP_TOP - index * PAGE;
            areas.add(new AddressArea("fixmap " + name, at, at + PAGE - 1));
          }
        });
    areas.add(new AddressArea("fixmap", 0xffff_ffff_ff00_0000L, FIXMAP_TOP + PAGE - 1));
  }
}
