package org.vmcore.gdbstub.inspect.log;

import picocli.CommandLine.Command;

/** {@code dmesg}, as the log is called outside of crash. */
@Command(
    name = "dmesg",
    description = "Print the kernel's log.",
    footer =
        """
        Each message has the seconds since the boot. Bytes that are no text of ASCII are shown as
        dots.
          dmesg --level warn+
          dmesg -T
        """)
public final class Dmesg extends Log {}
