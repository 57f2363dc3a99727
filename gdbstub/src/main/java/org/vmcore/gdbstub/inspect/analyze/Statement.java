package org.vmcore.gdbstub.inspect.analyze;

import java.util.Optional;

/**
 * Something that was found out.
 *
 * @param says what
 * @param evidence what it follows from
 * @param command that shows the evidence in a debugger
 */
public record Statement(String says, String evidence, Optional<String> command) {}
