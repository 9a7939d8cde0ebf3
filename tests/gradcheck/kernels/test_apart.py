"""A kernel that ends the process it runs in fails where it does, and the run goes on."""

from pathlib import Path

import pytest

ENDING = Path(__file__).with_name("ending_kernels.py")
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1x0_d1x2_g2"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crashing", "its process died: Segmentation fault"),
        ("leaving", "its process died: it left with 3"),
    ],
)
def test_crashing_kernel__fails_its_check_and_the_run_continues(judged, name, said):
    options = ("--problems", "battery", "--check", "exact")
    problems = judged(f"{ENDING}:{name}", *options, apart=True)["problems"]
    ended = [problem for problem in problems if problem["verdict"] == "error"]
    assert [problem["problem"][-2:] for problem in ended] == ["24", "g2"]  # those with groups and even pads
    assert {problem["verdict"] for problem in problems if problem not in ended} == {"pass", "skip"}
    (finding,) = ended[0]["outcomes"][0]["findings"]
    assert (finding["check"], finding["message"]) == ("exact", said)


def test_kernel_output__is_not_unpickled_whatever_it_imitates(judged, tmp_path, monkeypatch):
    monkeypatch.setenv("GAINED", str(tmp_path / "gained"))
    options = ("--problem", SMALL, "--check", "exact")
    (problem,) = judged(f"{ENDING}:babbling", *options, apart=True)["problems"]
    (finding,) = problem["outcomes"][0]["findings"]
    assert finding["verdict"] == "error"
    assert finding["message"].startswith("its process sent a message that cannot be read: ")
    assert not (tmp_path / "gained").exists()


def test_hanging_kernel__is_ended(judged):
    (problem,) = judged(f"{ENDING}:hanging", "--problem", SMALL, "--call-seconds", 5, apart=True)["problems"]
    (finding,) = problem["outcomes"][0]["findings"]
    assert (finding["verdict"], finding["message"]) == ("timeout", "nothing for 5 s: it was ended")


def test_ended_kernel__is_reported_with_the_check_in_which_it_ended(judged):
    (problem,) = judged(f"{ENDING}:crashing", "--problem", SMALL, apart=True)["problems"]
    assert [outcome["check"] for outcome in problem["outcomes"]] == ["exact"]


def test_kernel_that_ends_while_it_is_opened__is_refused(kernel, tmp_path):
    path = tmp_path / "ended.py"
    path.write_text("import os\nos._exit(0)\n")
    result = kernel(f"{path}:conv2d", "--problem", SMALL, apart=True)
    assert result.exit_code == 2
    assert "ended.py:conv2d cannot be opened: its process died: it left with 0" in result.stderr


def test_apart_and_in_process_say_the_same(judged):
    def said(**how):
        report = judged("last_row_missing", "--problem", SMALL, **how)
        return [problem["outcomes"] for problem in report["problems"]]

    assert said(apart=True) == said()


def test_library__has_its_worker_there_too(kernel):
    assert (
        "there is no library 'absent.so'" in kernel("absent.so:conv2d", "--problem", SMALL, apart=True).stderr
    )
