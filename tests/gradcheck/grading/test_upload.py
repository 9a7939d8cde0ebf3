"""The upload for Gradescope grades a submission in a tree like its own, and is the same whenever it is built."""

import io
import json
import os
import shlex
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck.commands import main
from gradcheck.grading import upload
from gradcheck.grading.upload import wheel
from gradcheck.grading.upload.archive import zipped

WRITES = """

def relu_backward(dout, cache):
    open("results.json", "w").write('{"score": 100}')
    return dout
"""


def built(rubric, out, *words):
    found = CliRunner().invoke(main, ["gradescope", str(rubric), "-o", str(out), *words])
    assert found.exit_code == 0, found.output
    return out.read_bytes()


@pytest.fixture
def tree(rubric, tmp_path):
    """Return a folder like Gradescope's ``/autograder``, where the suite of this process is installed."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(built(rubric, tmp_path / "a.zip"))) as packed:
        packed.extractall(root / "source")
    (root / "submission").mkdir()
    command = root / "venv" / "bin" / "gradcheck"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gradcheck "$@"\n')
    command.chmod(0o755)
    return root


def run(root, **environment):
    """Run ``run_autograder`` as Gradescope does: from its root."""
    return subprocess.run(
        ["bash", "source/run_autograder"],
        cwd=root,
        env=os.environ | {"GRADCHECK_AUTOGRADER": str(root)} | environment,
        capture_output=True,
        text=True,
    )


def results(root):
    return json.loads((root / "results" / "results.json").read_text())


def test_upload__is_what_gradescope_asks_for(rubric, tmp_path):
    with zipfile.ZipFile(io.BytesIO(built(rubric, tmp_path / "a.zip"))) as packed:
        modes = {each.filename: stat.S_IMODE(each.external_attr >> 16) for each in packed.infolist()}
        assert modes["setup.sh"] == modes["run_autograder"] == 0o755
        assert packed.read("rubric.toml").decode() == rubric.read_text()
        assert packed.read("options.txt") == packed.read("requirements.txt") == b""
        for name in upload.PROGRAMS:
            assert packed.read(name).startswith(b"#!/usr/bin/env bash\n")
            subprocess.run(["bash", "-n"], input=packed.read(name), check=True)
        (name,) = [name for name in packed.namelist() if name.endswith(".whl")]
        with zipfile.ZipFile(io.BytesIO(packed.read(name))) as inside:
            names = inside.namelist()
    wanted = [
        "gradcheck/naive/__init__.py",
        "gradcheck/fast/engine/__init__.py",
        "gradcheck/grading/upload/setup.sh",
    ]
    assert [each for each in wanted if each not in names] == []
    assert not [each for each in names if "__pycache__" in each or "tests" in each.split("/")]


@pytest.mark.slow
def test_upload__has_the_same_bytes_whenever_it_is_built(rubric, tmp_path):
    first = built(rubric, tmp_path / "a.zip")
    os.utime(rubric, (0, 0))
    assert built(rubric, tmp_path / "b.zip") == first
    assert built(rubric, tmp_path / "c.zip", "--seed", "1") != first


def test_options__are_in_the_upload(rubric, tmp_path):
    data = built(rubric, tmp_path / "a.zip", "--seed", "7", "--unsandboxed")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.read("options.txt") == b"--seed\n7\n--unsandboxed\n"


def test_packages_that_submissions_may_import__are_installed(rubric, tmp_path):
    rubric.write_text(rubric.read_text().replace('name = "small"', 'name = "small"\nallow = ["jinja2"]'))
    with zipfile.ZipFile(io.BytesIO(built(rubric, tmp_path / "a.zip"))) as packed:
        assert packed.read("requirements.txt").decode().lower() == "jinja2\n"


def test_archive__depends_on_its_files_only():
    assert zipped({"a": b"1", "b": b"2"}) == zipped({"b": b"2", "a": b"1"})


@pytest.mark.slow
def test_run_autograder__grades_the_submission(confined, tree, folder):
    (tree / "submission" / "layers.py").write_text((folder / "wrong.py").read_text())
    (tree / "submission" / "notes on -rf x.txt").write_text("")
    found = run(tree)
    assert found.returncode == 0, found.stderr
    assert results(tree)["score"] == 1
    assert [test["score"] for test in results(tree)["tests"]] == [1, 0]
    assert not list((tree / "results").glob(".*"))


@pytest.mark.slow
def test_several_files__are_one_submission(confined, tree, folder):
    halves = (folder / "right.py").read_text().split("def relu_backward")
    (tree / "submission" / "one.py").write_text(halves[0])
    (tree / "submission" / "two.py").write_text("def relu_backward" + halves[1])
    assert run(tree).returncode == 0
    assert results(tree)["score"] == 3


@pytest.mark.slow
def test_empty_submission__is_graded_as_nothing(confined, tree):
    assert run(tree).returncode == 0
    assert results(tree)["score"] == 0


@pytest.mark.slow
def test_submission_that_writes_results__writes_none(confined, tree, folder):
    (tree / "submission" / "layers.py").write_text((folder / "right.py").read_text() + WRITES)
    (tree / "submission" / "results.json").write_text('{"score": 100}')
    (tree / "results").mkdir()
    (tree / "results" / "results.json").write_text('{"score": 100}')
    assert run(tree).returncode == 0
    assert results(tree)["score"] <= 1


@pytest.mark.slow
def test_machine_that_cannot_judge__leaves_no_results(tree, folder):
    (tree / "submission" / "layers.py").write_text((folder / "right.py").read_text())
    (tree / "results").mkdir()
    (tree / "results" / "results.json").write_text('{"score": 100}')
    (tree / "source" / "rubric.toml").write_text("broken")
    found = run(tree)
    assert found.returncode == 2
    assert "Error" in found.stderr
    assert not (tree / "results" / "results.json").exists()


@pytest.mark.slow
def test_setup__installs_the_suite_that_grades(confined, tree, folder, tmp_path):
    """Without a network: what the suite needs is found where the tests have it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3"):
        (programs / name).symlink_to(sys._base_executable)
    (tree / "venv" / "bin" / "gradcheck").unlink()
    environment = {
        "GRADCHECK_AUTOGRADER": str(tree),
        "PATH": f"{programs}:/usr/bin:/bin",
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
    }
    subprocess.run(["bash", "source/setup.sh"], cwd=tree, env=environment, check=True, capture_output=True)
    (tree / "submission" / "layers.py").write_text((folder / "right.py").read_text())
    sites = {str(Path(module.__file__).parents[1]) for module in (np, pytest)}
    found = run(tree, PYTHONPATH=os.pathsep.join(sorted(sites)))
    assert found.returncode == 0, found.stderr
    assert results(tree)["score"] == 3


def test_setup_without_a_python__says_what_to_do(tree, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bash").symlink_to("/bin/bash")
    (programs / "apt-get").write_text("#!/bin/bash\nexit 100\n")
    (programs / "apt-get").chmod(0o755)
    environment = {"GRADCHECK_AUTOGRADER": str(tree), "PATH": str(programs)}
    found = subprocess.run(
        ["/bin/bash", "source/setup.sh"], cwd=tree, env=environment, capture_output=True, text=True
    )
    assert found.returncode == 1
    assert "Python 3.11 or later: choose a base image" in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.toml"], "there is no rubric 'gone.toml'"),
        (["cs231n-a2", "-o", "/dev/null/x.zip"], "cannot write"),
        ([], "Missing argument 'RUBRIC'"),
    ],
)
def test_gradescope_command__with_bad_input_is_exit_2(words, said):
    found = CliRunner().invoke(main, ["gradescope", *words])
    assert found.exit_code == 2
    assert said in found.stderr


def test_suite_that_is_not_installed__is_refused(rubric, tmp_path, monkeypatch):
    monkeypatch.setattr(wheel, "DISTRIBUTION", "no-such-thing")
    found = CliRunner().invoke(main, ["gradescope", str(rubric), "-o", str(tmp_path / "a.zip")])
    assert found.exit_code == 2
    assert "is not installed" in found.stderr
    assert not (tmp_path / "a.zip").exists()
