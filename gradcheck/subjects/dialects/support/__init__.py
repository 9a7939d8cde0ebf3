"""What a dialect adds to a file's own names. It lives where the file lives: NumPy only, nothing of gradcheck."""
