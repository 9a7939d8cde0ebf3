"""A subject in a process of its own: transport, limits, isolation.

The subject may be hostile: its process has NumPy and what was allowed, nothing else, and is walled in.
`gradcheck.kernels.apart` is not this, and is not to be merged with it: there, kernels may crash, but need their
frameworks.
"""
