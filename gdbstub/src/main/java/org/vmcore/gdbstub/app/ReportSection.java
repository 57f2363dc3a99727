package org.vmcore.gdbstub.app;

import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A section of a report.
 *
 * @param id its anchor in the page and its name in the tree
 * @param html what stands below its title
 * @param tree the same of maps, lists, strings, numbers and booleans, addresses being hexadecimal
 *     strings
 */
record ReportSection(String id, String title, String html, Object tree) {

  /** Makes one section. */
  @FunctionalInterface
  interface Source {
    /**
     * The section; empty where there is nothing to tell.
     *
     * @throws MissingFactException when the dump does not tell what is needed
     * @throws KernelReadException when the kernel lacks what it takes, or the dump does
     * @throws Inspection.FailedException when a command has no answer
     */
    Optional<ReportSection> of(CrashedMachine machine)
        throws MissingFactException, KernelReadException, Inspection.FailedException;
  }
}
