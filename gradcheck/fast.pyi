"""`gradcheck.fast` for a type checker, which does not know that the folder `fast` is installed under this name."""

from fast import *  # noqa: F403
from fast import engine as engine
