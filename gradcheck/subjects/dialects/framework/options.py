"""Which of a framework's options a function knows, found by calling it with values that change nothing.

``stride=(1, 1)`` is understood, or only ``stride=1``, or neither: then the stride is not asked of it, or one for
both axes, or none but 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import Function, SubjectError
from gradcheck.grammar import Params

Known = Mapping[str, bool]
"""The options that a function knows, and whether each takes a pair."""

Change = Callable[[Params], Mapping[str, Any]]


def nothing(params: Params) -> Mapping[str, Any]:
    """Return no changes."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One keyword.

    Attributes
    ----------
    keyword : str
        What it is called.
    neutral : pair, int or bool
        A value that means nothing special.
    write : callable
        Parameters -> its value. A pair is (height, width).
    without : callable
        Parameters -> the changes for a function that does not have it.
    single : callable
        Parameters -> the changes for a function that takes one number where a pair was possible.
    """

    keyword: str
    neutral: Any
    write: Callable[[Params], Any]
    without: Change = nothing
    single: Change = nothing


def pair_option(keyword: str, parameter: str, default: int) -> Option:
    """Return the option for a parameter that is a pair."""
    return Option(
        keyword=keyword,
        neutral=(default, default),
        write=lambda params: params[parameter],
        without=lambda params: {parameter: (default, default)},
        single=lambda params: {parameter: (params[parameter][0],) * 2},
    )


def pad_option(keyword: str) -> Option:
    """Return the option for padding, which is the same on both sides of an axis."""
    return Option(
        keyword=keyword,
        neutral=(0, 0),
        write=lambda params: tuple(before for before, _ in params["pad"]),
        without=lambda params: {"pad": ((0, 0), (0, 0))},
        single=lambda params: {"pad": (params["pad"][0],) * 2},
    )


def known_options(
    name: str, function: Function, arguments: tuple[Any, ...], options: Sequence[Option]
) -> Known:
    """Return the options that a function knows. One that cannot be called at all is taken to know pairs."""
    named = [each for each in options if not _is_unexpected(name, function, arguments, each)]
    single = {each.keyword: _single(each.neutral) for each in named}
    if not runs(name, function, arguments, single):
        return {each.keyword: isinstance(each.neutral, tuple) for each in named}
    return {
        each.keyword: isinstance(each.neutral, tuple)
        and runs(name, function, arguments, {**single, each.keyword: each.neutral})
        for each in named
    }


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _is_unexpected(name: str, function: Function, arguments: tuple[Any, ...], option: Option) -> bool:
    """Return whether Python itself says that there is no such keyword; it does so before anything runs."""
    try:
        guarded(name, function, *arguments, **{option.keyword: option.neutral})
    except SubjectError as problem:
        return f"unexpected keyword argument '{option.keyword}'" in str(problem)
    return False


def runs(name: str, function: Function, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> bool:
    """Return whether a call gives anything at all."""
    try:
        guarded(name, function, *arguments, **keywords)
    except SubjectError:
        return False
    return True


def expressed(params: Params, options: Sequence[Option], known: Known) -> dict[str, Any]:
    """Return the nearest parameters that a function with these options can express."""
    nearest = dict(params)
    for option in options:
        if option.keyword not in known:
            nearest.update(option.without(nearest))
        elif isinstance(option.neutral, tuple) and not known[option.keyword]:
            nearest.update(option.single(nearest))
    return nearest


def keywords(params: Params, options: Sequence[Option], known: Known) -> dict[str, Any]:
    """Return the keyword arguments that write the parameters."""
    found = {option.keyword: option.write(params) for option in options if option.keyword in known}
    return {keyword: value if known[keyword] else _single(value) for keyword, value in found.items()}
