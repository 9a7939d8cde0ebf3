"""One call of a class as a layer: an object is made, and its two methods are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, guarded, invoke
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, Missing
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import written
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import probe_of
from gradcheck.subjects.dialects.objects.places import Source
from gradcheck.subjects.dialects.objects.rates import rate_of
from gradcheck.subjects.dialects.objects.using import Used

SEED = 231


def made(used: Used, members: Members, params: Params, tensors: Arrays) -> Any:
    """Return a new object with the given parameters. Raises SubjectError."""
    name, values = used.name, used.values(tensors)
    guarded(name, members["seed_all_numbers"], SEED)
    layer = guarded(name, members[name], **written(used.making, params, values))
    for attribute, value in written(used.attributes, params, values).items():
        guarded(f"{name}.{attribute}", setattr, layer, attribute, value)
    for method, arguments in used.steps:
        guarded(f"{name}.{method}", getattr(layer, method), **written(arguments, params, values))
    if used.warm:
        forward(used, layer, params, values)
    for place in used.places:
        guarded(name, members["put_array_at"], layer, place.path, place.theirs(tensors))
    if used.mode_methods is not None:
        train, test = used.mode_methods
        invoke(name, layer, test if params.get("mode") == "eval" else train)
    return layer


def forward(used: Used, layer: Any, params: Params, values: dict[str, Any]) -> Any:
    """Return what forward returns. Raises SubjectError."""
    label = f"{used.name}.{used.written.forward}"
    method = guarded(label, getattr, layer, used.written.forward)
    return guarded(label, method, **written(used.given, params, values))


def left_behind(used: Used, members: Members, layer: Any) -> Any:
    """Return the output that forward left in an attribute. Raises SubjectError."""
    return guarded(f"{used.name}.{used.left}", members["array_at"], layer, used.left)


def output_and_cache(returned: Any) -> tuple[Any, Any]:
    """Return the output, and what comes with it."""
    if isinstance(returned, tuple | list) and returned:
        return returned[0], returned[1] if len(returned) == 2 else tuple(returned[1:])
    return returned, None


def call(used: Used, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Make an object and call its forward. Raises SubjectError."""
    label = f"{used.name}.{used.written.forward}"
    layer, values = made(used, members, params, tensors), used.values(tensors)
    if "mask" in tensors:
        guarded(label, members["seed_all_numbers"], SEED)
    try:
        out, cache = output_and_cache(forward(used, layer, params, values))
        out = left_behind(used, members, layer) if out is None and used.left else out
        missing = f"{label} returned no output" if out is None else None
    except Missing as problem:
        out, cache, missing = None, None, str(problem)
    held = {name: guarded(label, members["array_at"], layer, path) for name, path in used.tracked.items()}
    results = {name: _copied(value) for name, value in held.items()}
    shape = Case(used.layer, params).output_shape
    ours = used.turn.output(params, tensors, used.out.folded(used.out.ours(out), shape))
    spare = guarded(label, members["copied_object"], layer) if used.fresh else None
    state = _State(layer, spare)
    return LocalCall(
        {"out": ours, **results},
        tensors,
        partial(_gradients, used, members, params, (state, values, (out, cache))),
        missing=missing,
        observed=_observed(tensors, ours),
    )


def _copied(value: Any) -> Any:
    found = numbers(value)
    return value if found is None else found.copy()


@dataclass
class _State:
    """The object that forward was called on, and a copy of it for further calls of backward."""

    layer: Any
    spare: Any

    def next(self, members: Members, label: str) -> Any:
        """Return the object to call backward on."""
        if self.spare is None:
            return self.layer
        found, self.layer = self.layer, None
        return guarded(label, members["copied_object"], self.spare) if found is None else found


def _observed(tensors: Arrays, out: Any) -> Arrays:
    """Return the mask that the object drew, as its output shows it: no input is zero."""
    values = numbers(out)
    if "mask" not in tensors or values is None or values.shape != tensors["mask"].shape:
        return {}
    return {"mask": values != 0}


def backward(used: Used, layer: Any, params: Params, values: dict[str, Any]) -> Any:
    """Return what backward returns; `values` has dout and the cache, too. Raises SubjectError."""
    label = f"{used.name}.{used.written.backward}"
    method = guarded(label, getattr, layer, used.written.backward)
    return guarded(label, method, **written(used.back, params, values))


def _gradients(
    used: Used,
    members: Members,
    params: Params,
    state: tuple[_State, dict[str, Any], tuple[Any, Any]],
    dout: Array,
) -> dict[str, Any]:
    """Call backward, and return the gradients by tensor. Raises SubjectError."""
    objects, values, (out, cache) = state
    label = f"{used.name}.{used.written.backward}"
    layer = objects.next(members, label)
    turned = used.out.theirs(dout) if dout.ndim else float(dout)
    before = {each.key: read(members, label, layer, each.key) for each in used.sources if each.kind == "step"}
    returned = backward(used, layer, params, {**values, "dout": turned, "cache": cache, "out": out})
    found: dict[str, Any] = {}
    for source in used.sources:
        found |= source.ours(
            _raw(members, label, source, layer, returned, (before, rate_of(params))), params.get("n", 1)
        )
    if "x" in found:
        found["x"] = used.x.folded(found["x"], Case(used.layer, params).shapes["x"])
        found["x"] = used.turn.gradient(params, dout, found["x"])
    if all(value is None for value in found.values()):
        raise Missing(f"{label} leaves no gradient")
    return found


def read(members: Members, label: str, thing: Any, path: str) -> Array | None:
    """Return a copy of the array at a path; None if there is none. Raises SubjectError."""
    found = numbers(guarded(label, members["array_at"], thing, path))
    return None if found is None else found.copy()


def _raw(
    members: Members,
    label: str,
    source: Source,
    layer: Any,
    returned: Any,
    steps: tuple[Mapping[str, Any], float],
) -> Any:
    """Return what is found at the source of a gradient; None if there is nothing.

    `steps` are the parameters before backward, and the learning rate.
    """
    if source.kind == "held":
        return guarded(label, members["array_at"], layer, source.key)
    if source.kind == "step":
        before, rate = steps
        was, now = before[source.key], read(members, label, layer, source.key)
        return None if was is None or now is None or was.shape != now.shape else (was - now) / rate
    return from_returned(members, label, returned, source.key)


def from_returned(members: Members, label: str, returned: Any, path: str) -> Any:
    """Return what is at a path in what backward returned; None if there is nothing. Raises SubjectError."""
    if not path:
        return returned
    first, _, rest = path.partition("/")
    if not isinstance(returned, tuple | list):
        return guarded(label, members["array_at"], returned, path)
    if not first.isdecimal() or int(first) >= len(returned):
        return None
    return from_returned(members, label, returned[int(first)], rest)


def case_of(used: Used) -> Case:
    """Return the case on which a use is tried."""
    probe = probe_of(used.layer)
    return probe.but(params=used.express(probe.params))
