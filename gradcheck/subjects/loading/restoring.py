"""What loading changes in this process, and how it is put back."""

import io
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import ModuleType

from gradcheck.subjects.loading.ownership import SUITE, is_installed, is_suite, location
from gradcheck.subjects.loading.stubs import is_stub

Modules = Mapping[str, ModuleType]


@contextmanager
def restored(owns: Callable[[str], bool]) -> Iterator[Modules]:
    """Put ``sys.path``, ``sys.meta_path`` and ``sys.modules`` back at the end.

    Installed libraries that were imported meanwhile stay: most cannot be imported twice.

    Parameters
    ----------
    owns : callable
        Whether a path is one of the subject's files.

    Yields
    ------
    mapping of str to module
        The modules as they were.
    """
    path, path_was = sys.path, list(sys.path)
    finders, finders_were = sys.meta_path, list(sys.meta_path)
    modules, no_bytecode = dict(sys.modules), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # nothing is left in their folder
    try:
        yield modules
    finally:
        sys.dont_write_bytecode = no_bytecode
        added = [finder for finder in sys.meta_path if finder not in finders_were and _is_library(finder)]
        sys.path, sys.meta_path = path, finders
        path[:], finders[:] = path_was, finders_were + added
        _restore_modules(modules, owns)


@contextmanager
def quiet(target: str) -> Iterator[None]:
    """Swallow what is printed and warned, offer no input, and hide this program's arguments."""
    arguments, standard_input = sys.argv, sys.stdin
    sys.argv, sys.stdin = [target], io.StringIO()
    try:
        with redirect_stdout(sink()), redirect_stderr(sink()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.argv, sys.stdin = arguments, standard_input


def hide(names: Iterable[str]) -> None:
    """Forget modules that carry the name of one of the subject's, unless a library needs them."""
    tops = {name for name in names if _may_hide(name)}
    for name in list(sys.modules):
        if name.partition(".")[0] in tops:
            del sys.modules[name]


def show_suite(before: Modules) -> None:
    """Give this project's own packages their names back, whatever the subject calls its own."""
    for name in list(sys.modules):
        if name.partition(".")[0] == SUITE and sys.modules[name] is not before.get(name):
            del sys.modules[name]
    sys.modules.update((name, module) for name, module in before.items() if name.partition(".")[0] == SUITE)


def _may_hide(name: str) -> bool:
    if name in sys.builtin_module_names or name not in sys.modules:
        return False
    place = location(sys.modules[name])
    return name == SUITE or (place is not None and not is_installed(place))


def _restore_modules(before: Modules, owns: Callable[[str], bool]) -> None:
    for name, module in list(sys.modules.items()):
        place = location(module) or ""
        second = is_suite(place) and name.partition(".")[0] != SUITE  # a copy of ours, loaded as theirs
        if name not in before and (is_stub(module) or owns(place) or second):
            _forget(name)
    sys.modules.update(before)


def _forget(name: str) -> None:
    """Drop a module, and a stub from the library it was made up in."""
    parent, _, last = name.rpartition(".")
    dropped, library = sys.modules.pop(name), sys.modules.get(parent)
    if is_stub(dropped) and getattr(library, last, None) is dropped:
        delattr(library, last)


def _is_library(finder: object) -> bool:
    place = location(sys.modules.get(getattr(finder, "__module__", "")))
    return place is not None and is_installed(place) and not is_suite(place)


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return len(memoryview(data))  # type: ignore[arg-type]


def sink() -> io.TextIOWrapper:
    """Return a text stream with a buffer, as some files expect, that keeps nothing."""
    return io.TextIOWrapper(io.BufferedWriter(_Nowhere()), encoding="utf-8", errors="replace")
