"""gradcheck: is a hand-written backward pass right? Verdicts without a guessed tolerance."""

__version__ = "0.1.0"
