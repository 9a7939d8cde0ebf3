"""Mistakes in the layers of sequences: embedding, affine and softmax loss over time, positional encoding."""

from gradcheck.mistakes.mutant import Mutant

ADD_ROW = "dW[x[n, t]] += dout[n, t]"
SUMMED = "    for n, t in np.ndindex(N, T):\n        " + ADD_ROW

EMBEDDING = (
    Mutant(
        layer="word_embedding",
        part="forward",
        name="neighbouring-word",
        was="W[x[n, t]]",
        now="W[x[n, t] - 1]",
        why="Each word gets the vector of the one before it in the table, since indices are taken to start at 1. "
        "They start at 0: out = W[x].",
        stands_for="courses: indices of a language that counts from 1",
    ),
    Mutant(
        layer="word_embedding",
        part="backward",
        name="repeats-overwritten",
        was=ADD_ROW,
        now="dW[x[n, t]] = dout[n, t]",
        why="A word that occurs several times keeps the gradient of its last occurrence alone, because dW[x] = dout "
        "assigns. All occurrences share one row, so their gradients add up. Write np.add.at(dW, x, dout).",
        stands_for="courses: dW[x] = dout",
    ),
    Mutant(
        layer="word_embedding",
        part="backward",
        name="repeats-lost-in-fancy-indexing",
        was=SUMMED,
        now="    dW[x] += dout",
        why="dW[x] += dout adds to each row once, however often a word occurs: NumPy reads all rows, adds, and writes "
        "them back, so that the last occurrence wins. Write np.add.at(dW, x, dout), which adds for every occurrence.",
        stands_for="courses: dW[x] += dout",
        variant_of="repeats-overwritten",
    ),
    Mutant(
        layer="word_embedding",
        part="backward",
        name="mean-over-occurrences",
        was="    return dW",
        now="    return dW / np.maximum(np.bincount(x.ravel(), minlength=V), 1)[:, None].astype(dtype)",
        why="The gradient of a word is the mean over its occurrences. A layer sums: each occurrence changed the "
        "output, and the mean over the batch, if there is one, is in dout already.",
        stands_for="frameworks: scale_grad_by_freq, which PyTorch has as an option, switched on",
    ),
    Mutant(
        layer="word_embedding",
        part="backward",
        name="mean-over-batch",
        was=ADD_ROW,
        now="dW[x[n, t]] += dout[n, t] / N",
        why="dW is divided by the size of the batch. The mean over the batch belongs to the loss, and is in dout "
        "already: np.add.at(dW, x, dout).",
        stands_for="courses: a 1/N too many",
    ),
    Mutant(
        layer="word_embedding",
        part="backward",
        name="first-word-as-padding",
        was="    return dW",
        now="    dW[0] = 0\n    return dW",
        why="Row 0 gets no gradient, as if it were the vector of the padding. Here row 0 is a word like any other; "
        "what is padding is left out by the mask of the loss.",
        stands_for="frameworks: padding_idx=0 by default",
    ),
)

X_PART = "dx[n, t] += dout[n, t, m] * w[:, m]"
W_PART = "dw[:, m] += dout[n, t, m] * x[n, t]"
B_PART = "db[m] += dout[n, t, m]"
PRODUCT = "np.sum(x[n, t] * w[:, m]) + b[m]"

AFFINE = (
    Mutant(
        layer="temporal_affine",
        part="forward",
        name="bias-missing",
        was=PRODUCT,
        now="np.sum(x[n, t] * w[:, m])",
        why="The bias is never added. Each unit has one number that is added to its output at every time of every "
        "sample: x.reshape(N * T, D) @ w + b, reshaped to (N, T, M).",
        stands_for="courses: the bias forgotten",
    ),
    Mutant(
        layer="temporal_affine",
        part="forward",
        name="times-and-samples-exchanged",
        was="    return out, TemporalAffineCache",
        now="    out = out.swapaxes(0, 1).copy().reshape(N, T, M)\n    return out, TemporalAffineCache",
        why="The rows come back in another order than they went in: flattened as (T, N), read as (N, T). Flatten and "
        "restore with the same two axes first, x.reshape(N * T, D) and out.reshape(N, T, M), without a transpose.",
        stands_for="courses: reshape(T, N, M) for reshape(N, T, M), or a transpose in between",
    ),
    Mutant(
        layer="temporal_affine",
        part="forward",
        name="first-time-only",
        was="np.ndindex(N, T, M)",
        now="np.ndindex(N, min(T, 1), M)",
        why="Only the first time of each sequence is computed, and the rest stays zero. The layer is the same at each "
        "time: treat (N, T) as one axis of N * T rows.",
        stands_for="courses: a return indented into the loop over the time",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="dw-of-the-last-time",
        was=W_PART,
        now="dw[:, m] += (dout[n, t, m] * x[n, t] if t == T - 1 else 0)",
        why="dw has the share of the last time alone. The weights are used at every time, and their gradient is the "
        "sum over all samples and all times: x.reshape(N * T, D).T @ dout.reshape(N * T, M).",
        stands_for="courses: dw overwritten in the loop over the time",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="db-of-the-last-time",
        was=B_PART,
        now="db[m] += (dout[n, t, m] if t == T - 1 else 0)",
        why="db has the share of the last time alone. The bias is added at every time, and its gradient is the sum "
        "over all samples and all times: dout.sum(axis=(0, 1)).",
        stands_for="courses: db overwritten in the loop over the time",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="db-not-summed-over-time",
        was="    return dx, dw, db",
        now="    return dx, dw, dout.sum(axis=0)",
        why="db still has a row for each time. All times share the bias, as all samples do: dout.sum(axis=(0, 1)).",
        stands_for="courses: dout.sum(axis=0)",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="db-mean-over-time",
        was=B_PART,
        now="db[m] += dout[n, t, m] / T",
        why="db is divided by the length of the sequence. Every use of the bias counts in full: dout.sum(axis=(0, 1)), "
        "not a mean.",
        stands_for="courses: np.mean over the time",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="dw-mean-over-time",
        was=W_PART,
        now="dw[:, m] += dout[n, t, m] * x[n, t] / T",
        why="dw is divided by the length of the sequence. Every use of the weights counts in full: "
        "x.reshape(N * T, D).T @ dout.reshape(N * T, M), without / T.",
        stands_for="courses: a 1/T too many",
    ),
    Mutant(
        layer="temporal_affine",
        part="backward",
        name="weights-transposed",
        was=X_PART,
        now="dx[n, t] += dout[n, t, m] * w.reshape(M, D)[m]",
        why="dx needs the transposed weights, (M, D), but here they are reshaped, which keeps the order of the "
        "numbers. Write dout.reshape(N * T, M) @ w.T.",
        stands_for="courses: w.reshape where w.T was meant",
    ),
)

LOSS = "loss = np.sum(losses) / N"
IF_COUNTED = "        if mask[n, t]:\n            losses[n, t]"
DX = "dx * dout / N"
IF_LEFT_OUT = "        if not mask[n, t]:\n            dx[n, t] = 0\n"

TEMPORAL = (
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="mean-over-all-words",
        was=LOSS,
        now="loss = np.sum(losses) / (N * T)",
        why="The sum is divided by the number of all words. Here the losses of a sequence are added up, and only the "
        "sequences are averaged: divide by N.",
        stands_for="courses: the mean of the flattened losses",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="mean-over-counted-words",
        was=LOSS,
        now="loss = np.sum(losses) / max(np.sum(mask), 1)",
        why="The sum is divided by the number of words that count, as other courses do. Here the losses of a sequence "
        "are added up, and only the sequences are averaged: divide by N.",
        stands_for="courses: / mask.sum()",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="mean-missing",
        was=LOSS,
        now="loss = np.sum(losses)",
        why="The losses are added up but not averaged, so that the loss grows with the batch. Divide by the number of "
        "sequences, N = x.shape[0].",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="mask-forgotten",
        was=IF_COUNTED,
        now="        if True:\n            losses[n, t]",
        why="Words that the mask leaves out are counted: what stands behind the end of a sentence is padding, and has "
        "no right word. Multiply the loss of each word by mask.",
        stands_for="courses: the mask not used in the loss",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="mask-inverted",
        was=IF_COUNTED,
        now="        if not mask[n, t]:\n            losses[n, t]",
        why="The words that count and those that do not are exchanged. The mask is True where a word counts.",
        stands_for="courses: a mask of the padding taken for one of the words",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="shift-missing",
        was="shifted = x[n, t] - np.max(x[n, t])",
        now="shifted = x[n, t]",
        why="exp of a score of a thousand is infinity, and the loss NaN. Softmax does not change when the scores of a "
        "word are shifted: subtract their maximum first, x - np.max(x, axis=2, keepdims=True).",
        stands_for="courses: the formula typed in",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="forward",
        name="softmax-over-time",
        was="total = np.sum(np.exp(shifted))",
        now="total = np.sum(np.exp(x[n, :, y[n, t]] - np.max(x[n, t])))",
        why="The exponentials are added up along the time: the probabilities of the words at one time do not sum to 1. "
        "Add along the last axis, that of the vocabulary.",
        stands_for="courses: axis=1 where axis=2 was meant",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="backward",
        name="mean-over-all-words",
        was=DX,
        now="dx * dout / (N * T)",
        why="The gradient is divided by the number of all words. The loss is the sum over a sequence, averaged over "
        "the sequences: divide by N, as forward does.",
        stands_for="courses: the mean of the flattened losses",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="backward",
        name="mean-over-counted-words",
        was=DX,
        now="dx * dout / max(np.sum(mask), 1)",
        why="The gradient is divided by the number of words that count. The loss is the sum over a sequence, averaged "
        "over the sequences: divide by N, as forward does.",
        stands_for="courses: / mask.sum()",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="backward",
        name="mean-missing",
        was=DX,
        now="dx * dout",
        why="The loss is a mean over the sequences, but the gradient is that of the sum: N times too large. Divide by "
        "the number of sequences, as forward does.",
        stands_for="courses: the missing 1/N",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="backward",
        name="mask-forgotten",
        was=IF_LEFT_OUT,
        now="",
        why="Words that the mask leaves out get a gradient, although the loss does not count them: padding would be "
        "learned. Multiply dx by mask[:, :, None].",
        stands_for="courses: the mask used in the loss alone",
    ),
    Mutant(
        layer="temporal_softmax_loss",
        part="backward",
        name="one-hot-missing",
        was="        dx[n, t, y[n, t]] -= 1\n",
        now="",
        why="The probabilities themselves are returned. The gradient is the probabilities less 1 at the right word.",
        stands_for="courses: half of the formula",
    ),
)

CODE = "code = math.sin(angle) if d % 2 == 0 else math.cos(angle)"
ANGLE = "angle = t / 10000 ** (2 * i / D)"

ENCODING = (
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="sine-and-cosine-exchanged",
        was=CODE,
        now="code = math.cos(angle) if d % 2 == 0 else math.sin(angle)",
        why="Sine and cosine are exchanged. Even features have the sine, and odd ones the cosine: pe[:, 0::2] = sin, "
        "pe[:, 1::2] = cos.",
        stands_for="courses: the wrong order of sin and cos",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="halves-instead-of-pairs",
        was=f"i = d // 2\n        {ANGLE}\n        {CODE}",
        now=f"i = d % -(-D // 2)\n        {ANGLE}\n        {CODE.replace('d % 2 == 0', 'i == d')}",
        why="All sines come first and then all cosines, so that entries stand in other places. Sine and cosine of one "
        "frequency stand side by side: pe[:, 0::2] = sin, pe[:, 1::2] = cos.",
        stands_for="frameworks: the layout of tensor2tensor; courses: np.concatenate",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="exponent-not-doubled",
        was=ANGLE,
        now="angle = t / 10000 ** (i / D)",
        why="The exponent is i / D, where i counts pairs of features. It must be 2i / D, or the frequencies fall half "
        "as fast as they should.",
        stands_for="courses: the wrong denominator",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="exponent-of-the-feature",
        was=ANGLE,
        now="angle = t / 10000 ** (d / D)",
        why="Each cosine has a frequency of its own. A pair of features, 2i and 2i + 1, has one frequency, with the "
        "exponent 2i / D.",
        stands_for="courses: d / D with d the feature, also for odd ones",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="base-of-thousand",
        was="10000 **",
        now="1000 **",
        why="The base of the frequencies is 1000. It must be 10000, as in the definition.",
        stands_for="courses: the wrong denominator",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="times-from-one",
        was=ANGLE,
        now="angle = (t + 1) / 10000 ** (2 * i / D)",
        why="Times are counted from 1. The first word stands at time 0, where all sines are 0 and all cosines 1.",
        stands_for="courses: np.arange(1, T + 1)",
    ),
    Mutant(
        layer="positional_encoding",
        part="forward",
        name="not-added",
        was="x[n, t, d] + code",
        now="code",
        why="The table is returned instead of being added: the words are lost, and only their places are left. Return "
        "x plus the table.",
        stands_for="courses: pe returned for x + pe",
    ),
    Mutant(
        layer="positional_encoding",
        part="backward",
        name="table-in-the-gradient",
        was='np.array(dout, order="C")',
        now="positional_encoding_forward(dout)[0]",
        why="The table is added to the gradient, too. What is added in forward does not depend on x, so that backward "
        "returns dout as it came.",
        stands_for="courses: backward copied from forward",
    ),
)

MUTANTS = (*EMBEDDING, *AFFINE, *TEMPORAL, *ENCODING)
