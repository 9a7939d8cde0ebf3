"""Layers of installed packages are found by their entry point, and a broken package stops nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import Plan, use_layers, verify, verify_functions
from gradcheck.commands import main
from gradcheck.layers.outside.registry import discover, known_layers

ROOT = Path(__file__).parents[3]
TWICE = """
from gradcheck import declare_layer

TWICE = declare_layer(lambda x: 2 * x, "x: n d", "linear", name="twice")
MANY = [TWICE, declare_layer(lambda x: 3 * x, "x: n d", "linear", name="thrice")]
"""
RIGHT = {"twice_forward": lambda x: (2 * x, None), "twice_backward": lambda dout, cache: 2 * dout}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("mylayers", {"twice"}),
        ("mylayers:TWICE", {"twice"}),
        ("mylayers:MANY", {"twice", "thrice"}),
    ],
)
def test_entry_point__is_a_module_a_layer_or_several(installed, value, names):
    before = set(known_layers())
    installed(TWICE, value)
    assert discover() == []
    assert set(known_layers()) - before == names


def test_verify__finds_the_layers_of_installed_packages(installed):
    installed(TWICE, "mylayers")
    assert verify_functions(RIGHT, Plan(cases=2)).verdict == "pass"
    assert verify_functions({**RIGHT, "twice_backward": lambda dout, cache: dout}).verdict == "fail"


@pytest.mark.slow
@pytest.mark.diagnosed
def test_replay_line__needs_no_option_for_an_installed_layer(installed, tmp_path):
    installed(TWICE, "mylayers")
    path = tmp_path / "wrong.py"
    path.write_text(
        "def twice_forward(x):\n    return 2 * x, 0\n\n\ndef twice_backward(dout, cache):\n    return dout\n"
    )
    result = CliRunner().invoke(main, ["verify", str(path), "--cases", "1"])
    assert result.exit_code == 1
    assert 'wrong.py "twice n3d2 float64 seed=0"\n' in result.stdout


of_broken_packages = pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("x = 1", "DeclarationError: mylayers declares no layer"),
        ("raise SystemError('no')", "SystemError: no"),
        (TWICE.replace("twice", "relu"), "DeclarationError: the suite has a layer relu of its own"),
    ],
    ids=["import", "no layer", "raises", "name is taken"],
)


@of_broken_packages
def test_broken_entry_point__is_one_warning_of_verify(installed, code, why):
    installed(code, "mylayers")
    plan = Plan(layers=("identity",), cases=0)
    with pytest.warns(UserWarning, match=f"^no layers from the entry point mine = mylayers: {why}"):
        assert verify(["gradcheck.fast"], plan).verdict == "pass"
    assert verify(["gradcheck.fast"], plan).verdict == "pass"  # a second warning would be an error


@of_broken_packages
def test_broken_entry_point__is_a_note_of_the_command(installed, code, why):
    installed(code, "mylayers")
    result = CliRunner().invoke(main, ["verify", "gradcheck.fast", "--layer", "identity", "--cases", "0"])
    assert result.exit_code == 0
    assert result.stderr.startswith(f"note: no layers from the entry point mine = mylayers: {why}")


def test_given_file__counts_for_more_than_an_installed_layer(installed, tmp_path):
    installed(TWICE, "mylayers")
    discover()
    development = tmp_path / "development.py"
    development.write_text(TWICE.replace("lambda x: 2 * x", "lambda x: -2 * x"))
    use_layers(development)
    assert verify_functions(RIGHT, Plan(cases=0)).verdict == "fail"


@pytest.mark.slow
def test_pytest_plugin__warns_of_a_broken_entry_point(installed, pytester):
    installed("import nowhere", "mylayers")
    pytester.makepyfile(right="def relu_forward(x):\n    return x * (x > 0), x\n")
    quick = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-cases", "0")
    run = pytester.runpytest_inprocess(*quick, "--gradcheck", "right.py", "--gradcheck-check", "output")
    run.stdout.fnmatch_lines(
        ["*UserWarning: no layers from the entry point mine = mylayers: ModuleNotFoundError*"]
    )
    run.assert_outcomes(passed=1, warnings=1)


def test_import_of_gradcheck__looks_for_no_entry_points():
    code = "import sys, gradcheck.layers.outside.registry; print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
