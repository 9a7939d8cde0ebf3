"""What `benchmarks/generated_mutants.py` makes of the files that an earlier run has left."""

import json
import os
import signal
import sys
import time

import pytest

import generated_mutants
from generated import stages
from generated.mutants import Package
from generated.stages import TESTS, Endless, Killed, Witness, in_order, isolated, verified
from generated_mutants import Outcome
from gradcheck.contract import PARTS

REPORT = """# Ours

Before.

<!-- results -->
<!-- end of results -->

Behind.
"""


def outcome(file, now, *, suite=None):
    return Outcome(file, "function", 7, "a < b", now, suite, None, None)


@pytest.fixture
def again(tmp_path, monkeypatch):
    """Run the command with given outcomes instead of a long run; return its status, the rows and the report."""
    rows, report = tmp_path / "rows.json", tmp_path / "report.md"
    report.write_text(REPORT)

    def run(found, *arguments):
        def of(package, modules):
            return [each for module in modules for each in found if each.file == f"{package}/{module}.py"]

        monkeypatch.setattr(generated_mutants, "run", of)
        files = ("--json", str(rows), "--markdown", str(report))
        monkeypatch.setattr(sys, "argv", ["generated_mutants.py", *files, *arguments])
        status = generated_mutants.main()
        return status, [Outcome(**row) for row in json.loads(rows.read_text())], report.read_text()

    run.rows, run.report = rows, report
    return run


CONV, POOL, LOSS = (
    outcome("fast/conv.py", "a > b"),
    outcome("fast/pool.py", "a <= b"),
    outcome("naive/loss.py", "a", suite="output"),
)


def test_rerun_of_one_module__replaces_its_rows_and_no_others(again):
    _, rows, report = again([LOSS, CONV, POOL])
    assert rows == [CONV, POOL, LOSS]
    killed = outcome("fast/pool.py", "a <= b", suite="gradient")
    _, rows, again_report = again([killed], "--package", "fast", "--module", "pool")
    assert rows == [CONV, killed, LOSS]
    assert "| fast/pool.py | 1 | 0 | 0 | 0 | 1 |" in report
    assert "| fast/pool.py | 1 | 1 | 0 | 0 | 0 |" in again_report
    assert "| all | 3 | 2 | 0 | 0 | 1 |" in again_report
    assert "| gradient | 1 |\n" in again_report


def test_rerun__accepts_several_modules(again):
    again([CONV, POOL, LOSS])
    _, rows, _ = again([], "--module", "pool", "--module", "loss")
    assert rows == [CONV]


def test_rows_of_a_file_that_is_gone_are_dropped(again):
    again([CONV])
    for path in (again.rows, again.report):
        path.write_text(path.read_text().replace("conv", "gone"))
    _, rows, _ = again([POOL], "--module", "pool")
    assert rows == [POOL]


def test_prose_and_reasons_are_kept(again):
    status, _, report = again([CONV, POOL])
    assert status == 1
    assert "### Open\n\n- fast/conv.py:7 `function`: `a < b` → `a > b`\n- fast/pool.py:7" in report
    again.report.write_text(report.replace("### Open", "### It is the same"))
    status, _, report = again([CONV], "--module", "conv")
    assert status == 0
    assert report.startswith("# Ours\n\nBefore.\n\n<!-- results -->\n\n| file |")
    assert report.endswith("<!-- end of results -->\n\nBehind.\n")
    assert report.count("### It is the same\n\n- fast/conv.py:7 ") == 1
    assert "| all | 2 | 0 | 0 | 2 | 0 |" in report


def test_incomplete_report__is_left_alone(again, capsys):
    _, _, report = again([CONV, POOL, LOSS])
    again.rows.unlink()
    with pytest.raises(SystemExit):
        again([CONV], "--module", "conv")
    assert "report.md covers fast/pool.py, naive/loss.py too: name a --json" in capsys.readouterr().err
    assert again.report.read_text() == report


def test_unknown_module__is_refused(again, capsys):
    with pytest.raises(SystemExit):
        again([], "--module", "conv", "--module", "con")
    assert "no such module: con\n" in capsys.readouterr().err


def mutated(package, module):
    """Return what every mutant of a module reads before."""
    return {(mutant.function, mutant.was) for mutant in Package(package).mutants(module)}


@pytest.mark.slow
def test_methods_are_mutated_and_the_fields_of_a_named_tuple_are_not():
    assert ("Columns", "self._geometry = geometry") in mutated("fast", "engine.columns")
    assert "Conv2dCache" not in {function for function, _ in mutated("fast", "conv")}


def test_name_of_a_type__is_not_mutated():
    assert "Task" not in {function for function, _ in mutated("fast", "engine.threads")}


def test_exclusive_or__is_mutated():
    assert ("choose", "result &= one ^ other") in mutated("fast", "engine.choice")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layer", "module"), [("naive", "relu", "activations"), ("fast", "max_pool2d", "engine.winners")]
)
@pytest.mark.sample(1)
def test_outcomes__a_package_passes_as_it_is_and_not_with_a_mutant(name, layer, module):
    package = Package(name)
    assert isolated(lambda: verified(name, package.code, {layer: PARTS})) is None
    mutant = next(
        each for each in package.mutants(module) if layer in package.affected(each) and "return" in each.was
    )
    with mutant.applied():
        code = {**package.code, module: package.compiled(module)}
    assert isolated(lambda: verified(name, code, {layer: PARTS})) is not None


def test_tests_that_name_a_module__are_tried_first():
    ordered = in_order("scratch")
    names = ["scratch" in path.read_text() for path in ordered]
    assert sorted(ordered) == sorted(TESTS)
    assert names[0]
    assert names == sorted(names, reverse=True)


def test_tests_that_take_too_long__are_distinguished_from_those_that_fail():
    witness = Witness("fast", [])
    with pytest.raises(KeyError) as caught:
        raise KeyError
    witness.pytest_keyboard_interrupt(caught)
    assert not witness.failed
    with pytest.raises(Endless) as caught:
        raise Endless
    witness.pytest_keyboard_interrupt(caught)
    assert witness.failed == "time"


def waits_for_ever():
    """Start a process that keeps every pipe open, then listen to no signal."""
    if os.fork() == 0:
        time.sleep(600)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(600)


def leaves_one_behind():
    if os.fork() == 0:
        time.sleep(600)
        os._exit(0)
    return Killed("output", "conv2d")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (leaves_one_behind, Killed("output", "conv2d")),
        (lambda: None, None),
        (lambda: os._exit(1), Killed("crash")),
        (lambda: time.sleep(600), Killed("time")),
        (waits_for_ever, Killed("time")),
    ],
    ids=["leaves one behind", "nothing", "ends", "endless", "deaf"],
)
def test_child_and_its_processes__end_in_time(work, expected, monkeypatch):
    if expected == Killed("time"):  # what ends by itself may take its time where the machine is busy
        monkeypatch.setattr(stages, "SECONDS", 1)
    monkeypatch.setattr(stages, "GRACE", 1)
    assert isolated(work) == expected
