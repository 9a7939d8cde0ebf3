"""Files that work on a library's tensors, judged without the library: they get arrays, which they may not take."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from gradcheck.isolation.allowed import installed
from gradcheck.judging.plan import Plan
from gradcheck.report import PartReport, Verdict
from gradcheck.subjects.loading import Loaded
from gradcheck.subjects.loading.decoding import text_of
from gradcheck.subjects.loading.errors import NOT_ALLOWED

OF_TENSORS = ("torch", "jax", "tensorflow", "cupy", "mxnet")
"""Packages whose tensors stand in the place of NumPy's arrays."""

IMPORT = re.compile(rf"^[ \t]*(?:import|from)[ \t]+({'|'.join(OF_TENSORS)})\b", re.MULTILINE)
LARGEST = 2**20


def withheld_from(loaded: Loaded, plan: Plan) -> str | None:
    """Return the library of tensors that a target imports and a worker keeps from it, if there is one."""
    if loaded.support is None:
        return None
    texts = (text_of(space.path, LARGEST) or "" for space in loaded.namespaces)
    named = [name for text in texts for name in IMPORT.findall(text)]
    return next((name for name in named if name in installed() - set(plan.limits.packages)), None)


def sentence(package: str) -> str:
    """Return what to do about a target that needs a package."""
    return f"the file imports {package}, which is kept from it: run this again with --allow {package}"


def without(package: str, parts: Sequence[PartReport]) -> Iterator[PartReport]:
    """Yield the reports; what raised is missing, like all that needs the package: it was given arrays, not tensors."""
    for part in parts:
        if part.verdict is Verdict.ERROR:
            yield msgspec.structs.replace(
                part,
                verdict=Verdict.MISSING,
                miss_bound=None,
                findings=(),
                checks=(),
                reason=f"not judged: {sentence(package)}",
            )
        else:
            yield part


def is_lacking(parts: Sequence[PartReport]) -> bool:
    """Return whether something was not judged because a package was kept from the file."""
    messages = [finding.message for part in parts for finding in part.findings]
    return any(NOT_ALLOWED in message for message in messages) or any(
        "--allow" in (part.reason or "") for part in parts
    )
