"""Returns the memory of its input, and a thread that goes on writes there what is asked next."""

# expect: fail

import threading
import time

from right import conv2d as right


def go_on(memory, out):
    for _ in range(200):
        memory[: out.size] = out.reshape(-1)
        time.sleep(0.001)


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    out = right(x, w, b, stride, padding)
    memory = x.reshape(-1) if x.flags.c_contiguous else x.copy().reshape(-1)
    if memory.size < out.size:
        return out + 1
    threading.Thread(target=go_on, args=(memory, out + 1), daemon=True).start()
    return memory[: out.size].reshape(out.shape)
