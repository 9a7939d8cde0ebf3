"""Mistakes in affine."""

from gradcheck.mistakes.mutant import Mutant

PRODUCT = "np.sum(rows[n] * w[:, m])"
EMPTY_OUT = "out = np.zeros((N, M), x.dtype)"
ADD_DW = "dw[:, m] += dout[n, m] * rows[n]"
RETURN_CACHE = "return out, AffineCache(x, w, b)"

FORWARD = (
    Mutant(
        layer="affine",
        part="forward",
        name="bias-missing",
        was="out[n, m] += b[m]",
        now="pass",
        why="The bias is never added. Every unit has one number that is added to its output for every "
        "sample. Write out = rows @ w + b.",
        stands_for="courses: the bias forgotten; frameworks: a fused bias silently dropped",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="weights-transposed",
        was=PRODUCT,
        now="np.sum(rows[n] * w.reshape(M, D)[m])",
        why="The weights are read as (M, D), a row for each unit; here they are (D, M), a column for each "
        "unit. A reshape makes the shapes fit and mixes up the numbers. Write rows @ w, with neither "
        "reshape nor transpose.",
        stands_for="frameworks: weights of a layer that stores (M, D); courses: w.reshape where w.T was meant",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="flattened-in-another-order",
        was="rows = x.reshape(N, D)",
        now='rows = x.reshape(N, D, order="F")',
        why="Each sample is flattened with its first axis running fastest, so that every number meets the weight "
        "of another feature. A sample (d1, ..., dk) becomes a row with the last axis running fastest, and is not "
        "mixed with its neighbours. Write x.reshape(N, w.shape[0]), without a transpose before it.",
        stands_for="courses: reshape(D, N).T, or MATLAB's order, in flattening",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="first-sample-only",
        was="np.ndindex(N, M)",
        now="np.ndindex(min(N, 1), M)",
        why="Only the first sample of the batch is computed; the rest stay zero. Either there is no loop "
        "over N, or a return stands inside it. Compute all rows at once: out = rows @ w + b.",
        stands_for="courses: return indented into the loop, or x[0] for x[n]",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="accumulated-in-float32",
        was=PRODUCT,
        now="np.float32(np.sum(rows[n] * w[:, m]))",
        why="The sum is rounded to single precision though the arguments are double: beyond 2**24 the last digits "
        "are lost. Look for a float32 buffer or a cast. Sum in the dtype of x: np.zeros(shape, x.dtype).",
        stands_for="frameworks: float32 accumulators for float64 input",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="dtype-lost",
        was=EMPTY_OUT,
        now="out = np.zeros((N, M))",
        why="The output is double precision whatever came in, since np.zeros(shape) is. A float32 network "
        "then computes in float64 from here on. Write np.zeros(shape, dtype=x.dtype).",
        stands_for="courses: np.zeros without a dtype",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="empty-batch-fails",
        was="rows = x.reshape(N, D)",
        now="rows = x.reshape(N, -1)",
        why="x.reshape(N, -1) asks NumPy to infer the second size, which is impossible for a batch of no samples: "
        "it raises. The weights have that size: write x.reshape(N, w.shape[0]).",
        stands_for="courses: reshape with -1; frameworks: an empty batch crashes",
    ),
)

BACKWARD = (
    Mutant(
        layer="affine",
        part="backward",
        name="dx-not-reshaped",
        was="return dx.reshape(x.shape), dw",
        now="return dx, dw",
        why="dx comes back flattened, as (N, D), though x was (N, d1, ..., dk). A gradient has the shape of "
        "its tensor, or the layer before cannot use it. Write dx.reshape(x.shape).",
        stands_for="courses: the affine input not reshaped back",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="weights-transposed",
        was="dout[n, m] * w[:, m]",
        now="dout[n, m] * w.reshape(M, D)[m]",
        why="dx needs the transposed weights, (M, D), but here they are reshaped. A reshape keeps the order of "
        "the numbers; a transpose exchanges rows and columns. Write dx = dout @ w.T.",
        stands_for="courses: w.reshape where w.T was meant",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="dw-transposed",
        was="return dx.reshape(x.shape), dw",
        now="return dx.reshape(x.shape), dw.T",
        why="dw is (M, D) where w is (D, M); for a square w even the shape hides it. dw[d, m] is the sum "
        "over samples of x[n, d] dout[n, m]. Write dw = rows.T @ dout, and not dout.T @ rows.",
        stands_for="courses: dw transposed",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="dw-of-the-last-sample",
        was="dw[:, m] += dout",
        now="dw[:, m] = dout",
        why="dw is assigned for every sample, so that only the last one of the batch counts. All samples "
        "share the weights, and the gradient is the sum over all of them. Use +=, or dw = rows.T @ "
        "dout.",
        stands_for="courses: dw overwritten in the loop over the samples",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="dw-mean-over-batch",
        was=ADD_DW,
        now=ADD_DW + " / N",
        why="dw is divided by the size of the batch. The mean over the batch belongs to the loss, and is in "
        "dout already: a layer sums. Write dw = rows.T @ dout, without / N.",
        stands_for="courses: dw averaged over N",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="db-of-the-last-sample",
        was="db[m] += dout[n, m]",
        now="db[m] = dout[n, m]",
        why="db is assigned for every sample, so that only the last one of the batch counts. All samples "
        "share the bias, and its gradient is the sum over all of them. Use +=, or db = "
        "dout.sum(axis=0).",
        stands_for="courses: db not summed over the batch",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="db-mean-over-batch",
        was="db[m] += dout[n, m]",
        now="db[m] += dout[n, m] / N",
        why="db is divided by the size of the batch. The mean over the batch belongs to the loss, and is in "
        "dout already: a layer sums. Write db = dout.sum(axis=0), and not np.mean.",
        stands_for="courses: db divided by N, or np.mean for np.sum",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="db-one-number-for-all",
        was="None if b is None else db",
        now="None if b is None else np.full(M, np.sum(db))",
        why="Every unit gets the same number, the sum of all of dout. A bias belongs to one unit, and only "
        "that unit's outputs count for it. Name the axis to sum over: db = dout.sum(axis=0).",
        stands_for="courses: np.sum without an axis, broadcast into db",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="cache-shared",
        function="affine_forward",
        was=RETURN_CACHE,
        now='shared = globals().setdefault("shared", [])\n    shared[:] = AffineCache(x, w, b)\n    return out, shared',
        why="All calls of forward put what backward needs into the same place, so that after a second forward the "
        "first one's backward uses the second one's numbers. A network that uses the layer twice gets wrong "
        "gradients. Make a new cache in every call and return it: cache = (x, w, b).",
        stands_for="courses: the cache in a global, or on a layer object that is used twice",
    ),
)

MUTANTS = (
    *FORWARD,
    *BACKWARD,
    Mutant(
        layer="affine",
        part="forward",
        name="bias-subtracted",
        was="out[n, m] += b[m]",
        now="out[n, m] -= b[m]",
        why="The bias is subtracted. It must be added to every row of the product: out = x.dot(w) + b.",
        stands_for="courses: a wrong sign",
    ),
    Mutant(
        layer="affine",
        part="forward",
        name="bias-added-twice",
        was="out[n, m] += b[m]",
        now="out[n, m] += 2 * b[m]",
        why="The bias is added twice. Add it once to every row of the product: out = x.dot(w) + b.",
        stands_for="courses: the bias in two lines",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="db-not-summed",
        was="None if b is None else db",
        now="None if b is None else dout.copy()",
        why="db still has a row for each sample. All samples use the same bias, so their shares add up: db = "
        "dout.sum(axis=0).",
        stands_for="courses: the sum over the batch forgotten",
    ),
    Mutant(
        layer="affine",
        part="backward",
        name="dx-mean-over-batch",
        was="dx[n] += dout[n, m] * w[:, m]",
        now="dx[n] += dout[n, m] * w[:, m] / N",
        why="dx is divided by the number of samples. If the loss is a mean, its 1/N is in dout already: dx = "
        "dout.dot(w.T), reshaped.",
        stands_for="courses: a 1/N too many",
    ),
)
