"""A worker that is forked from the prepared image is as confined as one that is started, and inherits nothing."""

import os
import signal
import time

import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.commands import main
from gradcheck.isolation import image, levels
from gradcheck.isolation.levels import Level, Limits, available
from gradcheck.isolation.opening import opened

LEVELS = [level for level in (Level.RLIMITS, Level.LANDLOCK) if level in available()]
pytestmark = pytest.mark.skipif(not LEVELS, reason="no workers on this platform")

FACTS = """\
import ctypes, os, resource, sys
import numpy as np

def status():
    text = open("/proc/self/status").read()
    wanted = ("NoNewPrivs", "Seccomp", "CapEff", "CapPrm", "CapBnd", "CapAmb", "Threads", "SigIgn", "SigBlk", "SigCgt")
    return [line for line in text.splitlines() if line.split(":")[0] in wanted]

def limits():
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return [f"{name} {resource.getrlimit(getattr(resource, name))}" for name in names]

def rest():
    libc = ctypes.CDLL(None)
    found = [f"dumpable {libc.prctl(3, 0, 0, 0, 0)}", f"leads {os.getsid(0) == os.getppid() == os.getpgrp()}"]
    found += [f"files {len(os.listdir('/proc/self/fd'))}", f"umask {os.umask(0o22)}", f"env {sorted(os.environ)}"]
    found += [f"here {os.listdir('.')}", f"in {os.getcwd().split('-')[0]}", f"path {len(sys.path)}"]
    found += [f"ours {sorted(name for name in sys.modules if name.startswith('gradcheck'))}"]
    for path in ("/etc/passwd", "/proc/1/environ", os.path.dirname(os.getcwd()), "/root"):
        try:
            os.listdir(path) if os.path.isdir(path) else open(path).read()
            found.append(f"reads {path}")
        except OSError as problem:
            found.append(f"{problem.errno} {path}")
    for call in (os.fork, lambda: os.kill(os.getppid(), 0), lambda: __import__("socket").socket()):
        try:
            call()
            found.append("can")
        except OSError as problem:
            found.append(f"cannot {problem.errno}")
    return found
"""

SEARCH = """\
import numpy as np

def found(first, second):
    # The two halves are never one text here: only memory that was there before can have it.
    count, word = 0, bytearray(first.encode())
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(each, 16) for each in place.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError):
                continue
            at = data.find(word)
            while at >= 0:
                count += data[at + len(first) : at + len(first) + len(second)] == second.encode()
                at = data.find(word, at + 1)
    return count

def draws():
    import random
    return random.random(), np.random.rand(), hash("a")
"""


@pytest.fixture
def prepared():
    image.prepare()
    yield
    image.prepare(False)


def facts(path, level):
    with opened(str(path), level) as loaded:
        members = loaded.namespaces[0].members
        return [each for name in ("status", "limits", "rest") for each in members[name]()]


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_fork__has_the_rights_and_limits_of_a_program(tmp_path, level):
    path = tmp_path / "facts.py"
    path.write_text(FACTS)
    started = facts(path, level)
    image.prepare()
    try:
        forked = facts(path, level)
        assert image._images
        again = facts(path, level)
    finally:
        image.prepare(False)

    assert started == forked == again


def test_fork__finds_nothing_of_other_submissions_in_its_memory(tmp_path, prepared):
    for name in ("ann-is-the-first", "bob-is-the-second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "layers.py").write_text(SEARCH)
    seen = []
    for own, other in (("ann", "bob"), ("bob", "ann"), ("ann", "bob")):
        folder = next(path for path in tmp_path.iterdir() if path.name.startswith(own))
        with opened(str(folder / "layers.py"), LEVELS[-1]) as loaded:
            found = loaded.namespaces[0].members["found"]
            halves = {"ann": ("ann-is-", "the-first"), "bob": ("bob-is-", "the-second")}
            assert found(*halves[own])
            assert not found(*halves[other])
            seen.append(loaded.namespaces[0].members["draws"]())
    assert len({draws[0] for draws in seen}) == len({draws[1] for draws in seen}) == 3


@pytest.mark.slow
def test_image_that_is_lost__is_replaced_by_programs(tmp_path, prepared):
    path = tmp_path / "one.py"
    path.write_text("def one():\n    return 1\n")
    for _ in range(3):
        with opened(str(path), LEVELS[-1]) as loaded:
            assert loaded.namespaces[0].members["one"]() == 1
        for each in image._images.values():
            os.kill(each._process.pid, signal.SIGKILL)
    assert not image.is_wanted()


@pytest.mark.slow
def test_fork__ends_with_what_it_has_started_and_leaves_no_folder(tmp_path, prepared):
    path = tmp_path / "endless.py"
    path.write_text("import numpy as np\n\ndef endless():\n    while True:\n        np.ones(3)\n")
    with opened(str(path), LEVELS[-1], Limits(call=1.0)) as loaded:
        worker = loaded.session._worker
        with pytest.raises(Exception, match="did not return"):
            loaded.session.request("call", "endless", loaded.namespaces[0].members["endless"], (), {})
        number, folder = worker.process._process.pid, worker.process.scratch
    assert isinstance(worker.process._process, image.Forked)
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{number}/fd") and os.listdir(f"/proc/{number}/fd"):
        assert time.monotonic() < end
    assert not folder.exists()


def test_image__ends_with_the_judge(tmp_path):
    image.prepare()
    path = tmp_path / "one.py"
    path.write_text("one = 1\n")
    with opened(str(path), LEVELS[-1]) as loaded:
        assert loaded.namespaces[0].members["one"] == 1
    (found,) = image._images.values()
    process = found._process
    image.prepare(False)
    assert process.returncode == 0


@pytest.mark.slow
def test_image_that_does_not_answer__is_replaced_by_programs(tmp_path, prepared, monkeypatch):
    path = tmp_path / "one.py"
    path.write_text("def one():\n    return 1\n")
    with opened(str(path), LEVELS[-1]):
        pass
    (found,) = image._images.values()
    process = found._process
    found._control.settimeout(0.5)
    os.kill(process.pid, signal.SIGSTOP)
    with opened(str(path), LEVELS[-1]) as loaded:
        assert loaded.namespaces[0].members["one"]() == 1
    assert not image.is_wanted()
    assert process.returncode == -signal.SIGKILL


WRONG = """\
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache < 0)
"""


@pytest.mark.slow
def test_fork_of_the_judge__uses_the_same_image_by_turns(tmp_path, prepared):
    paths = [tmp_path / f"{name}.py" for name in ("one", "two")]
    for path in paths:
        path.write_text(f"def name():\n    return {path.stem!r}\n")

    def names_of(path):
        for _ in range(8):
            with opened(str(path), LEVELS[-1]) as loaded:
                assert isinstance(loaded.session._worker.process._process, image.Forked)
                yield loaded.namespaces[0].members["name"]()

    with opened(str(paths[0]), LEVELS[-1]):
        pass  # now there is an image
    child = os.fork()
    if not child:
        os._exit(0 if set(names_of(paths[1])) == {"two"} else 1)
    assert set(names_of(paths[0])) == {"one"}
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.slow
def test_command__starts_the_image_before_it_is_needed_and_ends_it(tmp_path, monkeypatch):
    path = tmp_path / "relu.py"
    path.write_text(WRONG)
    begun, begin = [], image.begin

    def noted(*given):
        begun.append(len(image._images))
        begin(*given)

    monkeypatch.setattr(image, "begin", noted)
    monkeypatch.setattr(levels, "strongest", lambda: LEVELS[-1])  # bubblewrap has no use for images
    done = CliRunner().invoke(main, ["verify", str(path), "--cases", "0", "--hint", "none"])
    assert done.exit_code == 1
    assert begun[0] == 0
    assert not image.is_wanted()
    assert not image._images


@pytest.mark.slow
@pytest.mark.diagnosed
def test_search_for_repairs__is_forked_from_an_image_of_its_own(tmp_path):
    path = tmp_path / "relu.py"
    path.write_text(WRONG)
    plan = Plan(isolation=LEVELS[-1].value, cases=0, hint="edit", checks=("gradient",))

    def mends():
        (target,) = verify([str(path)], plan).targets
        return [finding.edit for part in target.parts for finding in part.findings]

    started = mends()
    image.prepare()
    try:
        forked = mends()
        assert len(image._images) == 2
    finally:
        image.prepare(False)
    assert started == forked
    assert any(started)
