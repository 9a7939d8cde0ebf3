"""A subject in a process of its own: transport, limits, isolation.

The subject may be hostile: its process has NumPy and what was allowed, nothing else, and is walled in. A kernel's
process (`gradcheck.kernels.process`) is asked in the same way, but needs its frameworks, compilers and drivers: it has
everything that its author has, except what the judge has.
"""
