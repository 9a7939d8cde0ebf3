"""What each level of isolation lets a submission do, and what it does not."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.commands import main
from gradcheck.commands import verify as command
from gradcheck.isolation import levels, runtime, view
from gradcheck.isolation.inside import landlock, seccomp
from gradcheck.isolation.levels import Level
from gradcheck.isolation.opening import in_worker, level_for
from gradcheck.subjects.loading import LoadError

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "cs231n_layers.py"
WORKERS = [level for level in levels.available() if level is not Level.PROCESS]
APART = [level for level in WORKERS if level is not Level.RLIMITS]
LOOK = """
import os, socket, subprocess, sys

def found(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return hasattr(sys.modules[name], "__file__")  # what is missing is made up, and raises when it is used

def read(path):
    try:
        with open(path) as file:
            return len(file.read(10))
    except OSError as problem:
        return type(problem).__name__

def write(path):
    try:
        with open(path, "w") as file:
            file.write("gained")
    except OSError as problem:
        return type(problem).__name__

def attempt(what):
    try:
        {"fork": os.fork, "socket": socket.socket, "run": lambda: subprocess.run(["/bin/true"]),
         "kill": lambda: os.kill(os.getppid(), 0), "thread": thread}[what]()
    except OSError as problem:
        return type(problem).__name__

def thread():
    import threading
    one = threading.Thread(target=int)
    one.start()
    one.join()
"""


@pytest.mark.parametrize("level", WORKERS)
def test_worker__has_python_and_numpy_and_nothing_of_ours(members, level):
    here = members(LOOK, level=level)
    for name in (
        "naive",
        "gradcheck.naive",
        "gradcheck.fast",
        "gradcheck.layers",
        "gradcheck.judging.run",
        "msgspec",
    ):
        assert here["found"](name) is False, name
    assert here["found"]("numpy.linalg")
    assert here["found"]("decimal")


@pytest.mark.parametrize("level", WORKERS)
def test_worker__can_start_threads_but_no_process_and_no_connection(members, level):
    here = members(LOOK, level=level)
    assert here["attempt"]("thread") is None
    assert here["attempt"]("fork") == "BlockingIOError"
    assert here["attempt"]("socket") == "PermissionError"
    assert here["attempt"]("kill") == "PermissionError"
    assert here["attempt"]("run") is not None


@pytest.mark.parametrize("level", APART)
def test_isolated_worker__sees_its_own_folder_and_no_other(members, tmp_path, level):
    (tmp_path / "beside.txt").write_text("beside the submission")
    (tmp_path / ".secret").write_text("hidden")
    here = members(LOOK, level=level)
    assert here["read"](str(tmp_path / "beside.txt")) == 10
    for path in (
        ROOT / "fast" / "conv.py",
        ROOT / "tests" / "contract" / "test_structure.py",
        "/etc/passwd",
        tmp_path / ".secret",
    ):
        assert here["read"](str(path)) in ("PermissionError", "FileNotFoundError", 0), path
    for path in (tmp_path / "gained", ROOT / "gained", "/tmp/gained", "/dev/shm/gained"):
        assert isinstance(here["write"](str(path)), str), path
        assert not Path(path).exists()
    assert here["write"]("own") is None


def test_answer_next_to_the_submission__is_hidden():
    shown = view.view_of([str(ROOT)])
    assert {str(ROOT / name) for name in ("naive", "fast", "tests", "gradcheck")} <= set(shown.masked)
    assert not any(path.startswith(str(ROOT / "fast")) for path in shown.readable())
    assert str(ROOT / "examples") in shown.readable()


def test_worker_runtime__is_complete_and_small():
    folder = runtime.runtime() / "gradcheck"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.py")}
    whole = ("subjects/loading/", "isolation/inside/", "subjects/dialects/support/")
    assert {name for name in found if not name.startswith(whole)} == {
        "__init__.py",
        "text.py",
        "calling/__init__.py",
        *(f"calling/{name}.py" for name in runtime.CALLING),
        "isolation/__init__.py",
        "isolation/wire.py",
        "subjects/__init__.py",
        "subjects/dialects/__init__.py",
    }
    # A package's own code is left out: it imports what a worker is not to have.
    assert all(not (folder / name).read_text() for name in runtime.EMPTY)


def test_worker_runtime__is_compiled_where_a_worker_looks(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    target = tmp_path / "gradcheck" / "text.py"
    runtime._copy(runtime.PACKAGE / "text.py", target)
    assert (target.parent / "__pycache__" / f"text.{sys.implementation.cache_tag}.pyc").is_file()


def test_isolation_levels__are_those_that_the_machine_has():
    assert levels.available()[0] is Level.PROCESS
    assert (Level.LANDLOCK in levels.available()) == bool(landlock.version())
    assert Level.BUBBLEWRAP not in levels.available() or shutil.which("bwrap")


def test_broken_bubblewrap__is_not_offered(tmp_path, monkeypatch):
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert levels._bubblewrap_runs() is False
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert levels._bubblewrap_runs() is False


def test_bubblewrap_is_started_with_nothing_but_what_is_needed():
    words = levels.bubblewrap(view.view_of([str(EXAMPLE.parent)]), "/scratch")
    assert {"--unshare-all", "--die-with-parent", "--new-session", "--remount-ro"} <= set(words)
    assert "--share-net" not in words
    assert str(EXAMPLE.parent) in words
    bound = {words[i + 1] for i, word in enumerate(words) if word in ("--ro-bind", "--bind")}
    assert not {"/", "/home", "/tmp", "/usr", "/etc", str(ROOT), str(ROOT / "fast")} & bound
    assert "--bind" not in words


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_system_call_filter__is_well_formed(machine):
    code = seccomp.program(machine, 4321)
    assert code is not None
    steps = [code[i : i + 8] for i in range(0, len(code), 8)]
    assert len(code) % 8 == 0
    for place, step in enumerate(steps):
        assert place + 1 + max(step[2], step[3]) < len(steps) or step[0] == seccomp.RETURN
    assert seccomp.program("another", 1) is None
    assert platform.machine() not in seccomp.MACHINES or seccomp.program(platform.machine(), os.getpid())


# The command.


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def isolation_of(told):
    return [target["isolation"] for target in json.loads(told.stdout)["targets"]]


QUICK = ("--layer", "relu", "--cases", "0", "--format", "json")


def test_files_run_in_a_worker_and_modules_in_this_process():
    assert isolation_of(run("verify", EXAMPLE, "gradcheck.fast", *QUICK)) == [levels.strongest(), "process"]
    assert isolation_of(run("verify", EXAMPLE, "--in-process", *QUICK)) == ["process"]


def test_option_isolate__isolates_a_module_too():
    assert isolation_of(run("verify", "tests.alternatives.activations", "--isolate", *QUICK)) == [
        levels.strongest()
    ]


@pytest.mark.slow
def test_required_isolation__is_reached_or_nothing_runs(monkeypatch):
    told = run("verify", EXAMPLE, "--require-isolation", "rlimits", *QUICK)
    assert isolation_of(told) == [levels.strongest()]
    monkeypatch.setattr(command, "strongest", lambda: Level.RLIMITS)
    monkeypatch.setattr(command, "available", lambda: (Level.PROCESS, Level.RLIMITS))
    refused = run("verify", EXAMPLE, "--require-isolation", "landlock")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "the isolation 'landlock' cannot be had here; there is process, rlimits." in refused.stderr


@pytest.mark.parametrize("other", [("--isolate",), ("--require-isolation", "rlimits")])
def test_option_in_process__contradicts_the_options_of_isolation(other):
    refused = run("verify", EXAMPLE, "--in-process", *other)
    assert refused.exit_code == 2
    assert "--in-process is no isolation" in refused.stderr


def test_call_limit__can_be_set(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(
        "def relu_forward(x):\n    while True: pass\ndef relu_backward(dout, cache): return dout\n"
    )
    told = run("verify", path, "--call-seconds", "0.3", "--cases", "0")
    assert told.exit_code == 1
    assert "relu_forward did not return within 0.3 s" in told.stdout


@pytest.mark.slow
def test_isolation_level__is_in_the_text_of_a_report():
    (level,) = isolation_of(run("verify", EXAMPLE, *QUICK))
    assert (
        f"examples/cs231n_layers.py    (cs231n)    in a worker: {level}"
        in run("verify", "examples/cs231n_layers.py", *QUICK[:4]).stdout
    )


def test_library_call__isolates_nothing_unless_asked():
    assert verify([str(EXAMPLE)], Plan(layers=("relu",), cases=0)).targets[0].isolation == "process"
    assert level_for(str(EXAMPLE), "files") is levels.strongest()
    assert level_for("json", "files") is Level.PROCESS


@pytest.mark.slow
def test_interrupted_command__leaves_no_worker(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text("def relu_forward(x):\n    while True: pass\n")
    code = f"import sys; from gradcheck.commands import main; main(['verify', {str(path)!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not _children(process.pid):
        assert process.poll() is None
    (supervisor,) = _children(process.pid)
    process.kill()
    process.wait()
    for _ in range(100):
        if not Path(f"/proc/{supervisor}").exists():
            return
        subprocess.run(["sleep", "0.1"], check=True)
    raise AssertionError("the worker is still there")


def _children(process):
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in found.read_text().split()] if found.exists() else []


def test_worker__finds_a_package_of_ours_where_it_lies():
    with in_worker("gradcheck.naive.affine", Level.RLIMITS) as loaded:
        assert {"affine_forward", "affine_backward"} <= loaded.namespaces[0].members.keys()
    with pytest.raises(LoadError, match=r'"gradcheck\.naive\.nothing" is not supported'):
        in_worker("gradcheck.naive.nothing", Level.RLIMITS).__enter__()
