package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainNamesTest {
  /** The first four are of kernels that clang has linked, 6.1 and 5.10. */
  @ParameterizedTest
  @CsvSource({
    "irq_desc_tree.llvm.7294385017465319182, irq_desc_tree",
    "__cfi_set_root.llvm.10982345, __cfi_set_root",
    "special_mapping_vmops.llvm.1, special_mapping_vmops",
    "crashme_write$0123456789abcdef0123456789abcdef, crashme_write",
    "schedule, schedule",
    "oops_end.cold, oops_end.cold",
    "count.1234, count.1234",
    "kmalloc.constprop.0.isra.0, kmalloc.constprop.0.isra.0",
    "$d.12, $d.12",
    "x$12, x$12",
    ".llvm.123, .llvm.123",
    "a.llvm., a.llvm.",
    "a.llvm.12f, a.llvm.12f"
  })
  void areThoseOfTheSource(String name, String plain) {
    assertThat(PlainNames.of(name)).isEqualTo(plain);
  }
}
