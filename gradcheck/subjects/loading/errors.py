"""What goes wrong when someone's code is brought in, each in one sentence."""

from typing import Literal

from gradcheck.text import one_line

Kind = Literal["not found", "unsupported", "import"]


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


def no_notebook(target: str, problem: str) -> LoadError:
    """The file is called like a notebook, and cannot be read as one."""
    return LoadError(f'"{target}" is no notebook: {problem}', "unsupported")


def other_language(target: str, language: str) -> LoadError:
    """The notebook's cells are not Python."""
    return LoadError(f'"{target}" is a notebook in {language}: only Python can be judged', "unsupported")


def all_failed(target: str, notes: tuple[str, ...]) -> LoadError:
    """No module of the folder can be imported; the first reason stands for all."""
    return LoadError(f'nothing in the folder "{target}" can be imported: {notes[0]}', "import")
