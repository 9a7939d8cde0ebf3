"""Whole networks, which no layer describes."""
