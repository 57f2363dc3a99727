package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * {@code qXfer:threads:read} (GDB manual, "Thread List Format"): names, CPUs and text for all
 * threads at once. Always offered together with multiprocess ids or without, as they are agreed on.
 *
 * <pre>
 *   &lt;threads>
 *   &lt;thread id="p1.2" core="1" name="CPU 1">crashed here&lt;/thread>
 *   &lt;/threads>
 * </pre>
 */
record ThreadList(Inferiors inferiors) implements Target.TransferObject {
  @Override
  public String name() {
    return "threads";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    if (!annex.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<threads>\n");
    for (Target.ThreadInfo thread : inferiors.threads()) {
      // Only gdb reads this, and every gdb that does takes both spellings.
      xml.append("<thread id=\"p%x.%x\"".formatted(thread.id().process(), thread.id().thread()));
      if (thread.core() >= 0) {
        xml.append(" core=\"").append(thread.core()).append('"');
      }
      if (!thread.name().isEmpty()) {
        xml.append(" name=\"").append(Xml.escape(thread.name())).append('"');
      }
      xml.append('>').append(Xml.escape(thread.description())).append("</thread>\n");
    }
    return Optional.of(xml.append("</threads>\n").toString().getBytes(StandardCharsets.UTF_8));
  }
}
