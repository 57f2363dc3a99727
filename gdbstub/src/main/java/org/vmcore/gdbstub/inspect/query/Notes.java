package org.vmcore.gdbstub.inspect.query;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;

/** What is to be known of an answer beside itself; each sentence once. */
public final class Notes {
  /** More sentences than anybody reads; the rest is counted. */
  private static final int MAX_SENTENCES = 100;

  private final Set<String> incomplete = new LinkedHashSet<>();
  private int more;

  /** Why the answer is not all that there is, in a sentence that names what could not be had. */
  public void incomplete(String sentence) {
    if (incomplete.size() < MAX_SENTENCES) {
      incomplete.add(sentence);
    } else if (!incomplete.contains(sentence)) {
      more++;
    }
  }

  /** The same where there may be nothing to say. */
  public void incomplete(Optional<String> sentence) {
    sentence.ifPresent(this::incomplete);
  }

  /** The same of what could not be read. */
  public void incomplete(KernelReadException e) {
    incomplete(String.valueOf(e.getMessage()));
  }

  /** The same of all that could not be. */
  public void incomplete(Reasons reasons) {
    reasons.all().forEach(this::incomplete);
  }

  /** Why the answer is not all that there is; none where it is. */
  public List<String> incomplete() {
    List<String> all = new ArrayList<>(incomplete);
    if (more > 0) {
      all.add("and %d more could not be read".formatted(more));
    }
    return all;
  }
}
