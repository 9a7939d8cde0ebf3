"""Layers of one image, with filters as objects."""
