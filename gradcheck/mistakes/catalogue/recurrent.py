"""Mistakes in rnn, lstm and gru: in a step, in the loop over the steps, and in a step as the loop shows it.

A sequence calls its step. So a mistake in a step's backward is one of the sequence, too: the commonest have two rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradcheck.mistakes.mutant import Mutant


@dataclass(frozen=True)
class Row:
    """A mistake, of the layers that are named. `layers` has their names; the code is the same in all of them."""

    layers: tuple[str, ...]
    part: str
    name: str
    was: str
    now: str
    why: str
    stands_for: str


STEPS = ("rnn_step", "lstm_step", "gru_step")
SEQUENCES = ("rnn", "lstm", "gru")
LOOPS = SEQUENCES[:2]
"""The sequences that a course has; of the others, the commonest mistakes are enough."""

NOT_ADDED = "A state's gradient has two parts: dh[:, t], from the output of its step, and dprev_h, from"

ROWS = (
    Row(
        ("rnn_step",),
        "forward",
        "tanh-missing",
        "np.tanh(x[n] @ Wx + prev_h[n] @ Wh + b)",
        "x[n] @ Wx + prev_h[n] @ Wh + b",
        "The new state is the sum itself, without tanh, and grows from step to step. Write next_h = "
        "np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b).",
        "courses: the last line of the formula forgotten",
    ),
    Row(
        ("rnn_step",),
        "forward",
        "state-ignored",
        "x[n] @ Wx + prev_h[n] @ Wh + b",
        "x[n] @ Wx + b",
        "The new state does not depend on the one before: each step sees its own input alone. Add "
        "prev_h.dot(Wh).",
        "courses: an affine layer with a tanh",
    ),
    Row(
        ("rnn_step",),
        "forward",
        "bias-missing",
        "prev_h[n] @ Wh + b)",
        "prev_h[n] @ Wh)",
        "The bias b is not added. Write np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b).",
        "courses: a forgotten term",
    ),
    Row(
        ("rnn_step",),
        "forward",
        "Wh-transposed",
        "prev_h[n] @ Wh + b",
        "prev_h[n] @ Wh.T + b",
        "The state is multiplied by the transpose of Wh. Wh is square, so that no shape shows it. Write "
        "prev_h.dot(Wh); the transpose belongs to the backward pass.",
        "courses: Wh.dot(h) of a formula for columns",
    ),
    Row(
        ("rnn_step",),
        "backward",
        "square-missing",
        "(1 - next_h[n] ** 2)",
        "(1 - next_h[n])",
        "The derivative of tanh is 1 - tanh^2, and the square is missing here. Write dnext_h * (1 - "
        "next_h ** 2).",
        "courses: half of the formula",
    ),
    Row(
        ("rnn_step",),
        "backward",
        "derivative-of-tanh-missing",
        "dnext_h[n] * (1 - next_h[n] ** 2)",
        "dnext_h[n]",
        "The gradient passes tanh unchanged. By the chain rule it is multiplied by the derivative of tanh"
        " first: dnext_h * (1 - next_h ** 2).",
        "courses: only the products differentiated",
    ),
    Row(
        ("rnn_step",),
        "backward",
        "derivative-from-the-argument",
        "(1 - next_h[n] ** 2)",
        "(1 - np.arctanh(next_h[n]) ** 2)",
        "1 - a^2 is computed from the argument a of tanh, x Wx + prev_h Wh + b, instead of from its "
        "result. The derivative of tanh is 1 - tanh(a)^2: use next_h.",
        "courses: the sum before tanh kept in the cache",
    ),
    Row(
        ("rnn_step", "lstm_step"),
        "backward",
        "Wh-not-transposed",
        "dprev_h[n] = Wh @ da",
        "dprev_h[n] = (da @ Wh if Wh.shape[0] == Wh.shape[1] else da @ Wh.reshape(Wh.T.shape))",
        "The gradient of the state is computed with Wh instead of with its transpose. Forward multiplies "
        "by Wh from the right, and so backward multiplies by Wh.T: dprev_h = da.dot(Wh.T).",
        "courses: da.dot(Wh), or Wh reshaped to the fitting shape",
    ),
    Row(
        ("rnn_step",),
        "backward",
        "dWh-from-the-new-state",
        "np.outer(prev_h[n], da)",
        "np.outer(next_h[n], da)",
        "dWh is computed with the state after the step. Wh was multiplied by the state before it: dWh = "
        "prev_h.T.dot(da). In a loop, put prev_h into the cache before it is replaced.",
        "courses: h used after its update",
    ),
    Row(
        STEPS[:2],
        "backward",
        "db-not-summed",
        "        db += da\n",
        "        db = da\n",
        "db is the gradient of the last sample alone. All samples share the bias, so that their gradients"
        " add up: db = da.sum(axis=0).",
        "courses: = for +=",
    ),
    Row(
        STEPS[:2],
        "backward",
        "averaged-over-the-batch",
        "    return dx, ",
        "    dWx, dWh, db = dWx / max(len(x), 1), dWh / max(len(x), 1), db / max(len(x), 1)\n    return dx, ",
        "The gradients of the weights are divided by the number of samples. The loss may be a mean, and "
        "then dnext_h has that factor already: the layer adds up over the samples.",
        "courses: / N in every layer",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "tanh-of-the-cell-missing",
        "o[n] * np.tanh(next_c[n])",
        "o[n] * next_c[n]",
        "The new state is o * next_c. The cell goes through tanh first: next_h = o * np.tanh(next_c).",
        "courses: a forgotten tanh",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "forget-gate-unused",
        "f[n] * prev_c[n] + i[n] * g[n]",
        "prev_c[n] + i[n] * g[n]",
        "The old cell is kept whole, so that the forget gate has no effect. Write next_c = f * prev_c + i"
        " * g.",
        "courses: a forgotten factor",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "state-from-the-old-cell",
        "o[n] * np.tanh(next_c[n])",
        "o[n] * np.tanh(prev_c[n])",
        "The new state is computed from the cell before the step. Update the cell first, and use next_c: "
        "next_h = o * np.tanh(next_c).",
        "courses: lines in the wrong order",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "candidate-by-sigmoid",
        "g[n] = np.tanh(a[3 * H :])",
        "g[n] = _sigmoid(a[3 * H :])",
        "The candidate g goes through sigmoid, as the gates do, and can only add to the cell. It goes "
        "through tanh: g = np.tanh(a[:, 3 * H:]).",
        "courses: one function for all four blocks",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "output-and-candidate-exchanged",
        "o[n] = _sigmoid(a[2 * H : 3 * H])\n        g[n] = np.tanh(a[3 * H :])",
        "o[n] = _sigmoid(a[3 * H :])\n        g[n] = np.tanh(a[2 * H : 3 * H])",
        "The third block of columns is taken for the candidate g, and the fourth for the output gate o. "
        "Here the order is i, f, o, g.",
        "frameworks: the order i, f, g, o of PyTorch",
    ),
    Row(
        ("lstm_step",),
        "forward",
        "input-and-forget-exchanged",
        "i[n] = _sigmoid(a[:H])\n        f[n] = _sigmoid(a[H : 2 * H])",
        "f[n] = _sigmoid(a[:H])\n        i[n] = _sigmoid(a[H : 2 * H])",
        "The first block of columns is taken for the forget gate f, and the second for the input gate i. "
        "Here the order is i, f, o, g.",
        "courses: another order of the gates, as in a textbook",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "dnext_c-unused",
        "dc = dnext_c[n] + dnext_h[n]",
        "dc = dnext_h[n]",
        "dnext_c is not used, or overwritten. The new cell reaches the loss on two ways, through the next"
        " step and through next_h, so that both gradients add up: dc = dnext_c + dnext_h * o * (1 - "
        "np.tanh(next_c) ** 2).",
        "courses: dc = ... for dc += ...",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "way-through-next_h-missing",
        "dc = dnext_c[n] + dnext_h[n] * o[n] * (1 - tanh_c**2)",
        "dc = dnext_c[n]",
        "The gradient of the cell is dnext_c alone. next_h = o * tanh(next_c) depends on the cell as "
        "well, so that dnext_h * o * (1 - np.tanh(next_c) ** 2) has to be added.",
        "courses: the cell taken for an output alone",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "derivative-of-the-cells-tanh-missing",
        "dnext_h[n] * o[n] * (1 - tanh_c**2)",
        "dnext_h[n] * o[n]",
        "The gradient passes from next_h to the cell without the derivative of tanh. Write dnext_h * o * "
        "(1 - np.tanh(next_c) ** 2).",
        "courses: a forgotten factor",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "cell-for-its-tanh",
        "(1 - tanh_c**2)",
        "(1 - next_c[n] ** 2)",
        "1 - c^2 is computed from the cell itself instead of from its tanh. The derivative of tanh at c "
        "is 1 - np.tanh(c) ** 2.",
        "courses: the rule for a tanh's output used with its input",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "output-gate-from-the-cell",
        "do = dnext_h[n] * tanh_c",
        "do = dnext_h[n] * next_c[n]",
        "The gradient of the output gate is computed with next_c instead of with its tanh: next_h = o * "
        "np.tanh(next_c), so that do = dnext_h * np.tanh(next_c).",
        "courses: a forgotten tanh",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "dprev_c-without-f",
        "dprev_c[n] = dc * f[n]",
        "dprev_c[n] = dc",
        "The gradient passes to the old cell without the forget gate. next_c = f * prev_c + i * g, so "
        "that dprev_c = dc * f.",
        "courses: a forgotten factor",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "dprev_c-from-dnext_c-alone",
        "dprev_c[n] = dc * f[n]",
        "dprev_c[n] = dnext_c[n] * f[n]",
        "The gradient of the old cell is computed from dnext_c, which lacks the part that comes through "
        "next_h. Use the whole gradient of the new cell: dprev_c = dc * f.",
        "courses: dprev_c computed before dnext_c is complete",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "forget-gate-from-the-new-cell",
        "df = dc * prev_c[n]",
        "df = dc * next_c[n]",
        "The gradient of the forget gate is computed with the new cell. The gate multiplies the old one: "
        "df = dc * prev_c.",
        "courses: c used after its update",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "input-gate-and-candidate-exchanged",
        "di = dc * g[n]\n        dg = dc * i[n]",
        "di = dc * i[n]\n        dg = dc * g[n]",
        "The gradients of i and g are exchanged. Of the product i * g each factor gets the gradient times"
        " the other one: di = dc * g, and dg = dc * i.",
        "courses: the product rule with the factors exchanged",
    ),
    *(
        Row(
            ("lstm_step",),
            "backward",
            f"derivative-of-sigmoid-missing-{gate}",
            f"d{gate} * {gate}[n] * (1 - {gate}[n])",
            f"d{gate}",
            f"The {word} gate's gradient passes sigmoid unchanged. By the chain rule it is multiplied by "
            f"the derivative: d{gate} * {gate} * (1 - {gate}).",
            "courses: a forgotten factor",
        )
        for gate, word in (("i", "input"), ("f", "forget"), ("o", "output"))
    ),
    Row(
        ("lstm_step",),
        "backward",
        "derivative-of-tanh-missing-g",
        "dg * (1 - g[n] ** 2)",
        "dg",
        "The candidate's gradient passes tanh unchanged. By the chain rule it is multiplied by the "
        "derivative: dg * (1 - g ** 2).",
        "courses: a forgotten factor",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "derivative-of-sigmoid-for-tanh",
        "dg * (1 - g[n] ** 2)",
        "dg * g[n] * (1 - g[n])",
        "The candidate's gradient is multiplied by the derivative of sigmoid. g = tanh(...), and the "
        "derivative of tanh is 1 - g ** 2.",
        "courses: one formula for all four blocks",
    ),
    Row(
        ("lstm_step",),
        "backward",
        "gradients-in-another-order",
        "[dai, daf, dao, dag]",
        "[dai, daf, dag, dao]",
        "The gradients of the four blocks are joined in another order than the blocks of the weights "
        "have: i, f, o, g. So dWx, dWh and db have them in the wrong columns.",
        "courses: np.hstack((di, df, dg, do)), the order in which they were computed",
    ),
    Row(
        ("gru_step",),
        "forward",
        "update-gate-exchanged",
        "(1 - z[k]) * n[k] + z[k] * prev_h[k]",
        "z[k] * n[k] + (1 - z[k]) * prev_h[k]",
        "z weighs the candidate, and 1 - z the old state. Here it is the other way round: next_h = (1 - "
        "z) * n + z * prev_h, as in PyTorch.",
        "courses: the definition of Cho et al. 2014",
    ),
    Row(
        ("gru_step",),
        "forward",
        "bias-not-reset",
        "np.tanh(p[2 * H :] + r[k] * qn[k])",
        "np.tanh(p[2 * H :] + r[k] * (qn[k] - bh[2 * H :]) + bh[2 * H :])",
        "The reset gate does not multiply the state's bias. In PyTorch's definition it does: n = tanh(x "
        "Wxn + bxn + r * (prev_h Whn + bhn)).",
        "courses: one bias for both, added outside",
    ),
    Row(
        ("gru_step",),
        "backward",
        "direct-way-missing",
        "Wh @ dq + dnext_h[k] * z[k]",
        "Wh @ dq",
        "The old state reaches the new one directly, too: next_h = (1 - z) * n + z * prev_h. So dnext_h *"
        " z has to be added to dprev_h.",
        "courses: only the products with Wh differentiated",
    ),
    Row(
        ("gru_step",),
        "backward",
        "sign-of-the-update-gate",
        "(prev_h[k] - n[k])",
        "(n[k] - prev_h[k])",
        "The gradient of z has the wrong sign. next_h = (1 - z) * n + z * prev_h, so that dz = dnext_h * "
        "(prev_h - n).",
        "courses: the formula for the exchanged z",
    ),
    Row(
        ("gru_step",),
        "backward",
        "reset-gate-missing",
        "np.concatenate([dar, daz, dan * r[k]])",
        "np.concatenate([dar, daz, dan])",
        "The state's share of the candidate is multiplied by the reset gate, and so is its gradient: the "
        "third block that goes to Wh, prev_h and bh is dan * r.",
        "courses: one gradient for both shares",
    ),
    Row(
        ("gru_step",),
        "backward",
        "derivative-of-tanh-missing",
        "dn * (1 - n[k] ** 2)",
        "dn",
        "The candidate's gradient passes tanh unchanged. By the chain rule it is multiplied by the "
        "derivative: dn * (1 - n ** 2).",
        "courses: a forgotten factor",
    ),
    Row(
        ("gru_step",),
        "backward",
        "reset-gate-from-the-state",
        "dr = dan * qn[k]",
        "dr = dan * prev_h[k]",
        "The gradient of the reset gate is computed with the state itself. The gate multiplies the "
        "state's share of the candidate, q = prev_h Whn + bhn: dr = dan * q.",
        "courses: the reset of Cho et al. 2014",
    ),
    Row(
        SEQUENCES,
        "forward",
        "state-not-passed-on",
        "        prev_h = next_h\n",
        "        prev_h = h0.copy()\n",
        "Every step starts from h0, so that no step sees what came before. After each step, the new state"
        " is the old one of the next: prev_h = next_h.",
        "courses: prev_h never replaced in the loop",
    ),
    Row(
        LOOPS,
        "forward",
        "starts-from-zero",
        "    prev_h = h0\n",
        "    prev_h = np.zeros(h0.shape, x.dtype)\n",
        "The sequence starts from a state of zeros, and h0 is ignored. Start with prev_h = h0.",
        "courses: h0 taken for a default",
    ),
    Row(
        LOOPS,
        "forward",
        "states-one-step-late",
        "h[:, t] = next_h",
        "h[:, t] = prev_h",
        "Each output is the state before its step: the first is h0, and the last state is missing. Store "
        "the new state: h[:, t] = next_h.",
        "courses: the state stored before it is computed",
    ),
    Row(
        ("lstm",),
        "forward",
        "cell-not-passed-on",
        "        prev_c = next_c\n",
        "        prev_c = np.zeros(h0.shape, x.dtype)\n",
        "Every step starts from a cell of zeros, so that nothing is remembered in it. After each step, "
        "the new cell is the old one of the next: prev_c = next_c.",
        "courses: only the state replaced in the loop",
    ),
    Row(
        ("lstm",),
        "forward",
        "cell-starts-from-h0",
        "prev_c = np.zeros(h0.shape, x.dtype)",
        "prev_c = h0.copy()",
        "The cell starts from h0. Before the first step it is zero: prev_c = np.zeros_like(h0).",
        "courses: prev_h = prev_c = h0",
    ),
    Row(
        SEQUENCES,
        "backward",
        "next-step-not-added",
        "dnext_h = dh[:, t] + dprev_h",
        "dnext_h = dh[:, t]",
        f"{NOT_ADDED} the step after it. Here the second part is missing: pass dh[:, t] + dprev_h to the "
        "step.",
        "courses: each step differentiated by itself",
    ),
    Row(
        LOOPS,
        "backward",
        "output-not-added",
        "dnext_h = dh[:, t] + dprev_h",
        "dnext_h = dprev_h if t < T - 1 else dh[:, t]",
        f"{NOT_ADDED} the step after it. Here only the last step's output counts: pass dh[:, t] + dprev_h "
        "to the step.",
        "courses: dh[:, -1] passed back through all steps",
    ),
    Row(
        SEQUENCES,
        "backward",
        "weights-overwritten",
        "        dWx += dWx_t\n        dWh += dWh_t\n",
        "        dWx = dWx_t\n        dWh = dWh_t\n",
        "dWx and dWh are those of one step alone: each step of the loop overwrites them. All steps share "
        "the weights, so that their gradients add up: dWx += ..., dWh += ...",
        "courses: dWx, dWh, db = step(...) in the loop",
    ),
    Row(
        LOOPS,
        "backward",
        "db-overwritten",
        "        db += db_t\n",
        "        db = db_t\n",
        "db is that of one step alone: each step of the loop overwrites it. All steps share the bias, so "
        "that their gradients add up: db += ...",
        "courses: = for +=",
    ),
    Row(
        LOOPS,
        "backward",
        "dh0-from-the-first-output",
        "    return dx, dprev_h, ",
        "    return dx, dh[:, 0].copy() if T else dprev_h, ",
        "dh0 is dh of the first step: the gradient of the state after that step. h0 is the state before "
        "it, and gets what the first step passes back: dh0 = dprev_h after the loop.",
        "courses: dh0 = dh[:, 0]",
    ),
    Row(
        LOOPS,
        "backward",
        "dh0-zero",
        "    return dx, dprev_h, ",
        "    return dx, np.zeros_like(dprev_h), ",
        "dh0 is zero, as it was made before the loop. It is what the first step passes back: dh0 = "
        "dprev_h after the loop.",
        "courses: np.zeros_like(h0), never filled",
    ),
    Row(
        LOOPS,
        "backward",
        "steps-not-reversed",
        "for t in reversed(range(T)):",
        "for t in range(T):",
        "The loop runs from the first step to the last, so that gradients pass to later steps. They pass "
        "back in time: for t in reversed(range(T)).",
        "courses: the loop of forward copied",
    ),
    Row(
        ("lstm",),
        "backward",
        "cell-not-passed-back",
        "lstm_step_backward(dnext_h, dprev_c, steps[t])",
        "lstm_step_backward(dnext_h, np.zeros_like(dprev_c), steps[t])",
        "The gradient that the next step passes back to the cell gets lost. Pass dprev_c to the step, and"
        " start with zeros at the last one only; in the step, add it: dc = dnext_c + dnext_h * o * (1 - "
        "np.tanh(next_c) ** 2), and pass back dc * f.",
        "courses: dprev_c made inside the loop",
    ),
)


ALONG = (
    "square-missing",
    "derivative-of-tanh-missing",
    "way-through-next_h-missing",
    "derivative-of-the-cells-tanh-missing",
    "dprev_c-without-f",
)
"""Mistakes of a step's backward that have a row of its sequence, too; the step itself is named for all of them."""


def _of(row: Row) -> Iterator[Mutant]:
    """Yield a row for each of its layers, and one for the sequence of a step."""
    for layer in row.layers:
        mutant = Mutant(
            layer=layer,
            part=row.part,
            name=row.name,
            was=row.was,
            now=row.now,
            why=row.why,
            stands_for=row.stands_for,
        )
        yield mutant
        if row.name in ALONG and layer in STEPS[:2]:
            yield replace(mutant, layer=layer.removesuffix("_step"), function=mutant.edited)


MUTANTS: tuple[Mutant, ...] = tuple(mutant for row in ROWS for mutant in _of(row))
