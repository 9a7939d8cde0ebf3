"""What functions and classes in anybody's interface mean: words, arguments, layouts, and ways to call them."""
