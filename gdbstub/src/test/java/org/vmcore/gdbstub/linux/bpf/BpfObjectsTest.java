package org.vmcore.gdbstub.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.bpf.BpfObjects.BpfMap;
import org.vmcore.gdbstub.linux.bpf.BpfObjects.Program;
import org.vmcore.gdbstub.linux.types.Listing;

/** A program and the map that it uses (Linux kernel/bpf/syscall.c). */
class BpfObjectsTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct xarray {
            void *xa_head;
          };
          struct idr {
            struct xarray idr_rt;
          };
          struct bpf_map {
            unsigned int map_type;
            unsigned int key_size;
            unsigned int value_size;
            unsigned int max_entries;
            unsigned int map_flags;
            unsigned int id;
            char name[16];
          };
          struct bpf_prog_aux {
            unsigned int used_map_cnt;
            unsigned int id;
            struct bpf_map **used_maps;
            char name[16];
          };
          struct bpf_prog {
            unsigned int type;
            unsigned int jited_len;
            char tag[8];
            struct bpf_prog_aux *aux;
            void *bpf_func;
          };
          """);
  private final Made map =
      kernel
          .object("bpf_map")
          .set("map_type", 1)
          .set("key_size", 4)
          .set("value_size", 8)
          .set("max_entries", 512)
          .set("id", 11)
          .set("name", "counts");
  private final Made aux = kernel.object("bpf_prog_aux").set("id", 5).set("name", "count");
  private final Made program =
      kernel
          .object("bpf_prog")
          .set("type", 2)
          .set("jited_len", 96)
          .set("tag", "12345678")
          .set("bpf_func", 0x5000)
          .set("aux", aux);

  BpfObjectsTest() {
    kernel.variable("prog_idr", "idr").set("idr_rt.xa_head", program);
    kernel.variable("map_idr", "idr").set("idr_rt.xa_head", map);
  }

  private Program expected(List<Long> maps) {
    return new Program(
        5, program.address(), aux.address(), "2", "3132333435363738", "count", maps, 0x5000, 96);
  }

  @Test
  void aProgramTellsItsMaps() throws Exception {
    aux.set("used_map_cnt", 1).set("used_maps", kernel.words(map.address()));

    BpfObjects objects = new BpfObjects(kernel.memory());

    assertThat(objects.programs().all()).containsExactly(expected(List.of(11L)));
    assertThat(objects.maps().all())
        .containsExactly(new BpfMap(11, map.address(), "1", 0, "counts", 4, 8, 512));
    assertThat(objects.programs().problem()).isEmpty();
  }

  /** Rather than to say that it uses none. */
  @Test
  void mapsThatCannotBeReadAreTold() throws Exception {
    long lost = MadeKernel.BASE - 0x1000;
    aux.set("used_map_cnt", 2).set("used_maps", lost);

    Listing<Program> found = new BpfObjects(kernel.memory()).programs();

    assertThat(found.all()).containsExactly(expected(List.of()));
    assertThat(found.problem())
        .hasValue("a map of a program: %#x is not in the dump".formatted(lost));
  }
}
