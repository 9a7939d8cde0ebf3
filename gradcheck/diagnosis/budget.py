"""How long a diagnosis may go on: the same on a machine that has other work to do."""

import time
from dataclasses import dataclass, field

WAITING = 4.0
"""How long a second of work may take by the wall clock, where other processes, or a worker, hold it up."""


@dataclass(frozen=True)
class Deadline:
    """Some seconds of this process's own work from now, or `WAITING` times as many by the wall clock.

    By the wall clock alone a mistake would go without its name whenever the machine is busy.
    """

    seconds: float
    work: float = field(default_factory=time.process_time)
    wall: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        """How many seconds are left; none or fewer, where it has passed."""
        waited = time.perf_counter() - self.wall
        return self.seconds - max(time.process_time() - self.work, waited / WAITING)

    @property
    def passed(self) -> bool:
        """Whether it is time to stop."""
        return self.left <= 0
