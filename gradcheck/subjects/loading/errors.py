"""What goes wrong when someone's code is brought in, each in one sentence."""

import os
import traceback
from collections.abc import Iterator
from typing import Literal

from gradcheck.calling.advice import advice, plain_reason
from gradcheck.subjects.loading.decoding import Remark
from gradcheck.subjects.loading.ownership import is_below
from gradcheck.subjects.loading.remedies import looks_like_python_2, remedy
from gradcheck.text import one_line

Kind = Literal["not found", "unsupported", "import"]

LIKE_PYTHON_2 = "it looks like Python 2"
"""Said of a file that Python 3 does not read and Python 2 would."""

NOT_ALLOWED = "is needed here, and submissions may not import it: allow it with --allow"
"""Said of a package that is installed, where a submission in a worker uses it."""

NOT_READ = "lies above the folder that may be read: name it with --root"
"""Said of a package around a submission, of which the submission sees its own folder only."""

NOT_PYTHON = "is not valid Python"
"""Said of every file that Python 3 does not read."""


class LoadError(Exception):
    """The target cannot be brought in.

    Parameters
    ----------
    message : str
        One sentence; it is kept to one printable line.
    kind : {"not found", "unsupported", "import"}
        There is no such code, it is of a sort that cannot be loaded, or it fails on import.
    """

    def __init__(self, message: str, kind: Kind) -> None:
        self.message = one_line(message)
        self.kind: Kind = kind
        super().__init__(self.message, kind)

    def __str__(self) -> str:
        return self.message


class Unavailable(LoadError):
    """The machine cannot bring the target in: there is no room, or no worker. The target has no part in that."""


class MissingModule(ImportError):
    """A subject used a module that is not installed here.

    Parameters
    ----------
    message : str
        What was used, and which module it needs; it is kept to one printable line.
    module : str
        The dotted name of the module that is missing.
    """

    def __init__(self, message: str, module: str = "") -> None:
        super().__init__(one_line(message), name=module)
        self.module = module


def nothing_there(target: str) -> LoadError:
    """There is neither a file nor a folder nor a module of this name."""
    ours = target.partition(".")[0] in (
        "naive",
        "fast",
    )  # what these two were called once, and are in a checkout
    hint = f'; the one of this suite is "gradcheck.{target}"' if ours else ""
    return LoadError(f'there is no file, folder or module called "{target}"{hint}', "not found")


def no_python(target: str) -> LoadError:
    """The folder, or the zip, holds nothing that could be loaded."""
    what = "zip" if target.lower().endswith(".zip") else "folder"
    return LoadError(f'the {what} "{target}" has no Python files', "not found")


def not_supported(target: str) -> LoadError:
    """The target is a file of another sort."""
    advice = "give a .py file, a notebook, a package folder, a .zip of one or a module name"
    return LoadError(f'"{target}" is not supported: {advice}', "unsupported")


def linked(target: str) -> LoadError:
    """The file or the folder is a link that leads out of where it lies."""
    return LoadError(
        f'"{target}" is a link: name what it leads to, which is not read from here', "unsupported"
    )


def outside(target: str, root: str) -> LoadError:
    """The target is not part of the package that it was said to be part of."""
    return LoadError(f'"{target}" does not lie in "{root}", the folder that --root names', "unsupported")


def too_many(folder: str, most: int) -> LoadError:
    """The folder has more files than anyone writes."""
    return LoadError(f'the folder "{folder}" has more than {most} Python files', "unsupported")


def no_notebook(target: str, problem: str) -> LoadError:
    """The file is called like a notebook, and cannot be read as one."""
    return LoadError(f'"{target}" is no notebook: {problem}', "unsupported")


def other_language(target: str, language: str) -> LoadError:
    """The notebook's cells are not Python."""
    return LoadError(f'"{target}" is a notebook in {language}: only Python can be judged', "unsupported")


def all_failed(target: str, notes: tuple[str, ...]) -> LoadError:
    """No module of the folder can be imported; the first reason stands for all."""
    return LoadError(f'nothing in the folder "{target}" can be imported: {notes[0]}', "import")


def explain(error: BaseException, path: str, root: str) -> str:
    """Return one sentence about an exception that left an import.

    Parameters
    ----------
    error : BaseException
        What was raised while the module was executed.
    path : str
        The file of the module.
    root : str
        The folder below which files are the subject's; paths are given relative to it.

    Returns
    -------
    str
        Such as ``layers.py:3 raises ZeroDivisionError on import: division by zero``.
    """
    if isinstance(error, Remark):
        return one_line(f"{os.path.relpath(path, root)} {error}")
    if isinstance(error, SyntaxError) and _below(error.filename, root):
        return one_line(_syntax(error, root))
    place = _place(error, root) or os.path.relpath(path, root)
    if isinstance(error, SystemExit):
        return one_line(f"{place} calls sys.exit on import")
    reason = plain_reason(one_line(error))
    said = f"{place} raises {type(error).__name__} on import" + (f": {reason}" if reason else "")
    return one_line(said + advice(said))


def _syntax(error: SyntaxError, root: str) -> str:
    place = os.path.relpath(error.filename or root, root) + (f":{error.lineno}" if error.lineno else "")
    version = f" 3 ({LIKE_PYTHON_2})" if looks_like_python_2(error) else ""
    what = remedy(error)
    # Python's own guess for `print x` is print(...).
    message = error.msg.partition(". Did you mean print")[0] if what else error.msg
    return f"{place} {NOT_PYTHON}{version}: {message}" + (f": {what}" if what else "")


def _place(error: BaseException, root: str) -> str:
    places = [f"{os.path.relpath(name, root)}:{line}" for name, line in _lines(error) if _below(name, root)]
    return places[-1] if places else ""


def _lines(error: BaseException) -> Iterator[tuple[str, int]]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, line


def _below(name: str | None, root: str) -> bool:
    return name is not None and is_below(name, root)
