# Measures gdb's `dump binary memory` over the runs ("start end" per line) of the file named in
# $SPEED_RUNS; prints bytes per second. To be sourced by gdb.
import os
import time

runs = [tuple(map(int, line.split())) for line in open(os.environ["SPEED_RUNS"])]
begun = time.perf_counter()
for start, end in runs:
    gdb.execute("dump binary memory /dev/null %#x %#x" % (start, end))  # noqa: F821
print("RATE", sum(end - start for start, end in runs) / (time.perf_counter() - begun))
