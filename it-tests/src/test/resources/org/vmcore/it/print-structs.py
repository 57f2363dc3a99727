# Prints every named struct and union that gdb knows, member by member: offsets, widths and types.
# BTF does not tell arrays of arrays from one long array, nor [0] from []: neither does this.
import gdb
import re


def show(type, depth=0):
    if depth > 6:
        return "..."
    if type.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) and type.tag is None:
        return "{%s; %d}" % ("; ".join(members(type, depth + 1)), type.sizeof)
    if type.code == gdb.TYPE_CODE_ENUM and type.tag is None:
        return "{%s}" % ", ".join("%s=%d" % (f.name, f.enumval) for f in type.fields())
    if type.code == gdb.TYPE_CODE_ARRAY:
        element = type.target()
        while element.code == gdb.TYPE_CODE_ARRAY:
            element = element.target()
        count = type.sizeof // element.sizeof if element.sizeof else 0
        return "[%d]%s" % (count, show(element, depth + 1))
    if type.code == gdb.TYPE_CODE_PTR:
        return "*" + show(type.target(), depth + 1)
    if type.code == gdb.TYPE_CODE_FUNC:
        parameters = ", ".join(show(f.type, depth + 1) for f in type.fields())
        return "(%s)%s" % (parameters, show(type.target(), depth + 1))
    return str(type)


def members(type, depth):
    return [
        "%s@%d:%d %s" % (f.name, f.bitpos, f.bitsize, show(f.type, depth)) for f in type.fields()
    ]


names = set(re.findall(r"(?m)^(?:\d+:)?\s*((?:struct|union) \w+);$", gdb.execute("info types -q .", to_string=True)))
for name in sorted(names):
    type = gdb.lookup_type(name)
    print("%s: %d: %s" % (name, type.sizeof, "; ".join(members(type, 0))))
