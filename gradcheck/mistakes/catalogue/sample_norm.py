"""Mistakes in rms_norm and instance_norm."""

from gradcheck.mistakes.mutant import Mutant

ROOT = "np.sqrt(np.mean(values[n] ** 2) + eps)"
RMS = "With dxhat = gamma * dout, dx = (dxhat - xhat * mean(dxhat * xhat)) / rms, the mean over one sample."
INSTANCE = "        xhat[n, c] = (values[n, c] - mean) / std[n, c]"
SUM = "(dxhat - through_mean - through_var) / std[n, c]"
WHOLE = (
    "With dxhat = gamma * dout, dx = (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / std, the means over the "
    "positions of one channel of one sample."
)

MUTANTS = (
    Mutant(
        layer="rms_norm",
        part="forward",
        name="mean-subtracted",
        was="xhat[n] = values[n] / rms[n]",
        now="xhat[n] = (values[n] - np.mean(values[n])) / np.sqrt(np.var(values[n]) + eps)",
        why="The mean is subtracted first: that is layer norm. RMS norm leaves it out and divides x itself, "
        "x / np.sqrt(np.mean(x ** 2) + eps).",
        stands_for="courses: layer norm copied and its beta deleted",
    ),
    Mutant(
        layer="rms_norm",
        part="forward",
        name="variance-for-squares",
        was=ROOT,
        now="np.sqrt(np.var(values[n]) + eps)",
        why="x is divided by its standard deviation, whose squares are taken around the mean. RMS norm takes those of "
        "x itself: write np.sqrt(np.mean(x ** 2) + eps).",
        stands_for="courses: x.std() for the root of the mean square",
    ),
    Mutant(
        layer="rms_norm",
        part="forward",
        name="eps-outside-root",
        was=ROOT,
        now="np.sqrt(np.mean(values[n] ** 2)) + eps",
        why="eps is added outside the square root. It belongs to the mean of the squares: write "
        "np.sqrt(np.mean(x ** 2) + eps).",
        stands_for="courses: x / (rms + eps), as some libraries have it",
    ),
    Mutant(
        layer="rms_norm",
        part="forward",
        name="squares-not-averaged",
        was=ROOT,
        now="np.sqrt(np.sum(values[n] ** 2) + eps)",
        why="x is divided by the root of the sum of its squares, its length. RMS norm divides by the root of their "
        "mean: write np.mean(x ** 2), or divide the sum by the number of features.",
        stands_for="courses: np.linalg.norm(x) for the root of the mean square",
    ),
    Mutant(
        layer="rms_norm",
        part="forward",
        name="squares-over-batch",
        was="xhat[n] = values[n] / rms[n]",
        now="xhat[n] = values[n] / np.sqrt(np.mean(values**2, axis=0) + eps)",
        why="The mean of the squares runs over the samples. Each sample has its own, over its features: write "
        "np.mean(x ** 2, axis=-1, keepdims=True).",
        stands_for="courses: axis=0 for axis=-1",
    ),
    Mutant(
        layer="rms_norm",
        part="forward",
        name="scale-missing",
        was="out[n] = gamma * xhat[n]",
        now="out[n] = xhat[n]",
        why="The result is not scaled by gamma. The output is gamma * xhat; while gamma is still 1 the mistake does "
        "not show.",
        stands_for="courses: out = xhat",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="root-term-missing",
        was="(dxhat - through_root) / rms[n]",
        now="dxhat / rms[n]",
        why="dx treats the root as a constant, but it is computed from x, and a path from x to out leads through it. "
        + RMS,
        stands_for="courses: the path through the root forgotten in the computational graph",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="root-term-added",
        was="(dxhat - through_root) / rms[n]",
        now="(dxhat + through_root) / rms[n]",
        why="The part of dx that goes through the root has the wrong sign. The derivative of 1 / rms is -1 / rms**2, "
        "so it is subtracted. " + RMS,
        stands_for="courses: the minus sign of the derivative of 1 / rms forgotten",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="root-term-not-averaged",
        was="through_root = xhat[n] * np.mean(dxhat * xhat[n])",
        now="through_root = xhat[n] * np.sum(dxhat * xhat[n])",
        why="The part of dx that goes through the root is not divided by the number of features. The squares are "
        "averaged in forward, so its gradient has the factor 1 over their number. " + RMS,
        stands_for="courses: np.sum for np.mean",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="root-term-without-gamma",
        was="through_root = xhat[n] * np.mean(dxhat * xhat[n])",
        now="through_root = xhat[n] * np.mean(dout[n] * xhat[n])",
        why="The mean of the product in dx takes dout, not dxhat: the factor gamma is missing in this term only. "
        + RMS,
        stands_for="courses: dout for dxhat in one of two places",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="mean-term-added",
        was="(dxhat - through_root) / rms[n]",
        now="(dxhat - np.mean(dxhat) - through_root) / rms[n]",
        why="dx has a path through the mean, as in layer norm. RMS norm subtracts no mean, so there is none. "
        + RMS,
        stands_for="courses: the backward of layer norm copied",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="gamma-missing",
        was="dxhat = gamma * dout[n]",
        now="dxhat = dout[n]",
        why="gamma is left out of dx: out = gamma * xhat, so the gradient of xhat is gamma * dout. While gamma is "
        "still 1 the mistake does not show. " + RMS,
        stands_for="courses: dout for gamma * dout",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="dgamma-mean-over-batch",
        was="dgamma.astype(gamma.dtype)",
        now="(dgamma / len(xhat)).astype(gamma.dtype)",
        why="dgamma is divided by the number of samples. Every sample uses gamma, so what arrives there adds up; if "
        "the loss is a mean, its 1/N is in dout already. Sum dout * xhat, without dividing.",
        stands_for="courses: a mean for a sum in the gradient of a parameter",
    ),
    Mutant(
        layer="rms_norm",
        part="backward",
        name="dgamma-overwritten",
        was="dgamma += dout[n] * xhat[n]",
        now="dgamma = dout[n] * xhat[n]",
        why="dgamma is that of the last sample: each sample's share overwrites the one before. All samples share "
        "gamma, so their shares add up. Use += in the loop, or sum over all axes but those of gamma.",
        stands_for="courses: parameter gradients overwritten per sample; tests with a batch of one",
    ),
    Mutant(
        layer="instance_norm",
        part="forward",
        name="statistics-over-batch",
        was=INSTANCE,
        now="        own = values[:, c]\n"
        "        xhat[n, c] = (values[n, c] - np.mean(own)) / np.sqrt(np.var(own) + eps)",
        why="Mean and variance of a channel are taken over all samples: that is batch norm. Instance norm takes each "
        "sample by itself: x.mean(axis=(2, 3), keepdims=True), and x.var likewise.",
        stands_for="courses: axis=(0, 2, 3) for axis=(2, 3)",
    ),
    Mutant(
        layer="instance_norm",
        part="forward",
        name="statistics-over-channels",
        was=INSTANCE,
        now="        xhat[n, c] = (values[n, c] - np.mean(values[n])) / np.sqrt(np.var(values[n]) + eps)",
        why="All channels of a sample share one mean and one variance: that is layer norm. In instance norm each "
        "channel has its own: x.mean(axis=(2, 3), keepdims=True), and x.var likewise.",
        stands_for="courses: axis=(1, 2, 3) for axis=(2, 3)",
    ),
    Mutant(
        layer="instance_norm",
        part="forward",
        name="statistics-per-row",
        was=INSTANCE,
        now="        own = values[n, c]\n"
        "        spread = np.sqrt(np.var(own, axis=1, keepdims=True) + eps)\n"
        "        xhat[n, c] = (own - np.mean(own, axis=1, keepdims=True)) / spread",
        why="Mean and variance are taken along the last axis only, row by row. They run over all positions of a "
        "channel: x.mean(axis=(2, 3), keepdims=True), and x.var likewise.",
        stands_for="courses: axis=-1, which is right for sequences",
    ),
    Mutant(
        layer="instance_norm",
        part="forward",
        name="eps-outside-root",
        was="np.sqrt(var + eps)",
        now="np.sqrt(var) + eps",
        why="eps is added to the standard deviation, outside the square root. It belongs to the variance: write std = "
        "np.sqrt(var + eps).",
        stands_for="courses: misplaced parenthesis",
    ),
    Mutant(
        layer="instance_norm",
        part="forward",
        name="ddof-1",
        was="np.mean((values[n, c] - mean) ** 2)",
        now="np.sum((values[n, c] - mean) ** 2) / max(values[n, c].size - 1, 1)",
        why="The variance is taken with one less in the denominator. A normalisation divides by the number of "
        "positions: it describes the values it has and estimates nothing. Leave out ddof=1.",
        stands_for="courses: x.std() of PyTorch or np.var(x, ddof=1)",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="statistics-constant",
        was=SUM,
        now="dxhat / std[n, c]",
        why="dx treats mean and variance as constants, but forward computes them from x, and two paths from x to out "
        "lead through them. " + WHOLE,
        stands_for="courses: the backward of batch norm in evaluation",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="mean-term-missing",
        was=SUM,
        now="(dxhat - through_var) / std[n, c]",
        why="x also moves the mean that is subtracted from all values of its channel, and this path is left out of "
        "dx. " + WHOLE,
        stands_for="courses: the path through the mean forgotten in the computational graph",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="variance-term-missing",
        was=SUM,
        now="(dxhat - through_mean) / std[n, c]",
        why="x also moves the standard deviation by which all values of its channel are divided, and this path is "
        "left out of dx. " + WHOLE,
        stands_for="courses: the path through the variance forgotten in the computational graph",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="terms-over-batch",
        was="        through_mean = np.mean(dxhat)\n        through_var = xhat[n, c] * np.mean(dxhat * xhat[n, c])",
        now="        through_mean = np.mean(gamma[c] * dout[:, c])\n"
        "        through_var = xhat[n, c] * np.mean(gamma[c] * dout[:, c] * xhat[:, c])",
        why="Both means in dx run over all samples, as in batch norm. They run over the values that shared a mean in "
        "forward, those of one sample. " + WHOLE,
        stands_for="courses: the backward of batch norm copied, with its axes",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="gamma-missing",
        was="dxhat = gamma[c] * dout[n, c]",
        now="dxhat = dout[n, c]",
        why="gamma is left out of dx: out = gamma * xhat + beta, so the gradient of xhat is gamma * dout. While gamma "
        "is still 1 the mistake does not show. " + WHOLE,
        stands_for="courses: dout for gamma * dout",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="dgamma-overwritten",
        was="dgamma[c] += np.sum(dout[n, c] * xhat[n, c])",
        now="dgamma[c] = np.sum(dout[n, c] * xhat[n, c])",
        why="dgamma is that of the last sample: each sample's share overwrites the one before. Statistics belong to a "
        "sample, but all samples share gamma: sum over axis=(0, 2, 3).",
        stands_for="courses: axis=(2, 3) in the gradients of the parameters, too",
    ),
    Mutant(
        layer="instance_norm",
        part="backward",
        name="dbeta-mean",
        was="dbeta[c] += np.sum(dout[n, c])",
        now="dbeta[c] += np.mean(dout[n, c])",
        why="dbeta is divided by the number of positions. Every output uses beta, so what arrives there adds up: sum "
        "dout over axis=(0, 2, 3), without dividing.",
        stands_for="courses: a mean for a sum in the gradient of a parameter",
    ),
)
