"""Extents of axes, as wide as code has limits: around powers of two, where blocks and vectors end; one axis long."""

from gradcheck.contract import Choose

SMALL = (1, 2, 3, 4, 5)
NEAR = (6, 7, 8, 9, 12)
WIDE = (*NEAR, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100)
LONG = (127, 128, 129, 131, 255, 256, 257, 513, 1000, 1027)

TWO_WIDE, THREE_WIDE = 65, 17
"""The largest extents where two axes are wide at once, and where three are."""

VAST = (101, 104, 127, 128)
"""Extents of two axes that make a tensor of more than 10,000 numbers: code may change its method by its whole size."""

SELDOM = 8
"""In one of so many draws with two wide axes, both are vast."""


def draw_wide(choose: Choose, most: int | None = None) -> int:
    """Draw an extent on either side of a power of two, at most `most`; without a limit a long one now and then."""
    if most is None and choose.integer(0, 5) == 0:
        return int(choose.one_of(*LONG))
    return int(choose.one_of(*(each for each in WIDE if most is None or each <= most)))


def draw_extents(choose: Choose, *names: str, least: int = 1, only: str | None = None) -> dict[str, int]:
    """Draw one extent for each name: all small, or one to three of them wide and the others smaller still.

    No more, because subjects are written as loops, and each case has to be worth its time. Which ones are wide is drawn
    too, unless `only` names it; an empty name stands for none. Beside a wide axis the others mostly have several
    entries: with one class, or one feature, most gradients are zero.
    """
    wide = {choose.one_of("", *names) for _ in range(choose.integer(1, 3))} if only is None else {only}
    wide.discard("")
    low, high = (choose.one_of(2, 2, 2, 1), 3) if wide else (least, SMALL[-1])
    if len(wide) == 2 and choose.integer(1, SELDOM) == 1:
        return {name: choose.one_of(*VAST) if name in wide else choose.integer(2, 3) for name in names}
    most = {0: None, 1: None, 2: TWO_WIDE}.get(len(wide), THREE_WIDE)
    return {name: draw_wide(choose, most) if name in wide else choose.integer(low, high) for name in names}


def draw_dims(choose: Choose, most_axes: int = 4) -> tuple[int, tuple[int, ...]]:
    """Draw n and one to `most_axes` further extents."""
    names = [f"d{i}" for i in range(choose.integer(1, most_axes))]
    found = draw_extents(choose, "n", *names)
    return found["n"], tuple(found[name] for name in names)
