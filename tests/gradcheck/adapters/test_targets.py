"""What an adapter may stand for: a file, a folder, a module, a zip, a notebook; right and wrong ones."""

import json
import sys
import zipfile

import pytest

from gradcheck import Plan, verify, verify_functions
from tests.gradcheck.adapters.conftest import ADAPTER, LIBRARY, WRONG, verdicts

RIGHT = {"conv2d_forward": "pass", "conv2d_backward": "pass"}


def notebook(text):
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
    metadata = {"kernelspec": {"name": "python3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell]})


@pytest.fixture
def targets(folder):
    """Have the library as a zip and as a notebook, too."""
    with zipfile.ZipFile(folder / "mylib.zip", "w") as archive:
        archive.write(folder / "mylib" / "__init__.py", "mylib/__init__.py")
        archive.write(folder / "mylib" / "layers.py", "mylib/layers.py")
    (folder / "notes.ipynb").write_text(notebook(LIBRARY))
    (folder / "notes-7.py").write_text(LIBRARY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "module"),
    [
        ("student.py", "student"),
        ("student.py", "submission"),
        ("notes-7.py", "submission"),
        ("mylib/layers.py", "mylib.layers"),
        ("mylib/layers.py", "layers"),
        ("./mylib", "mylib.layers"),
        ("./mylib", "submission.layers"),
        ("mylib", "mylib.layers"),
        ("mylib.layers", "mylib.layers"),
        ("mylib.zip", "mylib.layers"),
        ("mylib.zip", "submission.layers"),
        ("notes.ipynb", "notes"),
        ("notes.ipynb", "submission"),
    ],
)
@pytest.mark.sample("target")
def test_right_library__passes_through_an_adapter(judge, targets, folder, target, module):
    (folder / "adapter.py").write_text(ADAPTER.format(module=module))
    found = judge(target, "adapter.py")
    assert (found.error, verdicts(found)) == (None, RIGHT)
    assert found.adapter == "adapter.py"


@pytest.mark.parametrize(("target", "adapter"), [("student.py", "grading.py"), ("mylib", "adapter.py")])
@pytest.mark.sample("place")
def test_wrong_library__fails_in_the_part_that_is_wrong(judge, edit, target, adapter):
    edit("student.py" if target == "student.py" else "mylib/layers.py", *WRONG)
    found = judge(target, adapter)
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "fail"}
    assert {finding.tensor for part in found.parts for finding in part.findings} == {"dx"}


@pytest.mark.slow
def test_right_library__is_not_asked_for_what_its_adapter_never_promised(judge):
    found = judge("student.py", "grading.py", checks=())
    assert verdicts(found) == RIGHT
    assert any("stride: the same on both axes" in text for part in found.parts for text in part.unasked)


def test_target__is_left_alone_but_for_what_the_adapter_defines(judge):
    found = judge("student.py", "grading.py")
    assert {part.layer for part in found.parts} == {"conv2d"}
    assert (found.left_alone, found.unjudged) == (2, ())


@pytest.mark.slow
@pytest.mark.sample(1)
def test_adapter__judges_a_name_that_it_assigns_and_none_that_it_only_imports(judge, folder):
    (folder / "adapter.py").write_text(
        "import student\nfrom student import relu_forward\nfrom student import Conv2D as leaky_relu_backward\n"
    )
    assert judge("student.py", "adapter.py").left_alone == 2
    assert verdicts(judge("student.py", "adapter.py")).get("relu_forward") is None
    (folder / "adapter.py").write_text("import student\nrelu_forward = student.relu_forward\n")
    assert verdicts(judge("student.py", "adapter.py"))["relu_forward"] == "fail"
    (folder / "adapter.py").write_text("from student import *\n__all__ = ['relu_forward']\n")
    assert verdicts(judge("student.py", "adapter.py"))["relu_forward"] == "fail"


def test_adapter__without_a_layer_is_said_to_define_nothing(judge, folder):
    (folder / "empty.py").write_text("import student\n")
    assert "its adapter defines nothing" in judge("student.py", "empty.py").error


@pytest.mark.slow
def test_modules__are_as_before_afterwards(judge, folder):
    before = set(sys.modules)
    judge("student.py", "grading.py")
    names = {"submission", "student", "gradcheck_adapter"}
    assert not names & (set(sys.modules) - before)


@pytest.mark.parametrize("name", ["nowhere.py", "mylib", "notes.txt"])
def test_plan__refuses_an_adapter_that_is_no_file(folder, name):
    (folder / "notes.txt").write_text("")
    with pytest.raises(ValueError, match="there is no adapter"):
        verify(["student.py"], Plan(adapter=name))


def test_plan__refuses_an_adapter_for_functions_of_this_process(folder):
    with pytest.raises(ValueError, match="functions need none"):
        verify_functions({"relu_forward": abs}, Plan(adapter="adapter.py"))
