"""Notebooks: which lines of which cells are run, what they are called, and that nothing runs while they are read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradcheck import Plan, verify
from gradcheck.subjects.loading import LoadError, load
from gradcheck.subjects.loading.notebook import cells, module_text

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "tests" / "data" / "nhwc" / "steps.ipynb"


def code(source: Any) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": [], "source": source}


def notebook(folder: Path, *sources: Any, name: str = "week 1.ipynb", **metadata: Any) -> Path:
    found = {"cells": list(map(code, sources)), "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    (folder / name).write_text(json.dumps(found), encoding="utf-8")
    return folder / name


def extracted(folder: Path, *sources: str) -> list[str]:
    return [source for _, source in cells(module_text(notebook(folder, *sources)))]


def members(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    with load(str(path)) as found:
        (space,) = found.namespaces
        return space.members, found.notes


@pytest.mark.slow
def test_notebook__is_judged_whatever_else_its_cells_do() -> None:
    (target,) = verify([str(EXAMPLE)]).targets
    assert target.dialect == "nhwc"
    assert {part.verdict for part in target.parts} == {"pass"}
    assert len(target.parts) == 9
    (note,) = target.notes
    assert note.startswith("steps.ipynb In[4]:4 raises ValueError on import")


def test_cells_count_as_they_do_after_restart_and_run_all(tmp_path: Path) -> None:
    text = module_text(notebook(tmp_path, "x = 1", "  \n", ["y = 2\n", "z = 3"]))
    assert text == "# In[1]\nx = 1\n# In[2]\ny = 2\nz = 3\n"
    assert list(cells(text)) == [(1, "x = 1\n"), (2, "y = 2\nz = 3\n")]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("  %time f()\n  !ls -l\n  ?help", "  pass\n  pass\n  pass"),
        ("np.sum?\nnp.sum??\n?np.sum\n??np", "pass\npass\npass\npass"),
        ("files = !ls\na, b = %sx date\nd['x'] = 5", "pass\npass\nd['x'] = 5"),
        ("!pip install \\\n  numpy\nx = 1", "pass\n\nx = 1"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("\n%%capture out\nx = 1", "\npass\nx = 1"),
        ("%%bash\necho x = 1\nls", "\n\n"),
        ("%%writefile layers.py\ndef f(): pass", "\n"),
        ("x = ('%d'\n     % 3)", "x = ('%d'\n     % 3)"),
        ("x = '''\n%magic\n!ls\n'''\n%magic", "x = '''\n%magic\n!ls\n'''\npass"),
        ('x = """a\\"""\n!ls"""\n!ls', 'x = """a\\"""\n!ls"""\npass'),
        ("x = 7 \\\n  % 3\n!ls", "x = 7 \\\n  % 3\npass"),
        ("x = [ # ( [ '''\n  3]\n!ls", "x = [ # ( [ '''\n  3]\npass"),
        ('x = "it\'s ("\n!ls', 'x = "it\'s ("\npass'),
        ("x %= 3\nx != 3\ny = x\n", "x %= 3\nx != 3\ny = x\n"),
        ("%magic\r\nx = 1\r\n", "pass\nx = 1\n"),
        ("# In[5]\nx = 1", "# # In[5]\nx = 1"),
    ],
)
def test_magics_and_shell_lines_are_left_out_and_the_lines_keep_their_numbers(
    tmp_path: Path, source: str, left: str
) -> None:
    assert extracted(tmp_path, source) == [left + "\n"]


def test_failing_cell__is_reported_and_the_rest_runs(tmp_path: Path) -> None:
    found, notes = members(
        notebook(tmp_path, "def f(): pass", "%magic\n\nx = f() + 1\nimport math", "def g(): pass")
    )
    assert sorted(found) == ["f", "g", "math"]
    assert notes == (
        "week 1.ipynb In[2]:3 raises TypeError on import: unsupported operand type(s) for +: 'NoneType' and 'int'",
    )


def test_invalid_cell__is_reported_before_what_fails_for_lack_of_it(tmp_path: Path) -> None:
    found, notes = members(notebook(tmp_path, "f()", "def g(): pass", "def f():\n    print 'x'"))
    assert sorted(found) == ["g"]
    (note,) = notes
    assert note.startswith(
        "week 1.ipynb In[3]:2 is not valid Python 3 (it looks like Python 2): Missing parentheses"
    )
    assert note.endswith("; 1 more statement fails")


def test_notebook_in_python_2__is_reported(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import numpy as np", "def f():\n    print 'x'", "print f()")
    with pytest.raises(
        LoadError, match=r"week 1.ipynb In\[2\]:2 is not valid Python 3 .it looks like Python 2."
    ):
        members(path)


def test_crash__is_placed_in_its_cell(tmp_path: Path) -> None:
    source = (ROOT / "tests/data/nhwc/steps.py").read_text()
    head, tail = source.split("def conv_single_step")
    path = notebook(
        tmp_path, head, "%magic\ndef conv_single_step" + tail.replace("Z = np.sum(s)", "Z = 1 / 0")
    )
    (target,) = verify([str(path)], Plan(cases=0, hint="none")).targets
    told = [finding.message for part in target.parts for finding in part.findings]
    assert "conv_forward raised ZeroDivisionError: division by zero (week 1.ipynb In[2]:4)" in told


def test_notebook__imports_modules_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def pad(): return 3\n")
    found, notes = members(notebook(tmp_path, "from helper import pad", "def f(): return pad()"))
    assert found["f"]() == 3
    assert notes == ()


def test_notebook__is_read_without_running_it(tmp_path: Path) -> None:
    text = module_text(notebook(tmp_path, "open('ran', 'w')", "import os; os._exit(3)", "\x1b[31m"))
    assert text.count("# In[") == 3
    assert not os.path.exists("ran")


def test_notebooks_of_a_folder__are_judged_only_without_modules(tmp_path: Path) -> None:
    notebook(tmp_path, "def f(): pass", name="b.ipynb")
    notebook(tmp_path, "def g(): pass", name="a.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    notebook(tmp_path / ".ipynb_checkpoints", "def h(): pass", name="a-checkpoint.ipynb")
    with load(str(tmp_path)) as found:
        assert [sorted(space.members) for space in found.namespaces] == [["g"], ["f"]]
    (tmp_path / "layers.py").write_text("def k(): pass\n")
    with load(str(tmp_path)) as found:
        assert [sorted(space.members) for space in found.namespaces] == [["k"]]


def test_notebook_of_format_3__is_read(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "collapsed": False,
        "input": ["def f():\n", "    pass"],
        "language": "python",
        "outputs": [],
    }
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(old))
    assert sorted(members(tmp_path / "old.ipynb")[0]) == ["f"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"nbformat": 4, "cells": 3}',
        '{"nbformat": 99, "cells": []}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_invalid_notebook__is_refused(tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LoadError) as caught:
        members(tmp_path / "x.ipynb")
    assert f'"{tmp_path / "x.ipynb"}" is no notebook: ' in str(caught.value)
    assert caught.value.kind == "unsupported"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "metadata", [{"language_info": {"name": "R\x1b[1m"}}, {"kernelspec": {"language": "julia"}}]
)
def test_notebook_in_another_language__is_refused(tmp_path: Path, metadata: dict[str, Any]) -> None:
    with pytest.raises(LoadError, match=r"is a notebook in (R|julia).*: only Python can be judged") as caught:
        members(notebook(tmp_path, "f <- 3", **metadata))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "metadata",
    [{}, {"kernelspec": 3}, {"language_info": {"name": 3}}, {"kernelspec": {"language": "Python"}}],
)
def test_python_is_what_it_is_unless_it_says_otherwise(tmp_path: Path, metadata: dict[str, Any]) -> None:
    assert sorted(members(notebook(tmp_path, "def f(): pass", **metadata))[0]) == ["f"]


def test_notebook_reader__is_not_imported_with_the_command() -> None:
    command = "import sys, gradcheck.commands; print('nbformat' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
