package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Names as binutils' {@code c++filt -s rust} shows them, without hashes of crates and types of
 * constants: the first are of Debian's kernel.
 */
class RustNameTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          _RNvNtCsbZfwWpAStWS_4core3num22from_ascii_radix_panic | core::num::from_ascii_radix_panic
          _RINvNtCsbZfwWpAStWS_4core9panicking13assert_failedjjEB4_ | core::panicking::assert_failed::<usize, usize>
          _RNCINvMNtNtCsbZfwWpAStWS_4core3net6parserNtB5_6Parser11read_numbertE0B9_ | <core::net::parser::Parser>::read_number::<u16>::{closure#0}
          _RNvXs8_NtCsdJ13ReMSUMg_6kernel3fmtbNtB5_7Display3fmt | <bool as kernel::fmt::Display>::fmt
          _RNvXs0_NtCsbZfwWpAStWS_4core3anyDNtB5_3AnyNtNtB7_6marker4SendEL_NtNtB7_3fmt5Debug3fmt | <dyn core::any::Any + core::marker::Send as core::fmt::Debug>::fmt
          _RNvYNCNvNvMs6_NtNtCsbZfwWpAStWS_4core4task4wakeNtBc_5Waker11from_fn_ptr6VTABLE0INtNtNtBg_3ops8function6FnOnceTPuEE9call_onceBg_ | <<core::task::wake::Waker>::from_fn_ptr::VTABLE::{closure#0} as core::ops::function::FnOnce<(*const (),)>>::call_once
          _RNvXNtC6kernel4testFG_RL0_hEuNtC6kernel5Trait3run | <for<'a> fn(&'a u8) as kernel::Trait>::run
          _RINvC6kernel4makeAhj8_QShOTtEE | kernel::make::<[u8; 8], &mut [u8], *mut (u16,)>
          _RINvC6kernel4makeKlnff_Kb1_Kc41_KpE | kernel::make::<-255, true, 'A', _>
          _RINvC6kernel4makeFUKCmPxEzE | kernel::make::<unsafe extern "C" fn(u32, *const i64) -> !>
          _RINvC6kernel4makeDINtC4core4FromhEp4ItemtEL_E | kernel::make::<dyn core::From<u8, Item = u16>>
          _RNSNvC6kernel4makes_6vtable | kernel::make::{shim:vtable#1}
          """,
      quoteCharacter = '`')
  void namesAreThoseOfTheSource(String symbol, String name) {
    assertThat(RustName.of(symbol)).hasValue(name);
  }

  /** As the kernel itself does, and debuggers with what compilers make of a function. */
  @Test
  void whatCompilersAddedStays() {
    assertThat(RustName.orSame("_RNvC6kernel4make.cold")).isEqualTo("kernel::make.cold");
  }

  @Test
  void whatIsNoRustNameStays() {
    for (String symbol : new String[] {"schedule", "_R", "_Reset", "_RNvC6kernel4_123", "_RB_"}) {
      assertThat(RustName.orSame(symbol)).isEqualTo(symbol);
    }
  }

  /** Damaged names end, and are not long. */
  @Test
  void anyTextEnds() {
    Random random = new Random(1);
    String letters = "CNMXYIBvst0123456789_hRQSATFDEGLKupj";
    for (int round = 0; round < 20_000; round++) {
      StringBuilder symbol = new StringBuilder("_R");
      random.ints(40, 0, letters.length()).forEach(at -> symbol.append(letters.charAt(at)));

      assertThat(RustName.orSame(symbol.toString()).length()).isLessThan(8192);
    }
  }
}
