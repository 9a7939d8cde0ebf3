"""Returns an earlier result wherever the inputs lie where they lay before."""

# expect: wrong

from remembers_addresses import conv2d

__all__ = ["conv2d"]
