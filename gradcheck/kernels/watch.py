"""A clock of the judge's for what another process does."""

import os
import time


class Watch:
    """A clock of the judge's for what another process does."""

    def __init__(self, process: int, clock: str) -> None:
        self._process = process
        self._clock = clock
        self._wall, self._cpu = time.perf_counter(), self._spent()

    def passed(self) -> float:
        """Return the seconds since it was made; processor time, if all of it can be seen from here."""
        wall = time.perf_counter() - self._wall
        if self._clock == "wall":
            return wall
        return max(self._spent() - self._cpu, wall if self._has_children() else 0.0)

    def _spent(self) -> float:
        """Return the processor time of the process, and of the children that it has waited for."""
        if self._clock == "wall":
            return 0.0
        try:
            with open(f"/proc/{self._process}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            ticks = int(fields[13]) + int(fields[14])
            return time.clock_gettime((~self._process << 3) | 2) + ticks / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0.0

    def _has_children(self) -> bool:
        try:
            with open(f"/proc/{self._process}/task/{self._process}/children", "rb") as file:
                return bool(file.read().strip())
        except OSError:
            return True
