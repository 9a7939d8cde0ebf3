"""The files of the cs231n assignments: layers, fast layers, im2col, and whole networks."""
