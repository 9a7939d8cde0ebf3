"""Evidence about one subject on one case: its results, the expected results, and how far they may differ."""
