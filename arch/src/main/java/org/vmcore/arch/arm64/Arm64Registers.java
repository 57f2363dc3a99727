package org.vmcore.arch.arm64;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;

/** The registers that gdb is told of (GDB manual, "AArch64 Features"). */
final class Arm64Registers {
  /**
   * Bit names as gdb prints {@code $cpsr}; Arm ARM, DDI 0487, C5.2.19 "SPSR_EL1". SP and EL are
   * M[0] and M[3:2].
   */
  private static final String CPSR_TYPE =
      """
          <flags id="cpsr_flags" size="4">
            <field name="SP" start="0" end="0"/>
            <field name="EL" start="2" end="3" type="uint8"/>
            <field name="nRW" start="4" end="4"/>
            <field name="F" start="6" end="6"/>
            <field name="I" start="7" end="7"/>
            <field name="A" start="8" end="8"/>
            <field name="D" start="9" end="9"/>
            <field name="BTYPE" start="10" end="11" type="uint8"/>
            <field name="SSBS" start="12" end="12"/>
            <field name="IL" start="20" end="20"/>
            <field name="SS" start="21" end="21"/>
            <field name="PAN" start="22" end="22"/>
            <field name="UAO" start="23" end="23"/>
            <field name="DIT" start="24" end="24"/>
            <field name="TCO" start="25" end="25"/>
            <field name="V" start="28" end="28"/>
            <field name="C" start="29" end="29"/>
            <field name="Z" start="30" end="30"/>
            <field name="N" start="31" end="31"/>
          </flags>
      """;

  /** The views of a vector register that gdb offers. */
  private static final String VECTOR_TYPES =
      """
          <vector id="v2d" type="ieee_double" count="2"/>
          <vector id="v2u" type="uint64" count="2"/>
          <vector id="v2i" type="int64" count="2"/>
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v4u" type="uint32" count="4"/>
          <vector id="v4i" type="int32" count="4"/>
          <vector id="v8u" type="uint16" count="8"/>
          <vector id="v8i" type="int16" count="8"/>
          <vector id="v16u" type="uint8" count="16"/>
          <vector id="v16i" type="int8" count="16"/>
          <vector id="v1u" type="uint128" count="1"/>
          <vector id="v1i" type="int128" count="1"/>
          <union id="vnd">
            <field name="f" type="v2d"/>
            <field name="u" type="v2u"/>
            <field name="s" type="v2i"/>
          </union>
          <union id="vns">
            <field name="f" type="v4f"/>
            <field name="u" type="v4u"/>
            <field name="s" type="v4i"/>
          </union>
          <union id="vnh">
            <field name="u" type="v8u"/>
            <field name="s" type="v8i"/>
          </union>
          <union id="vnb">
            <field name="u" type="v16u"/>
            <field name="s" type="v16i"/>
          </union>
          <union id="vnq">
            <field name="u" type="v1u"/>
            <field name="s" type="v1i"/>
          </union>
          <union id="aarch64v">
            <field name="d" type="vnd"/>
            <field name="s" type="vns"/>
            <field name="h" type="vnh"/>
            <field name="b" type="vnb"/>
            <field name="q" type="vnq"/>
          </union>
      """;

  /**
   * Features of gdb's own and one of ours. {@code SP_EL0}, spelled as QEMU does, is what the
   * kernel's gdb scripts ask for: in the kernel it holds the current task (Linux
   * scripts/gdb/linux/cpus.py, arch/arm64/include/asm/current.h).
   *
   * <p>{@code pauth_cmask} is how gdb takes the authentication code out of return addresses.
   */
  static final RegisterSet SET =
      new RegisterSet(
          "aarch64",
          List.of(
              new Feature("org.gnu.gdb.aarch64.core", CPSR_TYPE, core()),
              new Feature("org.gnu.gdb.aarch64.fpu", VECTOR_TYPES, fpu()),
              new Feature(
                  "org.gnu.gdb.aarch64.pauth",
                  "",
                  List.of(system("pauth_dmask", "uint64"), system("pauth_cmask", "uint64"))),
              new Feature("org.vmcore.aarch64.system", "", List.of(system("SP_EL0", "data_ptr")))));

  private Arm64Registers() {}

  private static List<Register> core() {
    List<Register> core = new ArrayList<>();
    for (int i = 0; i <= 30; i++) {
      core.add(Register.general("x" + i, 64, "int64"));
    }
    core.add(Register.general("sp", 64, "data_ptr"));
    core.add(Register.general("pc", 64, "code_ptr"));
    core.add(Register.general("cpsr", 32, "cpsr_flags"));
    return core;
  }

  private static List<Register> fpu() {
    List<Register> fpu = new ArrayList<>();
    for (int i = 0; i <= 31; i++) {
      fpu.add(new Register("v" + i, 128, "aarch64v", null));
    }
    fpu.add(new Register("fpsr", 32, "int", "float"));
    fpu.add(new Register("fpcr", 32, "int", "float"));
    return fpu;
  }

  private static Register system(String name, String type) {
    return new Register(name, 64, type, "system");
  }
}
