"""What an exception's message means, and what to write: for mistakes that many make, and for older code.

A worker needs this too: NumPy and the standard library only.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np

from gradcheck.calling.old_names import BUILTINS, METHODS, MODULES, NUMPY, SCIPY

LAZY = r"'(map|filter|zip)'"
VIEW = r"'dict_(keys|values|items)'"

ADVICE = {
    r"only 0-dimensional arrays can be converted to Python scalars": "since NumPy 2.4 float(b) and int(b) take only "
    "arrays without axes, and b of shape (1, 1, 1) has three: write b.item()",
    r"setting an array element with a sequence\.(?: \(|$)": "since NumPy 2.4 an entry takes only a number or an "
    "array without axes, and np.sum(...) + b has those of b: write + b.item()",
    r"could not broadcast input array from shape \((\d+,)*0(,\d+)*,?\) into shape": "a slice is empty; if it is "
    "[pad:-pad], that is empty where pad is 0: write [pad:pad + H]",
    r"attempted relative import beyond top-level package": "its package begins above the folder that may be read: "
    "name the package's folder with --root",
    rf"{LAZY} object is not subscriptable": r"Python 3's \1 gives its items one by one: write list(\1(...))",
    rf"object of type {LAZY} has no len": r"Python 3's \1 gives its items one by one: write list(\1(...))",
    rf"{LAZY} object has no attribute": r"Python 3's \1 gives its items one by one: write list(\1(...))",
    rf"unsupported operand type\(s\) for .*{LAZY}": r"Python 3's \1 gives its items one by one: write list(\1(...))",
    rf".*argument must be .*, not {LAZY}": r"Python 3's \1 gives its items one by one: write list(\1(...))",
    rf"{VIEW} object is not subscriptable": r"in Python 3 \1() is not a list: write list(d.\1())",
    rf"{VIEW} object has no attribute 'sort'": r"in Python 3 \1() is not a list: write sorted(d.\1())",
    rf"{VIEW} object has no attribute": r"in Python 3 \1() is not a list: write list(d.\1())",
    rf"unsupported operand type\(s\) for \+: .*{VIEW}": r"in Python 3 \1() is not a list: write list(d.\1())",
    r"'range' object (?:does not support item assignment|has no attribute)": "in Python 3 range is not a list: write "
    "list(range(...))",
    r"unsupported operand type\(s\) for \+: .*'range'": "in Python 3 range is not a list: write list(range(...))",
    r"can only concatenate list \(not \"range\"\)": "in Python 3 range is not a list: write list(range(...))",
    r"unsupported operand type\(s\) for >>: 'builtin_function_or_method'": "in Python 3 print is a function: write "
    "print(x, file=...)",
    r"'(?:generator|\w*iterator|map|zip|filter)' object has no attribute 'next'": "write next(it)",
    r"'str' object has no attribute 'decode'": "in Python 3 it is text already: leave out .decode(...)",
}
"""What an exception says of mistakes that many people make, without their cause -> what it means, and what to do."""

_NUMPY = re.compile(
    r"module 'numpy(?:\.random)?' has no attribute '(\w+)'|`np\.(\w+)` was removed in the NumPy"
)
_BUILTIN = re.compile(r": name '(\w+)' is not defined")
_ATTRIBUTE = re.compile(r": '\w+' object has no attribute '(\w+)'")
_MODULE = re.compile(r": module '([\w.]+)' has no attribute '(\w+)'")
_IMPORT = re.compile(r": cannot import name '(\w+)' from '([\w.]+)'")


def advice(said: str) -> str:
    """Return `` : what to do`` about an exception, given as ``raised ValueError: ...``; or nothing."""
    for pattern, text in ADVICE.items():
        found = re.search(f": {pattern}", said)
        if found:
            return ": " + found.expand(text)
    meant = _renamed(said)
    return f": {meant}" if meant else ""


def plain_reason(message: str) -> str:
    """Return what an exception says; in one short sentence if it is of a name that NumPy no longer has."""
    found = _NUMPY.search(message)
    if found is None:
        return message
    name = found[1] or found[2]
    if name not in NUMPY:
        return message.partition("\n")[0]
    return f"np.{name} {_removed('NumPy', *NUMPY[name])}"


def _renamed(said: str) -> str:
    """Return what to write for a name that is gone, or what is meant by one that NumPy never had."""
    name = _BUILTIN.search(said)
    if name:
        return _write(BUILTINS, name[1], "Python 3 has no")
    method = _ATTRIBUTE.search(said)
    if method:
        return _write(METHODS, method[1], "Python 3 has no")
    module, imported = _MODULE.search(said), _IMPORT.search(said)
    if module is None and imported is None:
        return ""
    dotted = f"{module[1]}.{module[2]}" if module else f"{imported[2]}.{imported[1]}" if imported else ""
    if dotted in SCIPY:
        return f"it {_removed('SciPy', *SCIPY[dotted])}"
    if dotted.startswith("numpy."):
        return _numpy_name(dotted.rpartition(".")[2])
    return _write(MODULES, dotted, "Python 3 has no")


def _numpy_name(name: str) -> str:
    if name in NUMPY:
        return f"it {_removed('NumPy', *NUMPY[name])}"
    meant = _nearest(name, dir(np))
    return f"did you mean np.{meant}?" if meant else ""


def _removed(library: str, version: str, instead: str) -> str:
    gone = f"was removed in {library} {version}" if version else f"is gone from {library}"
    return f"{gone}: write {instead}"


def _nearest(name: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, [each for each in known if not each.startswith("_")], n=1)), "")


def _write(table: dict[str, str], name: str, why: str) -> str:
    return f"{why} {name}: write {table[name]}" if name in table else ""
