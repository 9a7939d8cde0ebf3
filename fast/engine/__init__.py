"""How `fast` is tuned: the layers' products and passes in blocks that fit the cache, on one thread a core.

What a layer computes is in its own file; with `im2col` and without this package it is a few lines.
"""
