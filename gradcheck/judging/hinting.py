"""The line where a part goes wrong: found by edits that mend it, confirmed by judging the edited submission.

No verdict depends on it. The search runs beside the submission's own code, which may forge its answer; so the judge
makes the edit itself, in the text, and judges the result as it judges everything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gradcheck.judging.mending import Failed, Mend, Mended, Mending, failed
from gradcheck.judging.plan import HINTS, Plan
from gradcheck.judging.shared_mends import shared_mends
from gradcheck.judging.target import judge_target
from gradcheck.repair.splicing import Hunk, patched, shown
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.subjects.loading import Loaded, LoadError
from gradcheck.subjects.loading.decoding import decoded
from gradcheck.subjects.loading.notebook import cells
from gradcheck.text import one_line

MOST_MENDS = 3
"""Lines of one function that are confirmed, each with another run of its layer."""

MOST_HUNKS = 6
MOST_LINES = 12
"""How much an edit may change."""

LONGEST = 400
"""Characters of what a report says of an edit."""

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Place:
    """Confirmed: the lines of a mend, what they say then, and where they are."""

    lines: tuple[int, ...]
    edit: str
    file: str
    path: str


def hinted(report: TargetReport, loaded: Loaded, plan: Plan) -> TargetReport:
    """Return a report that says as much about the cause of each failure as the plan asks for."""
    level = HINTS.index(plan.hint)
    if level >= HINTS.index("line"):
        parts = failed(report)
        if plan.only is not None:  # of one case that is run again, too, the line is what mends all cases
            plan = replace(plan, only=None, layers=(plan.only.layer.name,))
        passed = {_key(part) for part in report.parts if part.verdict is Verdict.PASS}
        places = _places(loaded, plan, parts, passed, report) if parts else {}
        home = _home(loaded)
        report = _with(report, [_located(part, places.get(_key(part), ()), home) for part in report.parts])
    return _with(report, [withheld(part, level) for part in report.parts])


def _with(report: TargetReport, parts: Sequence[PartReport]) -> TargetReport:
    return msgspec.structs.replace(report, parts=tuple(parts))


def withheld(part: PartReport, level: int) -> PartReport:
    """Return a part without what its findings are not to say at a level, which is a place in `HINTS`."""
    if level == len(HINTS) - 1:
        return part
    hidden: dict[str, dict[str, object]] = {
        "place": {"where": None},
        "mistake": {"mutant": None, "candidates": (), "explanation": None},
        "line": {"line": None, "lines": (), "file": None},
        "edit": {"edit": None},
    }
    gone = {key: value for name in HINTS[level + 1 :] for key, value in hidden[name].items()}
    findings = tuple(msgspec.structs.replace(finding, **gone) for finding in part.findings)
    return msgspec.structs.replace(part, findings=findings)


def _key(part: PartReport | Failed | Mended) -> Key:
    return part.layer, part.part, part.function


def _home(loaded: Loaded) -> str | None:
    """Return the one file in which a line alone says where it is; None if there are several."""
    paths = {space.path for space in loaded.namespaces}
    return paths.pop() if len(paths) == 1 else None


def _located(part: PartReport, places: Sequence[Place], home: str | None) -> PartReport:
    """Return a part with the line in each finding that says it is wrong."""
    if not places:
        return part
    best = places[0]
    lines = tuple(dict.fromkeys(line for place in places for line in place.lines))
    is_elsewhere = home is None or any(place.path != home for place in places)
    said = {
        "line": best.lines[0],
        "lines": lines,
        "edit": best.edit,
        "file": best.file if is_elsewhere else None,
    }

    def located(finding: Finding) -> Finding:
        is_fault = finding.severity is Severity.FAULT and finding.verdict.is_wrong
        return msgspec.structs.replace(finding, **said) if is_fault else finding

    return msgspec.structs.replace(part, findings=tuple(map(located, part.findings)))


def _places(
    loaded: Loaded, plan: Plan, parts: Sequence[Failed], passed: Collection[Key], report: TargetReport
) -> dict[Key, list[Place]]:
    """Return the confirmed mends of each part, best first."""
    if loaded.session is None:
        with Mending(loaded, plan, is_walled=False) as mending:
            answers = [mending.mended(part) for part in parts]
        # Nothing keeps this code from the judge: there is nobody to confirm it before.
        return {_key(each): list(_shown(each)) for each in answers}
    shared = {_key(part): shared_mends(loaded, plan, part, report) for part in parts}
    known = {key: mends for key, each in shared.items() if each and (mends := each.known()) is not None}
    found = known | _searched(loaded, plan, [part for part in parts if _key(part) not in known], passed)
    for key, each in shared.items():
        if each is not None and key in found and key not in known:
            each.learn(found[key])
    return {key: list(_placed(loaded, mends)) for key, mends in found.items()}


def _searched(
    loaded: Loaded, plan: Plan, parts: Sequence[Failed], passed: Collection[Key]
) -> dict[Key, list[Mend]]:
    """Return the confirmed mends of those parts that could be searched."""
    from gradcheck.judging.searcher import searched  # it needs what only Linux has

    wanted = {_key(part) for part in parts}
    answers = [each for each in searched(loaded.session, plan, parts) if _key(each) in wanted]
    confirmed = _confirmed(loaded, plan, answers, passed)
    return {_key(each): confirmed.get(_key(each), []) for each in answers}


def _placed(loaded: Loaded, mends: Sequence[Mend]) -> Iterator[Place]:
    for mend in mends:
        text = _Text.of(mend, loaded.session.texts, loaded.session.folders)
        if text is not None:
            yield text.place(mend, loaded.session.folders)


def _shown(mended: Mended) -> Iterator[Place]:
    for mend in mended.mends[:MOST_MENDS]:
        text = _Text.of(mend, {})
        if text is not None:
            yield text.place(mend)


def _confirmed(
    loaded: Loaded, plan: Plan, answers: Sequence[Mended], before: Collection[Key]
) -> dict[Key, list[Mend]]:
    """Judge the submission with the first mend of every part, then with the second of each, and so on."""
    found: dict[Key, list[Mend]] = {}
    for number in range(MOST_MENDS):
        tried = {_key(each): each.mends[number] for each in answers if number < len(each.mends)}
        if not tried:
            break
        passed = _passing(loaded, plan, tried, before)
        if len(tried) > 1:
            for key in [key for key in tried if key not in passed]:
                passed |= _passing(loaded, plan, {key: tried[key]}, before)
        for key in passed:
            found.setdefault(key, []).append(tried[key])
    return found


def _passing(loaded: Loaded, plan: Plan, mends: Mapping[Key, Mend], before: Collection[Key]) -> set[Key]:
    """Return the parts that pass with their mends, if all are made, and what passed before still does."""
    texts: dict[tuple[str, int | None], _Text] = {}
    tried: set[Key] = set()
    for key, mend in mends.items():
        text = texts.get((mend.file, mend.cell)) or _Text.of(
            mend, loaded.session.texts, loaded.session.folders
        )
        if text is None or not text.takes(mend):
            continue
        texts[mend.file, mend.cell] = text
        tried.add(key)
    if not tried:
        return set()
    session = loaded.session.edited(_edited(texts, loaded.session.texts))
    try:
        again = session.load()
        plan = replace(plan, layers=_layers(plan, mends))
        report = judge_target(again, plan, lambda target, layer: None, is_explained=False)
    except LoadError:
        return set()
    finally:
        session.close()
    if any(part.verdict.is_wrong and _key(part) in before for part in report.parts):
        return set()
    return tried & {_key(part) for part in report.parts if part.verdict is Verdict.PASS}


def _layers(plan: Plan, mends: Mapping[Key, Mend]) -> tuple[str, ...]:
    """Return the layers to judge again: all, where a function is edited that others may call."""
    is_own = all(mend.is_inside(key[2]) for key, mend in mends.items())
    return tuple(dict.fromkeys(layer for layer, _, _ in mends)) if is_own else plan.layers


def _edited(texts: "Mapping[tuple[str, int | None], _Text]", known: Mapping[str, str]) -> dict[str, str]:
    """Return the whole texts of files, of which some cells may be edited."""
    found: dict[str, str] = {}
    for (file, cell), text in texts.items():
        if cell is None:
            found[file] = text.edited
        else:
            whole = found.get(file, known[file])
            found[file] = "".join(
                f"# In[{number}]\n{text.edited if number == cell else source}"
                for number, source in cells(whole)
            )
    return found


class _Text:
    """A file's text, or a cell's, and the hunks that it takes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hunks: list[Hunk] = []

    @classmethod
    def of(cls, mend: Mend, known: Mapping[str, str], folders: Sequence[str] = ()) -> "_Text | None":
        """Return the text that a mend edits; None if it is not one of the submission's."""
        try:
            if mend.cell is not None:
                return cls(dict(cells(known[mend.file]))[mend.cell])
            if mend.file in known:
                return cls(known[mend.file])
            path = Path(mend.file)
            if folders and not any(path.resolve().is_relative_to(Path(each).resolve()) for each in folders):
                return None
            return cls(decoded(path.read_bytes(), mend.file)[0])
        except (OSError, KeyError, ValueError, SyntaxError):
            return None

    def takes(self, mend: Mend) -> bool:
        """Add the hunks of a mend; return False if they do not fit."""
        more = [Hunk(*each) for each in mend.hunks]
        hunks = [*self.hunks, *(each for each in more if each not in self.hunks)]
        size = sum(len(each.lines) + each.end - each.start for each in more)
        if not more or len(more) > MOST_HUNKS or size > MOST_LINES:
            return False
        try:
            patched(self.text, hunks)
        except ValueError:
            return False
        self.hunks = hunks
        return True

    @property
    def edited(self) -> str:
        """The text with all of them."""
        return patched(self.text, self.hunks)

    def place(self, mend: Mend, folders: Sequence[str] = ()) -> Place:
        """Return where a mend is, and what it says."""
        lines, edit = shown(self.text, [Hunk(*each) for each in mend.hunks])
        cell = f" In[{mend.cell}]" if mend.cell is not None else ""
        return Place(
            lines, one_line(edit, LONGEST), one_line(_shown_path(mend.file, folders) + cell), mend.file + cell
        )


def _shown_path(file: str, folders: Sequence[str]) -> str:
    """Return a file's path from the submission's own folder, or its name."""
    path = Path(file)
    within = [path.relative_to(each) for each in folders if path.is_relative_to(each)]
    return str(within[0]) if within else path.name
