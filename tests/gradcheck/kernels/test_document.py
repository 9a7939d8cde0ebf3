"""docs/kernels.md does what it says."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.kernels import checks, fills, frameworks, problems
from gradcheck.kernels.choosing import COVERING
from gradcheck.kernels.library import HOST

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "kernels.md").read_text()
FILES = dict(re.findall(r"```\w+\n(?:#|//) (\w+\.\w+)\n(.*?)```", TEXT, flags=re.S))
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, flags=re.S) for line in block.splitlines()]
KERNELS = [line for line in COMMANDS if line.startswith("gradcheck kernel") and "--bench" not in line]
NEEDED = {
    "torch": "torch",
    "mylayers": "torch",
    "jax": "jax",
    "numba": "numba",
    "onnx": "onnxruntime",
    "tinygrad": "tinygrad",
}
MENDED = FILES["mykernel.py"].replace("len(w) // 4 * 4", "len(w)")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Write the files that the document shows, and go there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEV", "PYTHON")  # tinygrad's device that needs no compiler
    for name, content in {**FILES, "mykernel.py": MENDED}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def run(line):
    """Run a line of the document, and tell whether it exits as the document says."""
    words = shlex.split(line, comments=True)
    result = CliRunner().invoke(main, words[1:])
    assert result.exit_code == ("exits with 1" in line), result.output
    return result.stdout


def made(line):
    """Make what a line needs: the library, or the model."""
    if "libmine.so" in line:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            pytest.skip("a kernel in C needs a compiler: cc or gcc")
        options = ["-O2", "-shared", "-fPIC", "-I", str(HOST.parent), "-o", "libmine.so", "mine.c"]
        subprocess.run([compiler, *options], check=True)
    if "mymodel.onnx" in line:
        subprocess.run([sys.executable, "mymodel.py"], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in KERNELS if line != "gradcheck kernel mykernel.py:conv2d"])
@pytest.mark.sample(every=5)
def test_documented_command__exits_as_documented(folder, line):
    for word, package in NEEDED.items():
        if word in line:
            pytest.importorskip(package, reason=f'{package} is an extra: pip install -e ".[peers]"')
    made(line)
    layer = re.search(r"--layer (\w+)", line)
    assert f" of {layer[1] if layer else 'conv2d'} in " in run(line)


@pytest.mark.slow
def test_documented_failure__is_the_one_that_is_shown_and_mended_it_passes(folder):
    (shown,) = re.findall(r"```\n(conv2d · .*?)```", TEXT, flags=re.S)
    (ended,) = re.findall(r"^111 problems .*?;", TEXT, flags=re.M)
    assert ended in run("gradcheck kernel mykernel.py:conv2d")
    (folder / "mykernel.py").write_text(FILES["mykernel.py"])
    assert shown in run("gradcheck kernel mykernel.py:conv2d  # exits with 1")


def test_documented_options_and_names__all_exist():
    there = set(re.findall(r"--[a-z][\w-]*", CliRunner().invoke(main, ["kernel", "--help"]).stdout)) - {
        "--help"
    }
    others = ("pytest-benchmark compare", "false_alarms.py", "kernel_alarms.py")
    ours = [line for line in TEXT.splitlines() if not any(other in line for other in others)]
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", "\n".join(ours)))
    assert named - there == set()
    assert there - named == set()
    names = (
        *checks.BY_NAME,
        problems.BATTERY,
        COVERING,
        *problems.NAMES,
        *fills.KERNEL_LAYERS,
        *frameworks.BY_NAME,
    )
    assert [name for name in names if f"`{name}`" not in TEXT] == []
