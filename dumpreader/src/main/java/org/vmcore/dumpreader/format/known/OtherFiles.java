package org.vmcore.dumpreader.format.known;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * Files that hold a machine's memory but are not read here, each with what makes a dump of it, so
 * that nobody is told "not a dump" of what clearly is one.
 *
 * <pre>
 * file = signature at an offset, anything
 * </pre>
 */
public final class OtherFiles implements DumpFormat {
  /**
   * @param offset of the signature
   * @param remedy with {@code FILE} for the file's name
   */
  @SuppressWarnings("ArrayRecordComponent") // Constants, never compared.
  private record Known(int offset, byte[] signature, String what, String remedy) {
    Known(int offset, String signature, String what, String remedy) {
      this(offset, signature.getBytes(ISO_8859_1), what, remedy);
    }

    boolean matches(byte[] start, int length) {
      int end = offset + signature.length;
      return end <= length && Arrays.equals(start, offset, end, signature, 0, signature.length);
    }
  }

  private static final String THEN_NAME_IT = " and name the dump that is in it";

  private static final String CPIO = "cpio archive";
  private static final String CPIO_REMEDY = "unpack it (cpio -id < FILE)" + THEN_NAME_IT;

  private static final String QEMU_REMEDY =
      "load it (-incoming 'exec:cat FILE'), then make a dump in QEMU's monitor:"
          + " dump-guest-memory OUTPUT";

  private static final String XEN_REMEDY =
      "restore the guest (xl restore FILE), then `xl dump-core GUEST OUTPUT`";

  private static final List<Known> ALL =
      List.of(
          // QEMU migration/qemu-file-types.h, QEMU_VM_FILE_MAGIC.
          new Known(0, "QEVM", "QEMU migration stream (savevm, migrate)", QEMU_REMEDY),
          // libvirt src/qemu/qemu_saveimage.h.
          new Known(
              0,
              "LibvirtQemudSave",
              "guest saved by libvirt",
              "restore it (virsh restore FILE), then `virsh dump --memory-only GUEST OUTPUT`"),
          new Known(
              0,
              "LibvirtQemudPart",
              "guest that libvirt did not finish saving",
              "save it again, or `virsh dump --memory-only GUEST OUTPUT`"),
          // Xen tools/xl/xl.h, savefileheader_magic.
          new Known(0, "Xen saved domain", "guest saved by Xen's xl", XEN_REMEDY),
          // crash's xendump.h, XC_SAVE_SIGNATURE.
          new Known(0, "LinuxGuestRecord", "guest saved by Xen's xm", XEN_REMEDY),
          // crash's xendump.h, XC_CORE_MAGIC and XC_CORE_MAGIC_HVM.
          new Known(
              0,
              "\355\353\17\360",
              "core of a Xen guest in the form before ELF",
              "open it with crash"),
          new Known(
              0,
              "\356\353\17\360",
              "core of a Xen guest in the form before ELF",
              "open it with crash"),
          // dissect.hypervisor's hyperv storage format: the first of two file headers.
          new Known(
              0,
              "\24\40\50\1",
              "Hyper-V file of a guest's configuration or saved state (.vmcx, .vmrs)",
              "start the guest and take a dump inside it (kdump)"),
          // Windows' DUMP_HEADER and DUMP_HEADER64.
          new Known(0, "PAGEDUMP", "Windows crash dump", "open it with WinDbg"),
          new Known(0, "PAGEDU64", "Windows crash dump", "open it with WinDbg"),
          // Linux kernel/power/swap.c, HIBERNATE_SIG, in the last ten bytes of a 4 KiB page.
          new Known(
              4086, "S1SUSPEND", "swap space with a hibernated Linux", "wake it up and crash it"),
          new Known(0, "QFI\373", "qcow2 disk image", "a dump is inside the guest's file system"),
          // 7zFormat.txt, kSignature.
          new Known(0, "7z\274\257\47\34", "7z archive", "unpack it (7z x FILE)" + THEN_NAME_IT),
          // RAR 5.0 archive format, "RAR signature"; 4.x begins alike.
          new Known(0, "Rar!\32\7", "rar archive", "unpack it (unrar x FILE)" + THEN_NAME_IT),
          // cpio(5), "New ASCII Format", "Portable ASCII Format", "Old Binary Format".
          new Known(0, "070701", CPIO, CPIO_REMEDY),
          new Known(0, "070707", CPIO, CPIO_REMEDY),
          new Known(0, "\307\161", CPIO, CPIO_REMEDY),
          // deb(5) and ar(5).
          new Known(0, "!<arch>\n", "ar archive or Debian package", "no dump comes so"),
          // rpm's format of packages, "Lead".
          new Known(0, "\355\253\356\333", "RPM package", "no dump comes so"));

  private static final int START = 4096;

  @Override
  public String name() {
    return "other";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    byte[] start = new byte[START];
    int length = input.read(0, start, 0, START);
    for (Known known : ALL) {
      if (known.matches(start, length)) {
        throw new UnsupportedDumpException(
            input, known.what, known.remedy.replace("FILE", fileOf(input)));
      }
    }
    return Optional.empty();
  }

  /**
   * Of what was unpacked, the file: the programs that are named unpack it themselves. Of one that
   * lies elsewhere, what it is called once it is here.
   */
  public static String fileOf(DumpInput input) {
    return input.name().replaceAll("( \\(unpacked\\))+$", "").replaceFirst("^\\w+://.*/", "");
  }
}
