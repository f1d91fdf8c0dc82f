"""What is rendered from a journal, under which names: a report each, all from the one record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import html, junit
from reports.journal import UnwritableEvidence
from reports.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Rendering:
    """One report: its name in the evidence folder, and what makes it of a run."""

    file: str
    render: Callable[[RunRecord], bytes]


RENDERINGS: Mapping[str, Rendering] = {
    "junit": Rendering("junit.xml", junit.render),
    "html": Rendering("report.html", html.render),
}
"""By the name of the option of `python -m reports render`."""


def write_all(run: RunRecord, folder: Path) -> Sequence[Path]:
    """Every report, beside one another in `folder`. Raises UnwritableEvidence."""
    return [write(run, name, folder / one.file) for name, one in RENDERINGS.items()]


def write(run: RunRecord, name: str, path: Path) -> Path:
    """One report, whole or not at all: nobody picks up half a file. Raises UnwritableEvidence."""
    content = RENDERINGS[name].render(run)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # there may be none; what failed is told below
            part.unlink()
        why = error.strerror or type(error).__name__
        raise UnwritableEvidence(
            f"{path} cannot be written: {why}; name another one with --{name}=FILE"
        ) from error
    return path
