"""A subject in a process of its own: transport, limits, isolation."""
