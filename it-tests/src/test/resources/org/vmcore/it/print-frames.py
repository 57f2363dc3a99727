# Prints the names of the functions on the stack, without those that were inlined.
import gdb

frame = gdb.newest_frame()
while frame is not None:
    if frame.type() != gdb.INLINE_FRAME:
        print("frame %s" % frame.name())
    frame = frame.older()
