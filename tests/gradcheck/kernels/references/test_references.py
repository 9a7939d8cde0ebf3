"""Any function against a reference: right ones pass whatever their form, wrong ones and cheats are caught."""

import shlex
from textwrap import dedent
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.isolation.levels import has_workers
from gradcheck.kernels import dtypes
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.references import judge, sizes, work
from gradcheck.kernels.references.judge import Judge
from gradcheck.kernels.references.setting import Setting
from gradcheck.kernels.references.sizes import Chooser
from gradcheck.kernels.references.source import Source
from reference_pairs import CHEATS, PAIRS, Pair

EXTRA = 'needs PyTorch: pip install -e ".[peers]"'

SOFTMAX = PAIRS["softmax"]


def failed(report):
    """Return the checks that found something."""
    outcomes = [each for problem in report["problems"] for each in problem["outcomes"]]
    return {each["check"] for each in outcomes if each["verdict"] in ("fail", "error", "timeout")}


def few(name):
    """Return options that choose one small problem of a reference."""
    lines = {"softmax": "ref batch_size=3 dim=33"}
    return ("--problem", lines[name])


WHOLE = ("layer_norm", "triangular", "cross_entropy", "argmax", "gru_cell", "hinge")
"""The references that are judged at all sizes; `benchmarks/references.py` does so with all of them."""

ONE = {
    "matmul": "ref M=6 K=33 N=8",
    "softmax": "ref batch_size=3 dim=33",
    "conv2d": "ref batch_size=2 cin=3 cout=5 k=3 height=7 width=6",
    "attention": "ref batch=2 heads=3 seq=9 head_dim=6",
    "max_pool": "ref batch_size=2 channels=3 length=31",
    "sum": "ref batch_size=3 dim1=33 dim2=7",
    "kl_div": "ref batch_size=3 dim=9",
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.sample(every=5)
def test_right_kernels__pass_in_another_form(name, against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS[name]
    for body in pair.right[:1]:
        report, code = against(pair.reference(), pair.kernel(body))
        assert (report["verdict"], code) == ("pass", 0), report
        assert len(report["problems"]) > 8


@pytest.mark.parametrize("name", ONE)
@pytest.mark.sample(every=4)
def test_wrong_kernels__are_caught_and_right_ones_pass_on_one_problem(name, against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS[name]
    for body in pair.right:
        report, code = against(pair.reference(), pair.kernel(body), "--problem", ONE[name])
        assert (report["verdict"], code) == ("pass", 0), report
    for what, body in pair.wrong:
        _, code = against(pair.reference(), pair.kernel(body), "--problem", ONE[name])
        assert code == 1, what


NORMED = """
import torch

class {name}(torch.nn.Module):
    def __init__(self, features):
        super().__init__()
        self.{norm} = torch.nn.BatchNorm1d(features)

    def forward(self, x):
        return torch.nn.functional.batch_norm(x, {statistics}, self.{norm}.weight, self.{norm}.bias, {training})
"""
OF_INPUTS = """
def get_inputs():
    return [torch.rand(7, 5)]

def get_init_inputs():
    return [5]
"""
OWN = "self.{norm}.running_mean, self.{norm}.running_var"


@pytest.mark.parametrize(
    ("norm", "training", "verdict"),
    [("norm", "self.training", "pass"), ("norm", "True", "fail"), ("other", "True", "skip")],
)
def test_module_with_the_references_statistics__is_asked_in_evaluation_too(norm, training, verdict, against):
    pytest.importorskip("torch", reason=EXTRA)
    given = {"norm": "norm", "statistics": OWN.format(norm="norm"), "training": "self.training"}
    reference = NORMED.format(name="Model", **given) + OF_INPUTS
    own = {"norm": norm, "statistics": OWN.format(norm=norm), "training": training}
    line = "ref get_inputs[0]=6 get_inputs[1]=5 get_init_inputs[0]=5 eval"
    report, _ = against(reference, NORMED.format(name="ModelNew", **own), "--problem", line)
    assert [each["problem"] for each in report["problems"]] == [line]
    assert report["problems"][0]["verdict"] == verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEATS)
def test_cheats__are_caught(name, against):
    pytest.importorskip("torch", reason=EXTRA)
    check, body = CHEATS[name]
    text = SOFTMAX.kernel(body).replace("\n\n\nclass", "\nKNOWN = {}\n\n\nclass", 1)
    report, code = against(SOFTMAX.reference(), text)
    assert code == 1
    assert check in failed(report) or check is None


@pytest.mark.skipif(not has_workers(), reason="workers need Linux")
def test_kernel_that_is_the_reference__fails_where_it_is_not_imported_without(against):
    pytest.importorskip("torch", reason=EXTRA)
    report, code = against(SOFTMAX.reference(), "from ref import Model as ModelNew\n", apart=True)
    assert (report["verdict"], code) == ("fail", 1)
    (problem,) = report["problems"]
    assert failed(report) == {"forbidden"}
    assert "opens the file of the reference" in problem["outcomes"][0]["findings"][0]["message"]


@pytest.mark.slow
@pytest.mark.skipif(not has_workers(), reason="workers need Linux")
def test_kernel__runs_in_a_process_of_its_own_and_cannot_open_the_reference(against):
    pytest.importorskip("torch", reason=EXTRA)
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
    pytest.importorskip("torch", reason=EXTRA)
    options = ("--forbid", forbidden, *few("softmax"))
    report, _ = against(SOFTMAX.reference(), SOFTMAX.kernel(body), *options)
    assert ("forbidden" in failed(report)) is is_caught


NUMPY = "import numpy as np\n\ndef {name}(x, y):\n    return {body}\n\nROWS, COLS = 1000, 3000\n\n"
INPUTS = "def get_inputs():\n    return [np.ones((ROWS, COLS)), np.ones((ROWS, COLS))]\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "verdict"), [("np.einsum('ij,ij->i', y, x)", "pass"), ("(x * y)[:, :64].sum(1)", "fail")]
)
def test_functions_of_numpy__are_judged_without_gradients(body, verdict, against):
    reference = NUMPY.format(name="reference", body="(x * y).sum(1)") + INPUTS
    report, _ = against(reference, NUMPY.format(name="dots", body=body), name=":dots")
    assert report["verdict"] == verdict
    assert report["title"].startswith("NumPy")


def test_result_that_is_always_the_same__is_inconclusive(against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = Pair(sizes="n = 64", names="x", inputs="torch.rand(n, n)", forward="x - x", right=("x * 0",))
    report, code = against(pair.reference(), pair.kernel(pair.right[0]))
    assert (report["verdict"], code) == ("inconclusive", 0)
    assert "could not have failed" in str(report["problems"][0]["outcomes"])


def test_kernel_without_gradients__is_judged_forward_and_says_so(against):
    pytest.importorskip("torch", reason=EXTRA)
    report, code = against(
        SOFTMAX.reference(), SOFTMAX.kernel("torch.softmax(x.detach(), 1)"), *few("softmax")
    )
    assert (report["verdict"], code) == ("missing", 2)  # of one problem nothing is left that passes
    (said,) = (each for each in report["problems"][-1]["outcomes"] if each["check"] == "gradients")
    assert "only forward" in said["findings"][0]["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "return torch.softmax(x, 1) if x.requires_grad else torch.zeros_like(x)",
            "further from the reference",
        ),
        (
            "kept = self.__dict__.setdefault('kept', {})\nif x.requires_grad:\n    return torch.softmax(x, 1)\n"
            "return kept.setdefault(x.data_ptr(), torch.softmax(x, 1))",
            "further from the reference",
        ),
        ("torch.allclose = lambda *a, **k: True\nreturn torch.softmax(x, 1)", "replaced torch.allclose"),
        ("import time\ntime.perf_counter = float\nreturn torch.softmax(x, 1)", "replaced time.perf_counter"),
    ],
    ids=["works only for a gradient", "keeps results in inference", "comparison", "clock"],
)
@pytest.mark.sample(1)
def test_kernel_that_cheats_a_benchmark__is_caught(body, said, against):
    pytest.importorskip("torch", reason=EXTRA)
    report, code = against(SOFTMAX.reference(), SOFTMAX.kernel(body), *few("softmax"), apart=True)
    assert (report["verdict"], code) == ("fail", 1)
    messages = [f["message"] for p in report["problems"] for o in p["outcomes"] for f in o["findings"]]
    assert any(each.startswith(said) for each in messages), messages


@pytest.mark.slow
def test_reference_with_a_large_output__is_not_judged_at_its_own_sizes(against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS["matmul"]
    large = pair.reference().replace(pair.sizes, "M = 2**17\nK = 4\nN = 2**17")
    report, code = against(large, pair.kernel("a @ b"))
    assert (report["verdict"], code) == ("pass", 0)
    assert not any(each["problem"].endswith(" own") for each in report["problems"])


def test_failure__is_replayed_by_its_line_and_markdown_has_a_badge(against, tmp_path, kernel):
    pytest.importorskip("torch", reason=EXTRA)
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "ref.py").write_text(SOFTMAX.reference())
    (folder / "new.py").write_text(SOFTMAX.kernel("torch.softmax(x.half(), 1).to(x.dtype)"))
    options = ("--reference", folder / "ref.py", *few("softmax"))
    text = kernel(folder / "new.py", *options).output
    (again,) = {line.partition("again")[2].strip() for line in text.split("\n") if " again " in line}
    words = shlex.split(again)
    assert words[:2] == ["gradcheck", "kernel"]
    assert "FAIL" in kernel(words[2], *words[3:]).output
    shown = kernel(folder / "new.py", *options, "--format", "markdown").output
    assert shown.startswith("## gradcheck: fail, 1 problem, float32, worst ")
    assert " ulp (bound " in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--forbid", "torch"), "--forbid has no effect without --reference"),
        (("--reference", "{ref}", "--keep", "depth"), "has no size 'depth'; it has batch_size, dim"),
        (("--reference", "{ref}", "--problem", "ref depth=3"), "does not read: 'depth=3'"),
        (("--reference", "{ref}", "--bench"), "--bench times a kernel of a layer"),
        (("--reference", "{ref}", "--dtype", "int8"), "judges floating numbers"),
        (("--reference", "{new}"), "has no get_inputs()"),
    ],
)
def test_options__that_mean_nothing_are_refused(options, message, tmp_path, kernel):
    pytest.importorskip("torch", reason=EXTRA)
    paths = {"ref": tmp_path / "ref.py", "new": tmp_path / "new.py"}
    paths["ref"].write_text(SOFTMAX.reference())
    paths["new"].write_text(SOFTMAX.kernel(SOFTMAX.right[0]))
    result = kernel(paths["new"], *(each.format(**paths) for each in options))
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.slow
def test_size_that_is_kept__is_not_varied(against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS["rotary"]
    odd = pair.forward.replace("x.unflatten(-1, (2, -1)).unbind(-2)", "x.chunk(2, -1)")
    reference = pair.reference().replace(pair.forward.split("\n")[0], odd.split("\n")[0])
    report, code = against(reference, pair.kernel(pair.right[0]), "--keep", "head_dim")
    assert (report["verdict"], code) == ("pass", 0)
    assert all(
        "head_dim=32" in each["problem"] or each["problem"] == "ref own" for each in report["problems"]
    )


def test_size_at_which_the_reference_takes_long__is_judged_with_others_at_1():
    source = SimpleNamespace(path="ref.py", sites=())
    chooser = Chooser(source, "ref", tries=lambda sizes: True)
    chooser._base, chooser._varied = {"N": 6, "C": 3, "W": 10}, [("N",), ("C",), ("W",)]
    both = [{"N": 1, "C": 3, "W": 64}, {"N": 6, "C": 1, "W": 64}, {"N": 1, "C": 1, "W": 64}]
    assert list(chooser.thinner({"N": 6, "C": 3, "W": 64})) == both


VOLUMES = """import torch

N, W = 8, 32


def reference(x):
    assert x.is_meta or x.numel() <= 2**21
    return 2 * x


def get_inputs():
    return [torch.rand(N, W, W, W, W)]
"""


def test_size_at_which_there_are_too_many_numbers__is_not_tried_and_counted(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason=EXTRA)
    path = tmp_path / "volumes.py"
    path.write_text(VOLUMES)
    judge = Judge(Source.read(path), "", Setting(None, KernelPlan(dtype=dtypes.BY_NAME["float32"])))
    monkeypatch.setattr(judge, "_reported", lambda shown, *others, **options: shown)
    monkeypatch.setattr(sizes, "EXTENTS", (3, 127))
    found = list(judge.reports(None, (), str))
    assert {"volumes N=4 W=3", "volumes N=3 W=6"} <= set(found)
    assert not any("W=127" in line for line in found)
    assert judge.left_out == 1
    assert judge.last == Judge.last, "the reference was called on many numbers"


LOOPS = """import numpy as np

N, W = 5, 6


def reference(x):
    '''Twice what it gets, in loops.'''
    out = np.zeros(x.shape)
    for n in range(len(x)):
        at = 0
        while at < x.shape[1]:
            out[n, at] = sum(each for each in (x[n, at], x[n, at]))
            at += 1
    return out


def get_inputs():
    return [np.random.rand(N, W)]
"""


def test_work_of_loops__is_counted_in_steps_and_long_sizes_have_others_at_1(tmp_path, monkeypatch):
    path = tmp_path / "loops.py"
    path.write_text(LOOPS)
    source = Source.read(path)
    module = source.module({"N": 3, "W": 4})
    steps = 1 + 3 + 3 * 4 * (1 + 2)  # the call, each row, each number and two in its sum
    found, done = work.counted(lambda: module.reference(np.ones((3, 4))), is_torch=False)
    assert (found.sum(), done) == (24, steps * work.STEP)
    assert module.reference.__doc__ == "Twice what it gets, in loops."
    reference = Judge(source, "", Setting(None, KernelPlan(dtype=dtypes.BY_NAME["float64"])))
    monkeypatch.setattr(reference, "_reported", lambda shown, *others, **options: shown)
    monkeypatch.setattr(sizes, "EXTENTS", (2, 33))
    for most, left_out in ((120, 0), (60, 1)):  # 133 steps are less than twice as many
        monkeypatch.setattr(judge, "MUCH", most * work.STEP)
        found = list(reference.reports(None, (), str))
        assert {"loops N=2 W=4", "loops N=1 W=33"} <= set(found)
        assert ("loops N=33 W=1" in found) == (not left_out)
        assert reference.left_out == left_out


def test_work_of_operators__is_counted_by_their_shapes():
    torch = pytest.importorskip("torch", reason=EXTRA)
    one, other = torch.ones(6, 50), torch.ones(50, 7)
    numbers, each = 6 * 50 + 50 * 7 + 6 * 7, work.OPERATOR
    _, done = work.counted(lambda: one @ other, is_torch=True)
    assert done == each + numbers + 6 * 50 * 7 // work.PER_NUMBER
    x, w = torch.ones(2, 4, 9), torch.ones(4, 3, 5)
    _, transposed = work.counted(lambda: torch.nn.functional.conv_transpose1d(x, w, stride=2), is_torch=True)
    windows = 2 * 9 * 3 * 5
    long = 4 * windows // work.PER_NUMBER + work.GATHERED * windows
    assert transposed == each + each + 72 + 60 + 2 * 3 * 21 + long
    q = torch.ones(2, 8, 5, 4)
    scores = 2 * 8 * 5 * 5
    long = 2 * 4 * scores // work.PER_NUMBER + scores
    assert work.beyond("scaled_dot_product_attention_math", (q, q, q), None) == long


def test_work_of_operators__that_refuse_to_be_watched_is_unknown():
    pytest.importorskip("torch", reason=EXTRA)
    dispatch = pytest.importorskip("torch.utils._python_dispatch", reason=EXTRA)

    def refusing():
        if dispatch._get_current_dispatch_mode():
            raise RuntimeError("compiled")
        return 5

    assert work.counted(refusing, is_torch=True) == (5, 0)


def test_right_kernel__that_refuses_a_size_is_missing_there(against):
    pytest.importorskip("torch", reason=EXTRA)
    body = "if x.shape[1] % 4:\n    raise ValueError('multiples of four')\nreturn torch.softmax(x, 1)"
    report, code = against(SOFTMAX.reference(), SOFTMAX.kernel(body))
    assert (report["verdict"], code) == ("missing", 0)
    assert {each["verdict"] for each in report["problems"]} == {"missing", "pass"}


DTYPES = [("matmul", "bfloat16"), ("softmax", "float16"), ("layer_norm", "float64")]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), DTYPES)
def test_right_kernels__pass_in_every_dtype(name, dtype, against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS[name]
    report, code = against(pair.reference(), pair.kernel(pair.right[0]), "--dtype", dtype)
    assert (report["verdict"], code) == ("pass", 0), report


@pytest.mark.slow
def test_fourier_transform__is_declared(against):
    pytest.importorskip("torch", reason=EXTRA)
    pair = PAIRS["conv1d"]
    body = (
        "w, n = self.conv.weight, x.shape[2]\nf = torch.fft.rfft(x, n)\ng = torch.fft.rfft(w, n).conj()\n"
        "y = torch.fft.irfft(torch.einsum('ncl,fcl->nfl', f, g), n)[..., : n - w.shape[2] + 1 : 2]\n"
        "return y + self.conv.bias[:, None]"
    )
    line = ("--problem", "ref batch_size=3 cin=5 cout=4 k=3 length=33")
    report, code = against(pair.reference(), pair.kernel(body), *line)
    assert (report["verdict"], code, failed(report)) == ("inconclusive", 0, set())
    messages = {f["message"] for p in report["problems"] for o in p["outcomes"] for f in o["findings"]}
    assert all("--inexact fft" in each for each in messages)
    assert messages
    report, _ = against(pair.reference(), pair.kernel(body), *line, "--inexact", "fft")
    assert report["verdict"] == "pass"
    wrong = pair.kernel(body.replace("y + self", "y * 1.001 + self"))
    assert against(pair.reference(), wrong, *line, "--inexact", "fft")[1] == 1
    assert against(pair.reference(), wrong, *line)[1] == 1


def test_sizes_next_to_a_tensor_written_out__are_not_varied(tmp_path):
    text = """
        rows = 40
        def get_inputs():
            return [torch.randint(0, rows, (60,)), {offsets}]
        def get_init_inputs():
            return [rows, 12]
    """
    path = tmp_path / "ref.py"
    for offsets, names in (
        ("torch.tensor([0, 4, 9])", {"rows", "get_init_inputs[0]"}),
        (
            "torch.randint(0, 60, (3,))",
            {"rows", "get_init_inputs[0]"} | {f"get_inputs[{n}]" for n in (1, 3, 4)},
        ),
        ("torch.tensor(60)", {"rows", "get_init_inputs[0]", "get_inputs[1]", "get_inputs[2]"}),
    ):
        path.write_text(dedent(text.replace("{offsets}", offsets)))
        assert {site.name for site in Source.read(path).sites} == names
