package org.vmcore.gdbstub.inspect;

/**
 * What a command found out.
 *
 * @param text as crash prints it, in whole lines, without those that were printed on the way
 * @param tree the same of maps, lists, strings, numbers and booleans, addresses being hexadecimal
 *     strings
 */
public record Answer(String text, Object tree) {}
