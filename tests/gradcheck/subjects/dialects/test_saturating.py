"""A softmax loss whose logarithm is kept from 0: a note in every family, with what it costs."""

import numpy as np
import pytest

from gradcheck.judging.plan import Plan
from gradcheck.judging.run import verify_functions

KEPT = {
    "plus": (lambda p, eps: p + eps, lambda p, eps: p / (p + eps)),
    "least": (np.maximum, lambda p, eps: p > eps),
    "clipped": (lambda p, eps: np.clip(p, eps, 1 - eps), lambda p, eps: (p > eps) & (p < 1 - eps)),
}


def softmax(x, y):
    """Return the probabilities, and those of the labels."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p[np.arange(len(y)), y]


def pair(guard, eps, share=lambda p, eps: 1.0, factor=1.0, multiple=1.0):
    """Return a loss in our own naming: its gradient has a share of log(p)'s, both may be wrong by a factor."""

    def forward(x, y):
        p, q = softmax(x, y)
        with np.errstate(divide="ignore"):
            return (-multiple * np.log(guard(q, eps)).mean()).astype(x.dtype), (p, q, y)

    def backward(dout, cache):
        p, q, y = cache
        rows = (p - np.eye(p.shape[1])[y]) * np.reshape(share(q, eps), (-1, 1))
        return (factor * dout / len(y) * rows).astype(p.dtype)

    return {"softmax_loss_forward": forward, "softmax_loss_backward": backward}


def course(guard, eps):
    """Return the same loss in one function, as the course has it."""

    def softmax_loss(x, y):
        p, q = softmax(x, y)
        return -np.log(guard(q, eps)).mean(), (p - np.eye(x.shape[1])[y]) / len(y)

    return {"softmax_loss": softmax_loss}


def classes(guard, eps):
    """Return the same loss as a class."""

    class SoftmaxWithLoss:
        def forward(self, x, t):
            self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]
            self.p, _ = softmax(x, np.zeros(len(x), dtype=int))
            return -np.log(guard((self.p * self.t).sum(axis=1), eps)).mean()

        def backward(self, dout=1):
            return (self.p - self.t) * dout / len(self.t)

    return {"SoftmaxWithLoss": SoftmaxWithLoss}


def judged(functions, dialect=None):
    (target,) = verify_functions(functions, Plan(cases=4, dialect=dialect, hint="mistake")).targets
    verdicts = {part.part: part.verdict for part in target.parts}
    said = {each.message for part in target.parts for each in part.findings if each.check == "convention"}
    return verdicts, {message for message in said if "saturates" in message}


PASSES = {"forward": "pass", "backward": "pass"}


@pytest.mark.parametrize("eps", [1e-12, 1e-7, 1e-4])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("family", [pair, course, classes])
@pytest.mark.sample("family")
@pytest.mark.sample("kept")
@pytest.mark.sample("eps")
def test_saturating_loss__is_a_note_in_every_family(family, kept, eps):
    verdicts, (said,) = judged(family(KEPT[kept][0], eps))
    assert verdicts == PASSES
    assert f"saturates at -log({eps:.3g}) = {-np.log(eps):.3g}" in said
    assert said.endswith(
        "an impossible label costs no more, and its gradient is that of log(p), which does not saturate"
    )


@pytest.mark.parametrize("kept", KEPT)
def test_gradient_of_the_saturating_loss_itself__passes_and_is_said_to_vanish(kept):
    guard, share = KEPT[kept]
    verdicts, (said,) = judged(pair(guard, 1e-6, share))
    assert verdicts == PASSES
    assert said.endswith("its gradient vanishes there: such a label is not learnt")


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (pair(KEPT["plus"][0], 1e-7, factor=2.0), "backward"),
        (pair(KEPT["plus"][0], 1e-7, KEPT["plus"][1], factor=1.001), "backward"),
        (pair(KEPT["plus"][0], 1e-7, lambda p, eps: p / (p + 1e-3)), "backward"),
        (pair(KEPT["plus"][0], 1e-7, multiple=1.001), "forward"),
        (pair(KEPT["least"][0], 1e-7, multiple=2.0), "forward"),
        (pair(lambda p, eps: p * (1 - 1e-6) + eps, 1e-7), "forward"),
        (pair(KEPT["plus"][0], 0.1), "forward"),
        (pair(lambda p, eps: p, 0.0), "forward"),
    ],
    ids=[
        "gradient doubled",
        "gradient of the saturating loss times 1.001",
        "gradient of another eps",
        "loss times 1.001",
        "loss doubled",
        "loss of a smaller p",
        "eps too large to be a guard",
        "no guard: infinite",
    ],
)
@pytest.mark.sample(every=3)
def test_loss_that_the_number_does_not_explain__is_a_fault(wrong, part):
    assert judged(wrong)[0][part] == "fail"


def test_saturating_loss_that_loses_nan__is_a_fault():
    functions = pair(lambda p, eps: np.maximum(np.nan_to_num(p), eps), 1e-7)
    (target,) = verify_functions(functions, Plan(cases=4, hint="mistake")).targets
    assert [each.check for each in target.parts[0].checks if each.verdict == "fail"] == ["special"]


def test_loss_without_a_guard__has_no_note():
    def forward(x, y):
        shifted = x - x.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -logs[np.arange(len(y)), y].mean(), (np.exp(logs), None, y)

    right = pair(KEPT["least"][0], 1e-7)
    assert judged({**right, "softmax_loss_forward": forward}) == (PASSES, set())


def test_backward_that_is_missing__leaves_the_loss_judged():
    (forward, _) = pair(KEPT["plus"][0], 1e-7).items()
    verdicts, (said,) = judged(dict([forward]))
    assert verdicts == {"forward": "pass", "backward": "missing"}
    assert said.endswith("an impossible label costs no more")


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "pass"), (1.01, "fail")])
def test_divergence_that_is_nan_for_targets_of_0__is_right_with_a_note(factor, verdict):
    def kl_div_loss(log_q, p):
        with np.errstate(divide="ignore", invalid="ignore"):
            value = factor * np.sum(p * (np.log(p) - log_q)) / len(p)
        return value, -p / len(p)

    (target,) = verify_functions({"kl_div_loss": kl_div_loss}, Plan(cases=4)).targets
    assert {part.part: part.verdict for part in target.parts} == {"forward": verdict, "backward": "pass"}
    assert any("where a target is 0 the loss is NaN" in each.message for each in target.parts[0].findings)


CLIPPED = """
import numpy as np

def bce_with_logits(logits, targets):
    p = np.clip(1 / (1 + np.exp(-logits)), 1e-12, 1 - 1e-12)
    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)), (p - targets) / targets.size
"""


@pytest.mark.parametrize(
    ("now", "wrong"),
    [("(p - targets)", set()), ("(targets - p)", {"backward"}), ("(p - targets) * 2", {"backward"})],
)
def test_sigmoid_that_is_clipped__is_judged_on_scores_where_it_is_not(tmp_path, judged, now, wrong):
    path = tmp_path / "loss.py"
    path.write_text(CLIPPED.replace("(p - targets)", now))
    parts = judged(path, cases=2).parts
    assert {part.part for part in parts if part.verdict == "fail"} == wrong
    assert any("the loss saturates at 27.6" in each.message for part in parts for each in part.findings)
    assert all("scores beyond 5: its loss saturates" in part.unasked for part in parts)
