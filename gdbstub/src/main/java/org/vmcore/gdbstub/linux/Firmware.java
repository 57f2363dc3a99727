package org.vmcore.gdbstub.linux;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** What the firmware says of the machine, as the kernel kept it: {@code dmi_ident}. */
public final class Firmware {
  private static final int MAX_TEXT = 256;

  /** enum dmi_field (Linux include/linux/mod_devicetable.h), whose first is none. */
  private static final List<String> FIELDS =
      List.of(
          "DMI_BIOS_VENDOR",
          "DMI_BIOS_VERSION",
          "DMI_BIOS_DATE",
          "DMI_BIOS_RELEASE",
          "DMI_EC_FIRMWARE_RELEASE",
          "DMI_SYS_VENDOR",
          "DMI_PRODUCT_NAME",
          "DMI_PRODUCT_VERSION",
          "DMI_PRODUCT_SERIAL",
          "DMI_PRODUCT_UUID",
          "DMI_PRODUCT_SKU",
          "DMI_PRODUCT_FAMILY",
          "DMI_BOARD_VENDOR",
          "DMI_BOARD_NAME",
          "DMI_BOARD_VERSION",
          "DMI_BOARD_SERIAL",
          "DMI_BOARD_ASSET_TAG",
          "DMI_CHASSIS_VENDOR",
          "DMI_CHASSIS_TYPE",
          "DMI_CHASSIS_VERSION",
          "DMI_CHASSIS_SERIAL",
          "DMI_CHASSIS_ASSET_TAG");

  private Firmware() {}

  /** Those that it told, by the kernel's names of kernels since 5.10, which added two. */
  public static Map<String, String> identity(LinuxKernel kernel) throws KernelReadException {
    Long table = kernel.address("dmi_ident").orElse(null);
    if (table == null) {
      throw new KernelReadException(
          KernelReadException.Reason.ABSENT, "the kernel has no symbol 'dmi_ident'");
    }
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 0; i < FIELDS.size(); i++) {
      OptionalLong text = kernel.memory().word(table + (i + 1L) * kernel.memory().wordBytes());
      if (text.isPresent() && text.getAsLong() != 0) {
        found.put(FIELDS.get(i), kernel.memory().text(text.getAsLong(), MAX_TEXT));
      }
    }
    return found;
  }
}
