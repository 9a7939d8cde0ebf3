"""Extents of axes, as wide as code has limits: around powers of two, where blocks and vectors end; one axis long."""

from gradcheck.contract import Choose

SMALL = (1, 2, 3, 4, 5)
WIDE = (7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)
LONG = (131, 257, 1027)


def draw_wide(choose: Choose) -> int:
    """Draw an extent on either side of a power of two; a long one now and then."""
    return int(choose.one_of(*WIDE) if choose.integer(0, 5) else choose.one_of(*LONG))


def draw_extents(choose: Choose, *names: str, least: int = 1, only: str | None = None) -> dict[str, int]:
    """Draw one extent for each name: all small, or one or two of them wide and the others smaller still.

    No more, because subjects are written as loops, and each case has to be worth its time. Which ones are wide is drawn
    too, unless `only` names it; an empty name stands for none. Beside a wide axis the others mostly have several
    entries: with one class, or one feature, most gradients are zero.
    """
    wide = {choose.one_of("", *names), choose.one_of("", *names)} if only is None else {only}
    wide.discard("")
    low, high = (choose.one_of(2, 2, 1), 3) if wide else (least, SMALL[-1])
    small = {name: choose.integer(low, high) for name in names}
    if len(wide) == 1:
        return small | {name: draw_wide(choose) for name in wide}
    return small | {name: int(choose.one_of(*WIDE)) for name in names if name in wide}


def draw_dims(choose: Choose, most_axes: int = 4) -> tuple[int, tuple[int, ...]]:
    """Draw n and one to `most_axes` further extents."""
    names = [f"d{i}" for i in range(choose.integer(1, most_axes))]
    found = draw_extents(choose, "n", *names)
    return found["n"], tuple(found[name] for name in names)
