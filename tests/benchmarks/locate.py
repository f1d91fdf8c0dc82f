"""Six changed rows among ten million, located down to keys and columns, against reladiff.

``python -m tests.benchmarks.locate [--rows=10000000] [--runs=3] [--engine=auto]``

By turns, in one run: `judge_content` with a `LiveLocator`, in a process of its own, and reladiff on
the same pair with every column; both must name the six rows. Medians and their ratio are printed,
and how much of our time the search itself took. Aim on two cores: 4 times faster or more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.content import install_reladiff
from tests.benchmarks.content_databases import ONE, OTHER, TABLE, Pair, two_databases

ROOT = Path(__file__).parents[2]

CHANGED = {
    "status": (0, "status + 1"),
    "size": (2, "size + 4294967296"),
    "name": (5, "upper(name)"),
    "checksum": (6, "overlay(checksum placing '0' from 17)"),
    "updated_at": (8, "updated_at + interval '1 microsecond'"),
    "collection": (9, "-collection - 1"),
}
"""Column → in which tenth of the table one of its cells gets which value."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engine", default="auto", choices=("auto", "system", "embedded"))
    parser.add_argument("--workers", type=int, default=1, help="of each side")
    parser.add_argument("--reladiff", help="its program; installed for the run when not given")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        two_databases(given.rows, given.engine) as pair,
    ):
        program = given.reladiff or install_reladiff(Path(folder))
        _measure(pair, _change(pair), program, given.runs, given.workers)


def _measure(pair: Pair, changed: dict[int, str], program: str, runs: int, workers: int) -> None:
    ours = []
    theirs = []
    cpu: dict[str, list[float]] = {"located": [], "reladiff": []}
    for _ in range(runs):
        with _measured(pair, cpu["located"]):
            ours.append(_located(pair, changed, workers))
        with _measured(pair, cpu["reladiff"]):
            theirs.append(_reladiff(pair, changed, program))
    located = statistics.median(one["seconds"] for one in ours)
    other = statistics.median(theirs)
    search = statistics.median(one["search"] for one in ours)
    print(f"6 changed rows among {pair.rows:,}, PostgreSQL {pair.server.binaries.version}")
    ours_cpu, theirs_cpu = (statistics.median(seconds) for seconds in cpu.values())
    print(
        f"  located  {located:7.2f} s, of which the search {search:.2f} s; server {ours_cpu:.1f} s"
    )
    print(f"  reladiff {other:7.2f} s; server {theirs_cpu:.1f} s of CPU")
    print(f"  located {other / located:.1f} times faster than reladiff (aim: 4 or more)")
    if ours_cpu:
        # What else runs on the machine changes this little, and the time by the clock much: a tool
        # with more sessions gets a larger share of a busy one.
        print(f"  with {theirs_cpu / ours_cpu:.1f} times less of the server's CPU")
    print(f"  memory {max(one['megabytes'] for one in ours):.0f} MB")


@contextmanager
def _measured(pair: Pair, seconds: list[float]) -> Iterator[None]:
    """Add the CPU seconds that the server's sessions took, once they have ended; 0 where the system
    does not tell (all but Linux).
    """
    pid = (pair.server.data / "postmaster.pid").read_text().split()[0]
    stat = Path("/proc") / pid / "stat"

    def used() -> float:
        if not stat.exists():
            return 0.0
        # After the name, which is in parentheses: of the children that ended, user and system.
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    before = used()
    yield
    time.sleep(1)  # sessions end a moment after their client's connection does
    seconds.append(used() - before)


def _change(pair: Pair) -> dict[int, str]:
    """Change six cells of the other database; key → column."""
    changed = {}
    with pair.connect(OTHER) as conn:
        for column, (tenth, value) in CHANGED.items():
            key = tenth * pair.rows // 10 + 17
            conn.execute(f"update {TABLE} set {column} = {value} where id = {key}".encode())
            changed[key] = column
    return changed


def _located(pair: Pair, changed: dict[int, str], workers: int) -> dict[str, float]:
    """In a process of its own, whose memory is then its own too."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.locate_child"),
            *(pair.url(ONE), pair.url(OTHER), str(workers)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the rows were not located, so nothing was measured:\n{done.stderr}")
    measured = json.loads(done.stdout)
    rows = ", ".join(f"{key} ({column})" for key, column in sorted(changed.items()))
    if measured["found"] != f"6 rows: id {rows}":
        raise SystemExit(f"other rows were located than those changed: {measured['found']}")
    return {name: float(measured[name]) for name in ("seconds", "search", "megabytes")}


def _reladiff(pair: Pair, changed: dict[int, str], program: str) -> float:
    """Seconds; it prints each changed row twice, as it was and as it is."""
    began = time.monotonic()
    done = subprocess.run(
        [
            *(program, pair.url(ONE), TABLE, pair.url(OTHER), TABLE),
            *("-k", "id", "-c", "%", "-j", "2"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.monotonic() - began
    found = {line.split()[1].strip(",") for line in done.stdout.splitlines() if line[:1] in "+-"}
    if found != {str(key) for key in changed}:
        raise SystemExit(f"reladiff found {sorted(found)}:\n{done.stdout}{done.stderr}")
    return took


if __name__ == "__main__":
    main()
