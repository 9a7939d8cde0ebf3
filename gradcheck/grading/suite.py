"""Which version of the suite graded: another one may judge otherwise."""

import hashlib
from functools import lru_cache
from pathlib import Path

import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck import __version__


@lru_cache(maxsize=1)
def suite() -> str:
    """Return the version with a hash of the code."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parents[1], *(Path(each.__file__ or "").parent for each in (fast, naive))):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
