package org.vmcore.dumpreader.api;

import java.time.Instant;

/**
 * A remote file as a list has it.
 *
 * @param uri of it
 * @param size bytes
 * @param modified when it was written last
 */
public record RemoteFile(String uri, long size, Instant modified) {}
