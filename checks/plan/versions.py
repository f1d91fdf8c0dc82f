"""Engine versions: `15.4`, `9.6.22`, `8.0.mysql_aurora.3.04.0`."""

from __future__ import annotations

import re

_OLD_MAJOR = 10
"""From PostgreSQL 10 on, the first number is the major version; before, the first two are."""


def stays_or_grows_within_major(before: object, after: object) -> bool:
    """Whether `after` is `before`, a later minor version of it, or its beginning.

    A version that is only the beginning of another asks for any of those (provider's rule). What
    cannot be read as a version is another one.
    """
    was, becomes = _numbers(before), _numbers(after)
    if not was or not becomes:
        return False
    if was[: len(becomes)] == becomes:
        return True
    return _major(was) == _major(becomes) and becomes > was


def _numbers(version: object) -> tuple[int, ...]:
    if not isinstance(version, str) or not re.fullmatch(r"\d+(\.[0-9a-z_-]+)*", version):
        return ()
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", version))


def _major(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return numbers[:1] if numbers[0] >= _OLD_MAJOR else numbers[:2]
