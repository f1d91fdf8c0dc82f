"""A pytest plugin that looks at the main thread every few milliseconds and books where it stands.

No instrument stands in the code that is measured. The innermost frame that one of the rules knows
decides; what no rule knows is the harness: pytest, imports, the checks' own work.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

INTERVAL = 0.004

# (part of the file's path, function or "" for any, party), looked up from the innermost frame out.
RULES = (
    ("fixtures/rehearsal/incident.py", "_wait_for_clock", "waiting"),
    ("fixtures/postgres/fence_observation.py", "_quiet", "waiting"),
    ("fixtures/rehearsal/writer.py", "_await", "waiting"),
    ("psycopg/", "", "postgres"),
    ("fixtures/rehearsal/load.py", "", "postgres"),
    ("fixtures/aws/_polling.py", "", "cloud's work"),
    ("fixtures/rehearsal/cloud.py", "", "rehearsal cloud"),
    ("fixtures/rehearsal/control.py", "_ask", "cloud's work"),
    ("botocore/", "", "rehearsal cloud"),
    ("fixtures/guardian.py", "", "rehearsal cloud"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to leave the booking."""
    parser.addoption("--booking", required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start to look."""
    config.pluginmanager.register(Sampler(Path(config.option.booking)), "sampler")


class Sampler:
    """Books samples, and at the end what the cloud itself spent in Postgres."""

    def __init__(self, booking: Path) -> None:
        # Not earlier: a plugin named with -p is imported before conftest.py asks for rewriting.
        from fixtures.run import start_up

        self._booking = booking
        self._before = start_up()
        self._began = time.monotonic()
        self._samples: Counter[str] = Counter()
        self._endpoint: str | None = None
        self._main = threading.main_thread().ident
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
        """Learn where the cloud is."""
        value = yield
        if fixturedef.argname == "source":
            self._endpoint = value.rds.meta.endpoint_url
        return value

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Ask the cloud before it ends."""
        from fixtures.rehearsal.control import Control

        self._cloud = Control(self._endpoint).cloud().seconds if self._endpoint else {}

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Stop looking and leave the booking."""
        self._ended.set()
        self._thread.join()
        wall = self._before + time.monotonic() - self._began
        looks = sum(self._samples.values()) or 1
        seconds = {
            party: count / looks * (wall - self._before) for party, count in self._samples.items()
        }
        # While we wait for the cloud's work, Postgres is what it mostly works on.
        work = seconds.pop("cloud's work", 0.0)
        in_postgres = min(work, self._cloud.get("postgres", 0.0))
        booked = Counter(seconds)
        booked["postgres"] += in_postgres
        booked["rehearsal cloud"] += work - in_postgres
        booked["harness"] += self._before
        self._booking.write_text(json.dumps({"wall": wall, "seconds": dict(booked)}))

    def _look(self) -> None:
        while not self._ended.wait(INTERVAL):
            frame = sys._current_frames().get(self._main or 0)
            self._samples[_party(frame)] += 1


def _party(frame: FrameType | None) -> str:
    while frame is not None:
        path = frame.f_code.co_filename
        for part, function, party in RULES:
            if part in path and function in ("", frame.f_code.co_name):
                return _unless_waiting_outside(frame, party)
        frame = frame.f_back
    return "harness"


def _unless_waiting_outside(frame: FrameType, party: str) -> str:
    """A query in a loop that polls the clock is part of that waiting."""
    outer: FrameType | None = frame
    while outer is not None:
        for part, function, outer_party in RULES[:3]:
            if part in outer.f_code.co_filename and outer.f_code.co_name == function:
                return outer_party
        if party == "rehearsal cloud" and "fixtures/aws/_polling.py" in outer.f_code.co_filename:
            return "cloud's work"
        outer = outer.f_back
    return party
