"""Arrays as maps of coloured squares, in SVG whose colours are those of the page."""

from collections.abc import Iterator
from html import escape

import numpy as np
from numpy.typing import NDArray

SIDE = 168
"""The height of a map, in pixels."""

FAINT = 0.02
"""The share of the largest number below which a square keeps the colour of the page."""


def heat(title: str, values: NDArray[np.floating], largest: float) -> str:
    """Return a map of a matrix: blue where positive, red where negative, as strong as its share of `largest`."""
    rows, columns = values.shape
    step = SIDE / rows
    width = step * columns
    body = "".join(_squares(values, largest, step))
    frame = f'<rect class="frame" x="0.5" y="0.5" width="{width - 1:g}" height="{SIDE - 1:g}"/>'
    size = f'width="{width:g}" height="{SIDE + 22}" viewBox="0 0 {width:g} {SIDE + 22}"'
    said = f'<text x="{width / 2:g}" y="{SIDE + 16}" text-anchor="middle">{escape(title)}</text>'
    label = escape(f"{title}: {rows}x{columns} numbers, at most {np.abs(values).max():.3g}", quote=True)
    return f'<svg class="heat" role="img" aria-label="{label}" {size}>{body}{frame}{said}</svg>'


def _squares(values: NDArray[np.floating], largest: float, step: float) -> Iterator[str]:
    for (row, column), value in np.ndenumerate(values):
        share = min(1.0, abs(float(value)) / largest) if largest else 0.0
        if share > FAINT:
            kind = "plus" if value > 0 else "minus"
            place = f'x="{column * step:.4g}" y="{row * step:.4g}" width="{step:.4g}" height="{step:.4g}"'
            yield f'<rect class="{kind}" {place} opacity="{share:.2f}"/>'


def compared(right: NDArray[np.floating], given: NDArray[np.floating]) -> str:
    """Return three maps in one scale: the right numbers, those of a mistake, and the difference."""
    largest = max(float(np.abs(right).max()), float(np.abs(given).max()))
    maps = (("right", right), ("with the mistake", given), ("difference", given - right))
    return f'<div class="drawing"><div class="panels">{"".join(heat(*each, largest) for each in maps)}</div></div>'
