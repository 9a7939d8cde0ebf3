"""How `fast` is tuned: products and passes in blocks that fit the cache, with one thread for each core.

What a layer computes is in its own file: with `im2col`, and without this package, a few lines.

The constants in these files come from the measurements of docs/performance.md (two cores, NumPy with OpenBLAS). They
decide about time and memory. No result depends on them, beyond the order of a sum.
"""
