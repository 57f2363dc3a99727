package org.vmcore.gdbstub.linux.pstore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.pstore.PersistentRecord.Place;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;

/** A kernel 6.1 with ramoops, one file of pstore's, two zones of the log and one of the console. */
class PersistentRecordsTest {
  private static final String DECLARATIONS =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct atomic {
        int counter;
      };
      struct timespec {
        long tv_sec;
        long tv_nsec;
      };
      struct pstore_info {
        char *name;
      };
      struct pstore_record {
        struct pstore_info *psi;
        unsigned int type;
        unsigned long id;
        struct timespec time;
        char *buf;
        long size;
        long ecc_notice_size;
        unsigned int compressed;
      };
      struct pstore_private {
        struct list_head list;
        struct pstore_record *record;
      };
      struct persistent_ram_buffer {
        unsigned int sig;
        struct atomic start;
        struct atomic size;
        char data[64];
      };
      struct persistent_ram_zone {
        struct persistent_ram_buffer *buffer;
        unsigned long buffer_size;
        char *old_log;
        unsigned long old_log_size;
      };
      struct ramoops_context {
        struct persistent_ram_zone **dprzs;
        struct persistent_ram_zone *cprz;
        struct persistent_ram_zone **fprzs;
        struct persistent_ram_zone *mprz;
        unsigned int max_dump_cnt;
        unsigned int max_ftrace_cnt;
      };
      """;

  private final MadeKernel kernel = new MadeKernel(DECLARATIONS);
  private final Made info = kernel.object("pstore_info").point("name", "ramoops");
  private final Made list = kernel.variable("records_list", "list_head");
  private final Made file = kernel.object("pstore_private");
  private final Made context = kernel.object("ramoops_context");
  private final Reasons reasons = new Reasons();

  @BeforeEach
  void make() {
    kernel.words("psinfo", info.address());
    file.set(
        "record",
        kernel
            .object("pstore_record")
            .set("psi", info)
            .set("type", 0)
            .set("id", 1)
            .set("time.tv_sec", 1_000_000)
            .set("time.tv_nsec", 5000)
            .set("size", 4)
            .set("ecc_notice_size", 2)
            .point("buf", "oopsECmore"));
    kernel.list(list.address(), "list", file);
    context
        .set("dprzs", kernel.words(zone("====2000000.000001-D\nnow", 0), fileAgain()))
        .set("max_dump_cnt", 2)
        .set("cprz", zone("endstart", 3));
  }

  private long zone(String ring, int start) {
    Made buffer =
        kernel
            .object("persistent_ram_buffer")
            .set("start.counter", start)
            .set("size.counter", ring.length())
            .set("data", ring);
    return kernel
        .object("persistent_ram_zone")
        .set("buffer", buffer)
        .set("buffer_size", 64)
        .address();
  }

  /** The zone that the file was read from, which keeps the record until it is deleted. */
  private long fileAgain() {
    return zone("====1000000.000005-D\noops", 0);
  }

  private List<PersistentRecord> records() throws KernelReadException {
    return PersistentRecords.read(kernel.memory(), OptionalLong.of(context.address()), reasons);
  }

  @Test
  void eachIsToldOnce() throws Exception {
    assertThat(records())
        .extracting(
            PersistentRecord::name,
            PersistentRecord::place,
            record -> new String(record.content(), ISO_8859_1))
        .containsExactly(
            tuple("dmesg-ramoops-1", Place.FILE, "oopsEC"),
            tuple("dmesg-ramoops-0", Place.ZONE, "now"),
            tuple("console-ramoops-0", Place.ZONE, "startend"));
    assertThat(reasons.all()).isEmpty();
    assertThat(PersistentRecords.backend(kernel.memory())).contains("ramoops");
  }

  @Test
  void whatAZoneHadBeforeTheBootIsToldBesideWhatItHasNow() throws Exception {
    Made zone =
        kernel
            .object("persistent_ram_zone")
            .set("buffer", kernel.object("persistent_ram_buffer"))
            .point("old_log", "before")
            .set("old_log_size", 6);
    context.set("mprz", zone);

    PersistentRecord last = records().get(records().size() - 1);

    assertThat(last.name()).isEqualTo("pmsg-ramoops-0");
    assertThat(last.place()).isEqualTo(Place.LEFT);
    assertThat(last.content()).isEqualTo("before".getBytes(ISO_8859_1));
  }

  @Test
  void aZoneThatCannotBeIsSaidAndTheOthersAreTold() throws Exception {
    context.set("cprz", zone("much", 9));

    assertThat(records()).hasSize(2);
    assertThat(reasons.all())
        .singleElement()
        .asString()
        .contains("1 zones", "console-ramoops-0 has 4 bytes");
  }

  @Test
  void aKernelWithoutPstoreHasNone() {
    assertThatThrownBy(
            () ->
                PersistentRecords.read(
                    new MadeKernel(DECLARATIONS).memory(), OptionalLong.empty(), reasons))
        .hasMessage("this kernel has no pstore");
  }
}
