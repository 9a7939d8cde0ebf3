"""The suite as it is installed here, as a wheel: what another machine installs is what the rubric was tried with."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import gradcheck
import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck.grading.refused import Refused
from gradcheck.grading.upload.archive import zipped

DISTRIBUTION = "gradcheck-suite"
FOLDERS = {"gradcheck": gradcheck, "gradcheck/fast": fast, "gradcheck/naive": naive}
"""Where each folder goes: in a clone, two of them lie next to the package."""

ABOUT = "Wheel-Version: 1.0\nGenerator: gradcheck\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
COMMAND = "[console_scripts]\ngradcheck = gradcheck.commands:main\n"


def wheel_of_suite() -> tuple[str, bytes]:
    """Return the name of the wheel, and its bytes.

    Raises
    ------
    Refused
        The suite is not installed, so that nothing says what it needs.
    """
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        raise Refused(f"{DISTRIBUTION} is not installed: install it with pip, and try again") from None
    stem = f"{DISTRIBUTION.replace('-', '_')}-{installed.version}"
    needs = [f"Requires-Dist: {each}" for each in installed.requires or () if "extra ==" not in each]
    facts = ["Metadata-Version: 2.1", f"Name: {DISTRIBUTION}", f"Version: {installed.version}", *needs]
    files = dict(_files())
    files |= {
        f"{stem}.dist-info/METADATA": "\n".join([*facts, ""]).encode(),
        f"{stem}.dist-info/WHEEL": ABOUT.encode(),
        f"{stem}.dist-info/entry_points.txt": COMMAND.encode(),
    }
    record = f"{stem}.dist-info/RECORD"
    return f"{stem}-py3-none-any.whl", zipped(files | {record: _record(files, record)})


def _files() -> Iterator[tuple[str, bytes]]:
    for place, module in FOLDERS.items():
        folder = Path(module.__file__ or "").parent
        for path in folder.rglob("*"):
            inside = path.relative_to(folder)
            if path.is_file() and path.suffix not in (".pyc", ".pyi") and not _is_hidden(inside):
                yield f"{place}/{inside.as_posix()}", path.read_bytes()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def _record(files: Mapping[str, bytes], own: str) -> bytes:
    """Return the list of files that a wheel has; the list itself has no hash."""
    lines = [f"{name},sha256={_hash(data)},{len(data)}\n" for name, data in sorted(files.items())]
    return "".join([*lines, f"{own},,\n"]).encode()


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
