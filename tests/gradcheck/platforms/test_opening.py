"""Files in this process, with limits on time: where a worker was wished for, and the platform has none."""

import encodings.utf_8_sig  # noqa: F401 - reading a file imports it, once for all tests
import sys
import time

import pytest

from gradcheck.calling import guarded, watchdog
from gradcheck.contract import TimedOut
from gradcheck.isolation import levels, opening
from gradcheck.isolation.levels import Level, Limits
from gradcheck.isolation.opening import in_watched_process, level_for, opened
from gradcheck.subjects.loading import LoadError


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a submission, and returns its path."""

    def write(text):
        path = tmp_path / "some_layers.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def without_workers(monkeypatch):
    monkeypatch.setattr(levels, "available", lambda: (Level.PROCESS,))
    monkeypatch.setattr(opening, "has_workers", lambda: False)


@pytest.mark.parametrize(
    "before", ["", "try:\n    import numpy\nfinally:\n    pass\n", "def relu_forward(x): pass\n"]
)
def test_import_that_does_not_end__is_a_load_error(written, before):
    path, modules, search = written(before + "while True: pass\n"), set(sys.modules), list(sys.path)
    with (
        pytest.raises(LoadError, match=r"importing .*some_layers\.py did not return within 0\.2 s") as found,
        in_watched_process(path, Limits(load=0.2)),
    ):
        raise AssertionError("it is not loaded")
    assert found.value.kind == "import"
    assert (set(sys.modules) - modules, sys.path) == (set(), search)
    assert watchdog.HERE.get() is None


def test_import_that_fails__is_reported_as_elsewhere(written):
    with (
        pytest.raises(LoadError, match=r"some_layers\.py:1 raises ZeroDivisionError on import"),
        in_watched_process(written("1 / 0\n"), Limits()),
    ):
        raise AssertionError("it is not loaded")


@pytest.mark.slow
def test_time_of_the_import__counts_as_time_of_all_calls(written):
    path = written("import time\ntime.sleep(0.3)\ndef loop():\n    while True: pass\n")
    with in_watched_process(path, Limits(total=0.6)) as loaded:
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"loop was stopped: all calls together may take 0\.6 s"):
            guarded("loop", loaded.namespaces[0].members["loop"])
        assert time.monotonic() - started < 5, "a call alone may take 10 s"


@pytest.mark.parametrize(("wish", "is_limited"), [("files", True), ("strongest", True), ("process", False)])
def test_limits__hold_where_a_worker_was_wished_for(written, without_workers, wish, is_limited):
    path = written("def loop(n):\n    for i in range(n): pass\n    return n\n")
    level = level_for(path, wish)
    assert level is Level.PROCESS
    with opened(path, level, Limits(call=0.05), wish=wish) as loaded:
        loop = loaded.namespaces[0].members["loop"]
        if not is_limited:
            assert guarded("loop", loop, 10**7) == 10**7
            return
        with pytest.raises(TimedOut):
            guarded("loop", loop, 10**9)


def test_modules__have_no_limits(without_workers):
    with opened("json", level_for("json", "files"), Limits(), wish="files"):
        assert watchdog.HERE.get() is None


@pytest.mark.parametrize("level", ["rlimits", "landlock", "bubblewrap"])
def test_level_that_the_platform_lacks__is_refused_with_what_it_needs(written, without_workers, level):
    with pytest.raises(
        LoadError, match=f"the isolation '{level}' needs Linux.*; on this platform there is only"
    ):
        level_for(written(""), level)
