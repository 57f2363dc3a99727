package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What a bio was made of, layer by layer: drivers that stand on others give those bios of their
 * own, and what is called at the end of one tells whose it is, and so where the one before is.
 */
final class BioLayers {
  /** More layers than anybody builds. */
  private static final int MAX_LAYERS = 16;

  private static final int MAX_PAGES = 256;

  /**
   * Of each function at a bio's end what the bio is in, or where {@code member} is empty, what its
   * {@code bi_private} points at; and {@code original}, the bio that it stands for.
   */
  private record Layer(String type, String member, String original) {}

  /** Linux drivers/md/dm.c and dm-core.h; drivers/md/md.c; drivers/md/raid1.c and raid10.c. */
  private static final Map<String, Layer> LAYERS =
      Map.ofEntries(
          Map.entry("clone_endio", new Layer("struct dm_target_io", "clone", "io->orig_bio")),
          Map.entry("md_end_io_acct", new Layer("struct md_io_acct", "", "orig_bio")),
          Map.entry("md_end_clone_io", new Layer("struct md_io_clone", "", "orig_bio")),
          Map.entry("raid1_end_read_request", new Layer("struct r1bio", "", "master_bio")),
          Map.entry("raid1_end_write_request", new Layer("struct r1bio", "", "master_bio")),
          Map.entry("raid10_end_read_request", new Layer("struct r10bio", "", "master_bio")),
          Map.entry("raid10_end_write_request", new Layer("struct r10bio", "", "master_bio")));

  /** What of those who read or write around the page cache knows the task that waits. */
  private static final Map<String, Layer> WAITERS =
      Map.of(
          "iomap_dio_bio_end_io", new Layer("struct iomap_dio", "", "submit.waiter"),
          "blkdev_bio_end_io", new Layer("struct blkdev_dio", "", "waiter"),
          "dio_bio_end_io", new Layer("struct dio", "", "waiter"));

  private final TypedMemory memory;
  private final LongFunction<String> functions;

  /**
   * @param functions the function that an address is in, empty where it is in none
   */
  BioLayers(TypedMemory memory, LongFunction<String> functions) {
    this.memory = memory;
    this.functions = functions;
  }

  /**
   * Follows a bio up to the one that was made first.
   *
   * @param awaited gets what whoever waits for that may wait on
   * @return the names of the disks above the bio's own, the uppermost first
   */
  List<String> follow(KernelObject bio, Set<Long> awaited) throws KernelReadException {
    List<String> names = new ArrayList<>();
    KernelObject at = bio;
    Optional<KernelObject> above = above(at);
    for (int i = 0; i < MAX_LAYERS && above.isPresent(); i++) {
      at = above.get();
      name(at).ifPresent(names::add);
      above = above(at);
    }
    addAwaited(at, awaited);
    Collections.reverse(names);
    return names;
  }

  private Optional<KernelObject> above(KernelObject bio) throws KernelReadException {
    Layer layer = LAYERS.get(functions.apply(bio.value("bi_end_io")));
    if (layer == null || memory.types().compound(layer.type()).isEmpty()) {
      return Optional.empty();
    }
    KernelObject original = owner(bio, layer).member(layer.original());
    return original.value() == 0 ? Optional.empty() : Optional.of(original.dereference());
  }

  private KernelObject owner(KernelObject bio, Layer layer) throws KernelReadException {
    return layer.member().isEmpty()
        ? memory.object(layer.type(), bio.value("bi_private"))
        : bio.containerOf(layer.type(), layer.member());
  }

  private static Optional<String> name(KernelObject bio) throws KernelReadException {
    KernelObject disk = BlockMembers.DISK.in(bio);
    return disk.value() == 0
        ? Optional.empty()
        : Optional.of(disk.dereference().string("disk_name"));
  }

  private void addAwaited(KernelObject bio, Set<Long> awaited) throws KernelReadException {
    awaited.add(bio.value("bi_private"));
    Layer waiter = WAITERS.get(functions.apply(bio.value("bi_end_io")));
    if (waiter != null && memory.types().has(waiter.type(), waiter.original())) {
      awaited.add(owner(bio, waiter).value(waiter.original()));
    }
    long vectors = bio.value("bi_io_vec");
    long count = Math.min(bio.value("bi_vcnt"), MAX_PAGES);
    KernelObject vector = memory.object("struct bio_vec", vectors);
    for (long i = 0; i < count && vectors != 0; i++) {
      awaited.add(vector.value("bv_page"));
      vector = vector.moved(vector.type().size().orElse(0));
    }
    awaited.remove(0L);
  }
}
