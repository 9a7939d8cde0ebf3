"""What a dialect adds to files that do not define it: NumPy only, and nothing of this project."""
