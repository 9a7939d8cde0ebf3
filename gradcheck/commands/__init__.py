"""What the commands share, and the larger ones themselves: their options, their progress, where the answer goes."""
