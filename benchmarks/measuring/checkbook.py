"""What has been measured about checking so far."""

from pathlib import Path

import msgspec

from gradcheck.timing.machine import Machine
from gradcheck.timing.times import Quartiles
from measuring.curve import Point
from measuring.profiling import Profile


class Checking(msgspec.Struct, kw_only=True):
    """All of it, as far as it has been measured."""

    schema: str = "gradcheck-checking/1"
    machine: Machine | None = None
    single: dict[str, Quartiles] = {}
    whole: dict[str, Quartiles] = {}
    curve: list[Point] = []
    profiles: dict[str, Profile] = {}

    def has(self, part: str) -> bool:
        """Tell whether a part has been measured."""
        return part in self.profiles or bool(getattr(self, part, None))


def opened(path: Path | None) -> Checking:
    """Return what a file has, or nothing."""
    if path is None or not path.exists():
        return Checking()
    return msgspec.json.decode(path.read_bytes(), type=Checking)
