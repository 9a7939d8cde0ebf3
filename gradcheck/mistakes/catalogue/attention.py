"""Mistakes in attention, with one head and with several."""

from gradcheck.mistakes.mutant import Mutant

ONE, MANY = "scaled_dot_product_attention", "multi_head_attention"

SCALED = " / q.dtype.type(math.sqrt(D))"
LATER = "if t > s:"
RETURNED = "return out, AttentionCache(q, k, v, weights)"
SCORES = "scores = np.matmul(q, k.swapaxes(-1, -2)) / q.dtype.type(math.sqrt(D))"

FORWARD = (
    Mutant(
        layer=ONE,
        part="forward",
        name="scale-forgotten",
        was=SCALED,
        now="",
        why="The scores are not divided by sqrt(D), D being the width of a query: long vectors have large products, "
        "and the softmax saturates. Write scores = q @ k.T / sqrt(D).",
        stands_for="courses: the division forgotten",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="scale-without-root",
        was=SCALED,
        now=" / q.dtype.type(D)",
        why="The scores are divided by D, or twice by sqrt(D): once where they are computed and once in the queries, "
        "say. Divide once by sqrt(D).",
        stands_for="courses: q scaled and the scores scaled, or the root forgotten",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="scale-of-the-values",
        was=SCALED,
        now=" / q.dtype.type(math.sqrt(E))",
        why="The scores are divided by the root of the width of the values. What grows with the width is the product "
        "of a query and a key: divide by sqrt(D), with D = q.shape[-1].",
        stands_for="courses: sqrt(v.shape[-1])",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="scale-of-the-length",
        was=SCALED,
        now=" / q.dtype.type(math.sqrt(T))",
        why="The scores are divided by the root of the number of keys. What grows is the product of a query and a key, "
        "with their width: divide by sqrt(D), with D = q.shape[-1].",
        stands_for="courses: sqrt(k.shape[1]), the wrong axis",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="scores-multiplied",
        was=SCALED,
        now=" * q.dtype.type(math.sqrt(D))",
        why="The scores are multiplied by sqrt(D) instead of divided by it: q @ k.T / sqrt(D).",
        stands_for="courses: the inverse of the scale",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="softmax-over-queries",
        was=RETURNED,
        now=f"{SCORES}\n    shifted = np.where(seen, np.exp(scores - scores.max(axis=-2, keepdims=True)), 0)\n"
        "    spread = shifted / shifted.sum(axis=-2, keepdims=True)\n"
        f"    out = np.ascontiguousarray(np.matmul(spread, v))\n    {RETURNED}",
        why="The softmax is taken over the queries, so that the weights of a query do not add up to 1. Each query "
        "shares itself out among the keys: take the softmax along the last axis of the scores (N, S, T).",
        stands_for="courses: axis=1 where axis=-1 was meant",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="mask-ignored",
        was="seen[...] = allowed",
        now="allowed.any()",
        function="_seen",
        why="The mask makes no difference: queries see what is hidden from them. Set the scores of hidden keys to -inf "
        "before the softmax.",
        stands_for="courses: the mask passed and not used, or masked_fill without assigning its result",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="mask-inverted",
        was="seen[...] = allowed",
        now="seen[...] = ~allowed",
        function="_seen",
        why="The mask is read the other way round: queries see what is hidden, and nothing else. Here True means that "
        "a key is seen.",
        stands_for="frameworks: key_padding_mask of nn.MultiheadAttention, where True means hidden",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="mask-after-softmax",
        was=RETURNED,
        now=f"{SCORES}\n    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "    spread = np.where(seen, shifted / shifted.sum(axis=-1, keepdims=True), 0)\n"
        f"    out = np.ascontiguousarray(np.matmul(spread, v))\n    {RETURNED}",
        why="Hidden keys are left out after the softmax: the weights of those that remain do not add up to 1. Set the "
        "scores of hidden keys to -inf before the softmax.",
        stands_for="courses: weights * mask",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="causal-without-the-diagonal",
        was=LATER,
        now="if t >= s:",
        function="_seen",
        why="No query sees the key at its own place, and the first one sees nothing: NaN. What is hidden begins one to "
        "the right of the diagonal: np.triu(np.ones((S, T)), k=1).",
        stands_for="courses: triu with k=0",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="causal-sees-the-next",
        was=LATER,
        now="if t > s + 1:",
        function="_seen",
        why="Each query sees the key after it, the very one that it should predict. Hide all that comes later: "
        "np.triu(np.ones((S, T)), k=1).",
        stands_for="courses: triu with k=2, or tril with k=1",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="causal-transposed",
        was=LATER,
        now="if t < s:",
        function="_seen",
        why="Queries see what comes later, and not what was before. Query s sees the keys t <= s: "
        "np.tril(np.ones((S, T))).",
        stands_for="courses: triu for tril, or the transposed mask",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="causal-ignored",
        was=LATER,
        now="if t > s + max(shape):",
        function="_seen",
        why="Queries see the keys that come after them. With a causal mask, query s sees the keys t <= s alone: set "
        "the other scores to -inf before the softmax.",
        stands_for="courses: the causal mask forgotten",
    ),
    Mutant(
        layer=ONE,
        part="forward",
        name="shift-missing",
        was="np.exp(scores - np.max(scores))",
        now="np.exp(scores)",
        why="exp of a score of a thousand is infinity, and the output NaN. Softmax does not change when the scores of "
        "a query are shifted: subtract their maximum first.",
        stands_for="courses: the formula typed in",
    ),
)

DSCORE = "weights[at][s, t] * (dweights[t] - mean)"
DQ = "dq[at][s] += dscore * k[at][t] * scale"
DK = "dk[at][t] += dscore * q[at][s] * scale"
DV = "dv[at][t] += weights[at][s, t] * dout[at][s]"
SCALE = "scale = 1 / q.dtype.type(math.sqrt(D))"

BACKWARD = (
    Mutant(
        layer=ONE,
        part="backward",
        name="softmax-sum-missing",
        was=DSCORE,
        now="weights[at][s, t] * dweights[t]",
        why="A score moves its own weight, and so all others of its query, because they add up to 1: this second path "
        "is missing. With weights p: dscores = p * (dp - np.sum(p * dp, axis=-1, keepdims=True)).",
        stands_for="courses: softmax backward without the sum",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="softmax-like-a-sigmoid",
        was=DSCORE,
        now="weights[at][s, t] * (1 - weights[at][s, t]) * dweights[t]",
        why="p (1 - p) is the derivative of a weight with respect to its own score. A score changes all weights of its "
        "query: dscores = p * (dp - np.sum(p * dp, axis=-1, keepdims=True)).",
        stands_for="courses: the diagonal of the Jacobian alone",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="softmax-sum-over-queries",
        was=DSCORE,
        now="weights[at][s, t] * (dweights[t] - np.sum(weights[at][:, t] * np.matmul(dout[at], v[at][t])))",
        why="The sum in the backward of the softmax runs over the queries. It belongs to one query, and runs over its "
        "keys: np.sum(p * dp, axis=-1, keepdims=True).",
        stands_for="courses: axis=1 where axis=-1 was meant",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="scale-missing",
        was=SCALE,
        now="scale = q.dtype.type(1)",
        why="Neither dq nor dk is divided by sqrt(D), although the scores were. Divide dscores by sqrt(D), once.",
        stands_for="courses: the scale forgotten on the way back",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dq-scale-missing",
        was=DQ,
        now=DQ.replace(" * scale", ""),
        why="dq is not divided by sqrt(D), although the scores were. Divide dscores by sqrt(D), before both products.",
        stands_for="courses: the scale in one of two places",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dk-scale-missing",
        was=DK,
        now=DK.replace(" * scale", ""),
        why="dk is not divided by sqrt(D), although the scores were. Divide dscores by sqrt(D), before both products.",
        stands_for="courses: the scale in one of two places",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="scale-without-root",
        was=SCALE,
        now="scale = 1 / q.dtype.type(D)",
        why="dq and dk are divided by D, or twice by sqrt(D). Divide dscores by sqrt(D), once.",
        stands_for="courses: the scale applied twice on the way back",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dk-without-transpose",
        was=DK,
        now="dk[at][(s * T + t) // S] += dscore * q[at][(s * T + t) % S] * scale",
        why="dk is dscores @ q with the scores (S, T) untransposed, or reshaped to (T, S). Each key collects from all "
        "queries: dk = dscores.T @ q, with swapaxes(-1, -2) for a batch.",
        stands_for="courses: dscores where dscores.T was meant",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dv-without-transpose",
        was=DV,
        now="dv[at][(s * T + t) // S] += weights[at][s, t] * dout[at][(s * T + t) % S]",
        why="dv is weights @ dout with the weights (S, T) untransposed, or reshaped to (T, S). Each value collects "
        "from all queries: dv = weights.T @ dout, with swapaxes(-1, -2) for a batch.",
        stands_for="courses: weights where weights.T was meant",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dv-of-the-last-query",
        was=DV,
        now=DV.replace("+=", "="),
        why="dv is assigned for every query, so that only the last one counts. All queries see the values: add up, or "
        "write dv = weights.T @ dout.",
        stands_for="courses: dv overwritten in the loop over the queries",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dk-of-the-last-query",
        was=DK,
        now=DK.replace("+=", "="),
        why="dk is assigned for every query, so that only the last one counts. All queries meet the keys: add up, or "
        "write dk = dscores.T @ q.",
        stands_for="courses: dk overwritten in the loop over the queries",
    ),
    Mutant(
        layer=ONE,
        part="backward",
        name="dv-with-the-scores-gradient",
        was=DV,
        now="dv[at][t] += dscore * dout[at][s]",
        why="dv is made with the gradient of the scores. The output is weights @ v, so that dv = weights.T @ dout.",
        stands_for="courses: the wrong matrix in one of three products",
    ),
)

OUT = "out = _projected(merged, Wo, bo)"
ANEW = "out = _projected(_merge(scaled_dot_product_attention_forward(q, k, v, seen)[0]), Wo, bo)"
UNSPLIT = """q = _projected(query, Wq, bq).reshape(N, heads, -1, E // heads)
    k = _projected(key, Wk, bk).reshape(N, heads, -1, E // heads)
    v = _projected(value, Wv, bv).reshape(N, heads, -1, E // heads)"""

HEADS_FORWARD = (
    Mutant(
        layer=MANY,
        part="forward",
        name="heads-merged-without-transpose",
        was=OUT,
        now="out = _projected(attended.reshape(query.shape), Wo, bo)",
        why="What the heads see, (N, H, S, D), is reshaped to (N, S, E) as it lies, so that heads and places are mixed "
        "up. Move the heads next to their features first: attended.transpose(0, 2, 1, 3).reshape(N, S, E).",
        stands_for="courses: reshape without transpose(1, 2)",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="heads-split-without-transpose",
        was=OUT,
        now=f"{UNSPLIT}\n    {ANEW}",
        why="The projections (N, T, E) are reshaped to (N, H, T, D) as they lie, so that a head gets places of a "
        "sequence instead of features. Split the features, then move the heads: "
        "x.reshape(N, T, H, D).transpose(0, 2, 1, 3).",
        stands_for="courses: view(N, H, T, D) without transpose(1, 2)",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="heads-merged-in-reverse",
        was=OUT,
        now="out = _projected(_merge(attended[:, ::-1]), Wo, bo)",
        why="The heads stand in another order behind the attention than before it. Head h has the features h D to "
        "(h + 1) D, in and out.",
        stands_for="courses: heads collected in a list from the last to the first",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="scale-of-all-features",
        was=OUT,
        now=f"q = q / q.dtype.type(math.sqrt(heads))\n    {ANEW}",
        why="The scores are divided by the root of all E features. A head multiplies D = E / H of "
        "them: divide by sqrt(D).",
        stands_for="courses: sqrt(embed_dim) where sqrt(head_dim) was meant",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="output-projection-missing",
        was=OUT,
        now="out = merged.copy()",
        why="The last projection is missing: the heads' outputs stand side by side and are not mixed. Return "
        "merged @ Wo + bo.",
        stands_for="courses: the last line of the formula forgotten",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="bo-missing",
        was=OUT,
        now="out = _projected(merged, Wo, 0 * bo)",
        why="The bias of the last projection is never added: merged @ Wo + bo.",
        stands_for="courses: the bias forgotten",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="bo-counted-per-head",
        was=OUT,
        now="out = _projected(merged, Wo, heads * bo)",
        why="The bias of the last projection is added once for each head. It is added once: sum the heads' shares "
        "first, or project all of them together, merged @ Wo + bo.",
        stands_for="courses: a projection in the loop over the heads",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="values-projected-as-keys",
        was=OUT,
        now=f"v = _split(_projected(value, Wk, bk), heads)\n    {ANEW}",
        why="The values go through the weights of the keys. Each of the three has weights of its own: value @ Wv + bv.",
        stands_for="courses: self.key where self.value was meant",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="keys-for-values",
        was=OUT,
        now=f"v = _split(_projected(key, Wv, bv), heads)\n    {ANEW}",
        why="The values are made of the keys' input. In self-attention the two are the same; here they need not be: "
        "value @ Wv + bv.",
        stands_for="courses: self.value(key)",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="mask-ignored",
        was="seen = _seen(layer, mask,",
        now="seen = _seen(layer, None,",
        why="The mask makes no difference: queries see what is hidden from them. Set the scores of hidden keys to -inf "
        "before the softmax, in every head.",
        stands_for="courses: the mask passed and not used, or masked_fill without assigning its result",
    ),
    Mutant(
        layer=MANY,
        part="forward",
        name="causal-without-the-diagonal",
        was=LATER,
        now="if t >= s:",
        function="_seen",
        why="No query sees the key at its own place, and the first one sees nothing: NaN. What is hidden begins one to "
        "the right of the diagonal: np.triu(np.ones((S, T)), k=1).",
        stands_for="courses: triu with k=0",
    ),
)

BACK = "dmerged, dWo, dbo = _projected_back(dout, merged, Wo)"
GIVEN = "return dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo"

HEADS_BACKWARD = (
    Mutant(
        layer=MANY,
        part="backward",
        name="heads-split-without-transpose",
        was="_split(dmerged, heads)",
        now="dmerged.reshape(attention.q.shape)",
        why="The gradient (N, S, E) is reshaped to (N, H, S, D) as it lies, so that heads and places are mixed up. Go "
        "back the way that forward came: dmerged.reshape(N, S, H, D).transpose(0, 2, 1, 3).",
        stands_for="courses: reshape without transpose(1, 2) on the way back",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="weights-not-transposed",
        was="dx[n, t] += dout[n, t, e] * W[:, e]",
        now="dx[n, t] += dout[n, t, e] * W[e]",
        function="_projected_back",
        why="The gradients of the inputs are made with W; they need its transpose. For square weights the shapes fit "
        "either way. Write dx = dout @ W.T.",
        stands_for="courses: dout @ W",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="softmax-sum-missing",
        was=DSCORE,
        now="weights[at][s, t] * dweights[t]",
        function="scaled_dot_product_attention_backward",
        why="A score moves its own weight, and so all others of its query, because they add up to 1: this second path "
        "is missing. With weights p: dscores = p * (dp - np.sum(p * dp, axis=-1, keepdims=True)).",
        stands_for="courses: softmax backward without the sum",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="scale-missing",
        was=SCALE,
        now="scale = q.dtype.type(1)",
        function="scaled_dot_product_attention_backward",
        why="The gradients of queries and keys are not divided by sqrt(D), although the scores were. Divide dscores by "
        "sqrt(D), once.",
        stands_for="courses: the scale forgotten on the way back",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="dbo-counted-per-head",
        was=GIVEN,
        now=GIVEN + " * heads",
        why="dbo is added up once for each head. The bias is added once to each row of the output: "
        "dbo = dout.sum(axis=(0, 1)).",
        stands_for="courses: db accumulated in the loop over the heads",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="dbo-not-summed-over-queries",
        was=GIVEN,
        now=GIVEN.replace("dWo, dbo", "dWo, dout.sum(axis=0)"),
        why="dbo still has a row for each query. All rows share the bias: dbo = dout.sum(axis=(0, 1)).",
        stands_for="courses: dout.sum(axis=0)",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="dkey-and-dvalue-exchanged",
        was=GIVEN,
        now=GIVEN.replace("dkey, dvalue", "dvalue, dkey"),
        why="The gradients of key and value are returned in each other's place; their shapes are the same. Return them "
        "in the order of the arguments: query, key, value.",
        stands_for="courses: an order of results of its own",
    ),
    Mutant(
        layer=MANY,
        part="backward",
        name="dWk-from-the-values",
        was="_projected_back(_merge(dk), key, Wk)",
        now="(*_projected_back(_merge(dk), key, Wk)[:1], *_projected_back(_merge(dk), value, Wk)[1:])",
        why="dWk is made of the values' input. In self-attention the two are the same; here they need not be: "
        "key.T @ dK.",
        stands_for="courses: the wrong input in one of three products",
    ),
)

MUTANTS = (*FORWARD, *BACKWARD, *HEADS_FORWARD, *HEADS_BACKWARD)
