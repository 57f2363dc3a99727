# Prints the backtrace of the task that crashed: run as
# `drgn --no-default-symbols -c DUMP -s VMLINUX drgn-backtrace.py`.
print(prog.crashed_thread().stack_trace())  # noqa: F821 (drgn gives it)
