"""The sdist has what git has.

It is built by the real backend from a copy of the tracked files: what lies around in the working tree, and the list of
files that an earlier build left there, would hide what is missing. It is built without isolation, as that would
download the backend.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "from setuptools import build_meta; build_meta.build_sdist('dist')"
MADE = ("PKG-INFO", "setup.cfg")
"""What a build adds, next to the folder ``*.egg-info``."""


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("what git tracks is known in a clone only")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def packed(folder: Path) -> set[str]:
    """Return the files of the sdist that is built in a folder, without what the build adds."""
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, capture_output=True, text=True, check=True)
    (archive,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as found:
        names = {member.name.split("/", 1)[1] for member in found if member.isfile()}
    return {name for name in names if name not in MADE and ".egg-info/" not in name}


def test_sdist__has_every_tracked_file_and_no_other(tmp_path):
    names = tracked()
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    compiled = tmp_path / "tests" / "__pycache__" / "test_sdist.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"")
    found = packed(tmp_path)
    assert sorted(set(names) - found) == [], "graft or include these in MANIFEST.in"
    assert sorted(found - set(names)) == []
