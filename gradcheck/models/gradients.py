"""What a model's gradients have to be: one for each parameter, the derivative of the model's own loss."""

from collections.abc import Iterator

import msgspec
import numpy as np

from gradcheck.calling.results import array_of, number
from gradcheck.contract import Array, Arrays, Malformed
from gradcheck.derivative import MOST_WHOLE, judge
from gradcheck.evidence import compare
from gradcheck.evidence.numeric import smooth_gradient
from gradcheck.functions.findings import complaint, evidence_finding
from gradcheck.functions.pair import Functions
from gradcheck.models.loss import guard_of
from gradcheck.models.mistakes import ALIKE, is_alike, of_factor, of_share
from gradcheck.models.network import REGULARISATION, SAMPLES, Network
from gradcheck.report import Finding, Severity, Verdict

ONE = np.ones(())

MISTAKES = {**of_share(REGULARISATION), **of_factor(SAMPLES)}
"""What a gradient would be without a typical mistake."""


def implemented(network: Network) -> Iterator[Finding]:
    """It is there and runs."""
    if not network.loss_and_grads()[1]:
        yield complaint("", f"{network.function} returned no gradients", Verdict.MISSING)


def shapes(network: Network) -> Iterator[Finding]:
    """There is a gradient for each parameter, of its shape."""
    yield from _usable(network)[1]


def gradient(network: Network) -> Iterator[Finding]:
    """Each gradient is the derivative of the model's own loss."""
    grads, _ = _usable(network)
    names = tuple(grads)
    if not names:
        return
    if network.doubt is not None:
        yield complaint("", network.doubt, Verdict.INCONCLUSIVE)
        return
    functions = Functions(network.as_function(names), None, {name: network.params[name] for name in names})
    rng = np.random.default_rng(0)
    for name, got in grads.items():
        if got.dtype != np.float64:
            doubt = f"no verdict: d{name} has dtype {got.dtype}, too coarse for numerical derivatives"
            yield complaint("", doubt, Verdict.INCONCLUSIVE, f"d{name}")
            continue
        found = evidence_finding(name, judge(functions, name, got, ONE, rng).evidence)
        if found is not None:
            yield _guarded(found, network) or _explained(found, name, got, functions, network)


def _guarded(found: Finding, network: Network) -> Finding | None:
    """Return a note where a gradient is off by no more than a small number within the loss's logarithm explains.

    The gradient of most people who write log(p + eps) is that of log(p). Where training and test differ the number
    cannot be found out: then there is no verdict.
    """
    if found.got is None or found.expected is None or found.verdict is not Verdict.FAIL:
        return None
    if abs(found.got - found.expected) > ALIKE * abs(found.expected):
        return None
    if guard_of(network) is not None:
        why = f"{found.tensor} is the gradient of log(p), without the number that the loss adds to p"
        return Finding(
            check="", severity=Severity.NOTE, verdict=Verdict.PASS, message=why, tensor=found.tensor
        )
    doubt = f"no verdict: {found.tensor} is off by a share below {ALIKE:.0e}, as where the loss takes log(p + eps)"
    return complaint("", doubt, Verdict.INCONCLUSIVE, found.tensor)


def _explained(found: Finding, name: str, got: Array, functions: Functions, network: Network) -> Finding:
    """Return a finding with the mistake that it shows, and the numbers written as everywhere."""
    if found.index is None or found.got is None or found.expected is None:
        return found
    entry = f"d{name}[{', '.join(map(str, found.index))}] is {number(found.got)}"
    message = f"not the gradient: {entry}; expected {number(found.expected)} (bound {found.bound:.1e})"
    named = _mistake(name, got, functions, network) if got.size <= MOST_WHOLE else None
    message = message.replace("not the gradient", f"not the gradient, {named}", 1) if named else message
    return msgspec.structs.replace(found, message=message)


def _mistake(name: str, got: Array, functions: Functions, network: Network) -> str | None:
    """Return the typical mistake without which a gradient would be right."""
    w = network.params[name]
    truth = smooth_gradient(functions.double(name), w, ONE)[0]
    size = float(np.abs(truth).max(initial=0.0))
    right = [mistake for mistake, mended in MISTAKES.items() if is_alike(mended(got, w), truth, size)]
    return right[0].format(name=name) if len(right) == 1 else None


def repeatable(network: Network) -> Iterator[Finding]:
    """The same call gives the same gradients twice."""
    once, again = _usable(network)[0], _usable(network)[0]
    for name in once:
        if name not in again or compare.difference(name, again[name], once[name]) is not None:
            yield complaint("", f"a second loss(X, y) gives another d{name}", tensor=f"d{name}")


def _usable(network: Network) -> tuple[Arrays, list[Finding]]:
    """Return the gradients that can be judged, and a finding for each that cannot."""
    returned = network.loss_and_grads()[1]
    grads: Arrays = {}
    findings = []
    for name, values in network.params.items():
        try:
            if name not in returned:
                raise Malformed(f"there is no gradient for the parameter {name}")
            grads[name] = array_of(f"d{name}", returned[name], values.shape)
        except Malformed as problem:
            findings.append(complaint("", str(problem), tensor=f"d{name}"))
    return grads, findings


BACKWARD = {
    "implemented": implemented,
    "gradient": gradient,
    "shapes": shapes,
    "repeatable": repeatable,
}
