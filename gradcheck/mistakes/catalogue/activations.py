"""Mistakes in relu, leaky_relu, sigmoid, tanh, identity and flatten."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="relu",
        part="forward",
        name="x-clipped-in-place",
        was="out = x.copy()",
        now="out = x",
        why="out is only another name for x, so that the zeros are written into the caller's array, and into "
        "whatever else uses it. Take a copy first, or write np.maximum(x, 0), which makes a new array.",
        stands_for="courses: x[x < 0] = 0",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="nan-swallowed",
        was="out[x < 0] = 0",
        now="out[~(x > 0)] = 0",
        why="A NaN comes out as 0, and training goes on with numbers that mean nothing. A comparison with NaN is "
        "always false, so that x > 0 excludes it: use the mask x < 0 instead, or write np.maximum(x, 0).",
        stands_for="courses: np.where(x > 0, x, 0)",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="step-returned",
        was="out[x < 0] = 0",
        now="out[x < 0] = 0\n    out[x > 0] = 1",
        why="The output is 1 where x is positive: that is the derivative, not the layer. Positive numbers pass "
        "unchanged: out = np.maximum(x, 0).",
        stands_for="courses: the mask of backward returned by forward",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="mask-from-dout",
        was="dx[x <= 0] = 0",
        now="dx[dout <= 0] = 0",
        why="Negative gradients are dropped, wherever they arrive. What counts is whether the input was positive in "
        "forward, not the sign of dout: the mask is x > 0.",
        stands_for="courses: relu applied to dout",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="mask-missing",
        was="dx[x <= 0] = 0",
        now="pass",
        why="The gradient passes everywhere, also where the output was held at 0 and did not depend on x. There "
        "the gradient is 0: dx = dout * (x > 0).",
        stands_for="courses: return dout",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="mask-inverted",
        was="dx[x <= 0] = 0",
        now="dx[x > 0] = 0",
        why="The gradient passes where x was negative and is stopped where it was positive: the wrong way round. "
        "Set it to 0 where x <= 0.",
        stands_for="courses: < for > in the mask",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="dout-ignored",
        was="dx = dout.copy()",
        now="dx = np.ones_like(x)",
        why="The result is the layer's own derivative, 1 or 0, without the chain rule. Multiply it by the "
        "upstream gradient: dx = dout * (x > 0).",
        stands_for="courses: the mask returned as the gradient",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="x-turned-into-mask",
        was="dx = dout.copy()\n    dx[x <= 0] = 0",
        now="x[x <= 0] = 0\n    x[x > 0] = 1\n    dx = dout * x",
        why="The cached x is overwritten by the mask. It is the caller's own array, so that the output of the "
        "layer before is lost. Make the mask an array of its own: mask = x > 0.",
        stands_for="courses: x[x > 0] = 1; x[x <= 0] = 0; return dout * x",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="cache-shared",
        was="return out, ReluCache(x)",
        now="relu_forward.x = x\n    return out, relu_forward",
        why="All calls keep x in the same place, so that a second forward overwrites what the first one's "
        "backward needs, for example if two layers share one object. Return a new cache from every call.",
        stands_for="courses: self.x of an activation object that several layers share",
        function="relu_forward",
    ),
    Mutant(
        layer="leaky_relu",
        part="forward",
        name="slope-missing",
        was="out[x < 0] *= slope",
        now="out[x < 0] = 0",
        why="Negative numbers become 0: that is relu. They keep a small share: multiply by the slope where x < 0.",
        stands_for="courses: relu copied and not changed",
    ),
    Mutant(
        layer="leaky_relu",
        part="forward",
        name="slope-hard-coded",
        was="out[x < 0] *= slope",
        now="out[x < 0] *= 0.01",
        why="The slope is always 0.01: the argument is ignored. Use it: x * slope where x < 0.",
        stands_for="courses: the default written into the formula",
    ),
    Mutant(
        layer="leaky_relu",
        part="forward",
        name="slope-on-wrong-side",
        was="out[x < 0] *= slope",
        now="out[x > 0] *= slope",
        why="The positive numbers are scaled down, and the negative ones pass unchanged: the wrong way round. "
        "Multiply by the slope where x < 0.",
        stands_for="courses: > for < in the mask",
    ),
    Mutant(
        layer="leaky_relu",
        part="backward",
        name="slope-missing",
        was="dx[~(x > 0)] *= slope",
        now="dx[~(x > 0)] = 0",
        why="Where x is negative no gradient passes: that is the derivative of relu. Here the derivative is the "
        "slope: multiply dout by the slope where x <= 0.",
        stands_for="courses: relu's backward copied and not changed",
    ),
    Mutant(
        layer="leaky_relu",
        part="backward",
        name="dout-ignored-below-zero",
        was="dx[~(x > 0)] *= slope",
        now="dx[~(x > 0)] = slope",
        why="Where x is negative the slope itself is returned, without dout. By the chain rule it is dout * slope "
        "where x <= 0.",
        stands_for="courses: dx[x < 0] = alpha",
    ),
    Mutant(
        layer="leaky_relu",
        part="backward",
        name="slope-hard-coded",
        was="dx[~(x > 0)] *= slope",
        now="dx[~(x > 0)] *= 0.01",
        why="Backward uses a slope of 0.01, whatever forward used. Put the slope into the cache, and use it here.",
        stands_for="courses: the default written into the formula",
    ),
    Mutant(
        layer="sigmoid",
        part="forward",
        name="exp-overflows",
        was="if x[index] < 0:",
        now="if True:",
        why="exp(x) / (1 + exp(x)) becomes infinity / infinity, which is NaN, when x is several hundred. Never "
        "take exp of a large number: use 1 / (1 + exp(-x)) where x >= 0, and exp(x) / (1 + exp(x)) where x < 0.",
        stands_for="courses: one formula for all x",
    ),
    Mutant(
        layer="sigmoid",
        part="forward",
        name="sign-of-exponent",
        was="if x[index] < 0:\n"
        "            out[index] = np.exp(x[index]) / (1 + np.exp(x[index]))\n"
        "        else:\n"
        "            out[index] = 1 / (1 + np.exp(-x[index]))",
        now="out[index] = 1 / (1 + np.exp(x[index]))",
        why="The exponent has the wrong sign: 1 / (1 + exp(x)) falls where sigmoid rises, and is 1 minus the right "
        "number. Write 1 / (1 + exp(-x)).",
        stands_for="courses: a lost minus",
    ),
    Mutant(
        layer="sigmoid",
        part="forward",
        name="dtype-lost",
        was="out = np.zeros(x.shape, x.dtype)",
        now="out = np.zeros(x.shape)",
        why="np.zeros makes double precision for every x, so that a network in single precision continues in "
        "double and becomes slow. Pass the dtype: np.zeros(x.shape, dtype=x.dtype), or np.zeros_like(x).",
        stands_for="courses: np.zeros without a dtype",
    ),
    Mutant(
        layer="sigmoid",
        part="backward",
        name="input-for-output",
        was="SigmoidCache(out.copy())",
        now="SigmoidCache(x.copy())",
        why="s (1 - s) is computed from the input x instead of from the output s = sigmoid(x). Keep the output in "
        "the cache, or apply sigmoid to x first.",
        stands_for="courses: x * (1 - x), where x was cached",
        function="sigmoid_forward",
    ),
    Mutant(
        layer="sigmoid",
        part="backward",
        name="applied-twice",
        was="out = cache.out",
        now="out = 1 / (1 + np.exp(-cache.out))",
        why="Sigmoid is applied to the cached array, which is the output already: sigmoid(sigmoid(x)). Use the "
        "output as it is: dout * out * (1 - out).",
        stands_for="courses: a derivative written for x, called with the output",
    ),
    Mutant(
        layer="sigmoid",
        part="backward",
        name="factor-missing",
        was="dout * out * (1 - out)",
        now="dout * (1 - out)",
        why="The derivative of sigmoid is s (1 - s), and one factor is missing here. Write dout * out * (1 - out).",
        stands_for="courses: half of the formula",
    ),
    Mutant(
        layer="sigmoid",
        part="backward",
        name="dout-ignored",
        was="dout * out * (1 - out)",
        now="out * (1 - out)",
        why="The result is the layer's own derivative, without the chain rule. Multiply it by the upstream "
        "gradient: dout * out * (1 - out).",
        stands_for="courses: the derivative returned as the gradient",
    ),
    Mutant(
        layer="tanh",
        part="forward",
        name="exp-overflows",
        was="np.tanh(x)",
        now="(np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))",
        why="The definition with exponentials becomes infinity / infinity, which is NaN, when x is several "
        "hundred. Use np.tanh, which avoids this.",
        stands_for="courses: the definition typed in",
    ),
    Mutant(
        layer="tanh",
        part="forward",
        name="argument-not-doubled",
        was="np.tanh(x)",
        now="2 / (1 + np.exp(-x)) - 1",
        why="2 sigmoid(x) - 1 is tanh(x / 2): the curve is too flat by a factor of two. Double the argument, 2 "
        "sigmoid(2 x) - 1, or use np.tanh.",
        stands_for="courses: tanh by way of sigmoid, half remembered",
    ),
    Mutant(
        layer="tanh",
        part="backward",
        name="square-missing",
        was="1 - out * out",
        now="1 - out",
        why="The derivative of tanh is 1 - tanh^2, and the square is missing here. Write dout * (1 - out * out).",
        stands_for="courses: the formula half remembered, or mixed up with sigmoid's",
    ),
    Mutant(
        layer="tanh",
        part="backward",
        name="input-for-output",
        was="TanhCache(out.copy())",
        now="TanhCache(x.copy())",
        why="1 - t^2 is computed from the input x instead of from the output t = tanh(x). Keep the output in the "
        "cache, or apply tanh to x first.",
        stands_for="courses: 1 - x**2, where x was cached",
        function="tanh_forward",
    ),
    Mutant(
        layer="tanh",
        part="backward",
        name="applied-twice",
        was="out = cache.out",
        now="out = np.tanh(cache.out)",
        why="tanh is applied to the cached array, which is the output already: tanh(tanh(x)). Use the output as it "
        "is: dout * (1 - out * out).",
        stands_for="courses: a derivative written for x, called with the output",
    ),
    Mutant(
        layer="identity",
        part="forward",
        name="argument-returned",
        was="out = x.copy()",
        now="out = x",
        why="The result is the argument itself: a later change of one in place changes the other. Return a copy: "
        "x.copy().",
        stands_for="courses: return x",
    ),
    Mutant(
        layer="identity",
        part="backward",
        name="argument-returned",
        was="return dout.copy()",
        now="return dout",
        why="The gradient is the argument dout itself: a later change of one in place changes the other. Return a "
        "copy: dout.copy().",
        stands_for="courses: return dout",
    ),
    Mutant(
        layer="flatten",
        part="forward",
        name="argument-returned",
        was="math.prod(x.shape[1:])).copy()",
        now="math.prod(x.shape[1:]))",
        why="reshape returns a view of the same memory: a later change of the result in place changes x. Return a "
        "copy: x.reshape(N, D).copy().",
        stands_for="courses: return x.reshape(...)",
    ),
    Mutant(
        layer="flatten",
        part="forward",
        name="column-major",
        was="math.prod(x.shape[1:])).copy()",
        now='math.prod(x.shape[1:]), order="F").copy()',
        why="The numbers are read with the first axis running fastest, so that the samples get mixed. NumPy's own "
        "order has the last axis running fastest: x.reshape(N, -1).",
        stands_for="courses: order='F', or code translated from MATLAB",
    ),
    Mutant(
        layer="flatten",
        part="forward",
        name="layout-assumed",
        was="x.reshape(x.shape[0], math.prod(x.shape[1:]))",
        now='x.ravel(order="K").reshape(x.shape[0], math.prod(x.shape[1:]))',
        why="The numbers are read in memory order, which is another order when x is a transposed or "
        "Fortran-ordered array. Read them by index: x.reshape(N, -1).",
        stands_for="frameworks: raw memory read as if it were always contiguous",
    ),
    Mutant(
        layer="flatten",
        part="forward",
        name="batch-flattened",
        was="x.reshape(x.shape[0], math.prod(x.shape[1:]))",
        now="x.reshape(1, math.prod(x.shape))",
        why="The samples are joined into one single row. The first axis counts the samples and stays: x.reshape(N, "
        "-1).",
        stands_for="courses: x.flatten(), x.reshape(1, -1)",
    ),
    Mutant(
        layer="flatten",
        part="backward",
        name="shape-not-restored",
        was="dout.reshape(cache.shape).copy()",
        now="dout.copy()",
        why="The gradient comes back in rows, as it arrived, but x had more axes. Give it the shape of x again: "
        "dout.reshape(x.shape).",
        stands_for="courses: the layer before then fails, or broadcasts",
    ),
    Mutant(
        layer="flatten",
        part="backward",
        name="column-major",
        was="dout.reshape(cache.shape).copy()",
        now='dout.reshape(cache.shape, order="F").copy()',
        why="The gradient is laid out with the first axis running fastest, but forward read x with the last one "
        "fastest: every number lands in another place. Use the same order in both: dout.reshape(x.shape).",
        stands_for="courses: order='F', or code translated from MATLAB",
    ),
    Mutant(
        layer="flatten",
        part="backward",
        name="argument-returned",
        was="dout.reshape(cache.shape).copy()",
        now="dout.reshape(cache.shape)",
        why="reshape returns a view of the same memory: a later change of dx in place changes dout. Return a "
        "copy: dout.reshape(x.shape).copy().",
        stands_for="courses: return dout.reshape(...)",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="threshold-at-one",
        was="out[x < 0] = 0",
        now="out[x <= 1] = 0",
        why="ReLU cuts at 0, but here at 1: the entries between become 0. Write np.maximum(x, 0).",
        stands_for="courses: x > 1 for x > 0",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="leaky",
        was="out[x < 0] = 0",
        now="out[x < 0] *= 0.01",
        why="Negative entries give 0.01 x: that is leaky ReLU. ReLU gives 0 there: np.maximum(x, 0).",
        stands_for="courses: leaky ReLU in the place of ReLU",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="absolute-value",
        was="out[x < 0] = 0",
        now="out[x < 0] *= -1",
        why="Negative entries come out with the sign changed: that is the absolute value. ReLU gives 0 there: "
        "np.maximum(x, 0).",
        stands_for="courses: np.abs for a maximum with 0",
    ),
    Mutant(
        layer="relu",
        part="forward",
        name="negative-kept",
        was="out[x < 0] = 0",
        now="out[x > 0] = 0",
        why="The positive entries are set to 0 and the negative ones are kept. ReLU keeps what is above 0: "
        "np.maximum(x, 0).",
        stands_for="courses: np.minimum, or a comparison the other way round",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="mask-at-one",
        was="dx[x <= 0] = 0",
        now="dx[x <= 1] = 0",
        why="The gradient is cut where x is at most 1. ReLU has a slope of 1 wherever x is above 0: dx = dout "
        "* (x > 0).",
        stands_for="courses: x > 1 for x > 0",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="leaky",
        was="dx[x <= 0] = 0",
        now="dx[x <= 0] *= 0.01",
        why="Negative entries let 0.01 of the gradient through: that is leaky ReLU. ReLU gives 0 there: dx = "
        "dout * (x > 0).",
        stands_for="courses: leaky ReLU in the place of ReLU",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="dout-overwritten",
        was="dx = dout.copy()",
        now="dx = dout",
        why="dx is dout itself, in which entries are set to 0: the caller's array changes, which another "
        "branch of the network may still need. Take a copy: dx = dout * (x > 0).",
        stands_for="courses: dout[x <= 0] = 0; return dout",
    ),
    Mutant(
        layer="relu",
        part="backward",
        name="multiplied-by-x",
        was="dx = dout.copy()",
        now="dx = dout * x",
        why="The gradient is multiplied by x. The slope of ReLU is 1 above 0, not x: dx = dout * (x > 0).",
        stands_for="courses: np.maximum(0, x) for the mask x > 0",
    ),
)
