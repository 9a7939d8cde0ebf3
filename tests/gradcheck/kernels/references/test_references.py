"""Any function against a reference: right ones pass whatever their form, wrong ones and cheats are caught."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from gradcheck.isolation.levels import has_workers

spec = importlib.util.spec_from_file_location("reference_pairs", Path(__file__).parent / "pairs.py")
pairs = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = pairs
spec.loader.exec_module(pairs)
PAIRS, CHEATS = pairs.PAIRS, pairs.CHEATS

SOFTMAX = PAIRS["softmax"]


@pytest.fixture
def against(tmp_path, kernel, monkeypatch):
    """Return a function that judges a kernel's text against a reference's, and returns the report and the exit code."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(reference, new, *options, apart=False, name=""):
        (tmp_path / "ref.py").write_text(reference)
        (tmp_path / "new.py").write_text(new)
        target = f"{tmp_path / 'new.py'}{name}"
        result = kernel(target, "--reference", tmp_path / "ref.py", "--format", "json", *options, apart=apart)
        assert result.stdout, result.output
        return json.loads(result.stdout), result.exit_code

    return run


def failed(report):
    """Return the checks that found something."""
    outcomes = [each for problem in report["problems"] for each in problem["outcomes"]]
    return {each["check"] for each in outcomes if each["verdict"] in ("fail", "error", "timeout")}


def few(name):
    """Return options that choose one small problem of a reference."""
    lines = {"softmax": "ref batch_size=3 dim=33"}
    return ("--problem", lines[name])


@pytest.mark.parametrize("name", PAIRS)
def test_right_kernels__pass_in_another_form(name, against):
    pytest.importorskip("torch")
    pair = PAIRS[name]
    for body in pair.right[:1]:
        report, code = against(pair.reference(), pair.kernel(body))
        assert code == 0, report
        assert report["verdict"] == "pass"
        assert len(report["problems"]) > 8


@pytest.mark.parametrize(("name", "number"), [(n, i) for n, p in PAIRS.items() for i in range(len(p.wrong))])
def test_wrong_kernels__are_caught(name, number, against):
    pytest.importorskip("torch")
    pair = PAIRS[name]
    report, code = against(pair.reference(), pair.kernel(pair.wrong[number][1]))
    assert code == 1, pair.wrong[number][0]
    assert report["verdict"] == "fail"


@pytest.mark.parametrize("name", CHEATS)
def test_cheats__are_caught(name, against):
    pytest.importorskip("torch")
    check, body = CHEATS[name]
    text = SOFTMAX.kernel(body).replace("\n\n\nclass", "\nKNOWN = {}\n\n\nclass", 1)
    report, code = against(SOFTMAX.reference(), text)
    assert code == 1
    assert check in failed(report) or check is None


@pytest.mark.skipif(not has_workers(), reason="workers need Linux")
def test_kernel__runs_in_a_process_of_its_own_and_cannot_open_the_reference(against):
    pytest.importorskip("torch")
    right, _ = against(SOFTMAX.reference(), SOFTMAX.kernel(SOFTMAX.right[0]), *few("softmax"), apart=True)
    assert (right["verdict"], right["isolation"]) == ("pass", "rlimits")
    text = (
        "import torch\n_equal = torch.allclose = lambda *a, **k: True\n"
        "import gc, time\ngc.get_objects = lambda *a: []\ntime.perf_counter = lambda: 0.0\n"
        "class ModelNew(torch.nn.Module):\n    def forward(self, x):\n"
        "        try:\n            import ref\n            return ref.Model()(x)\n"
        "        except (OSError, ImportError):\n            return torch.softmax(x, 1) * 1.001\n"
    )
    report, code = against(SOFTMAX.reference(), text, *few("softmax"), apart=True)
    assert code == 1, report["problems"]
    assert failed(report) == {"reals", "forbidden"} or failed(report) == {"own", "forbidden"}


@pytest.mark.parametrize(
    ("forbidden", "body", "is_caught"),
    [
        ("torch.nn.functional.softmax", SOFTMAX.right[0], False),
        ("torch.nn.functional.softmax", "F.softmax(x, 1)", True),
        ("torch.nn.functional.softmax", "x.softmax(1)", True),
        ("torch.nn.functional.softmax", "torch.ops.aten._softmax(x, 1, False)", True),
        ("torch", SOFTMAX.right[0], True),
        ("torch", "torch.from_numpy(__import__('numpy').exp(x.detach().numpy()))", False),
    ],
)
def test_forbid__finds_functions_by_any_of_their_names(forbidden, body, is_caught, against):
    pytest.importorskip("torch")
    options = ("--forbid", forbidden, *few("softmax"))
    report, _ = against(SOFTMAX.reference(), SOFTMAX.kernel(body), *options)
    assert ("forbidden" in failed(report)) is is_caught


NUMPY = "import numpy as np\n\ndef {name}(x, y):\n    return {body}\n\nROWS, COLS = 1000, 3000\n\n"
INPUTS = "def get_inputs():\n    return [np.ones((ROWS, COLS)), np.ones((ROWS, COLS))]\n"


@pytest.mark.parametrize(
    ("body", "verdict"), [("np.einsum('ij,ij->i', y, x)", "pass"), ("(x * y)[:, :64].sum(1)", "fail")]
)
def test_functions_of_numpy__are_judged_without_gradients(body, verdict, against):
    reference = NUMPY.format(name="reference", body="(x * y).sum(1)") + INPUTS
    report, _ = against(reference, NUMPY.format(name="dots", body=body), name=":dots")
    assert report["verdict"] == verdict
    assert report["title"].startswith("NumPy")


def test_result_that_is_always_the_same__is_inconclusive(against):
    pytest.importorskip("torch")
    pair = pairs.Pair(sizes="n = 64", names="x", inputs="torch.rand(n, n)", forward="x - x", right=("x * 0",))
    report, code = against(pair.reference(), pair.kernel(pair.right[0]))
    assert (report["verdict"], code) == ("inconclusive", 0)
    assert "could not have failed" in str(report["problems"][0]["outcomes"])


def test_kernel_without_gradients__is_judged_forward_and_says_so(against):
    pytest.importorskip("torch")
    report, _ = against(SOFTMAX.reference(), SOFTMAX.kernel("torch.softmax(x.detach(), 1)"), *few("softmax"))
    assert report["verdict"] == "pass"
    assert any("only forward" in note for note in report["notes"])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
@pytest.mark.parametrize("name", ["matmul", "softmax", "layer_norm"])
def test_right_kernels__pass_in_every_dtype(name, dtype, against):
    pytest.importorskip("torch")
    pair = PAIRS[name]
    report, code = against(pair.reference(), pair.kernel(pair.right[0]), "--dtype", dtype)
    assert code == 0, report
