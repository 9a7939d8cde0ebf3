"""A zip whose bytes depend on what is in it, and on nothing else."""

import io
from collections.abc import Collection, Mapping
from zipfile import ZIP_STORED, ZipFile, ZipInfo

EPOCH = (1980, 1, 1, 0, 0, 0)
FILE, PROGRAM = 0o100644, 0o100755
UNIX = 3


def zipped(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """Return a zip of files by name; those in `programs` can be run.

    It is not compressed: how well that is done depends on the machine.
    """
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_STORED) as packed:
        for name, content in sorted(files.items()):
            info = ZipInfo(name, EPOCH)
            info.create_system = UNIX
            info.external_attr = (PROGRAM if name in programs else FILE) << 16
            packed.writestr(info, content)
    return data.getvalue()
