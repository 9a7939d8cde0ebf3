"""A zip is taken like the folder that it was made of; one that is not honest is refused, and leaves nothing."""

import json
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest

from gradcheck import verify
from gradcheck.subjects.loading import LoadError, archive, load

PAIR = (
    "def relu_forward(x): return x * (x > 0), x\ndef relu_backward(dout, cache): return dout * (cache > 0)\n"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def zipped(path: Path, files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return str(path)


def refusal(target: str) -> str:
    with pytest.raises(LoadError) as caught, load(target):
        pass
    assert caught.value.kind == "unsupported"
    return str(caught.value).replace(target, "it")


@pytest.mark.parametrize("top", ["", "cs231n/", "My Homework/cs231n/"])
def test_zip__reads_as_the_folder_in_it(tmp_path: Path, temporary: Path, top: str) -> None:
    files: dict[str, str | bytes] = {f"{top}layers.py": PAIR, f"{top}fast.py": "from .layers import *\n"}
    files |= {f"__MACOSX/{top}._layers.py": b"\0\5\26\7", f"{top}.DS_Store": b"\0"}
    target = zipped(tmp_path / "hw2.zip", files)
    with load(target) as loaded:
        package = "cs231n" if top else "hw2"
        assert [space.name for space in loaded.namespaces] == [f"{package}.fast", f"{package}.layers"]
        assert (loaded.target, loaded.notes) == (target, ())
    assert list(temporary.iterdir()) == []


def test_zip__is_judged_and_named_as_it_was_given(tmp_path: Path) -> None:
    (report,) = verify([zipped(tmp_path / "sub.ZIP", {"layers.py": PAIR + "1 / 0\n"})]).targets
    assert report.target == str(tmp_path / "sub.ZIP")
    assert [part.verdict for part in report.parts] == ["pass", "pass"]
    assert report.notes == ("sub/layers.py:3 raises ZeroDivisionError on import: division by zero",)


def test_notebook_in_a_zip__is_reported_with_its_cell(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    sources = [PAIR, "import math\n1 / 0"]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [{**cell, "source": s} for s in sources],
    }
    with load(zipped(tmp_path / "hw.zip", {"week1.ipynb": json.dumps(notebook)})) as loaded:
        assert set(loaded.namespaces[0].members) == {"relu_forward", "relu_backward", "math"}
        assert loaded.notes == (
            "hw/week1.ipynb In[2]:2 raises ZeroDivisionError on import: division by zero",
        )


def test_backslashes_separate(tmp_path: Path) -> None:
    with load(zipped(tmp_path / "a.zip", {r"p\layers.py": PAIR, r"p\sub\b.py": "x = 1\n"})) as loaded:
        assert [space.name for space in loaded.namespaces] == ["p.layers", "p.sub.b"]


def test_zip_without_python__says_so_and_is_removed(tmp_path: Path, temporary: Path) -> None:
    target = zipped(tmp_path / "a.zip", {"readme.txt": "hello"})
    with pytest.raises(LoadError, match=f'the zip "{target}" has no Python files'), load(target):
        pass
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.py", 'leads out of the folder by ".."'),
        ("a/../../evil.py", 'leads out of the folder by ".."'),
        (r"a\..\..\evil.py", 'leads out of the folder by ".."'),
        ("/tmp/evil.py", "has an absolute path"),
        (r"\\server\evil.py", "has an absolute path"),
        ("C:/evil.py", "has an absolute path"),
        ("layers/C:/evil.py", "has an absolute path"),
        ("a/" * 40 + "evil.py", "lies too deep"),
    ],
)
def test_zip_entry_outside__is_refused_and_nothing_is_written(
    tmp_path: Path, temporary: Path, name: str, why: str
) -> None:
    target = zipped(tmp_path / "a.zip", {"layers.py": PAIR, name: "x = 1\n"})
    assert refusal(target) == f'"it" is not unpacked: its entry "{name}" {why}'
    assert list(temporary.iterdir()) == []
    assert list(tmp_path.rglob("evil.py")) == []


@pytest.mark.parametrize(
    ("kind", "why"), [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is neither a file nor a folder")]
)
def test_links_and_pipes_are_refused(tmp_path: Path, kind: int, why: str) -> None:
    entry = zipfile.ZipInfo("layers.py")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(entry, "/etc/passwd")
    assert refusal(str(tmp_path / "a.zip")) == f'"it" is not unpacked: its entry "layers.py" {why}'


def test_zip_bomb__is_stopped_by_its_unpacked_size(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST", 2**20)
    target = zipped(tmp_path / "a.zip", {f"{i}.py": b"#" * 2**18 for i in range(5)})
    assert Path(target).stat().st_size < 2**13
    assert refusal(target) == '"it" is larger than 1 MiB, packed or unpacked'
    assert list(temporary.iterdir()) == []


def test_false_zip_size__is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = zipped(tmp_path / "a.zip", {"a.py": b"#" * 2**20})
    data = Path(target).read_bytes().replace((2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    Path(target).write_bytes(data)
    monkeypatch.setattr(archive, "LARGEST", 2**19)
    assert "damaged" in refusal(target) or "larger" in refusal(target)


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    target = zipped(tmp_path / "a.zip", {f"{i}.py": "" for i in range(4)})
    assert refusal(target) == '"it" has 4 entries; 3 at most'


def test_invalid_zip__is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("print('hello')")
    assert refusal(str(tmp_path / "a.zip")) == '"it" is damaged, or no zip file: File is not a zip file'
    whole = Path(zipped(tmp_path / "b.zip", {"a.py": PAIR}, zipfile.ZIP_STORED)).read_bytes()
    (tmp_path / "b.zip").write_bytes(whole.replace(b"return", b"retort"))
    assert "is damaged, or no zip file: Bad CRC-32" in refusal(str(tmp_path / "b.zip"))
    assert "neither stored nor deflated" in refusal(
        zipped(tmp_path / "c.zip", {"a.py": PAIR}, zipfile.ZIP_LZMA)
    )


def test_conflicting_zip_entries__are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("./a.py", "")
        made.writestr("a.py", "")
    assert "cannot be unpacked" in refusal(str(tmp_path / "a.zip"))
    target = zipped(tmp_path / "b.zip", {"a.py": "", "a.py/b.py": ""})
    assert "cannot be unpacked" in refusal(target)


def test_encrypted_zip__is_reported(tmp_path: Path) -> None:
    target = Path(zipped(tmp_path / "a.zip", {"a.py": PAIR}))
    data = bytearray(target.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    target.write_bytes(data)
    assert refusal(str(target)) == '"it" is not unpacked: its entry "a.py" is encrypted'
