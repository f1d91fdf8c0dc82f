"""A run is known to live while it reads for hours, and no longer."""

from __future__ import annotations

import threading
from collections import deque

import pytest

from fixtures.recovery import life
from fixtures.recovery.life import Life


def test_signs_are_given_while_nothing_else_happens_and_none_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(life, "EVERY", 0.01)
    given, often = deque[int](), threading.Event()

    def sign() -> None:
        given.append(len(given))
        if len(given) >= 3:
            often.set()

    living = Life([sign], deque())
    living.begin()
    assert often.wait(30)
    living.end()

    after = len(given)
    assert not any(thread.name == "signs of life" for thread in threading.enumerate())
    assert after == len(given)


def test_one_that_never_began_can_end() -> None:
    Life([], deque()).end()
