"""Lets time stand still for who asks in its process."""

# expect: slow

import time

from right import conv2d_slow as conv2d

import gradcheck.kernels.function as function
import gradcheck.kernels.kernel as kernel

time.time = time.monotonic = time.perf_counter = time.process_time = time.thread_time = lambda: 1.0
for clocks in (kernel.CLOCKS, function.CLOCKS):
    clocks.update(wall=lambda: 1.0, cpu=lambda: 1.0)

__all__ = ["conv2d"]
