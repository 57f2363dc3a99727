# Measures drgn on one dump: run as `drgn --no-default-symbols -c DUMP drgn-speed.py RUNS ADDRESSES`.
#
# RUNS has lines "start length" of physical memory, read in pieces of 1 MiB; ADDRESSES has physical
# addresses of words, read one by one. Prints bytes per second, and reads per second.
import sys
import time

PIECE = 1 << 20
read = prog.read  # noqa: F821 (drgn gives it)

runs = [tuple(map(int, line.split())) for line in open(sys.argv[1])]
addresses = [int(line) for line in open(sys.argv[2])]

begun = time.perf_counter()
for start, length in runs:
    for at in range(start, start + length, PIECE):
        read(at, min(PIECE, start + length - at), True)
sequential = sum(length for _, length in runs) / (time.perf_counter() - begun)

begun = time.perf_counter()
for address in addresses:
    read(address, 8, True)
print(sequential, len(addresses) / (time.perf_counter() - begun))
