"""Which of a table's rows run with every change, and which at night.

A row that repeats a mechanism with another word waits for the night (`tox -e nightly`). Of every
mechanism at least one row in which it is red, and one in which it is silent, runs with each change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def daily(rows: Iterable[str], *chosen: str) -> list[Any]:
    """The rows as parameters, all but the chosen ones marked ``slow``.

    ValueError for a chosen one that is not there: a row that was renamed would wait unnoticed.
    """
    rows = list(rows)
    if missing := [name for name in chosen if name not in rows]:
        raise ValueError(f"no such row: {', '.join(missing)}")
    return [
        pytest.param(name, marks=[] if name in chosen else pytest.mark.slow, id=name)
        for name in rows
    ]
