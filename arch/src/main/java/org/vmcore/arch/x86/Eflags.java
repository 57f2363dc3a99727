package org.vmcore.arch.x86;

/** The type of gdb's {@code $eflags}, and what the register says. */
public final class Eflags {
  public static final String TYPE_NAME = "i386_eflags";

  /**
   * Bit names as gdb prints {@code $eflags}; Intel SDM vol. 1, 3.4.3, figure 3-8. Bit 1 is always
   * set and has no name.
   */
  public static final String TYPE =
      """
          <flags id="i386_eflags" size="4">
            <field name="" start="1" end="1"/>
            <field name="CF" start="0" end="0"/>
            <field name="PF" start="2" end="2"/>
            <field name="AF" start="4" end="4"/>
            <field name="ZF" start="6" end="6"/>
            <field name="SF" start="7" end="7"/>
            <field name="TF" start="8" end="8"/>
            <field name="IF" start="9" end="9"/>
            <field name="DF" start="10" end="10"/>
            <field name="OF" start="11" end="11"/>
            <field name="NT" start="14" end="14"/>
            <field name="RF" start="16" end="16"/>
            <field name="VM" start="17" end="17"/>
            <field name="AC" start="18" end="18"/>
            <field name="VIF" start="19" end="19"/>
            <field name="VIP" start="20" end="20"/>
            <field name="ID" start="21" end="21"/>
          </flags>
      """;

  private static final long VM = 1 << 17;

  private Eflags() {}

  /**
   * Whether a CPU with these registers runs a user program: the requested privilege level of CS is
   * the CPU's (Intel SDM vol. 3A, 5.5), except in virtual-8086 mode (vol. 3B, 20.2).
   */
  public static boolean isUserMode(long eflags, long cs) {
    return (cs & 3) == 3 || (eflags & VM) != 0;
  }
}
