"""Hostile zips and notebooks: nothing leaves its place, the verdict comes soon, and what is right keeps its credit."""

import json
import os
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation import runtime
from gradcheck.isolation.levels import MEGABYTE, Limits, strongest
from gradcheck.report import Report
from gradcheck.reporting.formats import BY_NAME

LIMITS = Limits(call=5.0, total=100.0, memory=1024 * MEGABYTE, result=256 * MEGABYTE)
BOUND = 80.0
SOON = 10.0
RIGHT = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
GAINED = "import pathlib, tempfile\npathlib.Path('/tmp/gained-container').write_text('')\n"
MANY = 200_000

Files = dict[str, str | bytes]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, beside that of the submission."""
    runtime.runtime()
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def judged(target: Path) -> Report:
    """Return the report, which must come soon, be told in every format, and leave nothing anywhere."""
    before = sorted(target.parent.rglob("*"))
    started = time.monotonic()
    report = verify([str(target)], Plan(cases=1, isolation=strongest(), limits=LIMITS, hint="none"))
    assert time.monotonic() - started < BOUND
    for form in BY_NAME.values():
        told = form.render(report, colour=False, width=100, dialect=None)
        assert not set(told) & {chr(code) for code in (*range(9), *range(11, 32), 127, 0x202E)}
    assert [path for path in sorted(target.parent.rglob("*")) if path not in before] == []
    assert list(Path("/tmp").glob("gained-*")) == []
    return report


def verdicts(report: Report) -> dict[str, str]:
    return {part.function: part.verdict for part in report.parts()}


def refusal(target: Path) -> str:
    report = judged(target)
    assert verdicts(report) == {}
    return str(report.targets[0].error)


def zipped(folder: Path, files: Files) -> Path:
    path = folder / "homework.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../../layers.py",
        "..\\..\\layers.py",
        "/tmp/gained-container.py",
        "C:\\layers.py",
        "a/" * 40 + "x.py",
        "x" * 300 + ".py",
    ],
)
@pytest.mark.sample(every=2)
def test_zip_entry_that_leads_outside__is_refused(tmp_path: Path, name: str) -> None:
    assert "unpacked" in refusal(zipped(tmp_path, {"layers.py": RIGHT, name: GAINED}))


def test_zip_link_that_leads_outside__is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("secrets.py")
    link.external_attr = 0o120777 << 16
    path = zipped(tmp_path, {"layers.py": RIGHT})
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(path)


def nested(levels: int) -> bytes:
    """Return zips in zips, with zeros in the innermost."""
    data = b"\0" * 2**20
    for level in range(levels):
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
                for copy in range(8):
                    made.writestr(f"{level}-{copy}.zip", data)
            file.seek(0)
            data = file.read()
    return data


BOMBS: dict[str, Callable[[], Files]] = {
    "larger": lambda: {f"{i}.py": b"#" * 2**24 for i in range(13)},
    "entries": lambda: {f"{i}.py": "" for i in range(5001)},
}


@pytest.mark.parametrize("why", BOMBS)
@pytest.mark.sample(1)
def test_zip_bomb__is_stopped(tmp_path: Path, why: str) -> None:
    assert why in refusal(zipped(tmp_path, BOMBS[why]()))


@pytest.mark.slow
def test_zips_in_zips_stay_packed(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"layers.py": RIGHT, "more.zip": nested(4)})
    assert verdicts(judged(path)) == {"relu_forward": "pass", "relu_backward": "pass"}


ODD: dict[str, Files] = {
    "escapes": {"a\x1b[2J\x07b.py": RIGHT},
    "right to left": {"la\u202eyers.py": RIGHT},
    "markup": {"[red]<b>&amp;`x`.py": RIGHT},
    "two lines": {"a\nb.py": RIGHT},
    "spaces": {" layers .py": RIGHT},
    "a formula": {"=cmd|'calc'!A1.py": RIGHT},
    "a keyword": {"import.py": RIGHT},
    "numpy beside it": {"layers.py": RIGHT, "numpy/__init__.py": "raise SystemExit", "os.py": GAINED},
    "start-up files": {
        "layers.py": RIGHT,
        "sitecustomize.py": GAINED,
        "evil.pth": GAINED,
        "conftest.py": GAINED,
    },
    "our own names": {"layers.py": RIGHT, "gradcheck/__init__.py": GAINED, "naive/__init__.py": GAINED},
}


@pytest.mark.slow
@pytest.mark.parametrize("what", ODD)
@pytest.mark.sample(every=4)
def test_odd_names_gain_nothing_and_cost_nothing(tmp_path: Path, what: str) -> None:
    found = verdicts(judged(zipped(tmp_path, ODD[what])))
    assert found == {"relu_forward": "pass", "relu_backward": "pass"}


def test_pipes_and_devices_in_a_folder_do_not_hold_anyone_up(tmp_path: Path) -> None:
    place = tmp_path / "homework"
    place.mkdir()
    (place / "layers.py").write_text(RIGHT)
    os.mkfifo(place / "pipe.py")
    (place / "zeros.py").symlink_to("/dev/zero")
    assert verdicts(judged(place)) == {"relu_forward": "pass", "relu_backward": "pass"}


def notebook(folder: Path, *sources: str, outputs: int = 0) -> Path:
    told = [{"output_type": "stream", "name": "stdout", "text": "x" * outputs}] if outputs else []
    found = [
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": told, "source": source}
        for source in sources
    ]
    markdown = {"cell_type": "markdown", "metadata": {}, "source": GAINED}
    raw = {"cell_type": "raw", "metadata": {}, "source": GAINED}
    path = folder / "homework.ipynb"
    path.write_text(
        json.dumps({"cells": [markdown, *found, raw], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    )
    return path


MAGICS = "%run evil.py\n!touch /tmp/gained-container\nx = !touch /tmp/gained-container\n%load_ext evil\n"
CELLS = {
    "magics": MAGICS,
    "a shell": "%%bash\ntouch /tmp/gained-container\n",
    "a file that is written": f"%%writefile /tmp/gained-container\n{RIGHT}",
    "spaces": " " * MANY + "\nx = 1\n",
    "spaces before a name": " " * MANY + "x",
    "one long name": "x" * MANY,
    "open brackets": "(" * MANY,
    "open strings": '"""\n' * (MANY | 1),
    "assignments": "x = " * MANY,
    "lines that go on": "%x \\\n" * MANY,
    "marks of cells": "# In[1]\n" * MANY,
    "null": "x = '\0'",
    "half a character": "x = '\ud800'",
    "deep": "x = " + "[" * 5000 + "]" * 5000,
}


@pytest.mark.slow
@pytest.mark.parametrize("what", CELLS)
@pytest.mark.sample(every=5)
def test_odd_cell__gains_nothing_and_costs_the_others_nothing(tmp_path: Path, what: str) -> None:
    found = verdicts(judged(notebook(tmp_path, CELLS[what], RIGHT)))
    assert found == {"relu_forward": "pass", "relu_backward": "pass"}


@pytest.mark.slow
def test_large_outputs_and_many_cells_are_read_in_time(tmp_path: Path) -> None:
    found = verdicts(judged(notebook(tmp_path, RIGHT, outputs=20 * MEGABYTE)))
    assert found == {"relu_forward": "pass", "relu_backward": "pass"}
    found = verdicts(judged(notebook(tmp_path, *["x = 1"] * 2000, RIGHT)))
    assert found == {"relu_forward": "pass", "relu_backward": "pass"}


BROKEN = {
    "nested": (b"[" * 10**6, "RecursionError"),
    "deep inside": (
        b'{"cells": [], "nbformat": 4, "metadata": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        "Rec",
    ),
    "not JSON": (b'{"cells": [', "does not read as JSON"),
    "a large number": (b'{"nbformat": ' + b"9" * 5000 + b"}", "is no notebook"),
    "not UTF-8": (b'{"cells": "\xff\xfe"}', "not in UTF-8"),
    "UTF-16": ('{"cells": []}'.encode("utf-16"), "not in UTF-8"),
    "empty": (b"", "does not read as JSON"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_invalid_notebook__is_refused(tmp_path: Path, what: str) -> None:
    text, why = BROKEN[what]
    path = tmp_path / "homework.ipynb"
    path.write_bytes(text)
    assert why in refusal(path)


def test_huge_notebook__is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "homework.ipynb"
    with path.open("wb") as file:
        file.truncate(2**33)
    assert "larger than 100 MiB" in refusal(path)


# Lists that are longer than anyone's.


def listed(entries: int, extra: int) -> bytes:
    """Return a zip of empty entries, made by hand: `zipfile` would take minutes."""
    local = b"PK\x03\x04" + bytes(26) + b"\0" * 0
    head = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 4, extra, 0, 0, 0, 0, 0)
    entry = head + b"a.py" + bytes(extra)
    size, place = len(entry) * entries, len(local)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries & 0xFFFF, entries & 0xFFFF, size, place, 0)
    return local + entry * entries + end


@pytest.mark.slow
@pytest.mark.parametrize(("entries", "extra"), [(3_000_000, 0), (60_000, 1000), (2_000, 60_000)])
@pytest.mark.sample(1)
def test_zip_with_an_endless_list__is_refused_at_once(tmp_path: Path, entries: int, extra: int) -> None:
    path = tmp_path / "homework.zip"
    path.write_bytes(listed(entries, extra))
    started = time.monotonic()
    assert "the list of its entries has" in refusal(path)
    assert time.monotonic() - started < SOON


WIDE: dict[str, Callable[[], bytes]] = {
    "lists": lambda: b'{"nbformat": 4, "cells": [' + b"[]," * 6_000_000 + b"0]}",
    "numbers": lambda: b'{"nbformat": 4, "cells": [' + b"0," * 9_000_000 + b"0]}",
    "objects": lambda: b'{"nbformat": 4, "cells": [' + b'{"a":0},' * 3_000_000 + b"0]}",
    "cells": lambda: b'{"nbformat": 4, "cells": [' + b'{"cell_type":"raw","source":""},' * 200_000 + b"0]}",
}


@pytest.mark.parametrize("what", WIDE)
@pytest.mark.sample(1)
def test_notebook_with_endless_entries__is_refused_at_once(tmp_path: Path, what: str) -> None:
    path = tmp_path / "homework.ipynb"
    path.write_bytes(WIDE[what]())
    started = time.monotonic()
    assert "more cells and entries than anyone writes" in refusal(path)
    assert time.monotonic() - started < SOON


@pytest.mark.slow
def test_notebook_that_is_a_pipe__does_not_hold_anyone_up(tmp_path: Path) -> None:
    (tmp_path / "homework").mkdir()
    os.mkfifo(tmp_path / "homework" / "one.ipynb")
    (tmp_path / "homework" / "two.ipynb").write_bytes(notebook(tmp_path, RIGHT).read_bytes())
    assert verdicts(judged(tmp_path / "homework")) == {"relu_forward": "pass", "relu_backward": "pass"}


@pytest.mark.slow
def test_folder_of_endless_files__is_refused(tmp_path: Path) -> None:
    place = tmp_path / "homework"
    place.mkdir()
    for number in range(5001):
        (place / f"m{number}.py").touch()
    assert "more than 5000 Python files" in refusal(place)
