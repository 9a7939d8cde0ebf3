"""The recurrent layers once more: the input next to the state, the weights below each other, lists of steps."""

import numpy as np


def joined(x, state, Wx, Wh):
    return np.concatenate([x, state], axis=1), np.concatenate([Wx, Wh], axis=0)


def parted(both, count, axis):
    first, second = np.split(both, [count], axis=axis)
    return first.copy(), second.copy()


def squash(values):
    e = np.exp(-np.abs(values))
    return np.where(values >= 0, 1, e) / (1 + e)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    both, weights = joined(x, prev_h, Wx, Wh)
    new = np.tanh(both @ weights + b)
    return new, (both, weights, new.copy(), len(Wx))


def rnn_step_backward(dnext_h, cache):
    both, weights, new, features = cache
    dsum = dnext_h - dnext_h * new * new
    dx, dprev_h = parted(dsum @ weights.T, features, 1)
    dWx, dWh = parted(both.T @ dsum, features, 0)
    db = dsum.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    states, steps = [h0], []
    for now in np.moveaxis(x, 1, 0):
        state, kept = rnn_step_forward(now, states[-1], Wx, Wh, b)
        states.append(state)
        steps.append(kept)
    return np.stack(states[1:], axis=1), steps


def rnn_backward(dh, cache):
    dstate, rows, sums = np.zeros_like(dh[:, 0]), [], 3 * [0]
    for step, arriving in zip(cache[::-1], np.moveaxis(dh, 1, 0)[::-1], strict=True):
        dx, dstate, *more = rnn_step_backward(dstate + arriving, step)
        rows.insert(0, dx)
        sums = [total + each for total, each in zip(sums, more, strict=True)]
    return np.stack(rows, axis=1), dstate, *sums


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    both, weights = joined(x, prev_h, Wx, Wh)
    before = np.hsplit(both @ weights + b, 4)
    takes, keeps, shows = map(squash, before[:3])
    fresh = np.tanh(before[3])
    cell = takes * fresh + keeps * prev_c
    seen = np.tanh(cell)
    return seen * shows, cell, (both, weights, prev_c, takes, keeps, shows, fresh, seen, len(Wx))


def lstm_step_backward(dnext_h, dnext_c, cache):
    both, weights, prev_c, takes, keeps, shows, fresh, seen, features = cache
    through = dnext_h * shows * (1 + seen) * (1 - seen)
    dcell = through + dnext_c
    dtakes = dcell * fresh
    dkeeps = dcell * prev_c
    dshows = dnext_h * seen
    dfresh = dcell * takes
    first = dtakes * (takes - takes**2)
    second = dkeeps * (keeps - keeps**2)
    third = dshows * (shows - shows**2)
    fourth = dfresh * (1 - fresh) * (1 + fresh)
    blocks = np.hstack([first, second, third, fourth])
    dx, dprev_h = parted(blocks @ weights.T, features, 1)
    dWx, dWh = parted(both.T @ blocks, features, 0)
    db = blocks.sum(axis=0)
    dold = keeps * dcell
    return dx, dprev_h, dold, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    hidden, cell, shown, steps = h0, 0 * h0, [], []
    for t in range(x.shape[1]):
        hidden, cell, kept = lstm_step_forward(x[:, t], hidden, cell, Wx, Wh, b)
        shown.append(hidden)
        steps.append(kept)
    return np.stack(shown, axis=1), steps


def lstm_backward(dh, cache):
    dhidden, dcell, rows, sums = np.zeros_like(dh[:, 0]), np.zeros_like(dh[:, 0]), {}, None
    for t in range(len(cache) - 1, -1, -1):
        arriving = dhidden + dh[:, t]
        rows[t], dhidden, dcell, *more = lstm_step_backward(arriving, dcell, cache[t])
        sums = more if sums is None else [np.add(*each) for each in zip(sums, more, strict=True)]
    return np.stack([rows[t] for t in sorted(rows)], axis=1), dhidden, *sums


def gru_step_forward(x, prev_h, Wx, Wh, bx, bh):
    H = prev_h.shape[1]
    own, old = x @ Wx + bx, prev_h @ Wh + bh
    lets, stays = np.hsplit(squash(own[:, : 2 * H] + old[:, : 2 * H]), 2)
    share = old[:, 2 * H :].copy()
    fresh = np.tanh(own[:, 2 * H :] + lets * share)
    turned = fresh + stays * (prev_h - fresh)
    return turned, (x, prev_h, Wx, Wh, lets, stays, share, fresh)


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, lets, stays, share, fresh = cache
    dfresh = (dnext_h - dnext_h * stays) * (1 - fresh**2)
    dlets = dfresh * share * lets * (1 - lets)
    dstays = dnext_h * (prev_h - fresh) * stays * (1 - stays)
    of_x = np.hstack([dlets, dstays, dfresh])
    of_h = np.hstack([dlets, dstays, dfresh * lets])
    dstate = dnext_h * stays + of_h @ Wh.T
    return of_x @ Wx.T, dstate, x.T @ of_x, prev_h.T @ of_h, of_x.sum(axis=0), of_h.sum(axis=0)


def gru_forward(x, h0, Wx, Wh, bx, bh):
    turns = [(h0, None)]
    for t in range(x.shape[1]):
        turns.append(gru_step_forward(x[:, t], turns[t][0], Wx, Wh, bx, bh))
    return np.stack([state for state, _ in turns[1:]], axis=1), [kept for _, kept in turns[1:]]


def gru_backward(dh, cache):
    dturn, found = 0 * dh[:, 0], []
    for t in reversed(range(dh.shape[1])):
        dx, dturn, *more = gru_step_backward(dh[:, t] + dturn, cache[t])
        found.append((dx, more))
    sums = [sum(each) for each in zip(*(more for _, more in found), strict=True)]
    return np.stack([dx for dx, _ in reversed(found)], axis=1), dturn, *sums
