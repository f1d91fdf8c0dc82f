"""GitHub's summary of a step: a file that a job appends Markdown to, of a megabyte at most.

Of a file of more than 1,024 KiB GitHub shows nothing at all ("upload aborted, supports content up
to a size of 1024k"), so what does not fit is cut and told. The limit is that of a step: what other
commands of the step have written counts too.
"""

from __future__ import annotations

import os
from pathlib import Path

from reports.journal import UnwritableEvidence

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1024 * 1024
"""Bytes of the whole file."""
CUT = b"\n\n**Cut here:** GitHub shows 1 MiB a step and no more; `summary.md` is whole.\n"


def append(summary: bytes, file: Path) -> None:
    """Append a summary, as much of it as GitHub will show. Raises UnwritableEvidence."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            before = os.fstat(descriptor).st_size
            content = fitting(b"\n\n" + summary if before else summary, LIMIT - before)
            if not content:
                raise UnwritableEvidence(
                    f"{file} is full: it holds {before:,} bytes of the 1 MiB that GitHub shows of "
                    "a step; let the drill have a step of its own"
                )
            while content:
                content = content[os.write(descriptor, content) :]
        finally:
            os.close(descriptor)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UnwritableEvidence(
            f"{file} cannot be written: {why}; set {VARIABLE} to a file that can be, or unset it"
        ) from error


def fitting(content: bytes, room: int) -> bytes:
    """The content, or as many whole lines of it as leave room to say that it was cut."""
    if len(content) <= room:
        return content
    if room < len(CUT):
        return b""
    kept = content[: room - len(CUT)]
    return kept[: kept.rfind(b"\n") + 1].rstrip(b"\n") + CUT
