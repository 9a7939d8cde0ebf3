"""Bring the submission into the worker, and report to the judge what it defines."""

import io
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck.calling.description import facts_of
from gradcheck.isolation.inside.serving import Server, named
from gradcheck.subjects.dialects.support import names_in
from gradcheck.subjects.loading import Adapter, Bounds, LoadError, load
from gradcheck.subjects.loading.restoring import sink
from gradcheck.subjects.loading.stubs import is_stub

MOST_MEMBERS, MOST_NAME = 10_000, 200
THREADS = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}


class Loader:
    """The requests about the submission as a whole."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._context: Any = None

    def load(
        self,
        path: str,
        shown: str,
        texts: dict[str, str],
        withheld: list[str],
        adapter: list[str] | None,
        root: str,
    ) -> list[Any]:
        """Import the code at a path, which messages call `shown`, and return what its modules define.

        `texts` is the code of notebooks by their path: to take it out is no business of this process. `withheld` are
        packages that are installed, and that it may not import. `adapter` is the path and the text of an adapter.
        `root` is the folder that the judge lets the code read.
        """
        known = {Path(place): text for place, text in texts.items()}
        given = Adapter(*adapter) if adapter else None
        self._context = load(path, shown, known, frozenset(withheld), given, Bounds(Path(root)))
        try:
            loaded = self._context.__enter__()
        except LoadError as problem:
            return ["failed", problem.message, problem.kind]
        spaces = [(each.name, each.path, each.members) for each in loaded.namespaces]
        self._server.roots = [dict(members) for _, _, members in spaces]
        found = [[name, path, self._listed(members)] for name, path, members in spaces]
        return ["loaded", found, list(loaded.notes), loaded.left_alone]

    def support(self, name: str) -> list[Any]:
        """Add the names of a support module to every namespace that does not define them, and return them."""
        own = names_in(name)
        for members in self._server.roots:
            members.update({key: value for key, value in own.items() if key not in members})
        return self._listed(own)

    def seed(self, number: int) -> None:
        """Make what the submission draws from the global generators repeat."""
        np.random.seed(number)
        torch = sys.modules.get("torch")  # never imported from here; a stub is left alone
        if torch is not None and not is_stub(torch):
            torch.manual_seed(number)

    def describe(self, node: list[Any]) -> list[Any]:
        """Return what a function or a class is declared as."""
        return facts_of(self._server.found(node))

    @staticmethod
    def _listed(members: dict[str, Any]) -> list[Any]:
        """Return each member's name, and its value or what sort of thing it is."""
        found: list[Any] = []
        named_ones = [(name, value) for name, value in members.items() if len(name) <= MOST_NAME]
        for name, value in named_ones[:MOST_MEMBERS]:
            plain = type(value) in (bool, float, type(None)) or (type(value) is int and abs(value) < 2**63)
            found.append([name, value] if plain else [name, ["root", callable(value), named(value)]])
        return found


def hush() -> None:
    """Swallow what the submission prints and warns about, and offer it no input."""
    sys.stdout = sys.stderr = sink()
    sys.stdin = io.StringIO()
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    # The numbers of threads stay: libraries that are imported from now on read them.
    for name in set(os.environ) - THREADS:
        del os.environ[name]
