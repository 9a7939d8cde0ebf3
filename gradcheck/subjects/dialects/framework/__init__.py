"""Functions with the names of a framework, on arrays or on tensors."""
