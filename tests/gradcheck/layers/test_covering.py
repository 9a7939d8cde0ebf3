"""Few candidates that have every class."""

import random

import pytest

from gradcheck.layers.covering import chosen, few, needed


def words(count, seed=0):
    """Return words of up to six letters."""
    rng = random.Random(seed)
    return ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(1, 6))) for _ in range(count)]


def by_definition(candidates, classes, cost, most=None):
    """Look at all candidates again for every choice."""
    found, covered = [], frozenset()
    while most is None or len(found) < most:
        worth = [len(classes(each) - covered) / cost(each) ** 0.5 for each in candidates]
        if not candidates or max(worth) == 0:
            return found
        best = candidates[worth.index(max(worth))]
        found.append(best)
        covered |= classes(best)
    return found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [None, 0, 1, 5])
def test_chosen__is_the_greedy_choice(seed, most):
    candidates = words(60, seed)
    # The costs are squares of powers of two: the worths compare exactly.
    assert chosen(candidates, frozenset, lambda word: 4.0 ** (len(word) // 2), most) == by_definition(
        candidates, frozenset, lambda word: 4.0 ** (len(word) // 2), most
    )


def test_chosen__covers_everything_with_no_candidate_that_adds_nothing():
    found = chosen(words(500), frozenset, len)
    assert set("".join(found)) == set("abcdefghijklmnopqrstuvwxyz")
    assert len(found) < 15


def test_chosen__prefers_the_first_of_equals_and_the_cheaper_of_unequals():
    assert chosen(["ab", "ba", "cd"], frozenset, lambda word: 1.0) == ["ab", "cd"]
    assert chosen(["abc", "ab", "c"], frozenset, {"abc": 9.0, "ab": 1.0, "c": 1.0}.__getitem__) == ["ab", "c"]
    assert chosen(["abcd", "ab"], frozenset, {"abcd": 3.0, "ab": 1.0}.__getitem__) == ["abcd"]


def test_chosen__begins_with_the_choice_of_fewer():
    candidates = words(100)
    whole = chosen(candidates, frozenset, len)
    assert all(chosen(candidates, frozenset, len, most) == whole[:most] for most in range(len(whole)))


def test_chosen__of_nothing_is_nothing():
    assert chosen([], frozenset, len) == []
    assert chosen(["a"], lambda word: frozenset(), len) == []


def test_needed__leaves_out_what_the_others_have_and_the_dearest_first():
    assert needed(["ab", "abc", "c", "d"], frozenset, len) == ["ab", "c", "d"]
    assert needed(["ab", "bc", "ac"], frozenset, {"ab": 1, "bc": 3, "ac": 2}.__getitem__) == ["ab", "ac"]


@pytest.mark.parametrize("seed", range(10))
def test_few__cover_everything_and_each_is_needed(seed):
    candidates = words(200, seed)
    found = few(candidates, frozenset, lambda word: float(len(word)))
    assert set("".join(found)) == set("".join(candidates))
    assert needed(found, frozenset, lambda word: float(len(word))) == found
