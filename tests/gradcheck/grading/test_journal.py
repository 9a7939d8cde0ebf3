"""The journal keeps what is graded, and refuses what is not its own."""

import sqlite3

import pytest

from gradcheck.grading.grading import Entries
from gradcheck.grading.journal import Entry, Journal, JournalError, content_of
from gradcheck.grading.scoring import Score
from gradcheck.grading.submissions import Submission
from gradcheck.report import TargetReport, Verdict


def entry(name, *, content="c", is_ours=None):
    target = TargetReport(target=name, dialect=None, verdict=Verdict.PASS, parts=())
    score = Score(verdict=Verdict.PASS, score=1.0, max=1.0, parts=())
    return Entry(
        name=name,
        path=name,
        content=content,
        is_late=False,
        seconds=1.0,
        target=target,
        score=score,
        is_ours=is_ours,
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


def opened(path, rubric="r", suite="s", seed=1, **how):
    return Journal(path, rubric, suite, seed, **how)


def test_entry__is_there_for_the_next_run_with_the_old_seed(path):
    first = opened(path)
    first.add(entry("ann"))
    first.close()
    again = opened(path, seed=2)
    assert (again.seed, list(again.entries())) == (1, [entry("ann")])
    assert again.has("ann", "c")
    assert not again.has("ann", "other")
    again.forget(["ann"])
    assert not again.has("ann", "c")
    again.close()


def test_submission_that_could_not_be_judged__is_tried_again(path):
    journal = opened(path)
    journal.add(entry("ann", is_ours="no room"))
    assert not journal.has("ann", "c")
    assert [each.name for each in journal.entries()] == ["ann"]
    journal.close()


def test_entries__are_read_anew_with_the_place_and_the_lateness_of_now(path):
    journal = opened(path)
    found = [Submission(name, f"in/{name}.py", f"/tmp/in/{name}.py", is_late=True) for name in ("ann", "cy")]
    for name in ("ann", "bob", "cy"):
        journal.add(entry(name))
    entries = Entries(journal, found)
    assert len(entries) == 2
    for _ in range(2):
        assert [(each.name, each.path, each.is_late) for each in entries] == [
            ("ann", "in/ann.py", True),
            ("cy", "in/cy.py", True),
        ]
    assert entry("bob") not in entries
    journal.close()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"rubric": "x"}, "was made with another rubric"),
        ({"suite": "x"}, "was made by another version of gradcheck"),
        ({"seed": 2, "is_wanted": True}, "was made with another seed"),
    ],
)
def test_journal_of_another_grading__is_refused_and_left_alone(path, how, said):
    opened(path).close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match=said):
        opened(path, **how)
    assert path.read_bytes() == before


def test_file_that_is_no_journal__is_refused_and_left_alone(path):
    path.write_text("a text " * 1000)
    with pytest.raises(JournalError, match="is no journal"):
        opened(path)
    assert path.read_text().startswith("a text ")
    path.unlink()
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE other (x)")
    base.commit()
    base.close()
    with pytest.raises(JournalError, match="is no journal"):
        opened(path)


def test_journal_of_a_run_that_was_killed_before_it_wrote__is_filled(path):
    path.touch()
    journal = opened(path)
    assert journal.seed == 1
    journal.close()


def test_journal_in_use__is_refused(path):
    journal = opened(path)
    with pytest.raises(JournalError, match="is in use by another grading"):
        opened(path)
    journal.close()


def test_full_disk__is_one_sentence_and_loses_nothing(path):
    journal = opened(path)
    journal.add(entry("ann"))
    (pages,) = journal._base.execute("PRAGMA page_count").fetchone()
    journal._base.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError, match=r"database or disk is full.*: make room"):
        journal.add(entry("bob" + "x" * 10**6))
    journal.close()
    again = opened(path)
    assert again.has("ann", "c")
    again.close()


def test_folder_that_is_not_of_the_grading__is_refused(path):
    journal = opened(path)
    journal.take(["ann"])
    path.with_name("ann").mkdir()
    path.with_name("bob").mkdir()
    journal.take(["ann"])
    with pytest.raises(JournalError, match="bob is not from this grading"):
        journal.take(["ann", "bob"])
    journal.close()


def test_content__is_that_of_the_files_and_their_names(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_text("1")
    first = content_of(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert content_of(tmp_path / "b") == first
    (tmp_path / "b" / "x.py").rename(tmp_path / "b" / "y.py")
    assert content_of(tmp_path / "b") != first
    (tmp_path / "b" / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "y.py").write_text("1")
    assert content_of(tmp_path / "b") == content_of(tmp_path / "c")
