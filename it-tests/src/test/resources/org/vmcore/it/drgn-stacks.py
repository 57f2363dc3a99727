# Prints each task that did not run, and the program counters on its stack, without those of
# functions that were inlined.
import sys

import drgn
from drgn.helpers.linux import for_each_task

program = drgn.Program()
program.set_core_dump(sys.argv[1])
program.load_debug_info(sys.argv[2:])
for task in for_each_task(program):
    if task.on_cpu.value_() == 0:
        pcs = []
        for frame in program.stack_trace(task):
            try:
                if not frame.is_inline:
                    pcs.append("%x" % frame.pc)
            except LookupError:
                pass
        print(task.pid.value_(), *pcs)
