"""One measured comparison that locates: seconds, memory, and what was found.

``python -m tests.benchmarks.locate_child URL URL WORKERS`` prints JSON.
"""

from __future__ import annotations

import json
import resource
import secrets
import sys
import time
from collections.abc import Sequence
from functools import partial

import psycopg

from checks.content.judge import judge_content
from checks.content.locate import LiveLocator
from checks.content.observation import TableContent
from checks.content.plan import Reading
from checks.finding import Finding
from checks.shared_snapshot import SharedSnapshot


class Timed(LiveLocator):
    """Knows how long it searched."""

    seconds = 0.0

    def locate(
        self, table: str, expected: TableContent, actual: TableContent, ranges: Sequence[int]
    ) -> list[Finding]:
        began = time.monotonic()
        try:
            return super().locate(table, expected, actual, ranges)
        finally:
            self.seconds += time.monotonic() - began


def main() -> None:
    """Judge and locate, and print what it took."""
    one, other, workers = sys.argv[1:]
    connect = partial(psycopg.connect, autocommit=True)
    began = time.monotonic()
    with (
        SharedSnapshot(partial(connect, one), sessions=int(workers)) as expected,
        SharedSnapshot(partial(connect, other), sessions=int(workers)) as actual,
    ):
        locator = Timed(expected, actual, secret=secrets.token_bytes(32))
        judgement = judge_content(expected, actual, Reading(workers=int(workers)), locator)
    seconds = time.monotonic() - began
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "seconds": seconds,
                "search": locator.seconds,
                "megabytes": kilobytes / 1024,
                "found": str(judgement.findings[-1].actual),
            }
        )
    )


if __name__ == "__main__":
    main()
