package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.demo.DemoMachine.Dumper;

/**
 * The demo's VMCOREINFO: the keys that Linux 6.1 has for x86-64, as far as the demo has what they
 * speak of (Linux kernel/crash_core.c, arch/x86/kernel/crash_core_64.c).
 */
final class DemoVmcoreinfo {
  private static final long CRASH_TIME = 1767225600; // 2026-01-01 00:00:00 UTC
  private static final long KERNEL_IMAGE_SIZE = 1 << 30;
  private static final List<String> KALLSYMS =
      List.of("names", "num_syms", "token_table", "token_index", "offsets", "relative_base");

  private DemoVmcoreinfo() {}

  static byte[] text(AddressPlan plan, DemoMachine.Builder options) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("OSRELEASE", KernelImage.RELEASE);
    keys.put("BUILD-ID", HexFormat.of().formatHex(plan.image().buildId()));
    keys.put("PAGESIZE", "4096");
    putSymbol(keys, "init_uts_ns", plan.runTime("init_uts_ns"));
    keys.put("OFFSET(uts_namespace.name)", "0");
    putSymbol(keys, "swapper_pg_dir", plan.runTime("init_top_pgt"));
    putSymbol(keys, "_stext", plan.runTime("_stext"));
    keys.put("NUMBER(SECTION_SIZE_BITS)", "27");
    keys.put("NUMBER(MAX_PHYSMEM_BITS)", options.levels == 5 ? "52" : "46");
    for (String part : KALLSYMS) {
      putSymbol(keys, "kallsyms_" + part, plan.runTime("kallsyms_" + part));
    }
    keys.put("NUMBER(phys_base)", Long.toString(plan.physBase()));
    putSymbol(keys, "init_top_pgt", plan.runTime("init_top_pgt"));
    keys.put("NUMBER(pgtable_l5_enabled)", options.levels == 5 ? "1" : "0");
    keys.put("KERNELOFFSET", Long.toHexString(plan.kaslrOffset()));
    keys.put("NUMBER(KERNEL_IMAGE_SIZE)", Long.toString(KERNEL_IMAGE_SIZE));
    keys.put("NUMBER(sme_mask)", Long.toString(options.smeMask));
    if (options.dumper == Dumper.KDUMP) {
      keys.put("CRASHTIME", Long.toString(CRASH_TIME)); // written by crash_kexec alone
    }
    keys.keySet().removeAll(options.omittedKeys);
    StringBuilder text = new StringBuilder();
    keys.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return text.toString().getBytes(ISO_8859_1);
  }

  private static void putSymbol(Map<String, String> keys, String name, long address) {
    keys.put("SYMBOL(" + name + ")", Long.toHexString(address));
  }
}
