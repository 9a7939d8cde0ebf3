"""How much memory a call needs beyond what it is given and what it returns."""

import threading
import tracemalloc
from collections.abc import Callable

from gradcheck.fast.engine import threads

from gradcheck.calling import arrays_in


def beyond(call: Callable[[], object], is_forward: bool) -> int:
    """Return the bytes at the peak of a call that are neither its arguments nor its results.

    A forward returns its output and a cache: what the cache holds of its own counts. So does what a thread keeps for
    the next call, which is why all threads are new ones. The call is made once before, for what is made only once.
    """
    call()
    threads._pool.cache_clear()
    results: list[object] = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        caller = threading.Thread(target=lambda: results.append(call()))
        caller.start()
        caller.join()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (result,) = results
    kept = result[0] if is_forward and isinstance(result, tuple) else result
    return max(0, peak - before - sum(array.nbytes for array in arrays_in(kept)))
