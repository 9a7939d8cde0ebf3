"""``gradcheck verify`` and ``replay`` where there are no workers: see elsewhere.py for what is simulated."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from gradcheck.isolation.levels import UNISOLATED

pytestmark = pytest.mark.sample(elsewhere=("win32",))

ROOT = Path(__file__).parents[3]
FIRST = f"{UNISOLATED}\n\n"

RIGHT = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
ENDLESS = """
def affine_forward(x, w, b):
    while True:
        pass
def affine_backward(dout, cache):
    return None
"""


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a submission."""

    def write(text):
        path = tmp_path / "layers.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def verdicts(done):
    """Return the verdict of each function in a report as JSON."""
    (target,) = json.loads(done.stdout)["targets"]
    assert target["isolation"] == "process"
    return {part["function"]: part["verdict"] for part in target["parts"]}


@pytest.mark.exhaustive  # a wrong file's report begins alike, and test_notebook_zip_and_folder__are_judged passes
def test_right_file__passes_and_the_report_begins_with_the_rights_it_had(elsewhere, written):
    written(RIGHT)
    done = elsewhere("gradcheck", "verify", "layers.py", "--cases", 2)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(FIRST + "layers.py    (cs231n)\n")
    assert "all 2 functions pass" in done.stdout


def test_wrong_file__exits_with_1_and_its_failure_can_be_replayed(elsewhere, written):
    written(RIGHT.replace("dout * (cache > 0)", "dout * (cache > 1)"))
    done = elsewhere("gradcheck", "verify", "layers.py", "--cases", 0)
    assert done.returncode == 1
    assert done.stdout.startswith(FIRST + "relu · backward · dx    FAIL")
    (line,) = [line.split(None, 1)[1] for line in done.stdout.splitlines() if line.startswith("  again  ")][
        :1
    ]
    assert "--in-process" not in line
    command, _, case = line.partition(' "')
    again = elsewhere(*command.split(), case.rstrip('"'))
    assert again.returncode == 1
    assert again.stdout.startswith(FIRST + "relu · backward · dx    FAIL")


@pytest.mark.slow
def test_endless_loop__is_a_timeout_and_the_others_keep_their_credit(elsewhere, written):
    written(RIGHT + ENDLESS)
    options = ("--cases", 0, "--call-seconds", 0.2, "--format", "json")
    done = elsewhere("gradcheck", "verify", "layers.py", *options)
    assert done.returncode == 1
    found = verdicts(done)
    assert found.pop("affine_forward") == "timeout"
    assert found == {"affine_backward": "inconclusive", "relu_forward": "pass", "relu_backward": "pass"}


@pytest.mark.slow
def test_exit_and_input__are_errors_of_the_function(elsewhere, written):
    written("def relu_forward(x):\n    exit(3)\ndef affine_forward(x, w, b):\n    return input(), None\n")
    done = elsewhere("gradcheck", "verify", "layers.py", "--cases", 0, "--format", "json", stdin=None)
    assert done.returncode == 1
    found = verdicts(done)
    assert (found["affine_forward"], found["relu_forward"]) == ("error", "error")
    assert "raised EOFError" in done.stdout


@pytest.mark.slow
def test_closed_stdin__is_no_matter(elsewhere, written):
    written(RIGHT)
    done = elsewhere("python", "import os, sys; os.close(0); sys.stdin = None\n" + COMMAND)
    assert (done.returncode, done.stderr) == (0, "")


COMMAND = "from gradcheck.commands import main; main(['verify', 'layers.py', '--cases', '0'])"


@pytest.mark.slow
def test_notebook_zip_and_folder__are_judged(elsewhere, written, tmp_path):
    path = written(RIGHT)
    (tmp_path / "course").mkdir()
    shutil.copy(path, tmp_path / "course" / "layers.py")
    with zipfile.ZipFile(tmp_path / "course.zip", "w") as archive:
        archive.write(path, "course\\layers.py")
    notebook = ROOT / "tests" / "data" / "nhwc" / "steps.ipynb"
    options = ("--cases", 0, "--layer", "relu,conv2d", "--format", "json")
    done = elsewhere("gradcheck", "verify", "course", "course.zip", notebook, *options)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)["targets"]
    assert [(each["verdict"], each["isolation"]) for each in found] == [("pass", "process")] * 3


@pytest.mark.parametrize(
    "encoding",
    ["cp1252", pytest.param("cp437", marks=pytest.mark.exhaustive)],  # the sample above takes both
)
def test_console_encoding__stops_no_report(elsewhere, written, encoding):
    written(RIGHT.replace("cache > 0", "cache > 1"))
    done = elsewhere(
        "python",
        "import io, sys; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='"
        + encoding
        + "')\n"
        + COMMAND,
        encoding=encoding,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(FIRST + "relu · backward · dx    FAIL")


@pytest.mark.slow
def test_isolation_that_the_platform_lacks__is_refused_with_what_has_it(elsewhere, written):
    written(RIGHT)
    done = elsewhere("gradcheck", "verify", "layers.py", "--require-isolation", "landlock")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is process. 'landlock' needs Linux 5.13 or later." in done.stderr
    plan = "gradcheck.Plan(isolation='rlimits')"
    code = f"import gradcheck; print(gradcheck.verify(['layers.py'], {plan}).targets[0].error)"
    done = elsewhere("python", code)
    assert done.stdout == "the isolation 'rlimits' needs Linux; on this platform there is only 'process'\n"


@pytest.mark.slow
def test_second_process__is_left_out_with_a_note(elsewhere, written):
    written(RIGHT)
    done = elsewhere("gradcheck", "verify", "layers.py", "--cases", 0, "--processes", 2)
    assert done.returncode == 0
    assert (
        done.stderr == "one process judges: a second one needs workers, which this platform does not have\n"
    )


@pytest.mark.slow
def test_limits__hold_only_where_a_worker_was_wished_for(elsewhere, written):
    """A function that takes its time is timed out as a file, and not with --in-process, as on Linux."""
    written(RIGHT.replace("return np.max", "import time; time.sleep(0.3); return np.max"))
    replay = ("gradcheck", "replay", "layers.py", "relu n1d5 float64 seed=0", "--check", "implemented")
    options = ("--call-seconds", 0.1, "--format", "json")
    assert verdicts(elsewhere(*replay, *options))["relu_forward"] == "timeout"
    assert verdicts(elsewhere(*replay, *options, "--in-process"))["relu_forward"] == "pass"


@pytest.mark.slow
def test_interruption__ends_a_watched_run(elsewhere, written):
    written(ENDLESS)
    # Where the tests themselves run in the background, SIGINT is ignored, and a child inherits that.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code = "import _thread, threading; threading.Timer(1, _thread.interrupt_main).start()\n" + COMMAND
    done = elsewhere("python", heard + code)
    assert done.returncode == 130
    assert done.stderr.strip() == "interrupted"
