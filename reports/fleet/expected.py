"""Which clusters are expected, and how old their last success may be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

_PART = re.compile(r"(\d+)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class BadExpectation(Exception):
    """An option of the fleet cannot be used; the message names it and says what to do."""


def expected_clusters(places: Sequence[Path]) -> Mapping[str, Path]:
    """The settings file of each cluster by its name, that of the file without `.toml`.

    `places` are folders, each with `*.toml`, or such files; hidden files are none. Raises
    BadExpectation.
    """
    found: dict[str, Path] = {}
    for place in places:
        for path in _settings_files(place):
            other = found.setdefault(path.stem, path)
            if other.resolve() != path.resolve():
                raise BadExpectation(
                    f"--expect: {other} and {path} both name a cluster {path.stem!r}; rename one"
                )
    return dict(sorted(found.items()))


def _settings_files(place: Path) -> Sequence[Path]:
    try:
        if place.is_file():
            names = [place]
        else:
            names = sorted(one for one in place.iterdir() if not one.name.startswith("."))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadExpectation(
            f"--expect={place}: {why}; name a folder with a settings file a cluster"
        ) from None
    files = [one for one in names if one.suffix == ".toml"]
    if not files:
        raise BadExpectation(
            f"--expect={place}: no *.toml there; put the settings file of each cluster into it"
        )
    return files


def parse_within(text: str) -> timedelta:
    """`26h`, `90m`, `2d`, `1d12h`. Raises BadExpectation."""
    remedy = "write a time such as 26h, 90m, 2d or 1d12h"
    if not text or _PART.sub("", text):
        raise BadExpectation(f"--within={text}: not a time; {remedy}")
    try:
        within = timedelta(
            seconds=sum(
                timedelta(**{_UNITS[unit]: int(number)}).total_seconds()
                for number, unit in _PART.findall(text)
            )
        )
    except (OverflowError, ValueError):
        raise BadExpectation(f"--within={text}: longer than can be counted; {remedy}") from None
    if not within:
        raise BadExpectation(f"--within={text}: nothing is as young as that; {remedy}")
    return within
