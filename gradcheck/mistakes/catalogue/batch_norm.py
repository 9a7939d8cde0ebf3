"""Mistakes in batch_norm and spatial_batch_norm."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="batch_norm",
        part="forward",
        name="eps-outside-root",
        was="np.sqrt(var[d] + eps)",
        now="np.sqrt(var[d]) + eps",
        why="eps is added to the standard deviation, but it belongs to the variance. The two agree only as far as "
        "eps is negligible, and where the variance is 0 they differ by a factor of sqrt(eps). Write std = "
        "np.sqrt(var + eps).",
        stands_for="courses: eps on the wrong side of the bracket; unseen while eps is 1e-5 and the tolerance 1e-4",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="ddof-1",
        was="var[d] = np.mean((values[:, d] - mean[d]) ** 2)",
        now="var[d] = np.sum((values[:, d] - mean[d]) ** 2) / (N - 1)",
        why="The batch is normalised by the variance with N - 1 in the denominator. Normalising takes the plain "
        "mean of the squares, over N; only the running variance is the unbiased one, and only if unbiased is "
        "True. Write var = np.mean((x - mean) ** 2, axis=0).",
        stands_for="courses: np.std(x, ddof=1), torch.var and MATLAB's var, which divide by N - 1 by default",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="axis-missing",
        was="mean[d] = np.mean(values[:, d])\n            var[d] = np.mean((values[:, d] - mean[d]) ** 2)",
        now="mean[d] = np.mean(values)\n            var[d] = np.mean((values - mean[d]) ** 2)",
        why="There is one mean and one variance for the whole matrix, since np.mean without an axis takes all of "
        "it. Every feature has its own, over the batch. Write x.mean(axis=0) and x.var(axis=0).",
        stands_for="courses: np.mean(x) and np.var(x) without axis=0",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="axis-swapped",
        was="mean[d] = np.mean(values[:, d])\n            var[d] = np.mean((values[:, d] - mean[d]) ** 2)",
        now="mean[:] = np.mean(values, axis=1)\n            var[:] = np.var(values, axis=1)",
        why="Mean and variance are taken along axis 1, over the features of a sample. With as many samples as "
        "features no error is raised, and feature d gets the statistics of sample d. Batch norm goes over the "
        "samples: write x.mean(axis=0) and x.var(axis=0).",
        stands_for="courses: axis=1 for axis=0; silent where the batch has as many samples as features",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="momentum-swapped",
        was='momentum = number("batch_norm", "momentum", momentum)',
        now='momentum = 1 - number("batch_norm", "momentum", momentum)',
        why="The weights of the old and the new statistics are swapped. In cs231n and in Keras momentum is the "
        "weight of the past: running = momentum * running + (1 - momentum) * batch. In PyTorch and in this suite "
        "it is that of the batch: running = (1 - momentum) * running + momentum * batch.",
        stands_for="courses: the other convention of momentum, 0.9 for 0.1",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-not-updated",
        was="BatchNormCache(xhat, std, gamma, training, new_mean, new_var)",
        now="BatchNormCache(xhat, std, gamma, training, running_mean, running_var)",
        why="The running statistics are returned unchanged. The new ones are computed and thrown away, so that "
        "evaluation normalises by the initial ones. Return the updated mean and variance.",
        stands_for="courses: running_mean = ... assigned to a local name and never put back into bn_param",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-biased",
        was="batch_var = var * N / (N - 1) if unbiased else var",
        now="batch_var = var",
        why="The running variance moves towards the variance over N. It estimates the variance of unseen data, "
        "and therefore PyTorch and this interface (unless unbiased=False) use the unbiased one. Write batch_var = "
        "var * N / (N - 1) before the update.",
        stands_for="frameworks: ports between PyTorch, which takes N - 1 here, and Keras or cs231n, which do not",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-updated-in-evaluation",
        was="    if training and new_mean is not None:\n"
        "        new_mean[:] = (1 - momentum) * _widened(new_mean) + momentum * mean\n"
        "    if training and new_var is not None:",
        now="    mean, var = np.mean(values, axis=0), np.var(values, axis=0)\n"
        "    if new_mean is not None:\n"
        "        new_mean[:] = (1 - momentum) * _widened(new_mean) + momentum * mean\n"
        "    if new_var is not None:",
        why="The running statistics are updated in evaluation too, so that the network's output depends on "
        "earlier inputs. They are learned in training only. Put the update into the branch for training.",
        stands_for="courses: the update after the if, where both modes pass",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="batch-statistics-in-evaluation",
        was="if training:\n",
        now="if True:\n",
        why="Evaluation normalises by the mean and variance of the batch. One sample's result then depends on the "
        "others, and a batch of one gives nothing but beta. When not training, write xhat = (x - "
        "running_mean) / np.sqrt(running_var + eps).",
        stands_for="courses: one formula for both modes; a model never switched to evaluation",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-statistics-in-training",
        was="        std[d] = np.sqrt(var[d] + eps)\n        xhat[:, d] = (values[:, d] - mean[d]) / std[d]",
        now="        known = running_mean is not None and running_var is not None\n"
        "        m, v = (running_mean, running_var) if known else (mean, var)\n"
        "        std[d] = np.sqrt(v[d] + eps)\n"
        "        xhat[:, d] = (values[:, d] - m[d]) / std[d]",
        why="Training normalises by the running statistics. These are for evaluation; in training the batch is "
        "normalised by its own mean and variance, and the gradient flows through both. When training, write xhat "
        "= (x - mean) / np.sqrt(var + eps) with the batch's mean and var.",
        stands_for="courses: the two branches exchanged, or both with running_mean",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="one-pass-variance",
        was="var[d] = np.mean((values[:, d] - mean[d]) ** 2)",
        now="var[d] = np.mean(values[:, d] * values[:, d]) - mean[d] * mean[d]",
        why="The variance is taken as E[x^2] - E[x]^2. Where the mean is large the two are nearly equal and "
        "nearly all digits cancel; the rest may even be negative, and its root NaN. Subtract the mean first: "
        "write var = np.mean((x - mean) ** 2, axis=0).",
        stands_for="frameworks: one pass over the data in fused kernels; courses: the textbook's second formula",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-changed-in-place",
        was="    new_mean = None if running_mean is None else running_mean.copy()\n"
        "    new_var = None if running_var is None else running_var.copy()",
        now="    new_mean = running_mean\n    new_var = running_var",
        why="The update writes into the caller's running_mean and running_var. A second forward on the same "
        "arguments then starts from other statistics, and a numerical check of the layer moves them as well. "
        "Update a copy: new_mean = running_mean.copy(), and return it.",
        stands_for="courses: running_mean *= 1 - momentum; frameworks that update buffers inside forward",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="gamma-missing",
        was="dxhat = gamma[d] * dout[:, d]",
        now="dxhat = dout[:, d]",
        why="gamma is left out of dx. out = gamma * xhat + beta, so what arrives at xhat is gamma times dout; "
        "while gamma is still 1, the mistake does not show. Start with dxhat = gamma * dout.",
        stands_for="courses: tests with gamma = 1",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="mean-term-missing",
        was="(dxhat - through_mean - through_var) / std[d]",
        now="(dxhat - through_var) / std[d]",
        why="x also moves the mean that is subtracted from every value, and this path is left out of dx. The "
        "gradient of a batch adds up to 0 in each feature; here it does not. Write dx = (dxhat - "
        "dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std.",
        stands_for="courses: the path through the mean forgotten in the computational graph",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="half-missing",
        was="through_var = xhat[:, d] * np.mean(dxhat * xhat[:, d])",
        now="through_var = 2 * xhat[:, d] * np.mean(dxhat * xhat[:, d])",
        why="The path through the variance counts twice: the 1/2 from the derivative of the square root is "
        "missing, so that nothing cancels the 2 from the square. Write dvar = np.sum(dxhat * (x - mean) * -0.5 * "
        "(var + eps) ** -1.5, axis=0).",
        stands_for="courses: -(var + eps) ** -1.5 without the 0.5",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="statistics-constant",
        was="(dxhat - through_mean - through_var) / std[d]",
        now="dxhat / std[d]",
        why="Mean and variance are treated as constants in training. They are functions of x, and two of the "
        "three paths from out to x lead through them: dx = dxhat / std is right in evaluation only. Subtract "
        "dxhat.mean(axis=0) and xhat * (dxhat * xhat).mean(axis=0) before dividing by std.",
        stands_for="courses: the gradient of evaluation in training; frameworks: statistics detached from the graph",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="evaluation-as-training",
        was="if cache.training:",
        now="if True:",
        why="In evaluation dx goes through a mean and a variance of the batch that forward did not use: the "
        "running statistics do not depend on x. Keep the mode in the cache and, when not training, write dx = "
        "gamma * dout / std.",
        stands_for="courses: a backward that does not know the mode; frameworks: gradients of frozen batch norms",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="evaluation-as-training-in-steps",
        was="            through_mean = np.mean(dxhat)\n"
        "            through_var = xhat[:, d] * np.mean(dxhat * xhat[:, d])\n"
        "            dx[:, d] = (dxhat - through_mean - through_var) / std[d]\n"
        "        else:\n"
        "            dx[:, d] = dxhat / std[d]",
        now="            pass\n"
        "        centred = dxhat - xhat[:, d] * np.mean(dxhat * xhat[:, d])\n"
        "        dx[:, d] = (centred - np.mean(centred)) / std[d]",
        why="In evaluation dx goes step by step back through a variance and a mean of the batch (dvar, then "
        "dmean) that forward did not use: the running statistics do not depend on x. Keep the mode in the "
        "cache and, when not training, write dx = gamma * dout / std.",
        stands_for="courses: the computational graph of training walked in both modes",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="dgamma-without-xhat",
        was="dgamma[d] = np.sum(dout[:, d] * xhat[:, d])",
        now="dgamma[d] = np.sum(dout[:, d])",
        why="dgamma is the plain sum of dout, which is dbeta. gamma multiplies xhat, so its gradient is weighed "
        "by xhat: write dgamma = np.sum(dout * xhat, axis=0).",
        stands_for="courses: dgamma copied from the line of dbeta",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="dbeta-mean-over-batch",
        was="dbeta[d] = np.sum(dout[:, d])",
        now="dbeta[d] = np.mean(dout[:, d])",
        why="dbeta is the mean over the batch, 1/N of what it should be. beta is added to every sample, so what "
        "arrives there adds up; if the loss is a mean, its 1/N is in dout already. Write dbeta = "
        "dout.sum(axis=0).",
        stands_for="courses: gradients averaged over the batch a second time",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="dgamma-dbeta-swapped",
        was="return dx, dgamma, dbeta",
        now="return dx, dbeta, dgamma",
        why="dgamma and dbeta are right, but each is returned in the place of the other; their shapes are equal, "
        "so no error is raised. The order is that of the arguments of forward: return dx, dgamma, dbeta.",
        stands_for="courses: results in another order",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        name="xhat-overwritten",
        was="            through_var = xhat[:, d] * np.mean(dxhat * xhat[:, d])",
        now="            xhat[:, d] *= np.mean(dxhat * xhat[:, d])\n            through_var = xhat[:, d]",
        why="Backward multiplies the cached xhat in place. The first backward is right; a second one on the same "
        "cache uses the changed values. The cache is read only: put the product into an array of its own, term = "
        "xhat * (dxhat * xhat).mean(axis=0).",
        stands_for="courses: *= on an array out of the cache to save memory",
    ),
    Mutant(
        layer="batch_norm",
        part="backward",
        function="batch_norm_forward",
        name="xhat-buffer-shared",
        was="xhat = np.zeros((N, D), values.dtype)",
        now="buffers = globals().setdefault('_buffers', {})\n"
        "    xhat = buffers.setdefault((N, D, values.dtype), np.zeros((N, D), values.dtype))",
        why="What backward needs lies in an array that all calls of the module share, so that a second forward "
        "overwrites what the backward of the first needs: two batch norms of equal size in a network are enough. "
        "Make a new xhat in every forward, and return it in the cache.",
        stands_for="courses: state on a module global; frameworks: a workspace used again too early",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="reshape-for-transpose",
        was="    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)\n"
        "    out_rows, cache = batch_norm_forward(\n"
        "        rows, *parameters, training=training, eps=eps, momentum=momentum, unbiased=unbiased\n"
        "    )\n"
        "    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    rows = x.reshape(N * H * W, C)\n"
        "    out_rows, cache = batch_norm_forward(\n"
        "        rows, *parameters, training=training, eps=eps, momentum=momentum, unbiased=unbiased\n"
        "    )\n"
        "    out = out_rows.reshape(N, C, H, W)",
        why="x is brought to N*H*W rows by reshape alone. A reshape keeps the order of the numbers, so a column "
        "holds values of all channels; the shape fits, the channels do not. Move the channels last first: "
        "x.transpose(0, 2, 3, 1).reshape(-1, C), and back with .reshape(N, H, W, C).transpose(0, 3, 1, 2).",
        stands_for="courses: reshape where a transpose is needed",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="layout-guessed",
        was="    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)\n"
        "    out_rows, cache = batch_norm_forward(\n"
        "        rows, *parameters, training=training, eps=eps, momentum=momentum, unbiased=unbiased\n"
        "    )\n"
        "    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    is_last = W == C\n"
        "    rows = (x if is_last else x.transpose(0, 2, 3, 1)).reshape(N * H * W, C)\n"
        "    out_rows, cache = batch_norm_forward(\n"
        "        rows, *parameters, training=training, eps=eps, momentum=momentum, unbiased=unbiased\n"
        "    )\n"
        "    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()\n"
        "    out = out_rows.reshape(x.shape) if is_last else out",
        why="Where the width equals the number of channels, x is taken for channels-last data and its columns are "
        "normalised. The shape does not determine the layout: x is (N, C, H, W) whatever its extents. Take mean "
        "and variance over the axes (0, 2, 3), without looking at the sizes.",
        stands_for="frameworks: one layout looks like another where extents are equal; courses: NHWC for NCHW",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="statistics-per-sample",
        was="    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    images = [rows[n * H * W : (n + 1) * H * W] for n in range(N)]\n"
        "    options = {'training': training, 'eps': eps, 'unbiased': False}\n"
        "    out_rows = np.concatenate([batch_norm_forward(r, *parameters, **options)[0] for r in images])\n"
        "    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        why="Every sample is normalised by its own mean and variance, over H and W alone: that is instance norm. "
        "Spatial batch norm takes them over the batch as well, one mean a channel. Write x.mean(axis=(0, 2, "
        "3)) and x.var(axis=(0, 2, 3)).",
        stands_for="courses: spatial statistics over axes (2, 3)",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="momentum-not-passed",
        was="eps=eps, momentum=momentum, unbiased=unbiased",
        now="eps=eps, unbiased=unbiased",
        why="The caller's momentum is not passed on to batch_norm_forward, which then takes its default of 0.1. "
        "The output is right, the running statistics are not, if another momentum is given. Pass it on: "
        "momentum=momentum.",
        stands_for="courses: options dropped or hard-coded on the way to batch norm",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="training-not-passed",
        was="rows, *parameters, training=training, eps=eps",
        now="rows, *parameters, eps=eps",
        why="The mode is not passed on to batch_norm_forward, which then always trains: in evaluation it "
        "normalises by the batch and updates the running statistics. Pass it on: training=training.",
        stands_for="courses: a mode that does not reach the inner layer",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        function="_check_statistics",
        name="single-value-accepted",
        was="least = 2 if unbiased else 1",
        now="least = 1",
        why="A batch with one value a channel is accepted in training. Its variance over N - 1 is 0 / 0, and the "
        "running variance is NaN from then on. Raise ValueError unless there are two values a channel.",
        stands_for="frameworks: NaN in running statistics after a last batch of one",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="reshape-for-transpose",
        was="    dout_rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)",
        now="    dout_rows = dout.reshape(N * H * W, C)",
        why="dout is brought to rows by reshape alone, so its columns mix the channels and no longer match those "
        "of xhat. Move the channels last first: dout.transpose(0, 2, 3, 1).reshape(-1, C).",
        stands_for="courses: reshape where a transpose is needed",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="dx-not-transposed",
        was="dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="dx = dx_rows.reshape(N, C, H, W)",
        why="The rows of dx are reshaped to (N, C, H, W), but they hold the channels last: all numbers are right, "
        "and in the wrong places. Undo the steps of forward: dx.reshape(N, H, W, C).transpose(0, 3, 1, 2).",
        stands_for="courses: transposed on the way in, and not on the way back",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="sample-0-only",
        was="return dx, dgamma, dbeta",
        now="return dx, dgamma, np.sum(dout[0], axis=(1, 2))",
        why="dbeta is the sum over the positions of the first sample only. beta is added to all of them: write "
        "dbeta = dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: a return indented into the loop over the samples; tests with a batch of one",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="batch-mean-in-evaluation",
        was="mean[d] = running_mean[d]",
        now="mean[d] = np.mean(values[:, d])",
        why="In evaluation the mean of the batch is subtracted, where the running mean belongs: a sample's "
        "result then depends on the others. When not training, write xhat = (x - running_mean) / "
        "np.sqrt(running_var + eps).",
        stands_for="courses: one of the two statistics forgotten in the branch for evaluation",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="batch-variance-in-evaluation",
        was="var[d] = running_var[d]",
        now="var[d] = np.var(values[:, d])",
        why="In evaluation the variance of the batch is used, where the running variance belongs: a sample's "
        "result then depends on the others. When not training, write xhat = (x - running_mean) / "
        "np.sqrt(running_var + eps).",
        stands_for="courses: one of the two statistics forgotten in the branch for evaluation",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-with-eps",
        was="batch_var = var * N / (N - 1) if unbiased else var",
        now="batch_var = (var * N / (N - 1) if unbiased else var) + eps",
        why="The running variance is updated with var + eps. eps only protects the division: keep it out of "
        "the variance, and add it where the square root is taken.",
        stands_for="courses: var += eps before the update",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-of-std",
        was="batch_var = var * N / (N - 1) if unbiased else var",
        now="batch_var = np.sqrt(var * N / (N - 1) if unbiased else var)",
        why="The running variance is updated with the standard deviation, its square root. Update it with "
        "var: running_var = momentum * running_var + (1 - momentum) * var, momentum being the weight of "
        "the old value.",
        stands_for="courses: std for var",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-of-std-with-eps",
        was="batch_var = var * N / (N - 1) if unbiased else var",
        now="batch_var = np.sqrt((var * N / (N - 1) if unbiased else var) + eps)",
        why="The running variance is updated with sqrt(var + eps), the number that x - mean is divided by. "
        "Update it with var itself, without eps and without the root.",
        stands_for="courses: the standard deviation kept under the name of the variance",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-from-running-mean",
        was="(1 - momentum) * _widened(new_var)",
        now="(1 - momentum) * (running_mean if running_mean is not None else _widened(new_var))",
        why="The running variance is updated from the running mean: the old value in the line is that of the "
        "other statistic. Write running_var on both sides of the line.",
        stands_for="courses: a copied line with one name left as it was",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="old-value-not-weighted",
        was="(1 - momentum) * _widened(new_mean) + momentum * mean",
        now="_widened(new_mean) + momentum * mean",
        why="The old running mean is taken whole, and the batch is added to it, so that it grows without end. "
        "The two weights add up to 1: one is the momentum, the other is 1 - momentum.",
        stands_for="courses: running_mean += ...",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="old-variance-not-weighted",
        was="(1 - momentum) * _widened(new_var) + momentum * batch_var",
        now="_widened(new_var) + momentum * batch_var",
        why="The old running variance is taken whole, and the batch is added to it, so that it grows without "
        "end. The two weights add up to 1: one is the momentum, the other is 1 - momentum.",
        stands_for="courses: running_var += ...",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="same-weight-for-old-and-batch-mean",
        was="momentum * mean",
        now="(1 - momentum) * mean",
        why="The old running mean and that of the batch get the same weight, so that the weights do not add "
        "up to 1. One has the weight momentum, the other 1 - momentum.",
        stands_for="courses: momentum * running_mean + momentum * mean",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="same-weight-for-old-and-batch-variance",
        was="momentum * batch_var",
        now="(1 - momentum) * batch_var",
        why="The old running variance and that of the batch get the same weight, so that the weights do not "
        "add up to 1. One has the weight momentum, the other 1 - momentum.",
        stands_for="courses: momentum * running_var + momentum * var",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="output-not-transposed",
        was="out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="out = out_rows.reshape(N, C, H, W)",
        why="The rows of (N * H * W, C) are given the shape (N, C, H, W) directly, so that channels and "
        "pixels are mixed. Undo the steps in reverse: out.reshape(N, H, W, C).transpose(0, 3, 1, 2).",
        stands_for="courses: reshape where a transpose is needed, on the way back",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="height-and-width-exchanged",
        was="out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="out = out_rows.reshape(N, H, W, C).transpose(0, 3, 2, 1).reshape(N, C, H, W)",
        why="Height and width are exchanged on the way back, so that rows become columns. Undo the steps in "
        "reverse: out.reshape(N, H, W, C).transpose(0, 3, 1, 2).",
        stands_for="courses: transpose(0, 3, 2, 1) for (0, 3, 1, 2)",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="forward",
        name="statistics-per-position",
        was="    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()\n"
        "    if training:\n"
        "        own, spread = np.mean(x, axis=0), np.sqrt(np.var(x, axis=0) + eps)\n"
        "        shape = (C, 1, 1)\n"
        "        out = parameters[0].reshape(shape) * (x - own) / spread + parameters[1].reshape(shape)",
        why="Mean and variance are taken at every pixel by itself, over the batch only. Spatial batch norm "
        "takes them over rows and columns as well, one mean a channel: x.mean(axis=(0, 2, 3)).",
        stands_for="courses: one channel at a time as (N, H * W), passed to batch norm",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="mean-term-per-sample",
        was="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()\n"
        "    if cache.rows.training:\n"
        "        scaled = dout * (cache.rows.gamma / cache.rows.std).reshape(C, 1, 1)\n"
        "        dx += np.mean(scaled, axis=(0, 2, 3), keepdims=True) - np.mean(scaled, axis=(2, 3), keepdims=True)",
        why="The mean of the gradient runs over the pixels of each sample only. It runs over the batch as "
        "well, like the mean of forward: write dxhat.mean(axis=(0, 2, 3), keepdims=True).",
        stands_for="courses: axis=(2, 3) for axis=(0, 2, 3) in the first mean",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="variance-term-per-sample",
        was="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()\n"
        "    if cache.rows.training:\n"
        "        scaled = dout * (cache.rows.gamma / cache.rows.std).reshape(C, 1, 1)\n"
        "        xhat = cache.rows.xhat.reshape(N, H, W, C).transpose(0, 3, 1, 2)\n"
        "        product = scaled * xhat\n"
        "        own = np.mean(product, axis=(2, 3), keepdims=True)\n"
        "        more = np.mean(product, axis=(0, 2, 3), keepdims=True) - own\n"
        "        dx += xhat * more",
        why="The mean of the product with xhat runs over the pixels of each sample only. It runs over the "
        "batch as well, like the variance of forward: write (dxhat * xhat).mean(axis=(0, 2, 3), "
        "keepdims=True).",
        stands_for="courses: axis=(2, 3) for axis=(0, 2, 3) in the second mean",
    ),
    Mutant(
        layer="spatial_batch_norm",
        part="backward",
        name="terms-over-batch-size",
        was="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()",
        now="    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()\n"
        "    if cache.rows.training:\n"
        "        scaled = dout * (cache.rows.gamma / cache.rows.std).reshape(C, 1, 1)\n"
        "        xhat = cache.rows.xhat.reshape(N, H, W, C).transpose(0, 3, 1, 2)\n"
        "        first = np.sum(scaled, axis=(0, 2, 3), keepdims=True)\n"
        "        second = np.sum(scaled * xhat, axis=(0, 2, 3), keepdims=True)\n"
        "        dx = scaled - first / N - xhat * second / N",
        why="Both sums in dx are divided by the number of samples. A channel has N * H * W values that share "
        "a mean: divide by N * H * W, as forward does.",
        stands_for="courses: the N of batch norm kept in spatial batch norm",
    ),
    Mutant(
        layer="batch_norm",
        part="forward",
        name="running-var-around-zero",
        variant_of="variance-around-zero",
        was="batch_var = var * N / (N - 1) if unbiased else var",
        now="batch_var = np.mean(values**2, axis=0) * (N / (N - 1) if unbiased else 1)",
        why="The running variance is updated with the mean of x ** 2. The mean must be subtracted first: "
        "write np.mean((x - mean) ** 2, axis=0).",
        stands_for="courses: x for x - mean in the variance",
    ),
)
