package org.vmcore.gdbstub.linux.stack;

import org.vmcore.gdbstub.linux.LinuxKernel;

/** What x86 kernels are built for. */
final class X86Unwinders {
  private X86Unwinders() {}

  /** By ORC where the kernel has it, else by frame pointers. */
  static Unwinder x86_64(LinuxKernel kernel, KernelText text) {
    FramePointers pointers = FramePointers.x86_64(kernel.memory(), text);
    return kernel.orc().isEmpty() ? pointers : new OrcUnwinder(kernel, text, pointers);
  }

  static Unwinder i386(LinuxKernel kernel, KernelText text) {
    return FramePointers.i386(kernel.memory(), text);
  }
}
