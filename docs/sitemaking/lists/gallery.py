"""The gallery: results of mistakes on inputs that are large enough to see a pattern."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradcheck import parse_case, tensors
from gradcheck.contract import Case, Pair
from gradcheck.layers import LAYERS
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant, apply
from sitemaking import heat
from sitemaking.lists import Generated, anchor, escaped

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Shown:
    """A mistake of the gallery, the geometry that shows it, the tensor, and what there is to see."""

    mistake: str
    geometry: str
    tensor: str
    seen: str


GALLERY = (
    Shown(
        "max_pool2d.backward.overlap-overwritten",
        "n1c1h20w20_k3x3_s1x1_p0x0_d1x1",
        "dx",
        "An input that wins several windows gets the gradient of the last one only. The places are right, the sums "
        "are too small. Where windows do not overlap, nothing is wrong.",
    ),
    Shown(
        "conv2d.backward.crop-at-the-corner",
        "n1c1h20w20_f1kh3kw3_s1x1_p2x2_d1x1_g1",
        "dx",
        "The picture is the right one, moved by the padding. A check that looks at shapes sees nothing.",
    ),
    Shown(
        "conv2d.backward.overlap-overwritten",
        "n1c1h20w20_f1kh3kw3_s1x1_p0x0_d1x1_g1",
        "dx",
        "Each pixel gets one product of nine.",
    ),
    Shown(
        "conv2d.backward.stride-missing",
        "n1c1h20w20_f1kh3kw3_s2x2_p0x0_d1x1_g1",
        "dx",
        "The gradient lands in the corner, at half the size. With a stride of 1 it is right.",
    ),
    Shown(
        "conv2d.backward.dw-rotated",
        "n2c1h20w20_f1kh5kw5_s1x1_p0x0_d1x1_g1",
        "dw",
        "A kernel turned by half a turn. With one that is symmetric, or of 1x1, nobody would notice.",
    ),
    Shown(
        "conv_transpose2d.forward.overlap-overwritten",
        "n1c1h7w7_f1kh4kw4_s3x3_p0x0_d1x1_o0x0_g1",
        "out",
        "A grid where the windows meet: there the last one counts.",
    ),
    Shown(
        "max_pool2d.backward.whole-window-credited",
        "n1c1h20w20_k4x4_s4x4_p0x0_d1x1",
        "dx",
        "Every input of a window gets the gradient that its winner should have alone.",
    ),
    Shown(
        "avg_pool2d.backward.window-corner-only",
        "n1c1h20w20_k2x2_s2x2_p0x0",
        "dx",
        "One input of each window gets what all four should share.",
    ),
    Shown(
        "batch_norm.backward.mean-term-missing",
        "n12d12_train_e1e-05_m0.9",
        "dx",
        "Each column is off by its own constant: the mean of a column moves with each of its numbers, and this "
        "path is missing.",
    ),
    Shown(
        "layer_norm.backward.variance-term-missing",
        "n12d12_e1e-05",
        "dx",
        "The difference follows x itself, row by row.",
    ),
    Shown(
        "relu.backward.mask-from-dout",
        "n12d12",
        "dx",
        "Negative gradients are gone everywhere, and where x is negative, positive ones pass.",
    ),
    Shown(
        "softmax_loss.backward.one-hot-missing",
        "n12c12",
        "dx",
        "The probabilities alone, without the 1 at each label: the network would unlearn everything alike.",
    ),
    Shown(
        "rnn.backward.next-step-not-added",
        "n1t12d12h12",
        "dx",
        "Rows are steps of time, the first one above. Each gets the gradient of its own output, and nothing of what "
        "comes after it. Only the last row is right.",
    ),
    Shown(
        "scaled_dot_product_attention.forward.causal-ignored",
        "n1s12t12d12e12_causal",
        "out",
        "Rows are positions, the first one above. Each should see the ones before it, and sees all. Only the last row "
        "is right.",
    ),
    Shown(
        "scaled_dot_product_attention.backward.dk-of-the-last-query",
        "n1s12t12d12e12_causal",
        "dk",
        "A key is asked by every query, and gets the gradient of the last one alone.",
    ),
)

BY_NAME = {str(mutant): mutant for mutant in MUTANTS}


def gallery(draft: bool) -> Generated:
    """Return the mistakes of the gallery, each as three maps."""
    return Generated("\n".join(map(_section, GALLERY)))


def _section(shown: Shown) -> str:
    mutant = BY_NAME[shown.mistake]
    case = parse_case(f"{mutant.layer} {shown.geometry} float64 seed=0", LAYERS)
    inputs, dout = pictured(case)
    fast = Pair(case.layer.ours.fast.forward, case.layer.ours.fast.backward)
    right, given = (_flat(_result(pair, case, inputs, dout, shown.tensor)) for pair in (fast, apply(mutant)))
    link = f"[{mutant.layer}, {mutant.part}, {mutant.name}](#{anchor(mutant)})"
    maps = heat.compared(right, given)
    return f"## {title(mutant)}\n\n{escaped(shown.seen)} {link}\n\n```{{raw}} html\n{maps}\n```\n"


def title(mutant: Mutant) -> str:
    """Return the heading of a mistake: what it is, and where."""
    return f"{mutant.name.replace('-', ' ').capitalize()}, {mutant.layer}"


def pictured(case: Case) -> tuple[dict[str, Array], Array]:
    """Return the inputs of a case and its dout; an image has a picture, and a sequence small numbers."""
    rng = np.random.default_rng(0)
    inputs = tensors(case)
    if np.ndim(inputs.get("x", inputs.get("q"))) == 3:
        inputs = {name: 0.4 * rng.standard_normal(np.shape(values)) for name, values in inputs.items()}
    dout = rng.standard_normal(case.output_shape)
    if len(case.output_shape) == 4:
        inputs["x"], dout = _ring(np.shape(inputs["x"])), _ring(case.output_shape)
        if "w" in inputs:
            inputs["w"] = rng.uniform(0.2, 1, np.shape(inputs["w"]))
            inputs["b"] = np.zeros_like(inputs["b"])
    return inputs, dout


def _ring(shape: tuple[int, ...]) -> Array:
    """Return images of a ring with a gap, on which a shift, a turn and a mirror image can be told from each other."""
    rows, columns = (np.linspace(-1, 1, extent) for extent in shape[-2:])
    radius = np.hypot(rows[:, None], columns[None, :])
    image = np.exp(-(((radius - 0.6) / 0.22) ** 2)) * (1 + 0.5 * columns[None, :] - 0.3 * rows[:, None])
    image *= ~((rows[:, None] < 0) & (np.abs(columns[None, :] - 0.25) < 0.2))
    return np.broadcast_to(image, shape).copy()


def _result(pair: Pair, case: Case, inputs: dict[str, Array], dout: Array, tensor: str) -> Array:
    out, cache = pair.forward(*inputs.values(), **case.options)
    if tensor == "out":
        return out
    gradients = pair.backward(1.0 if case.layer.shapes.is_loss else dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return gradients[[f"d{name}" for name in case.wanted].index(tensor)]


def _flat(values: Array) -> Array:
    """Return the matrix of an array that is drawn: the first plane."""
    return values[(0,) * (values.ndim - 2)]
