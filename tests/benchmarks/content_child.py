"""One measured `judge_content`: seconds, and the most memory that the process held.

``python -m tests.benchmarks.content_child URL URL WORKERS`` prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from functools import partial

import psycopg

from checks.content.judge import judge_content
from checks.content.plan import Reading
from checks.shared_snapshot import SharedSnapshot


def main() -> None:
    """Judge, and print what it took."""
    one, other, workers = sys.argv[1:]
    connect = partial(psycopg.connect, autocommit=True)
    began = time.monotonic()
    with (
        SharedSnapshot(partial(connect, one), sessions=int(workers)) as expected,
        SharedSnapshot(partial(connect, other), sessions=int(workers)) as actual,
    ):
        judgement = judge_content(expected, actual, Reading(workers=int(workers)))
    seconds = time.monotonic() - began
    if judgement.findings or judgement.gaps:
        raise SystemExit(f"the copy is not clean: {judgement.findings} {judgement.gaps}")
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "megabytes": kilobytes / 1024}))


if __name__ == "__main__":
    main()
