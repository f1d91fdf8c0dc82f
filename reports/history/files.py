"""A page or report of many runs, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reports.journal import UnwritableEvidence


def put(path: Path, content: bytes, option: str) -> None:
    """Write a file in one go. Raises UnwritableEvidence, which names the option and the remedy."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # there may be none; what failed is told below
            part.unlink()
        why = error.strerror or type(error).__name__
        raise UnwritableEvidence(
            f"{path} cannot be written: {why}; name another one with {option}=FILE"
        ) from error
