package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;

/**
 * The files that LLDB loads by itself. It asks for them when a stop reply says so with {@code
 * library:} (LLDB ProcessGDBRemote.cpp, SetThreadStopInfo), at least twice when it connects: before
 * it asks {@code qOffsets}, which it does only with a program, and afterwards.
 *
 * <pre>
 *   > ?
 *   < T05thread:2;core:1;library:1;threads:1,2;
 *   > qXfer:libraries-svr4:read::0,3ffff
 *   < l&lt;library-list-svr4 version="1.0">&lt;library name="/tmp/.../vmlinux" .../>...
 * </pre>
 *
 * The first answer is the program: LLDB forgets where all else was loaded when it is told of one
 * (Target::SetExecutableModule), and asks {@code qOffsets} for that one then. The second is the
 * libraries, each of which is at its own addresses. Later ones are empty, because LLDB drops what
 * its user has added when it is told of any library again (ProcessGDBRemote::LoadModules). Of
 * {@code qXfer:libraries} it would use one section's address, and only of files with segments.
 */
record LocalLibraries(Session session, Target.LocalFiles files) implements Target.TransferObject {
  private static final int ANSWERS = 2;

  /** Whether LLDB is to ask. */
  static boolean areUntold(Session session) {
    return session.features().librariesTold < ANSWERS && session.target().localFiles().isPresent();
  }

  @Override
  public String name() {
    return "libraries-svr4";
  }

  @Override
  public Optional<byte[]> read(String annex) {
    Features features = session.features();
    session.awaitFiles();
    List<String> told =
        switch (features.librariesTold) {
          case 0 -> files.program().stream().toList();
          case 1 -> files.libraries(features.hasProgram);
          default -> List.of();
        };
    features.librariesTold++;
    StringBuilder xml = new StringBuilder("<library-list-svr4 version=\"1.0\">");
    for (String path : told) {
      xml.append("<library name=\"").append(Xml.escape(path));
      xml.append("\" lm=\"0x0\" l_addr=\"0x0\" l_ld=\"0x0\"/>");
    }
    return Optional.of(xml.append("</library-list-svr4>").toString().getBytes(UTF_8));
  }
}
