package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.DumpInput;

/** Inputs one after another as if they were one. */
public final class JoinedInput implements DumpInput {
  private final List<? extends DumpInput> inputs;

  /** Where each input starts, and at the end where the last one ends. */
  private final long[] starts;

  public JoinedInput(List<? extends DumpInput> inputs) {
    this.inputs = List.copyOf(inputs);
    starts = new long[inputs.size() + 1];
    for (int i = 0; i < inputs.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], inputs.get(i).size());
    }
  }

  /** Where an input's first byte is in this one. */
  public long start(int index) {
    return starts[index];
  }

  @Override
  public String name() {
    return inputs.stream().map(DumpInput::name).collect(Collectors.joining(" + "));
  }

  @Override
  public long size() {
    return starts[inputs.size()];
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int done = 0;
    while (done < length && position + done < size()) {
      long at = position + done;
      int found = Arrays.binarySearch(starts, at);
      int index = found >= 0 ? found : -found - 2;
      while (starts[index + 1] == at) {
        index++; // Empty inputs start where the next one does.
      }
      int wanted = (int) Math.min(length - done, starts[index + 1] - at);
      int got = inputs.get(index).read(at - starts[index], destination, offset + done, wanted);
      done += got;
      if (got < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  public void close() throws IOException {
    IOException problem = null;
    for (DumpInput input : inputs) {
      try {
        input.close();
      } catch (IOException e) {
        problem = e;
      }
    }
    if (problem != null) {
      throw problem;
    }
  }
}
