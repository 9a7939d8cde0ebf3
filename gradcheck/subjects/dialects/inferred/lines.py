"""What a pooling along a line does where windows meet its end: entries are left over, or it pads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.layers.geometry import span
from gradcheck.subjects.dialects.dialect import Express
from gradcheck.subjects.dialects.inferred.ways import Agreement, Tried

LINES = ("max_pool1d", "avg_pool1d")
LEFT_OVER, PADDED = "n2c2l7_k2_s2_p0", "n2c2l6_k3_s1_p1"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What is not asked of a pooling, with the reason."""

    why: str
    express: Express


def limits(layer: Layer, express: Express, tried: Callable[[Params], Tried]) -> Iterator[Limit]:
    """Yield what a pooling is not asked, as small calls show: entries left over, and pads."""
    if layer.name not in LINES:
        return
    ending = "_d1" if "dilation" in layer.cases.grammar.names else ""
    left_over, padded = (express(layer.cases.grammar.read(f"{each}{ending}")) for each in (LEFT_OVER, PADDED))
    if layer.cases.refusable(left_over) is not None and _raises(tried(left_over)):
        why = "has no answer where a stride leaves entries over: judged where it leaves none"
        yield Limit(why=why, express=without_rest)
    if padded["pad"] != ((0, 0),) and tried(padded).forward is not Agreement.RIGHT:
        why = "fails at pad > 0, or pads in another way: judged at pad 0 only"
        yield Limit(why=why, express=lambda params: {**params, "pad": ((0, 0),)})


def _raises(found: Tried) -> bool:
    return (
        min(found.forward, Agreement.RIGHT if found.backward is None else found.backward) < Agreement.SHAPED
    )


def without_rest(params: Params) -> dict[str, Any]:
    """Return the parameters on a line that the windows cover to its end."""
    stride, length = params["stride"][0], params["length"]
    reach = span(params["kernel"][0], params.get("dilation", (1,))[0])
    rest = (length + sum(params["pad"][0]) - reach) % stride
    return {**params, "length": length - rest if length > rest else length + stride - rest}
