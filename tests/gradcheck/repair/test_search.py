"""The search: what mends all is found and put back, what mends the shown case alone is refused."""

import time

import pytest

from gradcheck.repair.search import RAISES, Budget, Search
from tests.gradcheck.repair.written import Written


class Asking:
    """A question about a function of numbers: some are shown, and all must be right in the end."""

    checks = frozenset()

    def __init__(self, written, right, shown, hidden=()):
        self.function = lambda *given: written.module.f(*given)
        self.right, self.shown, self.hidden = right, shown, hidden
        self.scenes = [lambda given=given: self._wrong(given) for given in shown]
        self.asked = self.passed = 0
        self.lines = 1

    def run(self):
        for given in self.shown:
            self.function(*given)

    def distance(self, unit):
        return 0.0

    def _wrong(self, given):
        try:
            found = self.function(*given)
        except (ArithmeticError, TypeError, NameError, ValueError, AttributeError, LookupError):
            return frozenset({RAISES, "out", "more"})
        wanted = self.right(*given)
        return frozenset(name for name in wanted if found.get(name) != wanted[name])

    def passes(self):
        self.passed += 1
        self.asked += self.lines
        return not any(self._wrong(given) for given in (*self.shown, *self.hidden))


def repaired(written, asking, **limits):
    with written.library:
        search = Search(asking, written.library, Budget(**limits))
        found = search.found()
    return found, search


def test_search__finds_the_edit_and_puts_everything_back(tmp_path):
    written = Written(tmp_path, "def f(x, y):\n    return {'out': x - y}\n")
    code = written.module.f.__code__
    found, _ = repaired(written, Asking(written, lambda x, y: {"out": x + y}, [(2, 3)], [(5, 7)]))
    assert found[0].kind == "operator"
    assert written.module.f.__code__ is code
    assert written.module.f(2, 3) == {"out": -1}


def test_edit_that_is_right_on_the_shown_case_alone__is_refused(tmp_path):
    written = Written(tmp_path, "def f(x, y):\n    return {'out': x + y}\n")
    asking = Asking(written, lambda x, y: {"out": x * y + 1}, [(2, 1)], [(3, 4), (5, 6)])
    found, _ = repaired(written, asking, seconds=1.0)
    assert found == []
    assert asking.asked > 0


def test_right_edit__is_found_behind_false_ones(tmp_path):
    written = Written(tmp_path, "def f(x, y):\n    return {'out': x + y}\n")
    asking = Asking(written, lambda x, y: {"out": x * y}, [(1, 1)], [(3, 4), (5, 6)])
    found, _ = repaired(written, asking)
    assert found
    assert asking.asked > 1


@pytest.mark.parametrize("lines", [0, 1_000_000])
def test_work__is_counted_and_not_timed(tmp_path, monkeypatch, lines):
    """The same candidates are tried by a clock that is three times as slow, and fewer where a pass runs more lines."""
    tried, clock = [], time.process_time
    for slower in (1, 3):
        monkeypatch.setattr(time, "process_time", lambda slower=slower: slower * clock())
        written = Written(tmp_path, "def f(x, y):\n    return {'out': x + y}\n")
        asking = Asking(written, lambda x, y: {"out": x * y + 1}, [(2, 1)], [(3, 4), (5, 6)])
        asking.lines = lines
        found, search = repaired(written, asking, seconds=0.05)
        tried.append((search.tried, asking.passed))
        assert not found
    assert tried[0] == tried[1]
    assert (tried[0][1] == 1) == bool(lines)


def test_two_mistakes_in_two_tensors__are_mended_one_after_the_other(tmp_path):
    text = "def f(x, y):\n    a = x - y\n    b = x / y\n    return {'out': a, 'more': b}\n"
    written = Written(tmp_path, text)
    asking = Asking(written, lambda x, y: {"out": x + y, "more": x * y}, [(2, 3)], [(5, 7)])
    found, _ = repaired(written, asking)
    assert found
    assert written.module.f(6, 3) == {"out": 3, "more": 2}


def test_candidate_that_never_ends__is_stopped(tmp_path):
    text = "def f(n, y):\n    k = 0\n    while k < n:\n        k += 1\n    return {'out': k - y}\n"
    written = Written(tmp_path, text)
    asking = Asking(written, lambda n, y: {"out": n + y}, [(3, 2)], [(9, 4)])
    started = time.process_time()
    found, _ = repaired(written, asking)
    assert found
    assert time.process_time() - started < 20


def test_function_that_changes_its_module__leaves_it_as_it_was(tmp_path):
    text = "calls = 0\ntable = __import__('numpy').zeros(3)\n\n\n"
    text += "def f(x, y):\n    global calls\n    calls += 1\n    table[0] += 1\n    return {'out': x - y}\n"
    written = Written(tmp_path, text)
    repaired(written, Asking(written, lambda x, y: {"out": x + y}, [(2, 3)]))
    assert written.module.calls == 0
    assert written.module.table[0] == 0


def test_search__tries_no_more_than_its_budget(tmp_path):
    written = Written(tmp_path, "def f(x, y):\n    return {'out': x - y * x + y}\n")
    asking = Asking(written, lambda x, y: {"out": object()}, [(2, 3)])
    found, search = repaired(written, asking, candidates=10)
    assert found == []
    assert search.tried == 10
