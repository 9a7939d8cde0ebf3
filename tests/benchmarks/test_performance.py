"""The benchmark of the layers: that it compares the same with the same, and goes on where it stopped."""

import math
import sys
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

import performance
from gradcheck import fast
from gradcheck.contract import parse_case
from gradcheck.evidence import fill
from gradcheck.kernels.problems import Problem, read
from gradcheck.layers import LAYERS
from gradcheck.timing.times import Times
from measuring import book, contenders, goals, tables

ROOT = Path(__file__).parents[2]
DENSE = "conv2d n2c3h5w6_f4kh3kw2_s2x1_p1x0_d1x2_g1"
GROUPED = "conv2d n2c4h5w6_f4kh3kw3_s1x1_p1x1_d1x1_g4"


def case(line):
    return parse_case(line, LAYERS)


def times(**best):
    return {name: Times((seconds,)).quartiles for name, seconds in best.items()}


def row(problem=DENSE, kind="dense", part="forward", dtype="float64", threads=1, extra=None, **best):
    return book.Row(
        problem=problem,
        sets=("course",),
        kind=kind,
        part=part,
        dtype=dtype,
        threads=threads,
        operations=2 * 10**9,
        traffic=10**9,
        times=times(**best),
        extra=extra,
    )


def a_book(*rows):
    found = book.opened(None)
    found.rows += rows
    found.rates.append(book.Rates(dtype="float64", threads=1, matmul=10.0, copy=5.0))
    return found


@pytest.mark.parametrize("problem", read("adversarial")[::3], ids=str)
def test_textbook_implementation__computes_what_fast_does(problem):
    numbers, dout = fill.tensors(problem.case), fill.upstream(problem.case)
    options = problem.case.options
    out, cache = contenders.textbook_forward(*numbers.values(), **options)
    expected, own = fast.conv2d_forward(*numbers.values(), **options)
    assert np.array_equal(out, expected)
    for got, right in zip(
        contenders.textbook_backward(dout, cache), fast.conv2d_backward(dout, own), strict=True
    ):
        assert np.array_equal(got, right)


def test_other_layers__have_contenders():
    for problem in read("layers"):
        small = problem.at_batch(2).case
        if small.size < 3 * 10**5:
            calls = contenders.of_layer(small)["fast"]
            assert calls["forward"]()[0].shape == small.output_shape
            assert calls["backward"]() is not None


def test_transposed_convolution__is_the_gradient_it_is_compared_with():
    line = "conv_transpose2d n2c3h4w5_f2kh3kw3_s2x2_p1x1_d1x1_o1x1_g1_bnone"
    found = contenders.of_layer(case(line))
    assert np.array_equal(found["fast"]["forward"]()[0], found[contenders.DATA_GRADIENT]["forward"]())


def test_loops_run_on_one_sample():
    problem = Problem(case(DENSE))
    assert contenders.loops(problem)["forward"]()[0].shape[0] == 1


def test_distinct_shapes__are_each_measured_once_in_both_dtypes():
    found = list(book.jobs([1, 2]))
    keys = [key for job in found for key in job.parts.values()]
    assert len(set(keys)) == len(keys) == 2 * 2 * 2 * (55 + 28)
    shared = next(job for job in found if len(job.sets) > 1)
    assert shared.sets == ("mobilenet_v1", "mobilenet_v2")
    assert {job.kind for job in found} == {"dense", "grouped", "layer"}


@pytest.mark.slow
@pytest.mark.parametrize(("line", "kind"), [(DENSE, "dense"), (GROUPED, "grouped"), ("relu n2d3", "layer")])
def test_job__gives_a_row_a_part(line, kind):
    job = book.Job(Problem(case(line)), ("course",), 1)
    assert job.kind == kind
    forward, backward = performance.rows(job, job.parts, 0.0, with_loops=kind == "dense")
    assert [forward.key, backward.key] == list(job.parts.values())
    assert (forward.operations is None) == (kind == "layer")
    assert ("textbook" in forward.times) == (kind != "layer")
    assert ("matmul" in forward.times) == ("naive" in forward.times) == (kind == "dense")
    assert forward.times["fast"].repeats >= performance.AT_LEAST
    assert forward.extra >= 0


def test_slow_contender__is_not_run_more_often_than_needed():
    calls = {"fast": lambda: None, "textbook": lambda: None}
    found = performance._timed(calls, budget=60)
    assert found["textbook"].repeats == performance.AT_LEAST * performance.MOST
    assert found["fast"].repeats == performance.REPEATS * performance.MOST


def test_turn__does_not_count_the_first_of_several_short_calls(monkeypatch):
    taken = iter((0.05, 0.001, 0.001, 0.03, 0.004, 0.017))
    monkeypatch.setattr(performance, "seconds", lambda call: next(taken))
    assert performance._turn(None) == [0.05]
    assert performance._turn(None) == [0.001, 0.03]
    assert performance._turn(None) == [0.017]


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_turn__waits_while_threads_of_another_side_compute():
    threads, seen = [], []

    def leaves_a_thread():
        threads.append(threading.Thread(target=spin, args=(0.04,)))
        threads[-1].start()
        time.sleep(performance.TURN)

    def notes_the_threads():
        seen.append(sum(thread.is_alive() for thread in threads))
        time.sleep(performance.TURN)

    performance._timed({"torch": leaves_a_thread, "fast": notes_the_threads}, budget=0)
    assert seen == [0] * (1 + performance.AT_LEAST)


def test_measuring__is_refused_where_threads_never_sleep(monkeypatch):
    monkeypatch.setattr(performance, "at_rest", lambda: False)
    with pytest.raises(RuntimeError, match="unset OMP_WAIT_POLICY"):
        performance._timed({"fast": lambda: None}, budget=0)


def test_memory__counts_neither_arguments_nor_results():
    def call():
        taken = np.ones(2**20)
        return np.ones(2**17) * taken[0], None

    assert 2**23 <= performance.beyond(call, True) < 2**23 + 2**17


def test_memory__counts_a_cache_of_its_own():
    assert performance.beyond(lambda: (np.ones(10), np.ones(2**17)), True) >= 2**20
    assert performance.beyond(lambda: (np.ones(10), np.ones(2**17)), False) < 2**17


def test_memory__counts_what_a_thread_keeps_each_time():
    call = contenders.own(fast, case(DENSE))["forward"]
    assert performance.beyond(call, True) > 0.5 * performance.beyond(call, True) > 0


def test_growth_is_of_the_stem_a_3x3_and_a_depthwise(monkeypatch):
    small = [Problem(case(DENSE)), Problem(case(GROUPED))]
    assert [problem.case.params["kh"] for problem in performance.growing()] == [7, 3, 3]
    monkeypatch.setattr(performance, "growing", lambda: small)
    found = performance.growths((1, 2))
    assert [(each.problem, each.part) for each in found[:2]] == [(DENSE, "forward"), (DENSE, "backward")]
    assert set(found[0].extra) == {1, 2}


def test_roofline__is_the_slower_of_the_two():
    rate = book.Rates(dtype="float64", threads=1, matmul=10.0, copy=5.0)
    assert rate.roofline(10**10, 10**9) == (1.0, "matmul")
    assert rate.roofline(10**9, 10**10) == (2.0, "memory")
    assert rate.roofline(None, 10**10) == (2.0, "memory")


def test_machine__has_rates(monkeypatch):
    monkeypatch.setattr(performance, "SIDES", (16, 32))
    monkeypatch.setattr(performance, "COPIED", 2**12)
    found = performance.measured_rates("float32", threads=2, repeats=1)
    assert (found.dtype, found.threads) == ("float32", 2)
    assert min(found.matmul, found.copy) > 0


def test_book__is_kept_and_goes_on(tmp_path):
    path = tmp_path / "book.json"
    kept = a_book(row(fast=1.0))
    book.saved(kept, path)
    again = book.opened(path)
    assert again == kept
    assert again.keys == {f"{DENSE} float64 forward threads=1"}
    assert list(tmp_path.iterdir()) == [path]


def test_book_of_another_machine__is_refused(tmp_path):
    path = tmp_path / "book.json"
    kept = a_book()
    kept.machine = msgspec.structs.replace(kept.machine, numpy="1.0")
    book.saved(kept, path)
    with pytest.raises(ValueError, match="is of another machine"):
        book.opened(path)
    assert book.read(path) == kept


def test_goals_are_means_and_worst_by_threads():
    found = a_book(
        row(fast=1.0, torch=1.0),
        row(GROUPED, fast=4.0, torch=1.0),
        row(threads=2, fast=3.0, torch=1.0),
        row(kind="grouped", fast=100.0, torch=1.0),
    )
    by_name = {goal.what: goal for goal in goals.GOALS}
    mean = by_name["dense forward, float64: time against PyTorch, mean"]
    worst = by_name["dense forward, float64: time against PyTorch, worst"]
    assert [mean.value(found, 1), worst.value(found, 1)] == [pytest.approx(2.0), 4.0]
    assert [mean.value(found, 2), mean.value(found, 3)] == [pytest.approx(3.0), None]
    assert (mean.is_met(0.5), mean.is_met(0.51)) == (True, False)
    faster = by_name["times faster than the textbook, mean"]
    assert (faster.is_met(3), faster.is_met(2.9)) == (True, False)


def test_share_of_the_matmul_rate__is_computed():
    share = goals.of_matmul(row(fast=1.0, matmul=2 * goals.PROBE**3 / 4e9))
    assert share == pytest.approx(0.5)
    assert goals.of_matmul(row(fast=1.0)) is None


def test_goals_of_the_other_layers_leave_the_products_out():
    goal = next(
        goal for goal in goals.GOALS if goal.what.startswith("pooling, norms") and "forward" in goal.what
    )
    rows = [
        row("affine n2d3_m4", kind="layer", fast=9.0, torch=1.0),
        row("spatial_batch_norm n2c3h4w5_train_e0.1_m0.1", kind="layer", fast=2.0, torch=1.0),
    ]
    assert goal.value(a_book(*rows), 1) == pytest.approx(2.0)


def test_goals__each_have_a_row():
    everyone = dict.fromkeys(("fast", "torch", "textbook", "naive", "matmul", contenders.DATA_GRADIENT), 1.0)
    rows = [replace_row(job, part, everyone) for job in book.jobs([1]) for part in ("forward", "backward")]
    assert [goal.what for goal in goals.GOALS if goal.value(a_book(*rows), 1) is None] == []


def replace_row(job, part, best):
    found = row(str(job.problem), job.kind, part, job.problem.case.dtype, job.threads, extra=1)
    return msgspec.structs.replace(found, times=times(**best))


def test_tables_say_what_misses_its_goal():
    text = tables.goals(a_book(row(fast=1.0, torch=1.0)))
    assert "| dense forward, float64: time against PyTorch, mean | at most 0.5 | **1** |" in text
    assert "| dense forward, float64: time against PyTorch, worst | at most 1 | 1 |" in text


def test_spreads_have_least_mean_and_most_of_each_comparison():
    found = a_book(
        row(fast=1.0, torch=0.5, matmul=1.0),
        row(fast=2.0, torch=4.0),
        row(GROUPED, kind="grouped", fast=9.0, torch=1.0),
    )
    lines = tables.spreads(found).splitlines()
    assert lines[0] == "|  | 1 thread: least | 1 thread: mean | 1 thread: most |"
    assert "| dense forward, float64: time against PyTorch | 0.5 | 1 | 2 |" in lines
    assert "| depthwise forward, float64: time against PyTorch | 9 | 9 | 9 |" in lines
    assert "| dense backward, float64: time against PyTorch |  |  |  |" in lines
    own, theirs = (line for line in lines if line.startswith("| dense forward, float64:") and "share" in line)
    # Half the time is twice the rate.
    assert [float(line.split("|")[2]) for line in (theirs, own)] == [pytest.approx(14.9), pytest.approx(7.45)]


def test_slowest__puts_the_slowest_shapes_against_pytorch_first():
    rows = [row(part=part, fast=fast, torch=1.0) for part, fast in (("forward", 2.0), ("backward", 3.0))]
    lines = tables.slowest(
        a_book(*rows, row(kind="grouped", fast=9.0, torch=1.0), row(fast=9.0))
    ).splitlines()
    shape = DENSE.split()[1]
    assert lines[2:] == [
        f"| {shape} | backward | float64 | 1 | 3,000 | 3 |",
        f"| {shape} | forward | float64 | 1 | 2,000 | 2 |",
    ]


def test_shape__has_its_comparisons():
    text = tables.shapes(a_book(row(fast=1.0, torch=2.0, textbook=4.0, extra=2**20)), "float64", "forward")
    assert text.splitlines()[-1] == (
        f"| {DENSE.split()[1]} | course | memory | 1,000 | 1,000-1,000 | 2 | 0.5 | 4 |  | 0.2 | 1.0 |"
    )


def test_tables_of_a_book__all_have_a_place():
    pages = [(ROOT / "docs" / page).read_text() for page in ("performance.md", "performance-shapes.md")]
    places = [name for text in pages for name in tables.places(text)]
    assert len(set(places)) == len(places)
    names = [name for name, _ in tables.performance(a_book())]
    assert set(names) <= set(places)


def test_document__is_replaced_between_markers_only():
    text = "a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"
    filled = tables.filled(text, {"one": r"new \1", "three": "nowhere"})
    assert filled == text.replace("old\n", "\nnew \\1\n\n")
    assert tables.filled(filled, {"one": r"new \1"}) == filled


def test_performance_command__measures_what_is_missing_and_nothing_else(tmp_path, monkeypatch, capsys):
    path = tmp_path / "times.json"
    monkeypatch.setattr(performance, "SIDES", (8,))
    monkeypatch.setattr(performance, "COPIED", 2**10)
    arguments = [
        "performance.py",
        "--json",
        str(path),
        "--only",
        "svm_loss",
        "--budget",
        "0",
        "--threads",
        "1",
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    performance.main()
    assert "4 rows, " in capsys.readouterr().out
    first = path.read_bytes()
    performance.main()
    assert path.read_bytes() == first
    assert {row.dtype for row in book.read(path).rows} == {"float32", "float64"}


def test_mean__is_geometric():
    assert goals.mean([2.0, 8.0]) == pytest.approx(4.0)
    assert math.isclose(goals.times_faster("torch")(row(fast=1.0, torch=3.0)), 3.0)
