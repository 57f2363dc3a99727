package org.vmcore.gdbstub.app;

import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A section of a report.
 *
 * @param id its anchor in the page and its name among the report's data
 * @param html what stands below its title
 * @param data the same as a record, or a list or map of such
 */
record ReportSection(String id, String title, String html, Object data) {

  /** Makes one section. */
  @FunctionalInterface
  interface Source {
    /**
     * The section; empty where there is nothing to tell.
     *
     * @throws NoAnswerException when a question has no answer
     * @throws MissingFactException when the dump does not tell what is needed
     * @throws KernelReadException when the kernel lacks what it takes, or the dump does
     */
    Optional<ReportSection> of(CrashedMachine machine)
        throws NoAnswerException, MissingFactException, KernelReadException;
  }
}
