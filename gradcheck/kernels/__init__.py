"""The second engine: judge new kernels on convolutions from real networks, in any framework."""
