"""Known mistakes: what people get wrong, and how each is put into a right implementation."""
