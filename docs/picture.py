"""Draw the picture of the README: `python docs/picture.py` writes docs/max-pool.svg.

It is the failing case that the README shows, drawn by the suite.
"""

from pathlib import Path

from gradcheck import Plan, parse_case
from gradcheck.judging.explaining import shown
from gradcheck.layers import LAYERS
from gradcheck.reporting.picture import drawing
from sitemaking import svg

ROOT = Path(__file__).parents[1]
TARGET = "examples/cs231n_layers.py"
CASE = "max_pool2d n1c1h1w6_k1x2_s1x1_p0x0_d1x1 float64 seed=0"


def picture() -> str:
    """Return the SVG: the input, dout and both gradients, one below the other, and what the wrong entry is."""
    (found,) = shown(str(ROOT / TARGET), Plan(only=parse_case(CASE, LAYERS)))
    drawn = drawing(found.seen)
    return svg.alone(drawn, range(len(drawn.panels)), drawn.lines)


if __name__ == "__main__":
    (ROOT / "docs" / "max-pool.svg").write_text(picture(), encoding="utf-8")
