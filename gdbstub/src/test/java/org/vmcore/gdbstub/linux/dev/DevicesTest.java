package org.vmcore.gdbstub.linux.dev;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.dev.Devices.Device;
import org.vmcore.gdbstub.linux.types.Listing;

/** Drivers of character devices, in the kernel's table of 255 lists (Linux fs/char_dev.c). */
class DevicesTest {
  private static final int BUCKETS = 255;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct char_device_struct {
            struct char_device_struct *next;
            unsigned int major;
            unsigned int baseminor;
            char name[64];
            struct cdev *cdev;
          };
          struct cdev {
            unsigned long kobj[8];
            void *ops;
          };
          struct probe {
            struct probe *next;
            unsigned int dev;
            unsigned long range;
            void *data;
          };
          struct kobj_map {
            struct probe *probes[255];
            void *lock;
          };
          """);
  private final long[] table = new long[BUCKETS];

  private Made driver(long major, long minor, String name) {
    return kernel
        .object("char_device_struct")
        .set("major", major)
        .set("baseminor", minor)
        .set("name", name);
  }

  @Test
  void aListMayHaveSeveralAndOneWithoutADevice() throws Exception {
    Made cdev = kernel.object("cdev").set("ops", 0x51);
    Made second = driver(4, 64, "ttyS").set("cdev", cdev);
    Made first = driver(4, 0, "/dev/vc/0").set("next", second);
    table[4] = first.address();
    table[10] = driver(10, 0, "misc").address();
    kernel.words("chrdevs", table);

    Listing<Device> found = Devices.characters(kernel.memory());

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .containsExactly(
            new Device(4, "/dev/vc/0", 0, 0),
            new Device(4, "ttyS", cdev.address(), 0x51),
            new Device(10, "misc", 0, 0));
  }

  /** 259 is in list 4 of 255, behind 4's own; a device number is major * 2^20 + minor. */
  @Test
  void aDriversOwnDeviceIsFoundByItsNumber() throws Exception {
    Made other = kernel.object("cdev").set("ops", 0x51);
    Made own = kernel.object("cdev").set("ops", 0x52);
    Made map = kernel.object("kobj_map");
    Made behind = kernel.object("probe").set("dev", (259 << 20) + 3).set("data", own.address());
    Made before =
        kernel.object("probe").set("dev", (4 << 20) + 3).set("data", other).set("next", behind);
    kernel.word(map.at("probes") + 4L * Long.BYTES, before.address());
    kernel.words("cdev_map", map.address());
    table[4] = driver(259, 3, "late").address();
    kernel.words("chrdevs", table);

    assertThat(Devices.characters(kernel.memory()).all())
        .containsExactly(new Device(259, "late", own.address(), 0x52));
  }

  @Test
  void aListThatLeadsBackEndsAndTheNextIsRead() throws Exception {
    Made torn = driver(4, 0, "tty");
    torn.set("next", torn);
    table[4] = torn.address();
    table[5] = driver(5, 0, "console").address();
    kernel.words("chrdevs", table);

    assertThat(Devices.characters(kernel.memory()).all())
        .extracting(Device::name)
        .containsExactly("tty", "console");
  }

  @Test
  void aListThatLeadsToNoMemoryIsSaidAndTheNextIsRead() throws Exception {
    table[4] = 0x10;
    table[5] = driver(5, 0, "console").address();
    kernel.words("chrdevs", table);

    Listing<Device> found = Devices.characters(kernel.memory());

    assertThat(found.all()).extracting(Device::name).containsExactly("console");
    assertThat(found.problem().orElseThrow()).contains("0x");
  }
}
