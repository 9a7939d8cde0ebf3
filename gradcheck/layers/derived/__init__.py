"""Layers that people write and that are made of the suite's: compositions of several, and variants of one."""
