"""The phases of an axis against their definition: which tap of which window reads a position."""

from gradcheck.fast.engine.data_gradient import phases
from gradcheck.fast.geometry import Geometry
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.integers(1, 6)


def phases_of(axis, kernel, stride, pad, dilation, length):
    """Return the phases of an axis whose other one would give others."""
    pairs = [(own, own + 1)[:: 1 - 2 * axis] for own in (kernel, stride, dilation)]
    pads = ((pad, 7), (pad + 1, 7))[:: 1 - 2 * axis]
    return list(phases(Geometry(pairs[0], pairs[1], pads, pairs[2], (1, 1)), axis, length))


@given(st.integers(0, 1), SMALL, SMALL, st.integers(0, 7), SMALL, st.integers(1, 9))
def test_phases__hold_every_position_and_every_window_that_reads_it(
    axis, kernel, stride, pad, dilation, length
):
    found = phases_of(axis, kernel, stride, pad, dilation, length)
    met = []
    for phase in found:
        positions = range(length)[phase.positions]
        assert positions
        for index, position in enumerate(positions):
            windows = [phase.offset + index + phase.step * tap for tap in range(len(phase.taps))]
            met += [(position, tap, window) for tap, window in zip(phase.taps[::-1], windows, strict=True)]
    assert sum(len(range(length)[phase.positions]) for phase in found) == length
    assert sorted(met) == [
        (position, tap, (position + pad - dilation * tap) // stride)
        for position in range(length)
        for tap in range(kernel)
        if (position + pad - dilation * tap) % stride == 0
    ]
