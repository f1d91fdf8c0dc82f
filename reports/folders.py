"""Which run is meant by a path: a journal, the folder of a run, or the folder of all runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reports import evidence
from reports.journal import NAME, NameJournal


def find_journal(place: Path) -> Path:
    """The journal of a path: of a folder of runs that of the newest, whose name sorts last.

    A path without any is taken at its word, so that reading it says what is the matter. Raises
    NameJournal for a folder without a journal in it or in a folder of it.
    """
    if not place.is_dir():
        return place
    if (place / NAME).exists():
        return place / NAME
    runs = _below(place, NAME)
    if not runs:
        raise NameJournal(f"{place}: there is no {NAME} in it, nor in a folder of it; name one")
    return runs[-1] / NAME


def evidence_folders(place: Path) -> Sequence[Path]:
    """The folders with an `evidence.json` that a path means: itself, else those in it, sorted.

    A folder of a run that was not sealed is among them: that it cannot be verified must be told.
    """
    if not place.is_dir() or (place / evidence.NAME).exists() or (place / NAME).exists():
        return [place]
    return sorted({*_below(place, evidence.NAME), *_below(place, NAME)}) or [place]


def _below(place: Path, name: str) -> Sequence[Path]:
    try:
        return sorted(path for path in place.iterdir() if (path / name).exists())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NameJournal(f"{place}: {why}; name a folder that can be read") from error
