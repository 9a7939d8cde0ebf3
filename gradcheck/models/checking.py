"""Check a whole network: every parameter's gradient end to end, and the joint that is to blame if one is wrong."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from gradcheck.contract import MODEL, Array, Arrays, Malformed
from gradcheck.functions import GradientError
from gradcheck.functions.findings import complaint, note, report_of
from gradcheck.functions.judging import judged_gradient
from gradcheck.functions.pair import gradient_of
from gradcheck.models.blame import blamed
from gradcheck.models.forms import network_of
from gradcheck.models.joints import as_functions
from gradcheck.models.regularisation import shares, unregularised
from gradcheck.models.trace import Evaluation, Moved, Network, floating
from gradcheck.report import Finding, PartReport, Severity, Verdict

__tracebackhide__ = True

CHECKED = ("joints", "shapes", "regularisation", "gradient", "repeatable")
"""The names of the checks in the report."""

ONE = np.ones(())

NEAR = 1e-10
"""Up to which share two equal calls may differ by rounding, as sums of several threads do."""


def check_network(
    network: Any,
    /,
    *data: Any,
    params: Mapping[str, Any] | None = None,
    layers: Any = None,
    loss: Any = None,
    seed: int = 0,
) -> PartReport:
    """Check the gradients of a network end to end, and say which layer or connection is to blame if one is wrong.

    Parameters
    ----------
    network : callable or object
        One of:

        - an object with ``loss(*data)``, which returns ``(loss, grads)``, and with its parameters in the dict
          ``params``, as the models of cs231n;
        - a function ``loss(*data)`` that returns ``(loss, grads)``, with `params`;
        - a chain: a list, or a dict by name, of ``(forward, backward)`` pairs, of ``(forward, backward, inputs)`` where
          ``inputs`` has the parameters by name, or of objects with ``forward`` and ``backward``;
        - an object with ``layers``, and with ``forward`` and ``backward`` or a ``loss_layer``;
        - a ``torch.nn.Module``.
    *data : any object
        What the network is called with: ``X, y``, or ``features, captions``. Arrays are passed as copies.
    params : mapping, optional
        The parameters of a function, by name: the arrays that it reads, or tensors of a small library that hold an
        array. Their numbers are changed while the network is checked, and put back.
    layers : module, class, function or sequence of these, optional
        Where else the layers are that the network calls. Those that its own code sees by name are found without it.
    loss : callable, optional
        Of a module: ``loss(output, *data[1:])`` returns the loss. By default an output that is not one number is
        weighed at random.
    seed : int
        Seed of the directions, and of the weights of an output that is no loss.

    Returns
    -------
    PartReport
        The report of a pass: the checks that ran, and the notes.

    Raises
    ------
    GradientError
        If a gradient is wrong or could not be judged. The message says which joint is to blame, and has the place and
        both numbers.
    TypeError, ValueError
        If the network is not of one of these forms; the message says what was expected.

    Notes
    -----
    The derivative of the loss is measured as by `check_gradients`, with a computed error bound. Only if a gradient is
    wrong, the layers are watched that the network calls (functions called ``..._forward`` and ``..._backward``,
    classes with ``forward`` and ``backward`` or ``compute`` and ``gradient``, and the modules of a module), and the
    derivative is measured at each joint between them. A layer is to blame if it gets the right upstream gradient and
    returns a wrong one; a connection is, if all that follows it is right.

    Examples
    --------
    >>> from gradcheck import fast
    >>> rng = np.random.default_rng(0)
    >>> x, y, w = rng.standard_normal((4, 3)), np.array([0, 1, 1, 0]), rng.standard_normal((3, 2))
    >>> chain = {
    ...     "affine": (fast.affine_forward, fast.affine_backward, {"w": w, "b": np.zeros(2)}),
    ...     "relu": (fast.relu_forward, fast.relu_backward),
    ...     "loss": (fast.softmax_loss_forward, fast.softmax_loss_backward),
    ... }
    >>> check_network(chain, x, y).verdict.value
    'pass'
    """
    known = network_of(network, data, params, layers, loss, seed)
    findings = _findings(known, np.random.default_rng(seed))
    if _stands_at_kinks(findings):
        findings = _findings_nearby(known, findings, seed)
    report = report_of(MODEL, known.name, CHECKED, findings)
    if report.verdict is not Verdict.PASS:
        raise GradientError(report, f"the same call with seed={seed}")
    return report


def _stands_at_kinks(findings: list[Finding]) -> bool:
    """Return whether nothing is wrong, and kinks or rounding keep a gradient from being judged."""
    faults = [finding for finding in findings if finding.severity is Severity.FAULT]
    return bool(faults) and all(
        finding.check == "gradient" and finding.verdict is Verdict.INCONCLUSIVE for finding in faults
    )


def _findings_nearby(network: Network, findings: list[Finding], seed: int) -> list[Finding]:
    """Return the findings at other parameters: biases of 0 often put a whole network at kinks."""
    nearby = _findings(Moved(network, seed), np.random.default_rng(seed))
    if _stands_at_kinks(nearby):
        return findings
    why = next(finding.message for finding in findings if finding.verdict is Verdict.INCONCLUSIVE)
    words = f"judged at parameters moved at random, by 0.025 to 0.05 times 1 + their size, because at their own: {why}"
    return [*nearby, note("gradient", words)]


def _findings(network: Network, rng: np.random.Generator) -> list[Finding]:
    """Return what is to blame, then what is wrong."""
    notes = [note("gradient", words) for words in network.notes]
    base = network.evaluate()
    doubt = _doubt(network, base)
    if doubt is not None:
        return [complaint("repeatable", doubt, Verdict.INCONCLUSIVE), *notes]
    grads, malformed = usable(network, base)
    found = _judged(network, grads, rng)
    wrong = _wrong(found)
    regularised = list(shares(network, grads, wrong))
    with unregularised(network) as is_changed:
        if wrong and is_changed:
            grads, _ = usable(network, network.evaluate())
            again = _judged(network, {name: grads[name] for name in wrong if name in grads}, rng)
            wrong = _wrong(again)
        causes = list(blamed(network, grads, wrong, rng)) if wrong else []
    faults = [finding for each in found.values() for finding in each]
    return [*causes, *regularised, *malformed, *faults, *notes]


def _judged(network: Network, grads: Arrays, rng: np.random.Generator) -> dict[str, list[Finding]]:
    """Return what the derivative of the loss says of each gradient."""
    functions = as_functions(network, tuple(grads))
    return {
        name: [
            _written(each, network, name) for each in judged_gradient(functions, name, got, ONE, rng).findings
        ]
        for name, got in grads.items()
    }


def _wrong(found: Mapping[str, list[Finding]]) -> set[str]:
    return {name for name, each in found.items() if any(one.verdict is Verdict.FAIL for one in each)}


def _written(finding: Finding, network: Network, name: str) -> Finding:
    """Return a finding with the gradient's name as its author writes it."""
    written = network.called.get(name, f"d{name}")
    message = finding.message.replace(f"d{name}", written)
    return msgspec.structs.replace(finding, message=message, tensor=written)


def usable(network: Network, base: Evaluation) -> tuple[Arrays, list[Finding]]:
    """Return the gradients that can be judged, and a finding for each that cannot."""
    grads: Arrays = {}
    findings = []
    for name, value in network.params.items():
        written = network.called.get(name, f"d{name}")
        given = base.grads.get(name)
        if given is None:
            findings.append(
                complaint("shapes", f"there is no gradient for the parameter {name}", tensor=written)
            )
            continue
        numbers = floating(given)
        try:
            grads[name] = gradient_of(written, given if numbers is None else numbers, value.shape, True)
        except Malformed as problem:
            findings.append(complaint("shapes", str(problem), tensor=written))
    return {name: np.array(got, dtype=np.float64) for name, got in grads.items()}, findings


def _doubt(network: Network, base: Evaluation) -> str | None:
    """Return why nothing can be judged, or None."""
    if not network.params:
        return (
            "not judged, because no parameters were found: pass them, or layers that have gradients of theirs"
        )
    if not np.isfinite(base.loss):
        return f"not judged, because the loss is {base.loss}"
    if base.is_coarse:
        return (
            "not judged, because the loss or a parameter is in single precision, too coarse for numerical derivatives: "
            "make the network and its data in float64"
        )
    again = network.evaluate()
    if not _same(base.loss, again.loss, network, base, again):
        return (
            "not judged, because a second, equal call gives another loss or gradient: fix the seed of its dropout, "
            "and what it keeps from call to call"
        )
    moved = {name: value + 0.25 * (1 + np.abs(value)) for name, value in network.params.items()}
    if network.evaluate(moved).loss == base.loss:
        return "not judged, because the loss does not change with the parameters: pass those that the network reads"
    return None


def _same(one: float, other: float, network: Network, base: Evaluation, again: Evaluation) -> bool:
    """Return whether two equal calls agree, up to rounding."""
    pairs = [(floating(base.grads.get(name)), floating(again.grads.get(name))) for name in network.params]
    return abs(one - other) <= NEAR * (1 + abs(one)) and all(_near(a, b) for a, b in pairs)


def _near(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or one.shape != other.shape:
        return one is other or (one is not None and other is not None and one.shape == other.shape)
    size = float(np.abs(one).max(initial=0.0))
    return bool(np.all(np.abs(one - other) <= NEAR * size)) or not np.isfinite(one).all()
