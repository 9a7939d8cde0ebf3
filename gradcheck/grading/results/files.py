"""Write a file as a whole, or leave the one that is there."""

from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a text or bytes to a file; a run that is ended leaves the old file. Raises OSError."""
    new = path.with_name(f".{path.name}.new")  # only one grading writes here at a time
    try:
        new.write_bytes(content if isinstance(content, bytes) else content.encode())
        new.replace(path)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
