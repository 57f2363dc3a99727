package org.vmcore.gdbstub.inspect.memory;

import java.util.Comparator;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** What {@code memory} tells first, in a sentence for a verdict. */
public final class MemorySentence {
  private MemorySentence() {}

  /** The largest use of memory, and of the processes the largest where that is theirs. */
  public static Optional<String> of(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Memory.Answer answer = new Memory().answer(call);
    return answer.parts().stream()
        .max(Comparator.comparing(Memory.Part::pages))
        .map(part -> sentence(answer, part));
  }

  private static String sentence(Memory.Answer answer, Memory.Part part) {
    String text =
        "%s of %s were %s"
            .formatted(size(answer, part.pages()), size(answer, answer.totalPages()), part.text());
    if (!part.use().isOfProcesses() || answer.processes().isEmpty()) {
      return text;
    }
    Memory.ProcessUse largest = answer.processes().get(0);
    return "%s, %s of PID %d (%s)"
        .formatted(text, size(answer, largest.anonymousPages()), largest.pid(), largest.comm());
  }

  private static String size(Memory.Answer answer, long pages) {
    return Sizes.of(pages * answer.pageSize());
  }
}
