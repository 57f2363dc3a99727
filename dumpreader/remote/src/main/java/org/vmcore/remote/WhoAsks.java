package org.vmcore.remote;

import java.util.regex.Pattern;

/** Names who reads, for the log of requests. */
final class WhoAsks {
  private static final Pattern OURS = Pattern.compile("org\\.vmcore\\..*");

  /** Between who asks and the file: inputs, formats, translations, memory. */
  private static final Pattern BETWEEN =
      Pattern.compile(
          "org\\.vmcore\\.(remote|dumpreader|arch\\.paging|gdbstub\\.linux\\.memory)\\..*");

  /** As the compiler calls one. */
  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(\\w+)\\$\\d+");

  private WhoAsks() {}

  /** The innermost caller that is not between; of what opens the file, the outermost. */
  static String now() {
    return StackWalker.getInstance()
        .walk(
            frames -> {
              String name = "";
              for (StackWalker.StackFrame frame :
                  (Iterable<StackWalker.StackFrame>) frames::iterator) {
                String type = frame.getClassName();
                if (OURS.matcher(type).matches()) {
                  name =
                      type.substring(type.lastIndexOf('.') + 1)
                          + "."
                          + LAMBDA.matcher(frame.getMethodName()).replaceFirst("$1");
                  if (!BETWEEN.matcher(type).matches()) {
                    return name;
                  }
                }
              }
              return name;
            });
  }
}
