"""What is rendered from a journal, under which names: a report each, all from the one record."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import evidence, html, junit, markdown, metrics
from reports.files import put, unwritable
from reports.journal import JournalError
from reports.run_record import RunRecord

SEAL = "evidence-json"
"""The name of the option for `evidence.json`, which holds the sums of all others."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """One report: its name in the evidence folder, and what makes it of a run."""

    file: str
    render: Callable[[RunRecord], bytes]


RENDERINGS: Mapping[str, Rendering] = {
    "junit": Rendering("junit.xml", junit.render),
    "html": Rendering("report.html", html.render),
    "markdown": Rendering("summary.md", markdown.render),
    "metrics": Rendering("metrics.prom", metrics.render),
}
"""By the name of the option of `python -m reports render`."""


class UnrenderedReport(JournalError):
    """A report could not be made of a journal that can be read: a fault of this program."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of all reports of a run: one that is refused takes no other with it."""

    paths: Sequence[Path]
    refusals: Sequence[JournalError]


def write_all(run: RunRecord, folder: Path) -> Written:
    """Every report, beside one another in `folder`; last `evidence.json`, with their sums."""
    paths: list[Path] = []
    refusals: list[JournalError] = []
    for name, one in RENDERINGS.items():
        try:
            paths.append(write(run, name, folder / one.file))
        except JournalError as refusal:
            refusals.append(refusal)
    try:
        paths.append(seal(run, folder, folder / evidence.NAME))
    except JournalError as refusal:
        refusals.append(refusal)
    return Written(paths, refusals)


def write(run: RunRecord, name: str, path: Path) -> Path:
    """One report, whole or not at all. Raises UnrenderedReport, UnwritableEvidence."""
    return _write(name, path, lambda: RENDERINGS[name].render(run))


def seal(run: RunRecord, folder: Path, path: Path) -> Path:
    """`evidence.json` with the sums of every file in `folder`.

    Raises UnrenderedReport, UnwritableEvidence.
    """
    return _write(SEAL, path, lambda: evidence.render(run, folder))


def rendered(name: str, of: Path, render: Callable[[], bytes]) -> bytes:
    """A report's content; `of` names it where it fails. Raises UnrenderedReport, OSError."""
    try:
        return render()
    except OSError:
        raise
    except Exception as error:  # the other reports must not be lost with this one
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        raise UnrenderedReport(
            f"{of} cannot be rendered: {type(error).__name__} in {where}; the journal is "
            f"untouched: report this, and use --{name}=FILE of a version that can"
        ) from error


def _write(name: str, path: Path, render: Callable[[], bytes]) -> Path:
    try:
        content = rendered(name, path, render)
    except OSError as error:
        raise unwritable(error, path, f"--{name}") from error
    return put(path, content, f"--{name}")
