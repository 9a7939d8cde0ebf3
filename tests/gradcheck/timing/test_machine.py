import numpy as np
from gradcheck.fast.engine.threads import threads
from threadpoolctl import threadpool_info

from gradcheck.timing.machine import limited, machine


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_fast_and_blas_get_as_many_threads_as_are_asked_for_and_have_their_own_afterwards():
    before = threads(), blas_threads()
    with limited(1) as count:
        assert (count, threads(), blas_threads()) == (1, 1, {1})
    assert (threads(), blas_threads()) == before


def test_thread_limit_of_a_bench__is_none_without_a_number():
    before = threads(), blas_threads()
    with limited(None) as count:
        assert (threads(), blas_threads()) == before
        assert count >= 1


def test_machine__is_described_in_one_line():
    found = machine()
    assert found.numpy == np.__version__
    assert found.blas != ""
    assert "\n" not in str(found)
    assert f"NumPy {np.__version__} with {found.blas}" in str(found)
