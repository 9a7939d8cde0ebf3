"""Attention as plain functions: masks of each kind, widths and heads that a file does not accept, autograd."""

import pytest

from gradcheck.isolation.levels import Limits
from gradcheck.subjects.dialects.attention.naming import held
from tests.gradcheck.subjects.dialects.conftest import DATA

EXTRA = 'needs PyTorch: pip install -e ".[peers]"'

PLAIN, WRONG, TENSORS = "attention/plain.py", "attention/wrong.py", "attention/eecs498.py"
HIDE = "np.where(mask == 0, -1e9, scores)"


def verdicts(target):
    return {part.function: part.verdict for part in target.parts}


def forward_of(target):
    (part,) = [each for each in target.parts if each.part == "forward"]
    return part


def test_right_file__passes_in_both_parts(judged):
    target = judged(PLAIN, cases=4)
    assert set(verdicts(target).values()) == {"pass"}
    assert "attention: scaled_dot_product_attention(Q, K, V, mask=None)" in forward_of(target).understood


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (HIDE, "True where a key is seen"),
        ("np.where(mask, -np.inf, scores)", "True where a key is hidden"),
        ("scores + mask", "added to the scores"),
    ],
)
def test_mask__is_passed_as_the_file_takes_it(judged, edited, now, kind):
    target = judged(edited(PLAIN, HIDE, now), cases=0)
    assert set(verdicts(target).values()) == {"pass"}
    assert kind in forward_of(target).understood


def test_mask_that_makes_no_difference__is_a_fault(judged, edited, undiagnosed):
    target = judged(edited(PLAIN, HIDE, "scores"), cases=0)
    assert forward_of(target).verdict == "fail"


@pytest.mark.diagnosed
def test_wrong_softmax__is_named(judged):
    target = judged(WRONG, cases=0, checks=("output", "gradient"))
    assert verdicts(target) == {"attention_forward": "pass", "attention_backward": "fail"}
    found = [f for part in target.parts for f in part.findings if f.check == "gradient"]
    assert {f.mutant for f in found} == {"softmax-sum-missing"}


NARROW = "    out = np.zeros_like(query)\n    out[:] = np.einsum('nst,nte->nse', p, value)\n"


def test_values_of_one_width_alone__are_no_fault(judged, edited, undiagnosed):
    path = edited(WRONG, "    out = np.einsum('nst,nte->nse', p, value)\n", NARROW)
    assert forward_of(judged(path, cases=4)).verdict == "pass"


def test_forwards_on_tensors__are_judged_by_autograd(judged):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(TENSORS, cases=0, limits=Limits(packages=("torch",)))
    assert len(target.parts) == 6
    assert {part.verdict for part in target.parts} == {"pass"}


ONE, MODULES, WHOLE = "attention/one_sample.py", "attention/modules.py", "attention/whole_modules.py"
ON_TENSORS = Limits(packages=("torch",))


@pytest.mark.parametrize("backward", ["causal_attention_backward", "causal_attention_grad"])
def test_attention_that_is_causal_by_its_name__is_asked_so(judged, edited, backward):
    path = edited("attention/causal.py", "causal_attention_backward", backward)
    target = judged(path, cases=0, checks=("output", "gradient"))
    assert verdicts(target) == {"causal_attention_forward": "pass", backward: "pass"}


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "function"),
    [
        ("k=1)", "k=2)", "causal_attention_forward"),
        ("ds, k), np", "ds, q), np", "causal_attention_backward"),
    ],
)
def test_mistake_in_causal_attention__is_at_its_function(judged, edited, was, now, function):
    target = judged(
        edited("attention/causal.py", was, now), cases=0, checks=("output", "gradient"), hint="place"
    )
    assert {name for name, verdict in verdicts(target).items() if verdict.is_wrong} == {function}


def test_attention__of_one_sample_is_a_batch_of_one(judged):
    target = judged(ONE, cases=4)
    assert set(verdicts(target).values()) == {"pass"}
    assert "a batch, and heads: not accepted" in forward_of(target).unasked


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now", "function"),
    [
        ("S = Q.dot(K.T) / d ** 0.5", "S = Q.dot(K.T) / d", "attention"),
        ("P /= P.sum(axis=1, keepdims=True)", "P /= P.sum(axis=0, keepdims=True)", "attention"),
        ("dV = P.T.dot(dO)", "dV = P.dot(dO)", "attention_backward"),
        (" - (dP * P).sum(axis=1, keepdims=True)", "", "attention_backward"),
        ("return dS.dot(K), dS.T.dot(Q), dV", "return dS.dot(K), dS.dot(Q), dV", "attention_backward"),
    ],
)
def test_mistake_with_one_sample__is_at_its_function(judged, edited, was, now, function):
    target = judged(edited(ONE, was, now), cases=0, checks=("output", "gradient"), hint="place")
    wrong = [name for name, verdict in verdicts(target).items() if verdict.is_wrong]
    assert wrong == [function]


def test_backward_with_an_unknown_argument__is_not_called(judged, edited):
    path = edited(
        ONE, "def attention_backward(dO, Q, K, V, P)", "def attention_backward(dO, Q, K, V, P, rng)"
    )
    assert verdicts(judged(path, cases=0)) == {"attention": "pass", "attention_backward": "skip"}


def test_softmax_over_the_wrong_axis_of_a_batch__is_not_code_of_one_sample(judged, edited, undiagnosed):
    source = "axis=-1, keepdims=True)\n"
    text = (DATA / PLAIN).read_text()
    assert source in text
    path = edited(PLAIN, text[text.index("def ") :], text[text.index("def ") :].replace("axis=-1", "axis=1"))
    assert forward_of(judged(path, cases=0, checks=("output",))).verdict == "fail"


@pytest.mark.slow
def test_modules__are_judged_by_autograd(judged):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(MODULES, cases=0, limits=ON_TENSORS)
    assert {part.verdict for part in target.parts} == {"pass"}
    layers = {part.function: part.layer for part in target.parts}
    assert layers["SelfAttention.forward"] == "scaled_dot_product_attention"
    assert layers["MultiHeadAttention.forward"] == "multi_head_attention"
    assert any(
        "(N, S, T) is True where a key is hidden" in forward.understood
        for forward in target.parts
        if forward.understood
    )


@pytest.mark.slow
def test_whole_modules__are_judged_causal_ones_too(judged):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(WHOLE, cases=0, limits=ON_TENSORS)
    assert {part.function: part.verdict for part in target.parts} == {
        "MultiHeadAttention.forward": "pass",
        "SelfAttention.forward": "pass",
    }


def test_wrong_modules__fail_in_forward(judged, undiagnosed):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged("attention/wrong_modules.py", cases=0, limits=ON_TENSORS, checks=("output",))
    wrong = {part.function for part in target.parts if part.verdict.is_wrong}
    assert wrong == {"SelfAttention.forward", "MultiHeadAttention.forward"}


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("q @ k.transpose(2, 3) / math.sqrt(self.head_dim)", "q @ k.transpose(2, 3) / math.sqrt(E)"),
        ("F.softmax(scores, dim=-1)", "F.softmax(scores, dim=1)"),
        ("(w @ v).transpose(1, 2).contiguous().view(N, S, E)", "(w @ v).contiguous().view(N, S, E)"),
        ("        return self.proj(out)\n", "        return out\n"),
        ("k = self.key(key).view(N, T, self.n_head", "k = self.query(key).view(N, T, self.n_head"),
        ('float("-inf"))\n        w = self', "0.0)\n        w = self"),
    ],
)
def test_mistake_in_a_module__is_found(judged, edited, was, now):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(edited(WHOLE, was, now), cases=0, limits=ON_TENSORS, checks=("output",), hint="place")
    assert {p.function for p in target.parts if p.verdict.is_wrong} == {"MultiHeadAttention.forward"}


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        ("num_heads, dropout=0.1", "num_heads, window, dropout=0.1", "its argument window"),
        ("value, attn_mask=None", "value, past, attn_mask=None", "its forward's argument past"),
        (
            "self.proj = nn.Linear(embed_dim, embed_dim)",
            "self.proj = nn.LayerNorm(embed_dim)",
            "other shapes",
        ),
        (
            "self.attn_drop = nn.Dropout(dropout)",
            "self.attn_drop = nn.Linear(1, 1)",
            "its parameters are for",
        ),
    ],
)
def test_module_that_is_more_or_other__is_not_judged(judged, edited, was, now, reason):
    pytest.importorskip("torch", reason=EXTRA)
    target = judged(edited(WHOLE, was, now), cases=0, limits=ON_TENSORS, checks=("output",))
    (part,) = [p for p in target.parts if p.function.startswith("Multi") and p.part == "forward"]
    assert part.verdict == "skip"
    assert reason in part.reason


def test_module_with_steps_first__is_not_judged(judged, edited):
    pytest.importorskip("torch", reason=EXTRA)
    head, end = (
        "    def forward(self, query, key, value, attn_mask=None):\n",
        "        return self.proj(out)\n",
    )
    turned = f"{head}        query, key, value = (x.transpose(0, 1) for x in (query, key, value))\n"
    path = edited(WHOLE, head, turned)
    path.write_text(path.read_text().replace(end, end.replace("(out)", "(out).transpose(0, 1)")))
    target = judged(path, cases=0, limits=ON_TENSORS, checks=("output",))
    reasons = [p.reason for p in target.parts if p.function.startswith("Multi")]
    assert all("(T, N, E)" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("path", "letter", "head", "is_bias"),
    [
        ("heads.1.q.weight", "q", 1, False),
        ("k_proj.bias", "k", None, True),
        ("W_o", "o", None, False),
        ("bv", "v", None, True),
        ("linear.weight", "o", None, False),
        ("toKeys.weight", "k", None, False),
    ],
)
def test_parameter__is_known_by_its_path(path, letter, head, is_bias):
    found = held(path)
    assert (found.letter, found.head, found.is_bias) == (letter, head, is_bias)


@pytest.mark.parametrize("path", ["qkv.weight", "norm.weight", "q_norm.weight", "rel_pos"])
def test_parameter_of_something_else__is_of_no_projection(path):
    assert held(path) is None
