"""What Gradescope asks a teacher to upload: a zip that grades one submission by a rubric.

The format is that of Gradescope's documentation on autograder specifications. ``setup.sh`` and ``run_autograder`` lie
at the top of the zip. Gradescope unpacks it into ``/autograder/source``, runs ``setup.sh`` once, and ``run_autograder``
for each submission, which it puts into ``/autograder/submission``. The results are
``/autograder/results/results.json``.
"""

from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

from gradcheck.grading import reading
from gradcheck.grading.refused import Refused
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.upload.archive import zipped
from gradcheck.grading.upload.wheel import wheel_of_suite
from gradcheck.layers import BY_NAME

PROGRAMS = ("setup.sh", "run_autograder")


def autograder(given: str, *, seed: int | None = None, unsandboxed: bool = False) -> tuple[Rubric, bytes]:
    """Return a rubric, and the zip to upload. The same rubric, options and suite give the same bytes.

    Parameters
    ----------
    given : str
        The rubric's file, or a name of the suite's.
    seed : int, optional
        Of the cases; by default each submission gets a secret one of its own.
    unsandboxed : bool
        Whether submissions may run where nothing confines them.

    Raises
    ------
    Refused
        There is no such rubric, it is wrong, or the upload would lack something that it asks for.
    """
    rubric = reading.read(given)
    for each in rubric.function:
        if each.layer not in BY_NAME and each.rule is None:
            raise Refused(
                f"the layer {each.layer!r} is not the suite's own, and the upload would not have it"
            )
    name, suite = wheel_of_suite()
    options = ([] if seed is None else ["--seed", str(seed)]) + ["--unsandboxed"] * unsandboxed
    content = {
        "setup.sh": _text("setup.sh"),
        "run_autograder": _text("run_autograder.sh"),
        "rubric.toml": _rubric(given),
        "options.txt": "".join(f"{word}\n" for word in options).encode(),
        "requirements.txt": "".join(f"{each}\n" for each in _packages(rubric)).encode(),
        name: suite,
    }
    return rubric, zipped(content, PROGRAMS)


def _text(name: str) -> bytes:
    return (files("gradcheck.grading.upload") / name).read_bytes().replace(b"\r\n", b"\n")


def _rubric(given: str) -> bytes:
    return reading.text_of(given).encode() if given in reading.names() else Path(given).read_bytes()


def _packages(rubric: Rubric) -> list[str]:
    """Return the names under which pip knows the packages that submissions may import."""
    known = packages_distributions()
    return sorted({each for name in rubric.allow for each in known.get(name.partition(".")[0], [name])})
