"""Layers that others declare: from a few lines to a `Layer`, and the registry of all layers known now."""
