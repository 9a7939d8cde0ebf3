import numpy as np

from gradcheck.derivative import directions


def test_unit__is_the_power_of_2_below_the_entry():
    assert directions.steps(np.array([1.0, 1.9, -0.6, 1e-3])).tolist() == [1.0, 1.0, 0.5, 2.0**-10]


def test_unit_of_a_zero__is_that_of_the_other_entries():
    assert directions.steps(np.array([0.0, 2.0, -2.0])).tolist() == [2.0, 2.0, 2.0]
    assert directions.steps(np.zeros(2)).tolist() == [1.0, 1.0]


def test_steps__are_exact_and_stay_on_their_side_of_zero():
    x = np.random.default_rng(0).standard_normal(10_000) * 10.0 ** np.random.default_rng(1).uniform(
        -9, 9, 10_000
    )
    v = directions.along(directions.steps(x), np.ones(x.size, dtype=bool), None, np.random.default_rng(2))
    t = 2.0**-10
    moved = x + t * v
    assert (np.sign(moved) == np.sign(x)).all()
    inside = np.frexp(moved)[1] == np.frexp(x)[1]
    assert (moved - x == t * v)[inside].all()
    assert inside.mean() > 0.99


def test_groups__hold_entries_of_like_share():
    claim, unit = np.array([1.0, 0.5, 1e-6, -1e-6, 0.0]), np.ones(5)
    groups = directions.grouped(claim, np.ones(5, dtype=bool), unit, 2.0**-52)
    assert groups[0] == groups[1]
    assert groups[2] == groups[3]
    assert len({int(groups[0]), int(groups[2]), int(groups[4])}) == 3
    assert groups[4] < 0


def test_direction__has_the_signs_of_the_claim_and_moves_only_its_members():
    claim = np.array([1.0, -2.0, 3.0, -4.0])
    members = np.array([True, True, True, False])
    v = directions.along(np.ones(4), members, claim, np.random.default_rng(0))
    assert (np.sign(v) == [1, -1, 1, 0]).all()
    assert ((np.abs(v[:3]) >= 0.5) & (np.abs(v[:3]) < 1)).all()
