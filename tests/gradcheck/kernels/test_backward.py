"""Which backward is a kernel's own, and what is reported where it fails."""

import sys
import textwrap

import pytest

SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"
ORDINARY = ("--problem", SMALL, "--check", "exact")

FORWARD = """
import numpy as np
from gradcheck import fast

def conv2d_forward(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    options = {"stride": stride, "pad": padding, "dilation": dilation, "groups": groups}
    return fast.conv2d_forward(x, w, b, **options)
"""
WRONG_BACKWARD = """
def conv2d_backward(dout, cache):
    dx, dw, db = fast.conv2d_backward(dout, cache)
    return dx, 2 * dw, db
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return a function that writes a file of a name, and returns its path; its module is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(name, *parts):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(textwrap.dedent(part) for part in parts))
        return path

    yield write
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def message(report):
    """Return the message of the only finding."""
    (problem,) = report["problems"]
    (found,) = [each for outcome in problem["outcomes"] for each in outcome["findings"]]
    return found["verdict"], found["message"]


def reasons(report):
    """Return the verdict of the only problem, and why its checks did not run."""
    (problem,) = report["problems"]
    return problem["verdict"], {outcome["reason"] for outcome in problem["outcomes"]}


def test_kernel_backward__shows_a_call_that_it_does_not_take_with_its_signature(judged, written):
    path = written(
        "other_call.py",
        FORWARD.replace("**options)", "**options)[0]"),
        "\ndef conv2d_backward(grad, x: np.ndarray, *, scale=1): ...\n",
    )
    expected = (
        "conv2d_backward(grad, x, *, scale=1) does not take the call "
        "conv2d_backward(dout, x, w, b, stride=..., padding=..., dilation=..., groups=...): "
        "too many positional arguments"
    )
    assert reasons(judged(f"{path}:conv2d_forward", *ORDINARY)) == ("skip", {f"not judged: {expected}"})


def test_kernel_backward__shows_a_call_with_a_cache_that_it_does_not_take(judged, written):
    path = written("no_cache.py", FORWARD, "\ndef conv2d_backward(dout): ...\n")
    expected = (
        "conv2d_backward(dout) does not take the call conv2d_backward(dout, cache): "
        "too many positional arguments"
    )
    assert reasons(judged(f"{path}:conv2d_forward", *ORDINARY)) == ("skip", {f"not judged: {expected}"})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('bad')", "ValueError: bad"),
        ("len(1)", "TypeError: object of type 'int' has no len()"),
        ("np.zeros(3) + np.zeros(2)", "ValueError: operands could not be broadcast together with shapes"),
        ("fast.conv2d_backward()", "TypeError: conv2d_backward() missing 2 required positional arguments"),
        ("__import__('json').loads('[')", "JSONDecodeError: Expecting value"),
    ],
)
def test_kernel_backward__an_exception_names_it_and_the_author_s_line(judged, written, body, said):
    path = written("raising.py", FORWARD, f"\ndef conv2d_backward(dout, cache):\n    {body}\n")
    line = path.read_text().count("\n")
    verdict, told = message(judged(f"{path}:conv2d_forward", *ORDINARY))
    assert verdict == "error"
    assert told.startswith(f"conv2d_backward raised {said}")
    assert told.endswith(f"(raising.py:{line})")


@pytest.mark.parametrize(
    ("returned", "verdict", "expected"),
    [
        ("dx, dw", "fail", "conv2d_backward returned 2 results; expected 3: dx, dw, db"),
        ("None", "missing", "conv2d_backward returned None; expected dx, dw, db"),
        (
            "dx[:1], dw, db",
            "fail",
            "conv2d_backward returned dx of shape (1, 4, 6, 7); expected (2, 4, 6, 7)",
        ),
        ("dx, None, db", "missing", "conv2d_backward returned None for dw"),
    ],
)
def test_kernel_backward__is_blamed_for_what_it_returns(judged, written, returned, verdict, expected):
    path = written("returning.py", FORWARD, WRONG_BACKWARD.replace("dx, 2 * dw, db", returned))
    assert message(judged(f"{path}:conv2d_forward", *ORDINARY)) == (verdict, expected)


def test_kernel_forward__without_a_cache_in_its_tuple_is_reported(judged, written):
    path = written(
        "alone.py",
        FORWARD.replace("**options)", "**options)[:1]"),
        WRONG_BACKWARD,
    )
    expected = "conv2d_forward returned a tuple of 1; expected out, or (out, cache)"
    assert message(judged(f"{path}:conv2d_forward", *ORDINARY)) == ("fail", expected)


def test_kernel_timing__an_exception_is_an_error_and_not_a_traceback(kernel, written):
    path = written("timed.py", FORWARD, "\ndef conv2d_backward(dout, cache): raise ValueError('bad')\n")
    result = kernel(f"{path}:conv2d_forward", "--problem", SMALL, "--bench", "--backward")
    assert result.exit_code == 1
    assert "conv2d_backward raised ValueError: bad (timed.py:9)" in " ".join(result.stdout.split())


# Whose backward it is.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "statement", "home"),
    [
        ("by_name.py", "from a_library import conv2d_backward", "a_library"),
        ("renamed.py", "from a_library import gradients as conv2d_backward", "a_library"),
        ("starred.py", "from a_library import *", "a_library"),
        ("of_ours.py", "from gradcheck.fast import conv2d_backward", "gradcheck.fast.conv"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.sample(every=5)
def test_imported_backward__is_not_judged_and_the_report_says_so(
    kernel, judged, written, name, statement, home, apart
):
    written("a_library.py", "from gradcheck import fast\n", WRONG_BACKWARD, "\ngradients = conv2d_backward\n")
    path = written(name, statement, "\n", FORWARD)
    target = f"{path}:conv2d_forward"
    report = judged(target, *ORDINARY, apart=apart)
    note = f"conv2d_backward is imported from {home} and was not judged: to judge it, write {target},conv2d_backward"
    assert (report["verdict"], report["notes"]) == ("pass", [note])
    assert f"  note  {note}\n" in kernel(target, *ORDINARY, apart=apart).stdout


def test_imported_backward__gives_no_gradient_to_time(kernel, written):
    path = written("untimed.py", "from gradcheck.fast import conv2d_backward\n", FORWARD)
    result = kernel(f"{path}:conv2d_forward", "--problem", SMALL, "--bench", "--backward", "--format", "json")
    assert result.exit_code == 2
    assert "has no gradients; conv2d_backward is imported from gradcheck.fast.conv" in result.stdout


WRONG = {("exact", "dw", "fail")}


@pytest.mark.parametrize(
    "definition",
    [
        WRONG_BACKWARD,
        "from functools import partial\nfrom lib_of_parts import scaled\nconv2d_backward = partial(scaled, 2)\n",
        f"from lib_of_parts import undressed\n@undressed{WRONG_BACKWARD}",
    ],
    ids=["defined", "partial", "decorated without wraps"],
)
def test_backward_made_in_the_file__is_judged(judged, findings, written, definition):
    library = """
        from gradcheck import fast
        def scaled(factor, dout, cache):
            dx, dw, db = fast.conv2d_backward(dout, cache)
            return dx, factor * dw, db
        def undressed(function):
            return lambda *arguments: function(*arguments)
    """
    written("lib_of_parts.py", library)
    path = written("makes.py", FORWARD, definition)
    assert findings(f"{path}:conv2d_forward", *ORDINARY) == WRONG
    assert judged(f"{path}:conv2d_forward", *ORDINARY)["notes"] == []


def test_imported_backward__is_judged_where_it_is_named(findings, written):
    written("lib_named.py", "from gradcheck import fast\n", WRONG_BACKWARD, "\ngradients = conv2d_backward\n")
    path = written("names.py", "import lib_named\nfrom lib_named import gradients\n", FORWARD)
    assert findings(f"{path}:conv2d_forward", *ORDINARY) == set()
    assert findings(f"{path}:conv2d_forward,gradients", *ORDINARY) == WRONG
    assert findings(f"{path}:conv2d_forward,lib_named.conv2d_backward", *ORDINARY) == WRONG


@pytest.mark.parametrize("named", ["nothing", ""])
def test_named_backward__that_does_not_exist_is_refused(kernel, written, named):
    path = written("lacking.py", FORWARD)
    result = kernel(f"{path}:conv2d_forward,{named}", *ORDINARY)
    assert result.exit_code == 2
    assert f"has no function '{named}'" in result.stderr


@pytest.mark.parametrize(
    ("package", "exports"),
    [
        ("pack_whole", {"conv.py": FORWARD + WRONG_BACKWARD}),
        ("pack_split", {"one.py": FORWARD, "two.py": "from gradcheck import fast\n" + WRONG_BACKWARD}),
    ],
)
def test_package_backward__belongs_to_its_forward(findings, written, monkeypatch, package, exports):
    for name, content in exports.items():
        path = written(f"{package}/{name}", content)
    lines = [f"from {package}.{name[:-3]} import *\n" for name in exports]
    written(f"{package}/__init__.py", *lines)
    monkeypatch.syspath_prepend(str(path.parents[1]))
    assert findings(f"{package}:conv2d_forward", *ORDINARY) == WRONG


def test_pair_from_another_module__belongs_together(findings, written):
    written("lib_of_both.py", FORWARD, WRONG_BACKWARD)
    path = written("takes_both.py", "from lib_of_both import conv2d_forward, conv2d_backward\n")
    assert findings(f"{path}:conv2d_forward", *ORDINARY) == WRONG
