"""Sums of the files of an evidence folder: taken when it is sealed, compared when it is verified.

They show that a file was damaged, lost or added since. They are no signature: who can change a
report can change the sums with it, unless the sum of `evidence.json` itself was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from reports.parts import Strict


class Sum(Strict):
    """One file: its path below the folder, with `/`; a link is summed as the text it holds."""

    path: str
    bytes: int
    sha256: str


def sums(folder: Path, without: str) -> list[Sum]:
    """Every file below the folder but the one that holds the sums, sorted. Raises OSError."""
    return [_sum(folder, path) for path in sorted(_files(folder)) if path != folder / without]


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differences(recorded: Mapping[str, Sum], found: Mapping[str, Sum]) -> Iterator[str]:
    """`differs: junit.xml`, `missing: …`, `extra: …`: what is not as it was recorded."""
    for path in sorted({*recorded, *found}):
        if path not in found:
            yield f"missing: {path}"
        elif path not in recorded:
            yield f"extra: {path}"
        elif recorded[path] != found[path]:
            yield f"differs: {path}"


def _sum(folder: Path, path: Path) -> Sum:
    # A name that is not UTF-8 is spelt out, as the journal does it.
    name = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
    return Sum(path=name, bytes=path.lstat().st_size, sha256=digest(path))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_raise):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in [*names, *links])


def _raise(error: OSError) -> None:
    raise error
