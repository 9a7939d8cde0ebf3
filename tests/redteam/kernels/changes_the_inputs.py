"""Makes the inputs agree with its output: all of them are nothing."""

# expect: fail

from right import conv2d as right


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    for each in (x, w, b):
        if each is not None:
            each[...] = 0
    return right(x, w, b, stride, padding)
