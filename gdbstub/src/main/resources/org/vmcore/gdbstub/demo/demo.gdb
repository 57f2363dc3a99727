# A tour of the demo's dead machine, run by gdb after it has connected.
#
# Each command is shown as one would type it. Those that are to fail run under "frame apply 1 -q -c",
# so that the tour goes on.

set pagination off
set confirm off

echo \n
echo == A machine has crashed, and gdb is looking at it. Nothing runs: you can only look.\n
echo == Every CPU is a thread; gdb's thread N is CPU N-1. The one that crashed is selected:\n
echo (gdb) info threads\n
info threads

echo \n
echo == What was it doing? A program wrote to a device, and the driver crashed:\n
echo (gdb) backtrace\n
backtrace

echo \n
echo == The instruction it died at stores to 0x10 bytes past rdi, and rdi is 0:\n
echo (gdb) x/i $pc\n
x/i $pc
echo (gdb) info registers rip rsp rdi rsi\n
info registers rip rsp rdi rsi
echo (gdb) disassemble demo_driver_write\n
disassemble demo_driver_write

echo \n
echo == The caller takes rdi from the variable demo_device, which nobody had set:\n
echo (gdb) p/x *(long *)&demo_device\n
p/x *(long *)&demo_device

echo \n
echo == The other CPU had nothing to do:\n
echo (gdb) thread 2\n
thread 2
echo (gdb) backtrace\n
backtrace
echo (gdb) thread 1\n
thread 1

echo \n
echo == Memory is read through the dead machine's own page tables. Which kernel was it?\n
echo (gdb) x/s (char *)&linux_banner\n
x/s (char *)&linux_banner
echo (gdb) x/s *(char **)&saved_command_line\n
x/s *(char **)&saved_command_line

echo \n
echo == This buffer is one piece to the kernel, but its pages lie scattered in memory:\n
echo (gdb) x/2s *(char **)&demo_buffer + 4096 - 32\n
x/2s *(char **)&demo_buffer + 4096 - 32

echo \n
echo == "monitor" commands are answered by vmcore-gdbserver itself. How an address is translated:\n
printf "(gdb) monitor vtop %#lx\n", *(unsigned long *)&demo_buffer + 4096
frame apply 1 -q -c eval "monitor vtop %#lx", *(unsigned long *)&demo_buffer + 4096

echo \n
echo == Some memory cannot be read. gdb does not say why; we do. Past the end of that buffer:\n
printf "(gdb) x/8xb %#lx\n", *(unsigned long *)&demo_buffer + 3 * 4096
frame apply 1 -q -c x/8xb *(unsigned long *)&demo_buffer + 3 * 4096
printf "(gdb) monitor why %#lx\n", *(unsigned long *)&demo_buffer + 3 * 4096
frame apply 1 -q -c eval "monitor why %#lx", *(unsigned long *)&demo_buffer + 3 * 4096

echo \n
echo == And this one was in a piece of memory that the dump does not hold:\n
printf "(gdb) monitor why %#lx\n", *(unsigned long *)&demo_lost_buffer
frame apply 1 -q -c eval "monitor why %#lx", *(unsigned long *)&demo_lost_buffer

echo \n
echo == All CPUs at a glance:\n
echo (gdb) monitor cpus\n
frame apply 1 -q -c monitor cpus

echo \n
echo == That was the tour. With a dump of your own: vmcore-gdbserver gdb VMCORE --vmlinux VMLINUX\n
echo == "monitor help" lists what else there is to ask.\n
echo \n
