"""The definitions of the update rules against PyTorch's optimisers."""

import numpy as np
import pytest

from gradcheck.models.rules import RULES

torch = pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

# What PyTorch calls the options. Its velocity is not multiplied by the learning rate: with one that stays the same, the
# weights are the same.
OPTIMISERS = {
    "sgd": lambda w, o: torch.optim.SGD([w], o["learning_rate"]),
    "sgd_momentum": lambda w, o: torch.optim.SGD([w], o["learning_rate"], o["momentum"]),
    "rmsprop": lambda w, o: torch.optim.RMSprop([w], o["learning_rate"], o["decay_rate"], o["epsilon"]),
    "adam": lambda w, o: torch.optim.Adam(
        [w], o["learning_rate"], (o["beta1"], o["beta2"]), eps=o["epsilon"]
    ),
}


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("which", ["defaults", "options"])
def test_rule__takes_the_steps_of_pytorch(name, which):
    rule, rng = RULES[name], np.random.default_rng(0)
    options = getattr(rule, which)
    w = rng.normal(size=5)
    theirs = torch.tensor(w, requires_grad=True)
    optimiser = OPTIMISERS[name](theirs, options)
    config = {
        **options,
        **{key: start if key == "t" else np.full(5, start) for key, start in rule.state.items()},
    }
    for _ in range(6):
        dw = rng.normal(size=5)
        theirs.grad = torch.tensor(dw)
        optimiser.step()
        w, state = rule.step(w, dw, config)
        config |= state
        np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-12)
