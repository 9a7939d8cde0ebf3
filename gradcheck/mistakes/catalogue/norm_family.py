"""Mistakes that batch, spatial batch, layer and group norm share: each is written once, in the words of each layer.

A row's code and its sentence are templates. `WORDS` says what each layer calls a set of values and its statistics;
spatial batch norm has the rows of batch norm, whose functions it calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradcheck.mistakes.catalogue import batch_norm
from gradcheck.mistakes.mutant import Mutant

WORDS = {
    "batch_norm": {
        "plain_var": "var[d]",
        "square": "(np.mean(values[:, d] ** 2) if training else var[d])",
        "v": "values[:, d]",
        "mean": "mean[d]",
        "var": "var[d]",
        "std": "std[d]",
        "xhat": "xhat[:, d]",
        "dxhat": "dxhat",
        "dout": "dout[:, d]",
        "all": "(gamma * dout)",
        "across": "np.mean(gamma * dout, axis=1)",
        "across_xhat": "np.mean(gamma * dout * xhat, axis=1)",
        "count": "len(xhat)",
        "batch": "len(xhat)",
        "dgamma": "dgamma[d] = np.sum(dout[:, d] * xhat[:, d])",
        "dgamma_product": "dout[:, d] * xhat[:, d]",
        "dgamma_one": "np.sum(dout[:, d] * xhat[:, d])",
        "dbeta_one": "np.sum(dout[:, d])",
        "dbeta": "dbeta[d] = np.sum(dout[:, d])",
        "one_gamma": "gamma[d]",
        "one_std": "std[d]",
        "scaled": "dxhat = gamma[d] * dout[:, d]",
        "unscaled": "dxhat = dout[:, d]",
        "scaled_twice": "dxhat = gamma[d] ** 2 * dout[:, d]",
        "affine": "gamma[d] * xhat[:, d] + beta[d]",
        "g": "gamma[d]",
        "b": "beta[d]",
        "h": "xhat[:, d]",
        "returned": "return dx, dgamma, dbeta",
        "returned_dgamma": "return dx, {}, dbeta",
        "returned_dbeta": "return dx, dgamma, {}",
        "kept_axes": "dout * xhat",
        "kept_axes_beta": "dout.copy()",
        "cache": "BatchNormCache(xhat, std, gamma",
        "cache_x": "BatchNormCache(values, std, gamma",
        "over": "the samples (axis=0)",
        "set": "feature",
        "n": "N",
    },
    "layer_norm": {
        "plain_var": "var",
        "square": "np.mean(values[n] ** 2)",
        "v": "values[n]",
        "mean": "mean",
        "var": "var",
        "std": "std[n]",
        "xhat": "xhat[n]",
        "dxhat": "dxhat",
        "dout": "dout[n]",
        "all": "(gamma * dout)",
        "across": "np.mean(gamma * dout, axis=0)",
        "across_xhat": "np.mean(gamma * dout * xhat, axis=0)",
        "count": "gamma.size",
        "batch": "shape[0]",
        "dgamma": "dgamma += dout[n] * xhat[n]",
        "dgamma_product": "dout[n] * xhat[n]",
        "dgamma_one": "dout[n] * xhat[n]",
        "dbeta_one": "dout[n]",
        "dbeta": "dbeta += dout[n]",
        "one_gamma": "gamma",
        "one_std": "std[n]",
        "scaled": "dxhat = gamma * dout[n]",
        "unscaled": "dxhat = dout[n]",
        "scaled_twice": "dxhat = gamma**2 * dout[n]",
        "affine": "gamma * xhat[n] + beta",
        "g": "gamma",
        "b": "beta",
        "h": "xhat[n]",
        "returned": "return dx, dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)",
        "returned_dgamma": "return dx, ({}).astype(gamma.dtype), dbeta.astype(gamma.dtype)",
        "returned_dbeta": "return dx, dgamma.astype(gamma.dtype), ({}).astype(gamma.dtype)",
        "kept_axes": "dout * xhat",
        "kept_axes_beta": "dout.copy()",
        "cache": "LayerNormCache(xhat, std, gamma",
        "cache_x": "LayerNormCache(values, std, gamma",
        "over": "the features of one sample (axis=1)",
        "set": "sample",
        "n": "D",
    },
    "group_norm": {
        "plain_var": "np.var(values[n, c // size * size : (c // size + 1) * size])",
        "square": "np.mean(values[n, c // size * size : (c // size + 1) * size] ** 2)",
        "v": "values[n, block]",
        "mean": "mean",
        "var": "var",
        "std": "std[n, g]",
        "xhat": "xhat[n, block]",
        "dxhat": "dxhat[n, block]",
        "dout": "dout[n, block]",
        "all": "dxhat",
        "across": "np.mean(dxhat[:, block], axis=0)",
        "across_xhat": "np.mean(dxhat[:, block] * xhat[:, block], axis=0)",
        "count": "dxhat[n, block].size",
        "batch": "N",
        "dgamma": "dgamma[c] += np.sum(dout[n, c] * xhat[n, c])",
        "dgamma_product": "dout[n, c] * xhat[n, c]",
        "dgamma_one": "np.sum(dout[n, c] * xhat[n, c])",
        "dbeta_one": "np.sum(dout[n, c])",
        "dbeta": "dbeta[c] += np.sum(dout[n, c])",
        "one_gamma": "gamma[c]",
        "one_std": "std[n, c // size]",
        "scaled": "dxhat[n, c] = gamma[c] * dout[n, c]",
        "unscaled": "dxhat[n, c] = dout[n, c]",
        "scaled_twice": "dxhat[n, c] = gamma[c] ** 2 * dout[n, c]",
        "affine": "gamma[c] * xhat[n, c] + beta[c]",
        "g": "gamma[c]",
        "b": "beta[c]",
        "h": "xhat[n, c]",
        "returned": "return dx, dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)",
        "returned_dgamma": "return dx, ({}).astype(gamma.dtype), dbeta.astype(gamma.dtype)",
        "returned_dbeta": "return dx, dgamma.astype(gamma.dtype), ({}).astype(gamma.dtype)",
        "kept_axes": "np.sum(dout * xhat, axis=(2, 3))",
        "kept_axes_beta": "np.sum(dout, axis=(2, 3))",
        "cache": "GroupNormCache(xhat, std, gamma",
        "cache_x": "GroupNormCache(values, std, gamma",
        "over": "the values of one group of one sample",
        "set": "group",
        "n": "the number of values in a group",
    },
}

ALL = ("batch_norm", "layer_norm", "group_norm")
PER_SAMPLE = ("layer_norm", "group_norm")

WHOLE = (
    "With dxhat = gamma * dout, dx = (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / std, "
    "the means over {over}."
)
MEAN = "through_mean = np.mean({dxhat})"
VARIANCE = "through_var = {xhat} * np.mean({dxhat} * {xhat})"
SUM = "({dxhat} - through_mean - through_var) / {std}"


@dataclass(frozen=True)
class Shared:
    """One mistake, in templates for the words of each layer; `function` is the edited part, if it is another."""

    part: str
    name: str
    was: str
    now: str
    why: str
    stands_for: str = (
        "courses: the backward of a normalisation, derived step by step or copied from the compact formula"
    )
    layers: tuple[str, ...] = ALL
    function: str = ""

    def rows(self) -> Iterator[Mutant]:
        """Yield the row of each layer."""
        for layer in self.layers:
            words = WORDS[layer]
            yield Mutant(
                layer=layer,
                part=self.part,
                name=self.name,
                was=self.was.format(**words),
                now=self.now.format(**words),
                why=self.why.format(**words),
                stands_for=self.stands_for,
                function=f"{layer}_{self.function}" if self.function else "",
            )


SHARED = (
    # The path through the mean
    Shared(
        "backward", "mean-term-missing", SUM, "({dxhat} - through_var) / {std}",
        "x also moves the mean that is subtracted from all values of its {set}, and this path is left out of "
        "dx. " + WHOLE,
        layers=PER_SAMPLE,
    ),
    Shared(
        "backward", "mean-term-added", SUM, "({dxhat} + through_mean - through_var) / {std}",
        "The part of dx that goes through the mean is added, but forward subtracts the mean: it has a minus "
        "sign. " + WHOLE,
    ),
    Shared(
        "backward", "mean-term-not-averaged", MEAN, "through_mean = np.sum({dxhat})",
        "The part of dx that goes through the mean takes the sum of dxhat. The mean divides by {n}, and so does its "
        "gradient: subtract the mean of dxhat. " + WHOLE,
    ),
    Shared(
        "backward", "mean-term-over-everything", MEAN, "through_mean = np.mean({all})",
        "One mean in dx has no axis, so that it runs over the whole array. It runs over {over} only, as in forward: "
        "give it the axis. " + WHOLE,
        "courses: np.mean(dxhat) without an axis",
    ),
    Shared(
        "backward", "mean-term-summed-over-everything", MEAN, "through_mean = np.sum({all}) / {count}",
        "The sum of dxhat has no axis, so that it runs over the whole array. It runs over {over} only, as in forward: "
        "give it the axis. " + WHOLE,
        "courses: np.sum(dxhat) without an axis, in the form N * dxhat - np.sum(dxhat) - ...",
    ),
    Shared(
        "backward", "mean-term-across", MEAN, "through_mean = {across}",
        "The mean of dxhat is taken along the wrong axis. It runs over {over}, the values that shared a mean in "
        "forward. "
        + WHOLE,
        "courses: axis=0 for axis=1, or the reverse, after copying one norm's backward to another",
    ),
    Shared(
        "backward", "mean-term-over-batch-size", MEAN, "through_mean = np.sum({dxhat}) / {batch}",
        "The part of dx that goes through the mean is divided by the number of samples. The mean runs over {over}, so "
        "divide by {n}, as forward does. " + WHOLE,
        "courses: the N of batch norm kept in layer norm",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "mean-term-without-gamma", MEAN, "through_mean = np.mean({dout})",
        "The mean in dx is that of dout, not of dxhat: the factor gamma is missing in this term only. " + WHOLE,
    ),
    Shared(
        "backward", "mean-term-twice", SUM, "({dxhat} - 2 * through_mean - through_var) / {std}",
        "The part of dx that goes through the mean is subtracted twice: once is right. " + WHOLE,
    ),
    # The path through the variance
    Shared(
        "backward", "variance-term-missing", SUM, "({dxhat} - through_mean) / {std}",
        "x also moves the standard deviation by which all values of its {set} are divided, and this path is left out "
        "of dx. " + WHOLE,
        layers=("batch_norm", "group_norm"),
    ),
    Shared(
        "backward", "variance-term-added", SUM, "({dxhat} - through_mean + through_var) / {std}",
        "The part of dx that goes through the variance has the wrong sign. The derivative of 1 / std is -1 / std**2, "
        "so it is subtracted. " + WHOLE,
        "courses: the minus sign of the derivative of 1 / std forgotten",
    ),
    Shared(
        "backward", "variance-term-not-averaged", VARIANCE, "through_var = {xhat} * np.sum({dxhat} * {xhat})",
        "The part of dx that goes through the variance is not divided by {n}. The variance is a mean, so its gradient "
        "has the factor 1 over {n}. " + WHOLE,
    ),
    Shared(
        "backward", "variance-term-over-everything", VARIANCE, "through_var = {xhat} * np.mean({all} * xhat)",
        "The mean of dxhat * xhat has no axis, so that it runs over the whole array. It runs over {over} only, as in "
        "forward: give it the axis. " + WHOLE,
        "courses: np.mean(dxhat * xhat) without an axis",
    ),
    Shared(
        "backward", "variance-term-summed-over-everything", VARIANCE,
        "through_var = {xhat} * np.sum({all} * xhat) / {count}",
        "The sum of dxhat * xhat has no axis, so that it runs over the whole array. It runs over {over} only, as in "
        "forward: give it the axis. " + WHOLE,
        "courses: np.sum(dxhat * xhat) without an axis, in the form N * dxhat - ...",
    ),
    Shared(
        "backward", "variance-term-across", VARIANCE, "through_var = {xhat} * {across_xhat}",
        "The mean of dxhat * xhat is taken along the wrong axis. It runs over {over}, the values that shared "
        "a variance in forward. " + WHOLE,
        "courses: axis=0 for axis=1, or the reverse, after copying one norm's backward to another",
    ),
    Shared(
        "backward", "variance-term-over-batch-size", VARIANCE,
        "through_var = {xhat} * np.sum({dxhat} * {xhat}) / {batch}",
        "The part of dx that goes through the variance is divided by the number of samples. The variance is "
        "a mean over {over}, so divide by {n}, as forward does. " + WHOLE,
        "courses: the N of batch norm kept in layer norm",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "variance-term-without-gamma", VARIANCE, "through_var = {xhat} * np.mean({dout} * {xhat})",
        "The mean of the product in dx takes dout, not dxhat: the factor gamma is missing in this term only. " + WHOLE,
    ),
    Shared(
        "backward", "variance-term-times-std", VARIANCE,
        "through_var = {xhat} * {std} * np.mean({dxhat} * {xhat})",
        "The part of dx that goes through the variance is too large by the factor std: it has x - mean where it needs "
        "xhat, or a wrong power of var + eps. " + WHOLE,
        "courses: x - mean for xhat in the last term; (var + eps) ** -1 for ** -1.5",
    ),
    Shared(
        "backward", "variance-term-times-variance", VARIANCE,
        "through_var = {xhat} * {std} ** 2 * np.mean({dxhat} * {xhat})",
        "The part of dx that goes through the variance is too large by the factor std ** 2: it has x - mean "
        "twice where it needs xhat, or (var + eps) ** -0.5 where it needs ** -1.5. " + WHOLE,
        "courses: (var + eps) ** -0.5 for ** -1.5 in dvar; dividing by std once where it takes three times",
    ),
    Shared(
        "backward", "variance-term-over-std", VARIANCE,
        "through_var = {xhat} / {std} * np.mean({dxhat} * {xhat})",
        "The part of dx that goes through the variance is divided by std once too often: a wrong power of "
        "var + eps, or xhat where x - mean belongs, before the division by std. " + WHOLE,
        "courses: (var + eps) ** -2 for ** -1.5; xhat for x - mean in the formula with ** -1.5",
    ),
    Shared(
        "backward", "half-missing", VARIANCE, "through_var = 2 * {xhat} * np.mean({dxhat} * {xhat})",
        "The part of dx that goes through the variance is twice too large: the 1/2 from the derivative of the square "
        "root is missing, so that nothing cancels the 2 from the square. " + WHOLE,
        layers=PER_SAMPLE,
    ),
    Shared(
        "backward", "two-missing", VARIANCE, "through_var = 0.5 * {xhat} * np.mean({dxhat} * {xhat})",
        "The part of dx that goes through the variance is half as large as it should be: the 2 from the derivative of "
        "(x - mean) ** 2 is missing, so that nothing cancels the 1/2 from the square root. " + WHOLE,
    ),
    # Both paths
    Shared(
        "backward", "terms-not-averaged", f"{MEAN}\n        {VARIANCE}",
        "through_mean = np.sum({dxhat})\n        through_var = {xhat} * np.sum({dxhat} * {xhat})",
        "Both sums in dx are taken for means: neither is divided by {n}. " + WHOLE,
        layers=PER_SAMPLE,
    ),
    Shared(
        "backward", "terms-not-averaged", f"{MEAN}\n            {VARIANCE}",
        "through_mean = np.sum({dxhat})\n            through_var = {xhat} * np.sum({dxhat} * {xhat})",
        "Both sums in dx are taken for means: neither is divided by {n}. " + WHOLE,
        layers=("batch_norm",),
    ),
    Shared(
        "backward", "terms-over-batch-size", f"{MEAN}\n        {VARIANCE}",
        "through_mean = np.sum({dxhat}) / {batch}\n"
        "        through_var = {xhat} * np.sum({dxhat} * {xhat}) / {batch}",
        "Both sums in dx are divided by the number of samples. The statistics are those of {over}, so divide "
        "by {n}, as forward does. " + WHOLE,
        "courses: the N of batch norm kept in layer norm",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "terms-across", f"{MEAN}\n        {VARIANCE}",
        "through_mean = {across}\n        through_var = {xhat} * {across_xhat}",
        "Both means in dx are taken over the samples, as in batch norm. They run over {over}, the values that shared a "
        "mean in forward. " + WHOLE,
        "courses: the backward of batch norm copied, with its axis",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "statistics-constant", SUM, "{dxhat} / {std}",
        "dx treats mean and variance as constants, but forward computes them from x, and two paths from x to out lead "
        "through them. " + WHOLE,
        layers=PER_SAMPLE,
    ),
    Shared(
        "backward", "elementwise-jacobian", SUM,
        "{dxhat} * (1 - 1 / {count} - {xhat} ** 2 / {count}) / {std}",
        "dx multiplies each entry of dout by the derivative of its own output alone. Every x moves all outputs of its "
        "{set}, through mean and variance, so dx needs sums over them. " + WHOLE,
        "courses: only the diagonal of the Jacobian, multiplied entry by entry",
    ),
    # Factors of the whole
    Shared(
        "backward", "not-divided-by-the-count", SUM, "({dxhat} - through_mean - through_var) * {count} / {std}",
        "dx is too large by the factor {n}. In the form with n * dxhat - sum(dxhat) - xhat * sum(dxhat * "
        "xhat) the whole must be divided by n. " + WHOLE,
        "courses: the 1 / N in front of the compact formula left out",
    ),
    Shared(
        "backward", "std-missing", SUM, "{dxhat} - through_mean - through_var",
        "dx is not divided by the standard deviation. xhat changes by 1 / std where x changes by 1. " + WHOLE,
        layers=("batch_norm", "layer_norm"),
    ),
    Shared(
        "backward", "multiplied-by-std", SUM, "({dxhat} - through_mean - through_var) * {std}",
        "dx is multiplied by the standard deviation, but forward divides by it, and so must backward. " + WHOLE,
        "courses: * std for / std, where the cache has std for 1 / std",
    ),
    Shared(
        "backward", "divided-by-variance", SUM, "({dxhat} - through_mean - through_var) / {std} ** 2",
        "dx is divided by the variance, but xhat changes by 1 over the standard deviation where x changes by 1: divide "
        "by std = sqrt(var + eps). " + WHOLE,
        "courses: var for its root",
    ),
    Shared(
        "backward", "gamma-missing", "{scaled}", "{unscaled}",
        "gamma is left out of dx: out = gamma * xhat + beta, so the gradient of xhat is gamma * dout. While gamma is "
        "still 1 the mistake does not show. " + WHOLE,
        layers=PER_SAMPLE,
    ),
    Shared(
        "backward", "gamma-twice", "{scaled}", "{scaled_twice}",
        "dx has the factor gamma twice: it is in dxhat = gamma * dout already. While gamma is still 1 the mistake does "
        "not show. " + WHOLE,
    ),
    # The mean of xhat ** 2 is var / (var + eps), which gives the variance back.
    Shared(
        "backward", "eps-missing", SUM,
        "({dxhat} - through_mean - through_var) / ({std} * np.sqrt(np.mean({xhat} ** 2)))",
        "Backward divides by sqrt(var), but forward by sqrt(var + eps). Keep std of forward in the cache, with eps in "
        "it, and use it again.",
        "courses: the standard deviation computed again in backward, without eps",
    ),
    Shared(
        "backward", "eps-subtracted", SUM,
        "({dxhat} - through_mean - through_var) / ({std} * np.sqrt(2 * np.mean({xhat} ** 2) - 1))",
        "Backward subtracts eps from the variance, but forward adds it. Keep std of forward in the cache and use it "
        "again.",
        "courses: a wrong sign where the standard deviation is computed again in backward",
    ),
    # The parameters
    Shared(
        "backward", "dgamma-from-centred", "{dgamma_product}", "{dgamma_product} * {one_std}",
        "dgamma takes x - mean, which is not divided by std yet. out = gamma * xhat + beta, so gamma is multiplied by "
        "xhat: write dgamma as the sum of dout * xhat.",
        "courses: the wrong entry of the cache",
    ),
    Shared(
        "backward", "dgamma-over-std", "{dgamma_product}", "{dgamma_product} / {one_std}",
        "dgamma divides by std once too often: xhat has been divided by it already. Write dgamma as the sum of "
        "dout * xhat.",
        "courses: xhat / std in backward",
    ),
    Shared(
        "backward", "dgamma-from-x", "{cache}", "{cache_x}",
        "The raw x is used where xhat is needed: dgamma then is the sum of dout * x. out = gamma * xhat + beta, so "
        "gamma is multiplied by xhat: keep xhat in the cache, and sum dout * xhat.",
        "courses: x for x_hat in dgamma",
        function="forward",
    ),
    Shared(
        "backward", "dgamma-with-gamma", "{dgamma_one}", "{one_gamma} * {dgamma_one}",
        "dgamma has the factor gamma. The derivative of gamma * xhat by gamma is xhat alone: sum dout * xhat. gamma "
        "belongs into dx only.",
        "courses: dxhat for dout in dgamma",
    ),
    Shared(
        "backward", "dbeta-with-gamma", "{dbeta}", "{dbeta_gamma}",
        "dbeta has the factor gamma. beta is added to gamma * xhat, so its gradient is the plain sum of dout. gamma "
        "belongs into dx only.",
        "courses: dxhat for dout in dbeta",
    ),
    Shared(
        "backward", "dgamma-without-xhat", "{dgamma_product}", "{dout_alone}",
        "dgamma is the sum of dout, which is dbeta. gamma is multiplied by xhat in forward: sum dout * xhat.",
        "courses: dgamma and dbeta by the same line",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "dbeta-overwritten", "{dbeta}", "{dbeta_assigned}",
        "dbeta is that of the last sample: each sample's share overwrites the one before. All samples share beta, so "
        "their shares add up: use += in the loop, or sum over the batch.",
        "courses: parameter gradients overwritten per sample; tests with a batch of one",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "dgamma-dbeta-swapped", "{returned}", "{returned_swapped}",
        "dgamma and dbeta are returned in each other's place; both have the same shape, so no error is raised. The "
        "order is that of the arguments of forward: return dx, dgamma, dbeta.",
        "courses: the order of the results, or of unpacking them",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "dgamma-mean-over-batch", "{returned}", "{returned_dgamma_mean}",
        "dgamma is divided by the number of samples. Every output uses gamma, so what arrives there adds up; if the "
        "loss is a mean, its 1/N is in dout already. Sum dout * xhat, without dividing.",
        "courses: a mean for a sum in the gradient of a parameter",
    ),
    Shared(
        "backward", "dbeta-mean-over-batch", "{returned}", "{returned_dbeta_mean}",
        "dbeta is divided by the number of samples. Every output uses beta, so what arrives there adds up; if the loss "
        "is a mean, its 1/N is in dout already. Sum dout, without dividing.",
        "courses: a mean for a sum in the gradient of a parameter",
        PER_SAMPLE,
    ),
    Shared(
        "backward", "dgamma-one-number", "{returned}", "{returned_dgamma_number}",
        "The sum for dgamma has no axis and gives one number. gamma has one entry a feature or channel, and so has its "
        "gradient: sum dout * xhat over all axes but that of gamma.",
        "courses: np.sum(dout * xhat) without an axis",
    ),
    Shared(
        "backward", "dbeta-one-number", "{returned}", "{returned_dbeta_number}",
        "The sum for dbeta has no axis and gives one number. beta has one entry a feature or channel, and so has its "
        "gradient: sum dout over all axes but that of beta.",
        "courses: np.sum(dout) without an axis",
    ),
    Shared(
        "backward", "dgamma-not-summed-over-batch", "{returned}", "{returned_dgamma_kept}",
        "dgamma still has an entry for each sample. All samples share gamma, so their shares add up: sum over the "
        "batch axis, too, and dgamma has the shape of gamma.",
        "courses: the batch axis left out of the sum",
    ),
    Shared(
        "backward", "dbeta-not-summed-over-batch", "{returned}", "{returned_dbeta_kept}",
        "dbeta still has an entry for each sample. All samples share beta, so their shares add up: sum over the batch "
        "axis, too, and dbeta has the shape of beta.",
        "courses: the batch axis left out of the sum",
    ),
    # Forward
    Shared(
        "forward", "eps-outside-root", "np.sqrt({var} + eps)", "np.sqrt({var}) + eps",
        "eps is added to the standard deviation, outside the square root. It belongs to the variance: write std = "
        "np.sqrt(var + eps).",
        "courses: misplaced parenthesis",
        PER_SAMPLE,
    ),
    Shared(
        "forward", "eps-missing", "np.sqrt({var} + eps)", "np.sqrt({var})",
        "eps is left out. Where all values are equal the variance is 0, and 0 / 0 gives NaN; elsewhere the result is "
        "slightly too large. Write std = np.sqrt(var + eps), in both modes if there are two.",
        "courses: eps forgotten, often in one of the two modes",
        ("batch_norm", "layer_norm"),
    ),
    Shared(
        "forward", "eps-added-to-the-inverse", "np.sqrt({var} + eps)", "(1 / (1 / np.sqrt({var}) + eps))",
        "eps is added to 1 / sqrt(var). It protects the division, so it must be inside, added to the variance: write "
        "1 / np.sqrt(var + eps).",
        "courses: misplaced parenthesis",
    ),
    Shared(
        "forward", "divided-by-variance", "{affine}", "{g} * {h} / {one_std} + {b}",
        "x - mean is divided by the variance. It must be divided by the standard deviation, the square root of it: "
        "write std = np.sqrt(var + eps).",
        "courses: the square root forgotten, often in evaluation only",
    ),
    Shared(
        "forward", "divided-by-variance-without-eps", "{affine}", "{g} * {h} * {one_std} / {plain_var} + {b}",
        "x - mean is divided by the variance alone. It must be divided by the standard deviation, with eps under the "
        "root: write std = np.sqrt(var + eps).",
        "courses: the square root and eps forgotten, often in evaluation only",
    ),
    Shared(
        "forward", "mean-not-subtracted", "({v} - {mean}) / {std}", "{v} / {std}",
        "x is divided by the standard deviation, but its mean is not subtracted first. Write xhat = (x - mean) / std.",
        "courses: x for x - mean",
    ),
    Shared(
        "forward", "brackets-missing", "({v} - {mean}) / {std}", "{v} - {mean} / {std}",
        "Only the mean is divided by the standard deviation: / binds tighter than -. Write xhat = (x - mean) / std, "
        "with the brackets.",
        "courses: x - mean / np.sqrt(var + eps)",
    ),
    Shared(
        "forward", "multiplied-by-std", "({v} - {mean}) / {std}", "({v} - {mean}) * {std}",
        "x - mean is multiplied by the standard deviation. Dividing by it gives values of variance 1: write xhat = "
        "(x - mean) / std.",
        "courses: * std for / std, where another line has 1 / std",
    ),
    Shared(
        "forward", "variance-not-divided", "np.mean(({v} - {mean}) ** 2)", "np.sum(({v} - {mean}) ** 2)",
        "The variance is the sum of the squares. It is their mean over {over}: write np.mean((x - mean) ** 2, ...), or "
        "divide the sum by {n}.",
        "courses: np.sum for np.mean",
    ),
    Shared(
        "forward", "variance-around-zero", "{affine}", "{g} * {h} * {one_std} / np.sqrt({square} + eps) + {b}",
        "The variance is taken as the mean of x ** 2. The mean must be subtracted first: write np.mean((x - mean) ** "
        "2), over {over}.",
        "courses: x for x - mean in the variance",
    ),
    Shared(
        "forward", "ddof-1", "np.mean(({v} - {mean}) ** 2)",
        "np.sum(({v} - {mean}) ** 2) / np.float64(values[n, block].size - 1)",
        "The variance is taken with one less in the denominator. A normalisation divides by {n}: it describes the "
        "values it has and estimates nothing. Leave out ddof=1: x.var() of NumPy has ddof=0.",
        "courses: x.std() of PyTorch or np.var(x, ddof=1)",
        ("group_norm",),
    ),
    Shared(
        "forward", "scale-missing", "{affine}", "{h} + {b}",
        "The result is not scaled by gamma. The output is gamma * xhat + beta, in training and in evaluation.",
        "courses: gamma forgotten, often in evaluation only",
    ),
    Shared(
        "forward", "shift-missing", "{affine}", "{g} * {h}",
        "beta is not added. The output is gamma * xhat + beta, in training and in evaluation.",
        "courses: beta forgotten, often in evaluation only",
    ),
    Shared(
        "forward", "scale-and-shift-missing", "{affine}", "{h}",
        "The normalised values are returned as they are, without gamma and beta. The output is gamma * xhat + beta, in "
        "training and in evaluation.",
        "courses: out = xhat, often in evaluation only",
    ),
    Shared(
        "forward", "shift-subtracted", "{affine}", "{g} * {h} - {b}",
        "beta is subtracted, but it must be added: the output is gamma * xhat + beta.",
        "courses: a wrong sign",
    ),
    Shared(
        "forward", "gamma-beta-swapped", "{affine}", "{b} * {h} + {g}",
        "gamma and beta are exchanged: gamma scales and beta shifts. The output is gamma * xhat + beta.",
        "courses: the order of the arguments",
    ),
    Shared(
        "forward", "scaled-after-the-shift", "{affine}", "{g} * ({h} + {b})",
        "beta is added before the multiplication by gamma, and is scaled by it. The output is gamma * xhat + beta.",
        "courses: misplaced parenthesis",
    ),
)  # fmt: skip


def _completed(words: dict[str, str]) -> dict[str, str]:
    """Return the words of a layer, and those that follow from them."""
    target = words["dbeta"].partition(" ")[0]
    batch = words["batch"]
    made = {
        "dbeta_gamma": words["dbeta"].replace(
            words["dbeta_one"], f"{words['one_gamma']} * {words['dbeta_one']}"
        ),
        "dbeta_assigned": f"{target} = {words['dbeta_one']}",
        "dout_alone": words["dgamma_product"].partition(" * ")[0],
        "returned_swapped": "return dx, dbeta.astype(gamma.dtype), dgamma.astype(gamma.dtype)",
        "returned_dgamma_mean": words["returned_dgamma"].format(f"dgamma / {batch}"),
        "returned_dbeta_mean": words["returned_dbeta"].format(f"dbeta / {batch}"),
        "returned_dgamma_number": words["returned_dgamma"].format("np.sum(dgamma)"),
        "returned_dbeta_number": words["returned_dbeta"].format("np.sum(dbeta)"),
        "returned_dgamma_kept": words["returned_dgamma"].format(words["kept_axes"]),
        "returned_dbeta_kept": words["returned_dbeta"].format(words["kept_axes_beta"]),
    }
    return {**words, **made}


for _layer, _words in WORDS.items():
    WORDS[_layer] = _completed(_words)

_OWN = tuple(row for shared in SHARED for row in shared.rows())


def _spatial(row: Mutant) -> Mutant:
    """Return a row of batch norm as one of spatial batch norm, which calls its functions."""
    why = row.why.replace("(axis=0)", "and their pixels").replace("axis=0", "axis=(0, 2, 3)")
    return replace(
        row, layer="spatial_batch_norm", function=row.edited, why=why.replace("feature", "channel")
    )


NOT_SPATIAL = ("axis-swapped", "running-not-updated", "evaluation-as-training-in-steps", "xhat-buffer-shared")
"""Rows of batch norm that show nothing there, or are the same as another row."""

MUTANTS = (
    *_OWN,
    *(
        _spatial(row)
        for row in (*batch_norm.MUTANTS, *_OWN)
        if row.layer == "batch_norm" and row.name not in NOT_SPATIAL
    ),
)
