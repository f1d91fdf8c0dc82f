"""Times as one says them, and names that can do no harm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reports.history.words import ago, count, duration, shown, when
from tests.reports.history.nights import at
from tests.reports.test_journal import NASTY


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "not measured"),
        (0.0, "0.0 s"),
        (8.54, "8.5 s"),
        (-0.8, "-0.8 s"),
        (59.96, "60.0 s"),
        (60.0, "1 min"),
        (250.0, "4 min 10 s"),
        (3600.0, "1 h"),
        (7500.0, "2 h 5 min"),
        (93_600.0, "26 h"),
        (277_200.0, "3 d 5 h"),
    ],
)
def test_a_duration_reads_as_one_says_it(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


def test_a_moment_is_told_in_utc() -> None:
    assert when(at(0)) == "2026-06-01 02:00Z"
    assert when(None) == "never"


def test_what_has_not_come_yet_is_told_as_such() -> None:
    assert ago(at(0), at(0) + timedelta(hours=9)) == "9 h ago"
    assert ago(at(1), at(0)) == "in 24 h"


def test_numbers_have_their_plural() -> None:
    assert [count(1, "run"), count(2000, "run")] == ["1 run", "2,000 runs"]


def test_control_characters_are_spelt_out() -> None:
    told = {name: shown(text) for name, text in NASTY.items()}
    assert told == {
        "markup": "<script>alert('x')</script>",
        "quotes": "\"Gran\\ules\" 'x'",
        "newlines": "a b c d e",
        "control characters": "\\x00\\x07\\x1b[31m\\x7f",
        "200 characters": "x" * 200,
        "other scripts": "日本 ñ 🦊",
    }
    assert shown("\u202egnp.exe") == "\\u202egnp.exe"
