"""The mistakes of the recurrent layers, made in `recurrent.py`: by the mutant, what is replaced and by what."""

RNN_STEP = {
    "square-missing": ("dnext_h - dnext_h * new * new", "dnext_h - dnext_h * new"),
    "derivative-of-tanh-missing": ("dnext_h - dnext_h * new * new", "dnext_h + 0"),
    "derivative-from-the-argument": (
        "dnext_h - dnext_h * new * new",
        "dnext_h - dnext_h * np.arctanh(new) ** 2",
    ),
    "Wh-not-transposed": (
        "dx, dprev_h = parted(dsum @ weights.T, features, 1)",
        "dx, dprev_h = dsum @ weights[:features].T, dsum @ weights[features:]",
    ),
    "dWh-from-the-new-state": (
        "dWx, dWh = parted(both.T @ dsum, features, 0)",
        "dWx, dWh = both[:, :features].T @ dsum, new.T @ dsum",
    ),
    "db-not-summed": ("db = dsum.sum(axis=0)", "db = dsum[-1:].sum(axis=0)"),
    "averaged-over-the-batch": (
        "db = dsum.sum(axis=0)",
        "db = dsum.sum(axis=0) / max(len(dx), 1)\n    dWx, dWh = dWx / max(len(dx), 1), dWh / max(len(dx), 1)",
    ),
}
BLOCKS = "blocks = np.hstack([first, second, third, fourth])"
LSTM_STEP = {
    "dnext_c-unused": ("dcell = through + dnext_c", "dcell = through"),
    "way-through-next_h-missing": ("dcell = through + dnext_c", "dcell = dnext_c + 0"),
    "derivative-of-the-cells-tanh-missing": (
        "through = dnext_h * shows * (1 + seen) * (1 - seen)",
        "through = dnext_h * shows",
    ),
    "cell-for-its-tanh": ("(1 + seen) * (1 - seen)", "(1 - np.arctanh(seen) ** 2)"),
    "output-gate-from-the-cell": ("dshows = dnext_h * seen", "dshows = dnext_h * np.arctanh(seen)"),
    "dprev_c-without-f": ("dold = keeps * dcell", "dold = dcell"),
    "dprev_c-from-dnext_c-alone": ("dold = keeps * dcell", "dold = keeps * dnext_c"),
    "forget-gate-from-the-new-cell": ("dkeeps = dcell * prev_c", "dkeeps = dcell * np.arctanh(seen)"),
    "input-gate-and-candidate-exchanged": (
        "dtakes = dcell * fresh\n    dkeeps = dcell * prev_c\n    dshows = dnext_h * seen\n    dfresh = dcell * takes",
        "dtakes = dcell * takes\n    dkeeps = dcell * prev_c\n    dshows = dnext_h * seen\n    dfresh = dcell * fresh",
    ),
    "derivative-of-sigmoid-missing-i": ("dtakes * (takes - takes**2)", "dtakes"),
    "derivative-of-sigmoid-missing-f": ("dkeeps * (keeps - keeps**2)", "dkeeps"),
    "derivative-of-sigmoid-missing-o": ("dshows * (shows - shows**2)", "dshows"),
    "derivative-of-tanh-missing-g": ("dfresh * (1 - fresh) * (1 + fresh)", "dfresh"),
    "derivative-of-sigmoid-for-tanh": ("dfresh * (1 - fresh) * (1 + fresh)", "dfresh * (1 - fresh) * fresh"),
    "gradients-in-another-order": (BLOCKS, BLOCKS.replace("third, fourth", "fourth, third")),
    "Wh-not-transposed": (
        "dx, dprev_h = parted(blocks @ weights.T, features, 1)",
        "wrong = weights[features:].reshape(-1, len(weights) - features)\n"
        "    dx, dprev_h = blocks @ weights[:features].T, blocks @ wrong",
    ),
    "db-not-summed": ("db = blocks.sum(axis=0)", "db = blocks[-1:].sum(axis=0)"),
    "averaged-over-the-batch": (
        "db = blocks.sum(axis=0)",
        "db = blocks.sum(axis=0) / max(len(dx), 1)\n    dWx, dWh = dWx / max(len(dx), 1), dWh / max(len(dx), 1)",
    ),
}
RNN_LOOP = "rnn_step_backward(dstate + arriving, step)"
RNN_SUMS = "        sums = [total + each for total, each in zip(sums, more, strict=True)]\n"
RNN_END = "return np.stack(rows, axis=1), dstate, *sums"
RNN_BACK = "for step, arriving in zip(cache[::-1], np.moveaxis(dh, 1, 0)[::-1], strict=True):"
LSTM_CALL = "hidden, cell, kept = lstm_step_forward(x[:, t], hidden, cell, Wx, Wh, b)"
LSTM_LOOP = "arriving = dhidden + dh[:, t]"
LSTM_SUMS = (
    "        sums = more if sums is None else [np.add(*each) for each in zip(sums, more, strict=True)]\n"
)
LSTM_END = "return np.stack([rows[t] for t in sorted(rows)], axis=1), dhidden, *sums"

EDITS: dict[str, tuple[str, str]] = {
    "rnn_step.forward.tanh-missing": ("new = np.tanh(both @ weights + b)", "new = both @ weights + b"),
    "rnn_step.forward.state-ignored": ("np.tanh(both @ weights + b)", "np.tanh(x @ Wx + b)"),
    "rnn_step.forward.bias-missing": ("np.tanh(both @ weights + b)", "np.tanh(both @ weights)"),
    "rnn_step.forward.Wh-transposed": ("np.tanh(both @ weights + b)", "np.tanh(x @ Wx + prev_h @ Wh.T + b)"),
    "lstm_step.forward.tanh-of-the-cell-missing": ("return seen * shows, cell", "return cell * shows, cell"),
    "lstm_step.forward.forget-gate-unused": (
        "cell = takes * fresh + keeps * prev_c",
        "cell = takes * fresh + prev_c",
    ),
    "lstm_step.forward.state-from-the-old-cell": (
        "return seen * shows, cell",
        "return np.tanh(prev_c) * shows, cell",
    ),
    "lstm_step.forward.candidate-by-sigmoid": ("fresh = np.tanh(before[3])", "fresh = squash(before[3])"),
    "lstm_step.forward.output-and-candidate-exchanged": (
        "takes, keeps, shows = map(squash, before[:3])\n    fresh = np.tanh(before[3])",
        "takes, keeps, shows = map(squash, (before[0], before[1], before[3]))\n    fresh = np.tanh(before[2])",
    ),
    "lstm_step.forward.input-and-forget-exchanged": ("takes, keeps, shows =", "keeps, takes, shows ="),
    "gru_step.forward.update-gate-exchanged": (
        "turned = fresh + stays * (prev_h - fresh)",
        "turned = prev_h + stays * (fresh - prev_h)",
    ),
    "gru_step.forward.bias-not-reset": (
        "own[:, 2 * H :] + lets * share",
        "own[:, 2 * H :] + lets * (prev_h @ Wh[:, 2 * H :]) + bh[2 * H :]",
    ),
    "gru_step.backward.direct-way-missing": ("dnext_h * stays + of_h @ Wh.T", "of_h @ Wh.T"),
    "gru_step.backward.sign-of-the-update-gate": (
        "dnext_h * (prev_h - fresh) * stays",
        "dnext_h * (fresh - prev_h) * stays",
    ),
    "gru_step.backward.reset-gate-missing": ("dstays, dfresh * lets]", "dstays, dfresh]"),
    "gru_step.backward.derivative-of-tanh-missing": (
        "(dnext_h - dnext_h * stays) * (1 - fresh**2)",
        "(dnext_h - dnext_h * stays)",
    ),
    "gru_step.backward.reset-gate-from-the-state": (
        "dfresh * share * lets * (1 - lets)",
        "dfresh * prev_h * lets * (1 - lets)",
    ),
    "rnn.forward.state-not-passed-on": (
        "rnn_step_forward(now, states[-1],",
        "rnn_step_forward(now, states[0],",
    ),
    "rnn.forward.starts-from-zero": ("states, steps = [h0], []", "states, steps = [0 * h0], []"),
    "rnn.forward.states-one-step-late": (
        "np.stack(states[1:], axis=1), steps",
        "np.stack(states[:-1], axis=1), steps",
    ),
    "lstm.forward.state-not-passed-on": (
        "lstm_step_forward(x[:, t], hidden, cell, Wx, Wh, b)",
        "lstm_step_forward(x[:, t], h0, cell, Wx, Wh, b)",
    ),
    "lstm.forward.starts-from-zero": ("= h0, 0 * h0, [], []", "= 0 * h0, 0 * h0, [], []"),
    "lstm.forward.states-one-step-late": (
        f"        {LSTM_CALL}\n        shown.append(hidden)\n",
        f"        shown.append(1 * hidden)\n        {LSTM_CALL}\n",
    ),
    "lstm.forward.cell-not-passed-on": (
        "lstm_step_forward(x[:, t], hidden, cell, Wx, Wh, b)",
        "lstm_step_forward(x[:, t], hidden, 0 * cell, Wx, Wh, b)",
    ),
    "lstm.forward.cell-starts-from-h0": ("= h0, 0 * h0, [], []", "= h0, 1 * h0, [], []"),
    "gru.forward.state-not-passed-on": (
        "gru_step_forward(x[:, t], turns[t][0],",
        "gru_step_forward(x[:, t], turns[0][0],",
    ),
    "rnn.backward.next-step-not-added": (RNN_LOOP, RNN_LOOP.replace("dstate + arriving", "arriving")),
    "rnn.backward.output-not-added": (
        RNN_LOOP,
        RNN_LOOP.replace("dstate + arriving", "(dstate if rows else arriving)"),
    ),
    "rnn.backward.weights-overwritten": (RNN_SUMS, "        sums = [*more[:2], sums[2] + more[2]]\n"),
    "rnn.backward.db-overwritten": (
        RNN_SUMS,
        "        sums = [sums[0] + more[0], sums[1] + more[1], more[2]]\n",
    ),
    "rnn.backward.dh0-from-the-first-output": (RNN_END, RNN_END.replace("dstate,", "dh[:, 0].copy(),")),
    "rnn.backward.dh0-zero": (RNN_END, RNN_END.replace("dstate,", "0 * dstate,")),
    "rnn.backward.steps-not-reversed": (
        f"{RNN_BACK}\n        dx, dstate, *more = {RNN_LOOP}\n        rows.insert(0, dx)\n",
        f"{RNN_BACK.replace('[::-1]', '')}\n        dx, dstate, *more = {RNN_LOOP}\n        rows.append(dx)\n",
    ),
    "lstm.backward.next-step-not-added": (LSTM_LOOP, "arriving = dh[:, t]"),
    "lstm.backward.output-not-added": (LSTM_LOOP, "arriving = dhidden if rows else dh[:, t]"),
    "lstm.backward.weights-overwritten": (
        LSTM_SUMS,
        "        sums = more if sums is None else [*more[:2], sums[2] + more[2]]\n",
    ),
    "lstm.backward.db-overwritten": (
        LSTM_SUMS,
        "        sums = more if sums is None else [sums[0] + more[0], sums[1] + more[1], more[2]]\n",
    ),
    "lstm.backward.dh0-from-the-first-output": (LSTM_END, LSTM_END.replace("dhidden,", "dh[:, 0].copy(),")),
    "lstm.backward.dh0-zero": (LSTM_END, LSTM_END.replace("dhidden,", "0 * dhidden,")),
    "lstm.backward.steps-not-reversed": (
        "for t in range(len(cache) - 1, -1, -1):\n        arriving",
        "for t in range(len(cache)):\n        arriving",
    ),
    "lstm.backward.cell-not-passed-back": (
        "lstm_step_backward(arriving, dcell, cache[t])",
        "lstm_step_backward(arriving, 0 * dcell, cache[t])",
    ),
    "gru.backward.next-step-not-added": (
        "gru_step_backward(dh[:, t] + dturn, cache[t])",
        "gru_step_backward(dh[:, t], cache[t])",
    ),
    "gru.backward.weights-overwritten": (
        "found.append((dx, more))\n",
        "found.append((dx, [*(0 * each for each in more[:2] if t), *more[:2][: 2 * (not t)], *more[2:]]))\n",
    ),
}
ALONG = (
    "square-missing",
    "derivative-of-tanh-missing",
    "way-through-next_h-missing",
    "derivative-of-the-cells-tanh-missing",
    "dprev_c-without-f",
)
# A sequence calls its step: the mistake of the one is that of the other.
for step, edits in {"rnn_step": RNN_STEP, "lstm_step": LSTM_STEP}.items():
    EDITS |= {f"{step}.backward.{name}": edit for name, edit in edits.items()}
    along = {f"{step.removesuffix('_step')}.backward.{name}": edits[name] for name in ALONG if name in edits}
    EDITS |= along
