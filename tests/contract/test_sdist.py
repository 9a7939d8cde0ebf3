"""The sdist has what git has; it builds a wheel, which works in an empty environment and tests itself there.

It is built by the real backend from a copy of the tracked files: what lies around in the working tree, and the list of
files that an earlier build left there, would hide what is missing. It is built without isolation, as that would
download the backend; for the same reason an empty environment finds its dependencies in this one.
"""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import gradcheck

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUILD = "from setuptools import build_meta; build_meta.build_{0}('dist')"
MADE = ("PKG-INFO", "setup.cfg")
"""What a build adds, next to the folder ``*.egg-info``."""


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("what git tracks is known in a clone only")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def built(what: str, folder: Path) -> Path:
    """Return the archive that the backend makes of a folder."""
    command = [sys.executable, "-c", BUILD.format(what)]
    subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    (archive,) = (folder / "dist").iterdir()
    return archive


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The sdist of the tracked files, next to a file that does not belong into it."""
    folder = tmp_path_factory.mktemp("tracked")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    compiled = folder / "tests" / "__pycache__" / "test_sdist.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"")
    return built("sdist", folder)


@pytest.fixture(scope="module")
def unpacked(sdist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def wheel(unpacked):
    return built("wheel", unpacked)


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an empty environment with the wheel; its dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    interpreter = folder / "bin" / "python"
    words = ["--python", str(interpreter), "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    (site / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    return interpreter


def test_sdist__has_every_tracked_file_and_no_other(sdist):
    with tarfile.open(sdist) as archive:
        names = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    found = {name for name in names if name not in MADE and ".egg-info/" not in name}
    assert sorted(set(tracked()) - found) == [], "graft or include these in MANIFEST.in"
    assert sorted(found - set(tracked())) == []


def test_wheel__has_every_module_and_says_that_it_is_typed(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = message_from_string(
            archive.read(next(n for n in names if n.endswith("/METADATA"))).decode()
        )
    places = {"gradcheck": "gradcheck", "naive": "gradcheck/naive", "fast": "gradcheck/fast"}
    modules = {
        str(Path(place) / path.relative_to(ROOT / source))
        for source, place in places.items()
        for path in (ROOT / source).rglob("*.py")
    }
    assert modules - names == set()
    assert "gradcheck/py.typed" in names
    assert not [name for name in names if name.endswith(".pyi")]
    assert metadata["Version"] == gradcheck.__version__ == PROJECT["project"]["version"]
    assert metadata["Author"] == "The gradcheck-suite authors"
    assert {"Typing :: Typed", "Programming Language :: Python :: 3.13"} <= set(
        metadata.get_all("Classifier")
    )


@pytest.mark.slow
def test_installed_wheel__judges_a_file(python, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n\n\ndef relu_forward(x):\n    return np.maximum(x, 0), x\n\n\n"
        "def relu_backward(dout, cache):\n    return dout * (cache < 0)\n"
    )
    command = [python.with_name("gradcheck"), "verify", "mine.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "mask-inverted" in done.stdout
    assert "1 of 2 functions is wrong: relu_backward" in done.stdout


@pytest.mark.exhaustive  # test_wheel__has_every_module_and_says_that_it_is_typed finds the marker in the wheel
def test_installed_wheel__is_typed(python, tmp_path):
    lines = [
        "from gradcheck import verify",
        "from gradcheck.fast import relu_forward",
        'x: int = verify(["a"])',
    ]
    (tmp_path / "mine.py").write_text("\n".join([*lines, "y = relu_forward", ""]))
    command = [sys.executable, "-m", "mypy", "--python-executable", python, "--no-incremental", "mine.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'expression has type "Report", variable has type "int"' in done.stdout
    assert "Found 1 error in 1 file" in done.stdout


@pytest.mark.exhaustive  # test_sdist__has_every_tracked_file_and_no_other and test_installed_wheel__judges_a_file
def test_sdist__tests_the_installed_wheel(python, unpacked):
    tests = ["tests/gradcheck/test_text.py", "tests/layers/test_values.py"]
    # With -P its own folder is not on the path: what is imported is the wheel.
    command = [python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
