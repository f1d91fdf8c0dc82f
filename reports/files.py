"""A report, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reports.journal import UnwritableEvidence


def put(path: Path, content: bytes, option: str) -> Path:
    """Write a file in one go: made under another name beside it, and renamed, so that nobody picks
    up half of it. Raises UnwritableEvidence, which names the option and the remedy.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # there may be none; what failed is told below
            part.unlink()
        raise unwritable(error, path, option) from error
    return path


def unwritable(error: OSError, path: Path, option: str) -> UnwritableEvidence:
    """The refusal, with the reason and the option that names another file."""
    why = error.strerror or type(error).__name__
    return UnwritableEvidence(
        f"{path} cannot be written: {why}; name another one with {option}=FILE"
    )
