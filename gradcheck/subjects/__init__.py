"""From a path to subjects: loading a file, and the dialects that find layers in it."""
