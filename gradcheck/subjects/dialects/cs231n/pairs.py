"""What a loss of the course returns: its value and a gradient."""

from typing import Any

from gradcheck.contract import Malformed


def two(name: str, returned: Any) -> tuple[Any, Any]:
    """Return the two results of a loss. Raises Malformed if there are not two."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed(f"{name} returned {type(returned).__name__}; expected two results: loss, dx")
    return returned[0], returned[1]
