"""The other commands, the plugin and the functions where there are no workers: elsewhere.py says what is simulated."""

import json
from pathlib import Path

import pytest

from gradcheck.isolation.levels import UNISOLATED

pytestmark = pytest.mark.sample(elsewhere=("darwin",))

ROOT = Path(__file__).parents[3]
KERNELS = ROOT / "tests" / "gradcheck" / "kernels" / "numpy_kernels.py"
LINUX_ONLY = (
    *(f"isolation.{name}" for name in ("arena", "packing", "session", "inside")),
    *(
        f"kernels.{name}"
        for name in ("hosted", "process", "inside", "references.hosted", "references.inside")
    ),
    *(f"judging.{name}" for name in ("searcher", "inside")),
)
"""What runs a worker."""

IMPORT_ALL = """
import importlib, pathlib
for path in sorted(pathlib.Path(r"ROOT").rglob("*.py")):
    name = ".".join(path.relative_to(r"ROOT").with_suffix("").parts).removesuffix(".__init__")
    if not any(each in name for each in LINUX_ONLY) and "__main__" not in name and "native" not in name:
        try:
            importlib.import_module(f"gradcheck.{name}")
        except ModuleNotFoundError as problem:
            if problem.name not in ("torch", "jax", "onnx", "onnxruntime", "numba", "array_api_strict", "distributed"):
                raise
"""


def test_import__of_every_other_module_needs_nothing_of_linux(elsewhere):
    code = IMPORT_ALL.replace("ROOT", str(ROOT / "gradcheck")).replace("LINUX_ONLY", repr(LINUX_ONLY))
    done = elsewhere("python", code)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_hidden_parts__are_hidden_indeed(elsewhere):
    """The launcher takes effect: without workers' own parts, a worker cannot even be imported."""
    done = elsewhere("python", "import gradcheck.isolation.session")
    assert done.returncode == 1
    assert "Error" in done.stderr


def test_list_of_isolation__has_what_is_here_and_what_each_level_needs(elsewhere):
    rows = json.loads(elsewhere("gradcheck", "list", "isolation", "--format", "json").stdout)
    assert [(row["name"], row["here"]) for row in rows] == [
        ("process", "yes"),
        ("rlimits", "no"),
        ("landlock", "no"),
        ("bubblewrap", "no"),
    ]
    assert rows[1]["needs"] == "Linux"


@pytest.mark.slow
def test_plugin__judges_a_file_and_says_how(elsewhere, tmp_path):
    (tmp_path / "layers.py").write_text(
        "import numpy as np\ndef relu_forward(x): return np.maximum(x, 0), x\n"
        "def relu_backward(dout, cache): return dout\n"
    )
    done = elsewhere(
        "pytest", "--gradcheck=layers.py", "-p", "no:cacheprovider", "--gradcheck-check=gradient"
    )
    assert f"\ngradcheck: {UNISOLATED}\n" in done.stdout
    assert "1 failed" in done.stdout
    assert "gradcheck replay layers.py" in done.stdout


def test_functions__are_judged_in_this_process(elsewhere):
    code = """
import numpy as np
from gradcheck import check_gradients, verify_functions
def relu_forward(x): return np.maximum(x, 0), x
def relu_backward(dout, cache): return dout * (cache > 0)
report = verify_functions({"relu_forward": relu_forward, "relu_backward": relu_backward})
print(report.verdict, report.targets[0].isolation)
print(check_gradients(relu_forward, relu_backward, x=np.arange(1.0, 7.0)).verdict)
"""
    done = elsewhere("python", code)
    assert (done.stdout, done.stderr) == ("pass process\npass\n", "")


@pytest.mark.slow
def test_commands_mutants_and_bench__work(elsewhere, tmp_path):
    done = elsewhere("gradcheck", "mutants", "--layer", "relu")
    assert done.returncode == 0
    assert "mutants killed" in done.stdout
    (tmp_path / "little.txt").write_text("conv2d n1c1h4w4_f1kh3kw3_s1x1_p0x0_d1x1_g1 out=2x2\n")
    done = elsewhere("gradcheck", "bench", "--problems", "little.txt", "--repeats", 1)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_command_kernel__judges_a_python_function_in_a_process_and_refuses_a_library(elsewhere):
    problem = "conv2d n1c1h4w4_f1kh3kw3_s1x1_p0x0_d1x1_g1"
    done = elsewhere("gradcheck", "kernel", f"{KERNELS}:conv2d", "--problem", problem, "--check", "exact")
    assert done.returncode == 0, done.stderr
    refused = elsewhere("gradcheck", "kernel", "C:\\kernels\\fast.dll:conv", "--in-process")
    assert refused.returncode == 2
    assert (
        "a function of a library is only called in a process of its own, which needs Linux" in refused.stderr
    )
