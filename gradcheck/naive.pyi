"""`gradcheck.naive` for a type checker, which does not know that the folder `naive` is installed under this name."""

from naive import *  # noqa: F403
