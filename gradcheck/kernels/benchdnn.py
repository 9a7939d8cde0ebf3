"""Problems as oneDNN's benchdnn writes them: ``g32mb2ic32ih112oc32oh56kh3sh2ph1n"name"``.

Fields of the width default to those of the height. A dilation of 0 means none; pads behind follow from
the output. See benchdnn's ``doc/knobs_conv.md`` ("Convolution problem descriptor").
"""

import re
from collections.abc import Mapping
from typing import Any

from gradcheck.layers import BY_NAME, geometry

NAMES = ("g", "mb", "ic", "oc", "ih", "iw", "oh", "ow", "kh", "kw", "sh", "sw", "ph", "pw", "dh", "dw")
FIELD = re.compile(r"_?([a-z]+)(\d+)")
WHOLE = re.compile(r'(?:_?[a-z]+\d+)+_?(?:n"[^"]*"|n\w+)?')
USUAL = {"g": 1, "mb": 2, "s": 1, "p": 0, "d": 0}


def is_benchdnn(words: list[str]) -> bool:
    """Return whether a line is one problem in this notation."""
    return len(words) == 1 and words[0][:1].isalpha() and WHOLE.fullmatch(words[0]) is not None


def line_of(text: str) -> str:
    """Return the line, as our own files have it, of a problem in benchdnn's notation.

    Raises
    ------
    ValueError
        If a field is not known (a depth), is missing, or the output does not follow from the rest.
    """
    found = {name: int(number) for name, number in FIELD.findall(re.sub(r'n"[^"]*"$', "", text))}
    unknown = sorted(found.keys() - set(NAMES))
    if unknown:
        raise ValueError(f"{text}: there is no {', '.join(unknown)} in a two-dimensional convolution")
    missing = [name for name in ("ic", "oc", "ih", "kh") if name not in found]
    if missing:
        raise ValueError(f"{text}: {', '.join(missing)} is missing")
    params = _params(found)
    layer = BY_NAME["conv2d"]
    out = "x".join(map(str, layer.shapes.output(params)[2:]))
    stated = f"{found['oh']}x{found.get('ow', found['oh'])}" if "oh" in found else out
    return f"conv2d {layer.cases.grammar.write(params)} out={stated}"


def _params(found: Mapping[str, int]) -> dict[str, Any]:
    rows, columns = (_axis(found, axis) for axis in "hw")
    return {
        "n": found.get("mb", USUAL["mb"]),
        "c": found["ic"],
        "f": found["oc"],
        "g": found.get("g", USUAL["g"]),
        "h": rows["i"],
        "w": columns["i"],
        "kh": rows["k"],
        "kw": columns["k"],
        "stride": (rows["s"], columns["s"]),
        "pad": (_pads(rows), _pads(columns)),
        "dilation": (rows["d"] + 1, columns["d"] + 1),
        "bias": "shared",
    }


def _axis(found: Mapping[str, int], axis: str) -> dict[str, int]:
    """Return the fields of one axis; those of the width default to those of the height."""
    both = {name: found.get(f"{name}{axis}", found.get(f"{name}h", USUAL.get(name))) for name in "ioksdp"}
    return {name: value for name, value in both.items() if value is not None}


def _pads(axis: Mapping[str, int]) -> tuple[int, int]:
    """Return the pads in front and behind; the latter is what the output needs."""
    before, reach = axis["p"], geometry.span(axis["k"], axis["d"] + 1)
    if "o" not in axis or geometry.window_count(axis["i"], reach, axis["s"], (before, before)) == axis["o"]:
        return before, before
    return before, max((axis["o"] - 1) * axis["s"] + reach - axis["i"] - before, 0)
