package org.vmcore.gdbstub.symbols.write;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.symbols.write.dwarf.DataType;

/**
 * The types of variables that people ask for first. BTF mostly has those of per-CPU variables only;
 * these are known from the kernel's source. One whose type this kernel does not have, or that is
 * smaller than its type, is left without: then it is not what it was.
 */
public final class KnownVariables {
  private static final String TABLE =
      """
      init_task: struct task_struct
      init_mm: struct mm_struct
      init_cred: struct cred
      init_net: struct net
      init_nsproxy: struct nsproxy
      init_pid_ns: struct pid_namespace
      init_user_ns: struct user_namespace
      init_uts_ns: struct uts_namespace
      init_ipc_ns: struct ipc_namespace
      init_fs: struct fs_struct
      init_files: struct files_struct
      jiffies: unsigned long
      jiffies_64: u64
      loops_per_jiffy: unsigned long
      linux_banner: char []
      linux_proc_banner: char []
      saved_command_line: char *
      boot_command_line: char []
      modules: struct list_head
      super_blocks: struct list_head
      slab_caches: struct list_head
      vmap_area_list: struct list_head
      net_namespace_list: struct list_head
      cgroup_roots: struct list_head
      workqueues: struct list_head
      clocksource_list: struct list_head
      panic_cpu: atomic_t
      panic_on_oops: int
      panic_timeout: int
      oops_in_progress: int
      system_state: enum system_states
      tainted_mask: unsigned long
      crashing_cpu: int
      nr_cpu_ids: unsigned int
      nr_threads: int
      total_forks: unsigned long
      avenrun: unsigned long []
      __per_cpu_offset: unsigned long []
      __cpu_online_mask: struct cpumask
      __cpu_possible_mask: struct cpumask
      __cpu_present_mask: struct cpumask
      __cpu_active_mask: struct cpumask
      root_task_group: struct task_group
      rcu_state: struct rcu_state
      prb: struct printk_ringbuffer *
      printk_rb_static: struct printk_ringbuffer
      log_buf: char *
      log_buf_len: u32
      contig_page_data: struct pglist_data
      node_data: struct pglist_data * []
      mem_map: struct page *
      mem_section: struct mem_section * *
      max_pfn: unsigned long
      max_low_pfn: unsigned long
      min_low_pfn: unsigned long
      _totalram_pages: atomic_long_t
      vm_stat: atomic_long_t []
      vm_zone_stat: atomic_long_t []
      vm_node_stat: atomic_long_t []
      page_offset_base: unsigned long
      vmalloc_base: unsigned long
      vmemmap_base: unsigned long
      phys_base: unsigned long
      kimage_voffset: u64
      memstart_addr: s64
      iomem_resource: struct resource
      ioport_resource: struct resource
      crashk_res: struct resource
      crashk_low_res: struct resource
      boot_cpu_data: struct cpuinfo_x86
      console_drivers: struct console *
      console_list: struct hlist_head
      cgrp_dfl_root: struct cgroup_root
      kthreadd_task: struct task_struct *
      memblock: struct memblock
      """;

  /** Elements of an array of which only the room up to the next symbol is known. */
  private static final long MAX_ELEMENTS = 1024;

  private final Map<String, String> types = new HashMap<>();
  private final KernelTypes kernel;
  private final int pointerBytes;

  KnownVariables(KernelTypes kernel, int pointerBytes) {
    this.kernel = kernel;
    this.pointerBytes = pointerBytes;
    TABLE
        .lines()
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              types.put(line.substring(0, colon), line.substring(colon + 2));
            });
  }

  /** How a variable is declared in the kernel's source, without its name; empty if not known. */
  public static Optional<String> declaration(String name) {
    return TABLE
        .lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst();
  }

  /** The variables that may have one. */
  Set<String> names() {
    return types.keySet();
  }

  /**
   * The type of a variable.
   *
   * @param size bytes that it can have at most
   */
  Optional<DataType> type(String name, long size) {
    return Optional.ofNullable(types.get(name)).flatMap(type -> parse(type, size));
  }

  private Optional<DataType> parse(String declared, long size) {
    boolean isArray = declared.endsWith(" []");
    String element = isArray ? declared.substring(0, declared.length() - 3) : declared;
    int pointers = 0;
    while (element.endsWith(" *")) {
      element = element.substring(0, element.length() - 2);
      pointers++;
    }
    Optional<TypeRef> found = kernel.find(element).filter(type -> type.table() == kernel.kernel());
    OptionalLong whole =
        pointers > 0
            ? OptionalLong.of(pointerBytes)
            : found.map(type -> type.get().size()).orElse(OptionalLong.empty());
    if (found.isEmpty() || whole.isEmpty() || whole.getAsLong() > size) {
      return Optional.empty();
    }
    long count = isArray ? Math.min(MAX_ELEMENTS, size / Math.max(1, whole.getAsLong())) : 0;
    return Optional.of(
        new DataType(found, pointers > 0 ? pointerBytes : 0, pointers, isArray, count));
  }
}
