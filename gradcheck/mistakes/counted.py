"""How often a mistake was met, where somebody has counted it: in published solutions of one course."""

from gradcheck.mistakes.mutant import Mutant

SOLUTIONS = 105
"""Solutions in which these were counted, by hand and with PyTorch as the reference; docs/corpus.md says how."""

COUNTED = {
    "max_pool2d.backward.window-assigned": 11,
    "max_pool2d.backward.argmax-split-by-height": 3,
    "batch_norm.forward.eps-outside-root": 8,
    "batch_norm.forward.eps-missing": 8,
    "batch_norm.forward.running-var-with-eps": 3,
    "batch_norm.forward.divided-by-variance": 3,
    "batch_norm.forward.scale-and-shift-missing": 2,
    "batch_norm.forward.brackets-missing": 1,
    "batch_norm.backward.elementwise-jacobian": 2,
    "batch_norm.backward.dgamma-from-x": 1,
    "softmax_loss.backward.shift-missing": 3,
    "dropout.forward.mask-of-first-sample": 1,
    "conv2d.forward.pad-always-1": 2,
}
"""The mistakes that were counted one by one. A mistake that is not here was not counted; it may be more frequent."""


def how_often(mutant: Mutant) -> str:
    """Return a sentence, empty where nobody has counted."""
    found = COUNTED.get(str(mutant))
    return f"Counted in {found} of {SOLUTIONS} published solutions of a course." if found else ""
