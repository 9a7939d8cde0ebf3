"""Mistakes in softmax_loss, svm_loss and mse_loss."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="mean-missing",
        was="np.sum(losses) / N",
        now="np.sum(losses)",
        why="The losses of the samples are added up but not averaged, so that the loss grows with the batch. Divide "
        "by the number of samples, N = x.shape[0].",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="mean-over-classes",
        was="np.sum(losses) / N",
        now="np.sum(losses) / x.shape[1]",
        why="The sum over the samples is divided by the number of classes. A mean over the batch divides by the "
        "number of samples: N = x.shape[0], the first axis.",
        stands_for="courses: x.shape[1] for x.shape[0]; invisible with as many samples as classes",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="shift-missing",
        was="shifted = x[n] - np.max(x[n])",
        now="shifted = x[n]",
        why="exp of a score of a thousand is infinity, and the loss NaN. Softmax does not change when a row is "
        "shifted: subtract the row's maximum first, x - np.max(x, axis=1, keepdims=True).",
        stands_for="courses: the formula typed in",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="shift-by-global-max",
        was="np.max(x[n])",
        now="np.max(x)",
        why="One maximum is subtracted from all rows: in a row whose scores lie far below it every exp is 0, and "
        "log(0) is -inf. Each row has its own maximum: np.max(x, axis=1, keepdims=True).",
        stands_for="courses: np.max(x) without an axis",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="log-of-zero",
        was="np.log(total) - shifted[y[n]]",
        now="-np.log(probabilities[n, y[n]])",
        why="A probability below 1e-308 is 0, and its logarithm -inf, although the loss is a number of a moderate "
        "size. Do not take the logarithm of the quotient: log(sum(exp(shifted))) - shifted[label].",
        stands_for="courses: -np.log(p[range(N), y])",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="log-with-epsilon",
        was="np.log(total) - shifted[y[n]]",
        now="-np.log(probabilities[n, y[n]] + 1e-8)",
        why="The small number that should avoid log(0) makes every loss slightly wrong and caps it at 18, and the "
        "gradient does not take it into account. No logarithm of 0 occurs in log(sum(exp(shifted))) - "
        "shifted[label].",
        stands_for="courses: + 1e-8 in the logarithm",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="sum-over-whole-batch",
        was="total = np.sum(np.exp(shifted))",
        now="total = np.sum(np.exp(x - np.max(x[n])))",
        why="The exponentials of all samples are added up, so that the probabilities of one sample do not sum to 1. "
        "Add along the classes only: np.sum(np.exp(shifted), axis=1, keepdims=True).",
        stands_for="courses: np.sum without an axis",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="labels-from-one",
        was="shifted[y[n]]",
        now="shifted[y[n] - 1]",
        why="The labels are taken to start at 1, so that another class is rewarded; label 0 wraps around to the last "
        "one. Labels are indices from 0 to C - 1: use y as it is.",
        stands_for="courses: labels of MATLAB, or of a data set that counts from 1",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="mean-missing",
        was="dx * dout / N",
        now="dx * dout",
        why="The loss is a mean over the batch, but the gradient is that of the sum: N times too large. Divide by "
        "the number of samples, as forward does.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="mean-over-classes",
        was="dx * dout / N",
        now="dx * dout / dx.shape[1]",
        why="The gradient is divided by the number of classes. The loss is a mean over the samples: divide by N, the "
        "first axis.",
        stands_for="courses: x.shape[1] for x.shape[0]; invisible with as many samples as classes",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="one-hot-missing",
        was="dx[n, y[n]] -= 1",
        now="pass",
        why="The probabilities themselves are returned. The gradient is the probabilities less 1 at the label: "
        "dx[range(N), y] -= 1.",
        stands_for="courses: half of the formula",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="one-hot-in-all-rows",
        was="for n in range(len(y)):\n        if kept[n]:\n            dx[n, y[n]] -= 1\n        else:\n"
        "            dx[n] = 0",
        now="dx[:, y[kept]] -= 1\n    dx[~kept] = 0",
        why="dx[:, y] picks the columns of all labels in every row, so that 1 is taken off too often. One entry a "
        "row is meant: dx[range(N), y] -= 1.",
        stands_for="courses: a colon where range(N) is needed",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="sign-flipped",
        was="dx * dout / N",
        now="-dx * dout / N",
        why="The gradient points the other way: it is probabilities less one-hot, not one-hot less probabilities. "
        "Descent would go uphill. Write p - one_hot.",
        stands_for="courses: y - p, as in the update rule of logistic regression",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="dout-ignored",
        was="dx * dout / N",
        now="dx / N",
        why="The upstream gradient is taken to be 1. A loss may be weighted or be one of several: multiply by "
        "dout.",
        stands_for="courses: a loss that is always the last layer",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="cache-changed",
        was="dx = probabilities.copy()",
        now="dx = probabilities",
        why="The 1 is taken off the cached probabilities themselves, so that a second backward takes off another. "
        "Take a copy first: dx = probs.copy().",
        stands_for="courses: probs[range(N), y] -= 1",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="mean-over-ignored-rows",
        was="N = int(kept.sum())",
        now="N = len(y)",
        why="The sum over the samples that count is divided by the number of all samples, so that the loss shrinks "
        "with every ignored label. Divide by how many labels are not ignored: np.sum(y != ignore_index).",
        stands_for="frameworks: ignore_index and a mean over the whole batch",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="ignored-rows-counted",
        was="        if kept[n]:\n            losses[n]",
        now="        if 0 <= y[n] < x.shape[1]:\n            losses[n]",
        why="Samples whose label is to be ignored cost something where that label is one of a class. Leave out every "
        "sample whose label is ignore_index.",
        stands_for="frameworks: ignored labels taken for invalid ones",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="ignored-rows-not-zeroed",
        was="dx[n] = 0",
        now="pass",
        why="Samples whose label is ignored cost nothing, but get their probabilities for a gradient. Set these rows "
        "to 0: dx[y == ignore_index] = 0.",
        stands_for="frameworks: the mask of ignored labels in forward only (Paddle 28622)",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="ignored-rows-of-class-0",
        variant_of="ignored-rows-not-zeroed",
        was="dx[n] = 0",
        now="dx[n, 0] -= 1",
        why="Samples whose label is ignored cost nothing, but get the gradient of the first class. Set these rows to "
        "0: dx[y == ignore_index] = 0.",
        stands_for="frameworks: np.where(kept, y, 0) for safe indices, and no mask afterwards",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="mean-over-ignored-rows",
        was="N = int(kept.sum())",
        now="N = len(y)",
        why="The gradient is divided by the number of all samples, the loss by that of the samples that count. Divide "
        "by how many labels are not ignored, as forward does.",
        stands_for="frameworks: ignore_index and a gradient over the whole batch",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="label-counted",
        was="if c != y[n]:",
        now="if True:",
        why="The label's own class is counted too. Its score exceeds itself by 0, which is less than the margin, so "
        "that every sample costs one margin too much. Leave the label out: margins[range(N), y] = 0.",
        stands_for="courses: the loss of cs231n without the line that skips the label",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="margin-missing",
        was="x[n, c] - x[n, y[n]] + margin",
        now="x[n, c] - x[n, y[n]]",
        why="A class costs only when its score exceeds the label's. It must stay below by the margin: max(0, x[c] - "
        "x[label] + margin).",
        stands_for="courses: the delta left out",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="margin-hard-coded",
        was="x[n, c] - x[n, y[n]] + margin",
        now="x[n, c] - x[n, y[n]] + 1",
        why="The margin is always 1: the argument is ignored. Use it: max(0, x[c] - x[label] + margin).",
        stands_for="courses: delta = 1 in the formula",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="clip-missing",
        was="np.maximum(excess, 0)",
        now="excess",
        why="Classes that are far enough below the label make the loss smaller. They are right and cost nothing: "
        "max(0, x[c] - x[label] + margin).",
        stands_for="courses: the max with 0 left out",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="worst-class-only",
        was="losses[n] += np.maximum(excess, 0)",
        now="losses[n] = np.maximum(losses[n], excess)",
        why="Only the class that violates the margin most is counted. That is another loss, Crammer and Singer's: "
        "here the violations of all wrong classes are added up.",
        stands_for="courses: the other multiclass hinge loss",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="mean-missing",
        was="np.sum(losses) / N",
        now="np.sum(losses)",
        why="The losses of the samples are added up but not averaged, so that the loss grows with the batch. Divide "
        "by the number of samples, N = x.shape[0].",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="label-gradient-missing",
        was="                dx[n, y[n]] -= 1",
        now="                pass",
        why="Only the wrong classes get a gradient. Each of them was compared with the label's score, which "
        "therefore gets -1 for every class that comes too close: dx[n, y[n]] -= 1.",
        stands_for="courses: the gradient of the correct class left out",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="label-gradient-assigned",
        was="dx[n, y[n]] -= 1",
        now="dx[n, y[n]] = -1",
        why="The label's score gets -1 once, however many classes come too close. Each of them counts: use -= inside "
        "the loop, or minus the number of violations in the row.",
        stands_for="courses: = for -=, mask[range(N), y] = -1",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="margin-ignored",
        was="x[n, c] - x[n, y[n]] + margin",
        now="x[n, c] - x[n, y[n]]",
        why="Classes whose score is below the label's but within the margin get no gradient, although they cost "
        "something in forward. Put the margin into the cache, and use the same condition as forward: x[c] - "
        "x[label] + margin > 0.",
        stands_for="courses: a delta in forward only, or one of 1 in the formula",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="excess-for-slope",
        was="dx[n, c] += 1\n                dx[n, y[n]] -= 1",
        now="dx[n, c] += excess\n                dx[n, y[n]] -= excess",
        why="The amount of the violation is used as the gradient, which belongs to a squared hinge. The loss grows "
        "by 1 for every 1 of the score: add 1, not the excess.",
        stands_for="courses: the margins used where their mask is needed",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="mean-missing",
        was="dx * dout / N",
        now="dx * dout",
        why="The loss is a mean over the batch, but the gradient is that of the sum: N times too large. Divide by "
        "the number of samples, as forward does.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="dout-ignored",
        was="dx * dout / N",
        now="dx / N",
        why="The upstream gradient is taken to be 1. A loss may be weighted or be one of several: multiply by "
        "dout.",
        stands_for="courses: a loss that is always the last layer",
    ),
    Mutant(
        layer="mse_loss",
        part="forward",
        name="mean-missing",
        was="np.sum(difference * difference) / x.size",
        now="np.sum(difference * difference)",
        why="The squares are added up but not averaged. Divide by the number of entries: np.mean((x - y) ** 2).",
        stands_for="courses: the sum of squares for their mean",
    ),
    Mutant(
        layer="mse_loss",
        part="forward",
        name="mean-over-batch-only",
        was="/ x.size",
        now="/ x.shape[0]",
        why="The sum is divided by the number of samples. Here the mean is over all entries: divide by x.size.",
        stands_for="courses: the 1/N of the other losses; right for one output a sample",
    ),
    Mutant(
        layer="mse_loss",
        part="forward",
        name="halved",
        was="/ x.size",
        now="/ x.size / 2",
        why="The loss has a factor of one half, which makes its derivative look simpler and is another definition. "
        "Here the mean of the squares is meant: np.mean((x - y) ** 2).",
        stands_for="courses: the textbook's 1/2",
    ),
    Mutant(
        layer="mse_loss",
        part="forward",
        name="root-taken",
        was="np.sum(difference * difference) / x.size",
        now="np.sqrt(np.sum(difference * difference) / x.size)",
        why="The square root makes it another measure, the root mean square, with another gradient. Leave the root "
        "out: np.mean((x - y) ** 2).",
        stands_for="courses: RMSE for MSE",
    ),
    Mutant(
        layer="mse_loss",
        part="forward",
        name="x-overwritten",
        was="difference = x - y",
        now="difference = x\n    difference -= y",
        why="-= writes the difference into x itself, which belongs to the caller. Make a new array: difference = x - "
        "y.",
        stands_for="courses: x -= y to save memory",
    ),
    Mutant(
        layer="mse_loss",
        part="backward",
        name="factor-two-missing",
        was="2 * (x - y)",
        now="(x - y)",
        why="The derivative of a square has a factor of two: 2 * (x - y) / size. It cancels only if the loss has "
        "a factor of one half.",
        stands_for="courses: the derivative of the textbook's 1/2",
    ),
    Mutant(
        layer="mse_loss",
        part="backward",
        name="mean-missing",
        was="* dout / x.size",
        now="* dout",
        why="The loss is a mean, but the gradient is that of the sum: too large by the number of entries. Divide by "
        "x.size, as forward does.",
        stands_for="courses: the sum of squares for their mean",
    ),
    Mutant(
        layer="mse_loss",
        part="backward",
        name="mean-over-batch-only",
        was="/ x.size",
        now="/ x.shape[0]",
        why="The gradient is divided by the number of samples, but the loss is a mean over all entries. Divide by "
        "x.size.",
        stands_for="courses: the 1/N of the other losses; right for one output a sample",
    ),
    Mutant(
        layer="mse_loss",
        part="backward",
        name="sign-flipped",
        was="2 * (x - y)",
        now="2 * (y - x)",
        why="The gradient points the other way, and descent would go uphill. It is prediction less target: 2 * (x - "
        "y).",
        stands_for="courses: target less prediction, as in the update rule",
    ),
    Mutant(
        layer="mse_loss",
        part="backward",
        name="dout-ignored",
        was="* dout / x.size",
        now="/ x.size",
        why="The upstream gradient is taken to be 1. A loss may be weighted or be one of several: multiply by "
        "dout.",
        stands_for="courses: a loss that is always the last layer",
    ),
    Mutant(
        layer="softmax_loss",
        part="forward",
        name="sign-missing",
        was="loss = np.sum(losses) / N",
        now="loss = -np.sum(losses) / N",
        why="The loss has the wrong sign: it is minus the logarithm of the probability, and never negative. "
        "Write loss = -np.mean(np.log(p[range(N), y])).",
        stands_for="courses: the minus forgotten",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="one-hot-times-n",
        was="dx[n, y[n]] -= 1",
        now="dx[n, y[n]] -= N",
        why="The number of samples is subtracted from the probability of the label. Subtract 1 there, and "
        "divide the whole by N: dx[range(N), y] -= 1.",
        stands_for="courses: dx[range(N), y] -= N",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        name="divided-twice",
        was="dx * dout / N",
        now="dx * dout / N**2",
        why="The gradient is divided by the number of samples twice. The loss is a mean, so divide once: dx /= N.",
        stands_for="courses: a 1/N in two lines",
    ),
    Mutant(
        layer="softmax_loss",
        part="backward",
        function="softmax_loss_forward",
        name="shift-missing",
        was="probabilities[n] = np.exp(shifted) / total",
        now="probabilities[n] = np.exp(x[n]) / np.sum(np.exp(x[n]))",
        why="The probabilities for backward are computed without the shift: exp of a score of a thousand is "
        "infinity, and the gradient NaN. Subtract the maximum of each row here, too.",
        stands_for="courses: the formula typed in again for the gradient",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="label-gradient-of-minus-one",
        was="    gradient: Array = dx * dout / N",
        now="    dx[range(N), y] = -1\n    gradient: Array = dx * dout / N",
        why="The score of the label always gets -1. It gets -1 for every class that comes too close, which "
        "may be none or several: minus the number of violations in the row.",
        stands_for="courses: mask[range(N), y] = -1",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="label-counted",
        was="    gradient: Array = dx * dout / N",
        now="    dx[range(N), y] -= 1\n    gradient: Array = dx * dout / N",
        why="The label itself is counted among the classes that come too close, so that its score gets one -1 "
        "too many. Set its margin to 0 before counting: margins[range(N), y] = 0.",
        stands_for="courses: the line that skips the label is missing",
    ),
    Mutant(
        layer="svm_loss",
        part="forward",
        name="mean-over-classes",
        was="np.sum(losses) / N",
        now="np.sum(losses) / C",
        why="The sum over the samples is divided by the number of classes. A mean over the batch divides by "
        "the number of samples: N = x.shape[0], the first axis.",
        stands_for="courses: x.shape[1] for x.shape[0]",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="mean-over-classes",
        was="dx * dout / N",
        now="dx * dout / C",
        why="The gradient is divided by the number of classes. The loss is a mean over the samples: divide by "
        "N, the first axis.",
        stands_for="courses: x.shape[1] for x.shape[0]",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="sign-flipped",
        was="dx * dout / N",
        now="-dx * dout / N",
        why="The gradient points the other way, and descent would go uphill. The classes that come too close "
        "get +1, and the label gets -1 for each of them.",
        stands_for="courses: the signs exchanged",
    ),
    Mutant(
        layer="svm_loss",
        part="backward",
        name="label-gradient-for-every-class",
        was="                dx[n, c] += 1\n                dx[n, y[n]] -= 1",
        now="                dx[n, c] += 1\n            dx[n, y[n]] -= 1",
        why="The score of the label gets -1 for every other class, also for those that are far enough below. "
        "Only classes that come too close count: put the line into the if, next to dx[n, c] += 1.",
        stands_for="courses: one line indented too little",
    ),
)
