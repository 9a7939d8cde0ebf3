"""Layers next to the suite's own, which people write: compositions of them, and what is made of one of them."""
