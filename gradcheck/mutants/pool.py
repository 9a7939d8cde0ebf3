"""Mistakes in max_pool2d and avg_pool2d."""

from gradcheck.contract import Mutant

MUTANTS = (
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="overlap-overwritten",
        was="left + j * dilation_w] += dout[n, c, oh, ow]",
        now="left + j * dilation_w] = dout[n, c, oh, ow]",
        why="Where windows overlap, an input feeds several outputs and its gradient is the sum over them. This "
        "assigns, so only the last window counts. Use += .",
        stands_for="courses: pooling gradients that are assigned; invisible while the stride equals the window",
    ),
)
