"""Messages are read by students: no template has a word that needs explaining, unless it explains it."""

import re
from functools import cache

import pytest

import messages
from gradcheck.mistakes.catalogue import MUTANTS

FORBIDDEN = {
    "told": "said, shown",
    "beside": "next to, besides",
    "nobody": "no one, or a passive",
    "somebody": "a passive",
    "whoever": "a passive",
    "anybody": "a passive",
    "everybody": "all",
    "spoiled": "wrong",
    "credited": "gets the gradient",
    "subject": "function",
    "mutant": "mistake",
    "trial": "case",
    "jacobian": "derivative",
    "adjoint": "transpose",
    "cotangent": "upstream gradient",
    "ulp": "rounding",
    "is no list": "is not a list",
    "are no integers": "are not integers",
}
"""The words that are not used, and what to write instead."""

EXPLAINED = {"subgradient": "any of these is called a subgradient", "kink": "where two slopes meet"}
"""The words that a template must explain: the words that do so."""


@cache
def templates():
    """Return all templates, read once."""
    return tuple(messages.templates())


@pytest.mark.parametrize("word", FORBIDDEN)
def test_message__has_no_word_that_needs_explaining(word):
    found = [each for each in templates() if re.search(rf"\b{word}\b", each.text, re.IGNORECASE)]
    assert not found, f"write {FORBIDDEN[word]!r}"


@pytest.mark.parametrize("word", EXPLAINED)
def test_message__explains_its_terms(word):
    said = [
        each for each in templates() if re.search(rf"\b{word}s?\b", each.text) and "return" not in each.text
    ]
    assert [each for each in said if EXPLAINED[word] not in each.text and each.place != "checks/ties"] == []


def test_messages__have_no_line_ends_and_no_internal_names():
    for each in templates():
        assert "\n" not in each.text
        assert not re.search(r"gradcheck/(isolation|evidence|judging)|<string>", each.text), each


@pytest.mark.parametrize("word", FORBIDDEN)
def test_explanation_of_a_mistake__has_no_word_that_needs_explaining(word):
    assert [each for each in MUTANTS if re.search(rf"\b{word}\b", each.why, re.IGNORECASE)] == []
