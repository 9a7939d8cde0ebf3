"""The names of the Python 2 compatibility packages that people's files import, working."""

import builtins
import functools
import numbers
import pickle
import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

Names = Mapping[str, object]


def old_div(a: Any, b: Any) -> Any:
    """Divide as Python 2 did: integers to an integer, rounded down."""
    both = isinstance(a, numbers.Integral) and isinstance(b, numbers.Integral)
    return a // b if both else a / b


def _cmp(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _listed(function: Callable[..., Iterable[Any]]) -> Callable[..., list[Any]]:
    @functools.wraps(function, updated=())
    def as_list(*args: Any) -> list[Any]:
        return list(function(*args))

    return as_list


def _items(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    return iter(mapping.items())


def _values(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    return iter(mapping.values())


def _keys(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    return iter(mapping.keys())


def _with_metaclass(meta: type, *bases: type) -> type:
    made: type = meta("Base", bases, {})
    return made


_BUILTINS: Names = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
_NEW: Names = {
    name: value
    for name, value in _BUILTINS.items()
    if not (isinstance(value, type) and name.endswith("Error"))
}
_OLD: Names = {
    "basestring": str,
    "chr": chr,
    "cmp": _cmp,
    "filter": _listed(filter),
    "long": int,
    "map": _listed(map),
    "range": _listed(range),
    "raw_input": input,
    "reduce": functools.reduce,
    "unichr": chr,
    "unicode": str,
    "xrange": range,
}
_MOVES: Names = {
    "cPickle": pickle,
    "filter": filter,
    "input": input,
    "map": map,
    "queue": queue,
    "range": range,
    "reduce": functools.reduce,
    "xrange": range,
    "zip": zip,
}
_UTILS: Names = {
    "PY2": False,
    "PY3": True,
    "binary_type": bytes,
    "integer_types": (int,),
    "iteritems": _items,
    "iterkeys": _keys,
    "itervalues": _values,
    "string_types": (str,),
    "text_type": str,
    "with_metaclass": _with_metaclass,
}

# By module; whatever else is asked of them is a stub.
KNOWN: Mapping[str, Names] = {
    "__builtin__": {**_BUILTINS, **_OLD},
    "cPickle": {name: getattr(pickle, name) for name in pickle.__all__},
    "future.builtins": _NEW,
    "future.moves": _MOVES,
    "future.utils": {**_UTILS, "old_div": old_div},
    "past.builtins": _OLD,
    "past.utils": {"old_div": old_div},
    "six": {**_UTILS, "moves": SimpleNamespace(**_MOVES)},
    "six.moves": _MOVES,
}
