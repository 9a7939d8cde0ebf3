"""Known mistakes: a catalogue of them, and how each is put into a right implementation."""
