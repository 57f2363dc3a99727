# Prints each CPU's copy of per-CPU variables: NAME CPU ADDRESS CONTENTS. The arguments are how far
# the kernel was moved, what nm prints of vmlinux, as a file, and NAME:BYTES of each variable. drgn
# itself knows no symbols of a vmlinux without debugging information.
import sys

symbols = {}
with open(sys.argv[2]) as lines:
    for line in lines:
        address, _, name = line.split()
        symbols[name] = int(address, 16)
offsets = symbols["__per_cpu_offset"] + int(sys.argv[1])
for argument in sys.argv[3:]:
    name, size = argument.split(":")
    for cpu in range(2):
        address = symbols[name] + prog.read_u64(offsets + 8 * cpu) & ((1 << 64) - 1)
        print(name, cpu, "%x" % address, prog.read(address, int(size)).hex())
