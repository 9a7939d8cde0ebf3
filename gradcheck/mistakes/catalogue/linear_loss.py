"""Mistakes in linear_softmax_loss and linear_svm_loss."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="linear_softmax_loss",
        part="forward",
        name="regularisation-missing",
        was=" + reg * np.sum(w * w)",
        now="",
        why="The loss has no regularisation: the argument reg is ignored. Add reg * np.sum(W * W).",
        stands_for="courses: reg in the gradient only",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="forward",
        name="regularisation-halved",
        was="reg * np.sum(w * w)",
        now="reg * np.sum(w * w) / 2",
        why="The loss has a factor of one half in its regularisation, and the gradient has not: 2 * reg * W "
        "belongs to reg * np.sum(W * W). Write the same in both.",
        stands_for="courses: the 1/2 of other years in the loss only",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="forward",
        name="regularisation-averaged",
        was="total / N + reg * np.sum(w * w)",
        now="(total + reg * np.sum(w * w)) / N",
        why="The regularisation is divided by the number of samples, too. Only the data loss is a mean: add "
        "the regularisation afterwards.",
        stands_for="courses: loss += reg * ... before loss /= N",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="forward",
        name="mean-missing",
        was="total / N",
        now="total",
        why="The losses of the samples are added up but not averaged, so that the loss grows with the batch. "
        "Divide by the number of samples.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="regularisation-missing",
        was=" + 2 * reg * w",
        now="",
        why="The gradient has no regularisation, but the loss has: add 2 * reg * W.",
        stands_for="courses: reg in the loss only",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="factor-two-missing",
        was="2 * reg * w",
        now="reg * w",
        why="The derivative of reg * W**2 is 2 * reg * W, and the factor of two is missing. It cancels only "
        "if the loss has a factor of one half.",
        stands_for="courses: the derivative of 0.5 * reg * W**2",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="regularisation-averaged",
        was="dw / N + 2 * reg * w",
        now="(dw + 2 * reg * w) / N",
        why="The regularisation is divided by the number of samples, too. Only the data loss is a mean: add 2"
        " * reg * W afterwards.",
        stands_for="courses: dW += 2 * reg * W before dW /= N",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="mean-missing",
        was="dw / N",
        now="dw",
        why="The loss is a mean over the batch, but the gradient is that of the sum: N times too large. "
        "Divide dW by the number of samples.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="dout-ignored",
        was="np.asarray(dw * dout, ",
        now="np.asarray(dw, ",
        why="The upstream gradient is taken to be 1. A loss may be weighted or be one of several: multiply dW"
        " by dout.",
        stands_for="courses: a loss that is always the last layer",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="regularisation-missing",
        was=" + reg * np.sum(w * w)",
        now="",
        why="The loss has no regularisation: the argument reg is ignored. Add reg * np.sum(W * W).",
        stands_for="courses: reg in the gradient only",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="regularisation-halved",
        was="reg * np.sum(w * w)",
        now="reg * np.sum(w * w) / 2",
        why="The loss has a factor of one half in its regularisation, and the gradient has not: 2 * reg * W "
        "belongs to reg * np.sum(W * W). Write the same in both.",
        stands_for="courses: the 1/2 of other years in the loss only",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="regularisation-averaged",
        was="total / N + reg * np.sum(w * w)",
        now="(total + reg * np.sum(w * w)) / N",
        why="The regularisation is divided by the number of samples, too. Only the data loss is a mean: add "
        "the regularisation afterwards.",
        stands_for="courses: loss += reg * ... before loss /= N",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="mean-missing",
        was="total / N",
        now="total",
        why="The losses of the samples are added up but not averaged, so that the loss grows with the batch. "
        "Divide by the number of samples.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="regularisation-missing",
        was=" + 2 * reg * w",
        now="",
        why="The gradient has no regularisation, but the loss has: add 2 * reg * W.",
        stands_for="courses: reg in the loss only",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="factor-two-missing",
        was="2 * reg * w",
        now="reg * w",
        why="The derivative of reg * W**2 is 2 * reg * W, and the factor of two is missing. It cancels only "
        "if the loss has a factor of one half.",
        stands_for="courses: the derivative of 0.5 * reg * W**2",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="regularisation-averaged",
        was="dw / N + 2 * reg * w",
        now="(dw + 2 * reg * w) / N",
        why="The regularisation is divided by the number of samples, too. Only the data loss is a mean: add 2"
        " * reg * W afterwards.",
        stands_for="courses: dW += 2 * reg * W before dW /= N",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="mean-missing",
        was="dw / N",
        now="dw",
        why="The loss is a mean over the batch, but the gradient is that of the sum: N times too large. "
        "Divide dW by the number of samples.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="dout-ignored",
        was="np.asarray(dw * dout, ",
        now="np.asarray(dw, ",
        why="The upstream gradient is taken to be 1. A loss may be weighted or be one of several: multiply dW"
        " by dout.",
        stands_for="courses: a loss that is always the last layer",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="forward",
        name="shift-missing",
        was="s = s - np.max(s)",
        now="pass",
        why="exp of a score of a thousand is infinity, and the loss NaN. Subtract the maximum of each row of "
        "the scores first: it changes nothing else.",
        stands_for="courses: the shift left out",
    ),
    Mutant(
        layer="linear_softmax_loss",
        part="backward",
        name="one-hot-missing",
        was="p[c] - 1 if c == y[n] else p[c]",
        now="p[c]",
        why="The probability of the label is not reduced by 1, so that every class is pushed down. Subtract 1"
        " from it: p[y] - 1.",
        stands_for="courses: the case of the correct class left out",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="label-counted",
        was="c != y[n] and not",
        now="not",
        why="The label's own class is counted too. Its score exceeds itself by 0, which is less than the "
        "margin, so that every sample costs 1 too much. Skip it.",
        stands_for="courses: the line that skips the label is missing",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="forward",
        name="margin-missing",
        was=" + MARGIN",
        now="",
        why="A class costs only when its score exceeds the label's. It must stay below by 1: max(0, s[c] - "
        "s[label] + 1).",
        stands_for="courses: the delta left out",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="label-gradient-missing",
        was="                dw[:, y[n]] -= x[n]\n",
        now="",
        why="Only the wrong classes get a gradient. Each of them was compared with the label's score: dW[:, "
        "y] -= x for every class that comes too close.",
        stands_for="courses: the gradient of the correct class left out",
    ),
    Mutant(
        layer="linear_svm_loss",
        part="backward",
        name="margin-ignored",
        was=" + MARGIN",
        now="",
        why="Classes whose score is below the label's but within the margin get no gradient, although they "
        "cost something in forward. Use the same condition: s[c] - s[label] + 1 > 0.",
        stands_for="courses: a delta in forward only",
    ),
)
