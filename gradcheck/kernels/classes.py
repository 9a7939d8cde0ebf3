"""The classes that a geometry has: kinds of each parameter, what blocks leave over, and the pairs of kinds."""

from collections.abc import Iterator
from itertools import combinations

from gradcheck.grammar import Params
from gradcheck.kernels.geometries import COMMON, EDGES, KNOWN
from gradcheck.layers import BY_NAME, geometry

Classes = tuple[frozenset[str], frozenset[str]]
"""The names of the classes that a geometry has, and those of the pairs of its kinds."""

DEEPER = ("<17", "<")
"""The kinds of channels and filters that are worth a transform, as those of Winograd are."""


def _bucket(extent: int, limits: tuple[int, ...]) -> str:
    return f"<{next((limit for limit in limits if extent < limit), '')}"


def _kernel_kind(kernel: tuple[int, int]) -> str:
    kh, kw = kernel
    if 1 in kernel:
        return "1x1" if kh == kw else "1xN" if kh == 1 else "Nx1"
    if kernel == (3, 3):
        return "3x3"
    return ("even" if kh % 2 == 0 else "large") if kh == kw else "unequal"


def _path(kind: str) -> str:
    """Return the kind of a kernel, or of groups, among those that have a path of their own; the rest share one."""
    return kind if kind in ("1x1", "1xN", "Nx1", "3x3", "dense", "depthwise", "multiplied") else "other"


def _stride_kind(stride: tuple[int, int]) -> str:
    return str(min(stride[0], 3)) if stride[0] == stride[1] else "unequal"


def _pad_kind(params: Params) -> str:
    pads, reach = params["pad"], geometry.reach_of(params)
    if any(before != after for before, after in pads):
        return "uneven"
    (top, _), (left, _) = pads
    if top >= reach[0] and left >= reach[1]:
        return "beyond"
    return ("some" if top else "none") if top == left else "unequal"


def _group_kind(params: Params) -> str:
    c, f, g = params["c"], params["f"], params["g"]
    if g == 1:
        return "dense"
    if c == g:
        return "depthwise" if f == g else "multiplied"
    return "grouped" if f > g else "one filter each"


def _kinds(params: Params, out: tuple[int, int]) -> dict[str, str]:
    """Return the kinds of a geometry, by what they are kinds of; each pair of them is a class."""
    return {
        "kernel": _kernel_kind((params["kh"], params["kw"])),
        "stride": _stride_kind(params["stride"]),
        "dilation": "1" if params["dilation"] == (1, 1) else "more",
        "pad": _pad_kind(params),
        "groups": _group_kind(params),
        "n": "1" if params["n"] == 1 else "more",
        "c": _bucket(params["c"], (2, 9, 17)),
        "f": _bucket(params["f"], (2, 9, 17)),
        "oh": _bucket(out[0], (2, 9)),
        "ow": _bucket(out[1], (16, 32, 64, 100)),
        "rows": str(out[0] % 2),
        "tail": str(out[1] % 4),
        "bias": params["bias"],
    }


def _row_classes(name: str, extent: int) -> Iterator[str]:
    """Yield what loops over blocks of a row leave over, for a row that is long enough to have blocks."""
    for above, block in ((8, 8), (16, 16), (32, 8), (64, 8), (100, 4)):
        if extent > above:
            yield f"{name}>{above} {extent % block} of {block}"
    if extent in EDGES:
        yield f"{name}={extent}"


def _depth_classes(name: str, extent: int) -> Iterator[str]:
    """Yield what loops over blocks of channels (rows, samples) leave over, and the small and the round numbers."""
    if extent > 8:
        yield f"{name}>8 {extent % 8} of 8"
    for above in (16, 32, 64):
        if extent > above:
            yield f"{name}>{above} {extent % 4} of 4"
    if extent < 10 or extent in EDGES:
        yield f"{name}={extent}"


def _classes(params: Params, out: tuple[int, int]) -> Classes:
    """Return the classes of a geometry, and the pairs of its kinds."""
    kinds = _kinds(params, out)
    single = {f"{name} {kind}" for name, kind in kinds.items()}
    pairs = frozenset(f"{one} & {other}" for one, other in combinations(sorted(single), 2))
    strided, g = params["stride"] != (1, 1), params["g"]
    others = {
        f"kernel {params['kh']}x{params['kw']}",
        f"stride {params['stride']}",
        f"dilation {params['dilation']}",
        f"{_path(kinds['groups'])}, {_path(kinds['kernel'])}, {'with' if strided else 'without'} stride",
        f"each of {min(g, 3)} groups {min(params['c'] // g, 2)} {min(params['f'] // g, 2)}",
        f"{_path(kinds['groups'])}, {kinds['kernel']}, {'many' if min(params['c'], params['f']) > 8 else 'few'}",
        f"left over {_left_over(params)}",
    }
    windows = {
        "kernel": (params["kh"], params["kw"]),
        **{k: params[k] for k in ("stride", "pad", "dilation")},
    }
    if windows in KNOWN:
        others |= set(_known_classes(KNOWN.index(windows), kinds))
        if kinds["groups"] == "dense" and params["c"] in (1, 3):
            others.add(f"known {KNOWN.index(windows)}, on an image")
    if kinds["groups"] == "dense":
        rests = [_has_rest(extent) for extent in (params["c"], params["f"], out[1])]
        others.add(f"dense, blocks and a rest {rests}")
    others.update(_depth_classes("c", params["c"] // g), _depth_classes("f", params["f"] // g))
    others.update(_row_classes("ow", out[1]), _depth_classes("oh", out[0]), _depth_classes("n", params["n"]))
    return frozenset(single | others), pairs


def _known_classes(number: int, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the classes of a window as a well-known network has it, which may have a path of its own."""
    yield f"known {number}"
    yield f"known {number}, {_path(kinds['groups'])}"
    if number in COMMON and kinds["groups"] == "dense":
        for name in ("c", "f", "ow"):
            yield f"known {number}, dense, {name} {kinds[name]}"
        if kinds["c"] in DEEPER and kinds["f"] in DEEPER:
            yield f"known {number}, dense and deep, {kinds['rows']} and {kinds['tail']} left over"


def _has_rest(extent: int) -> bool:
    """Return whether an extent has blocks of 8, and something over."""
    return extent > 8 and extent % 8 > 0


def _left_over(params: Params) -> tuple[bool, bool]:
    """Return for each axis whether the stride leaves something over."""
    rests = [
        (size + sum(pad) - span) % stride
        for size, pad, span, stride in zip(
            geometry.plane(params), params["pad"], geometry.reach_of(params), params["stride"], strict=True
        )
    ]
    return rests[0] > 0, rests[1] > 0


def of_conv2d(params: Params) -> Classes:
    """Return those of a convolution on a plane."""
    out = BY_NAME["conv2d"].shapes.output(params)
    return _classes(params, (out[2], out[3]))


def of_conv_transpose2d(params: Params) -> Classes:
    """Return those of a transposed convolution."""
    out = BY_NAME["conv_transpose2d"].shapes.output(params)
    more = params["output_pad"]
    single, pairs = _classes(params, (out[2], out[3]))
    return single | {f"output pad {more}", f"output pad {more} {params['stride']}"}, pairs


def of_affine(params: Params) -> Classes:
    """Return those of a matrix product with samples of any rank."""
    features = BY_NAME["affine"].shapes.inputs(params)["w"][0]
    extents = {"n": params["n"], "d": features, "m": params["m"]}
    sizes = {each for name, extent in extents.items() for each in _row_classes(name, extent)}
    return frozenset(sizes | {f"rank {len(params['dims'])}", f"bias {params['bias']}"}), frozenset()


def of_any(params: Params) -> Classes:
    """Return the classes of any layer's parameters: each value, and what blocks of an extent leave over."""
    kinds, others = {}, set[str]()
    for name, value in params.items():
        extents = {name: value}
        if name == "dims":
            extents = {f"{name}{at - len(value)}": extent for at, extent in enumerate(value)}
            kinds["rank"] = str(len(value))
        for each, extent in extents.items():
            if isinstance(extent, int) and not isinstance(extent, bool):
                kinds[each] = _bucket(extent, (2, 9, 17, 33, 65))
                others |= {*_row_classes(each, extent), *_depth_classes(each, extent)}
            else:
                kinds[each] = str(extent)
    single = {f"{name} {kind}" for name, kind in kinds.items()}
    pairs = frozenset(f"{one} & {other}" for one, other in combinations(sorted(single), 2))
    return frozenset(single | others), pairs
