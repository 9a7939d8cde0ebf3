"""Bringing a submission in: into this process, or into a worker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from gradcheck.loading import Loaded
from gradcheck.loading.target import find
from gradcheck.worker.levels import Level
from gradcheck.worker.limits import Limits
from gradcheck.worker.session import Session


@contextmanager
def in_worker(
    target: str, level: Level = Level.RLIMITS, limits: Limits | None = None
) -> Iterator[Loaded]:
    """Import the code that `target` names in a worker process, for the length of a ``with`` block.

    Parameters
    ----------
    target : str
        The path of a file or of a folder.
    level : Level
        How the worker is kept apart.
    limits : Limits, optional
        What it may use.

    Raises
    ------
    LoadError
        There is nothing of this name, or it cannot be imported.
    """
    source = find(target)  # what is not there, or no Python file, needs no process
    folders = [str(source.packages.root)]
    session = Session(os.path.abspath(target), target, folders, level, limits or Limits())
    try:
        yield session.load()
    finally:
        session.close()
