"""From how large an array on threads are woken, and whether BLAS has anything to do with it."""

import numpy as np
import pytest
from gradcheck.fast.engine import pieces, planes
from gradcheck.fast.engine.threads import use_threads

from gradcheck import fast


@pytest.fixture
def asked(monkeypatch):
    """Return the options with which threads are asked to share the work, each time."""
    found = []
    for module in (pieces, planes):

        def noted(work, tasks, *, worth_it=True, blas, spread=module.spread):
            found.append((worth_it, blas))
            spread(work, tasks, worth_it=worth_it, blas=blas)

        monkeypatch.setattr(module, "spread", noted)
    with use_threads(2):
        yield found


@pytest.mark.parametrize(("width", "worth_it"), [(1024, True), (1020, False)])
@pytest.mark.parametrize("layer", ["max_pool2d", "avg_pool2d"])
def test_pools_share_half_a_mebibyte_and_do_without_blas(asked, layer, width, worth_it):
    getattr(fast, f"{layer}_forward")(np.ones((2, 4, 8, width)), kernel=2)
    assert asked == [(worth_it, False)]


@pytest.mark.parametrize(("length", "expected"), [(2**18, []), (2**18 + 1, [(True, False)])])
def test_elementwise_work__is_shared_beyond_one_piece_and_does_without_blas(asked, length, expected):
    fast.sigmoid_forward(np.ones(length))
    assert asked == expected


@pytest.mark.parametrize(
    ("layer", "options"), [("batch_norm", {}), ("layer_norm", {}), ("group_norm", {"groups": 2})]
)
def test_norms_have_products_for_blas(asked, layer, options):
    x = np.ones((2, 4, 2**8, 2**8) if options else (2**9, 2**9 + 1))
    ones = np.ones(x.shape[1])
    out, cache = getattr(fast, f"{layer}_forward")(x, ones, ones, **options)
    getattr(fast, f"{layer}_backward")(out, cache)
    assert asked == [(True, True)] * 2
