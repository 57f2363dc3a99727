package org.vmcore.gdbstub.machine.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.gdbstub.linux.tasks.Identity;
import org.vmcore.gdbstub.linux.tasks.Mapping;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * The notes of a process's core, in the kernel's order (Linux fs/binfmt_elf.c, fill_note_info(),
 * write_note_info(); include/uapi/linux/elfcore.h).
 *
 * <pre>
 * CORE NT_PRSTATUS of the thread that a debugger shows first
 * CORE NT_PRPSINFO
 * CORE NT_AUXV
 * CORE NT_FILE
 * CORE NT_PRSTATUS of each other thread
 *
 * NT_PRSTATUS          32-bit  64-bit
 * pr_pid, pr_ppid      24      32      u32
 * pr_pgrp, pr_sid      32      40      u32
 * pr_reg               72      112     elf_gregset_t, then pr_fpvalid u32, padded to a word
 *
 * NT_PRPSINFO
 * pr_state, pr_sname, pr_zomb, pr_nice  u8
 * pr_flag              4       8       word
 * pr_uid, pr_gid       8       16      u16 or u32
 * pr_pid, pr_ppid, pr_pgrp, pr_sid     u32
 * pr_fname[16], pr_psargs[80]
 *
 * NT_FILE   count, page size; start, end, page of the file of each; then the names, each with a NUL
 * </pre>
 *
 * No signal has ended the process, so that there is no NT_SIGINFO.
 */
final class CoreNotes {
  private static final int NT_PRSTATUS = 1;
  private static final int NT_PRPSINFO = 3;
  private static final int NT_AUXV = 6;

  /** "FILE". */
  private static final int NT_FILE = 0x46494c45;

  private static final int FNAME_BYTES = 16;
  private static final int PSARGS_BYTES = 80;

  /** The letters that {@code pr_sname} is taken from, by {@code pr_state}. */
  private static final String STATES = "RSDTZW";

  private final UserProcess process;
  private final CoreRegisters layout;
  private final ByteOrder order;
  private final int word;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private CoreNotes(UserProcess process) {
    this.process = process;
    this.layout = process.architecture().coreRegisters();
    this.order = process.machine().byteOrder();
    this.word = layout.wordBytes();
  }

  /**
   * All of them, one after the other.
   *
   * @param first the thread that a debugger is to show first
   */
  static byte[] of(UserProcess process, Task first) throws KernelReadException {
    return new CoreNotes(process).all(first);
  }

  private byte[] all(Task first) throws KernelReadException {
    note(NT_PRSTATUS, status(first));
    note(NT_PRPSINFO, information());
    note(NT_AUXV, process.program().auxiliaryVector());
    note(NT_FILE, files());
    for (Task thread : process.threads()) {
      if (thread.address() != first.address()) {
        note(NT_PRSTATUS, status(thread));
      }
    }
    return out.toByteArray();
  }

  private void note(int type, byte[] content) {
    byte[] name = {'C', 'O', 'R', 'E', 0, 0, 0, 0};
    ByteBuffer header = ByteBuffer.allocate(3 * Integer.BYTES).order(order);
    header.putInt(5).putInt(content.length).putInt(type);
    out.writeBytes(header.array());
    out.writeBytes(name);
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 3]);
  }

  private byte[] status(Task thread) throws KernelReadException {
    int pid = word == Long.BYTES ? 32 : 24;
    int registers = word == Long.BYTES ? 112 : 72;
    byte[] values = layout.encode(process.registers(thread), order);
    int end = registers + values.length + Integer.BYTES;
    ByteBuffer status = ByteBuffer.allocate((end + word - 1) / word * word).order(order);
    Identity identity = process.identity(thread);
    status.position(pid);
    status.putInt(thread.pid()).putInt(thread.ppid());
    status.putInt(identity.group()).putInt(identity.session());
    status.position(registers);
    status.put(values);
    return status.array();
  }

  private byte[] information() throws KernelReadException {
    Task first = process.threads().get(0);
    Identity identity = process.identity(first);
    int ids = layout.userIdBytes();
    int bytes = 2 * word + 2 * ids + 4 * Integer.BYTES + FNAME_BYTES + PSARGS_BYTES;
    ByteBuffer info = ByteBuffer.allocate(bytes).order(order);
    int state = STATES.indexOf(first.state().letter());
    info.put((byte) Math.max(state, 0)).put((byte) (state < 0 ? '.' : STATES.charAt(state)));
    info.put((byte) (first.state().letter() == 'Z' ? 1 : 0)).put((byte) identity.nice());
    info.position(word);
    putWord(info, process.task(first).value("flags"));
    putId(info, identity.uid());
    putId(info, identity.gid());
    info.putInt(first.pid()).putInt(first.ppid());
    info.putInt(identity.group()).putInt(identity.session());
    int name = info.position();
    info.put(Arrays.copyOf(first.comm().getBytes(ISO_8859_1), FNAME_BYTES - 1));
    info.position(name + FNAME_BYTES);
    byte[] arguments = process.bytes(process.program().arguments(), PSARGS_BYTES - 1);
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i] == 0 ? (byte) ' ' : arguments[i];
    }
    info.put(arguments);
    return info.array();
  }

  private void putId(ByteBuffer to, long id) {
    if (layout.userIdBytes() == Short.BYTES) {
      to.putShort((short) id);
    } else {
      to.putInt((int) id);
    }
  }

  private void putWord(ByteBuffer to, long value) {
    if (word == Long.BYTES) {
      to.putLong(value);
    } else {
      to.putInt((int) value);
    }
  }

  private byte[] files() {
    List<Mapping> mapped = new ArrayList<>();
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (Mapping mapping : process.mappings()) {
      if (mapping.file().isPresent()) {
        mapped.add(mapping);
        names.writeBytes(mapping.region().file().getBytes(ISO_8859_1));
        names.write(0);
      }
    }
    int bytes = (2 + 3 * mapped.size()) * word + names.size();
    ByteBuffer files = ByteBuffer.allocate(bytes).order(order);
    putWord(files, mapped.size());
    putWord(files, process.memory().pageBytes());
    for (Mapping mapping : mapped) {
      putWord(files, mapping.region().start());
      putWord(files, mapping.region().end());
      putWord(files, mapping.region().filePage());
    }
    files.put(names.toByteArray());
    return files.array();
  }
}
