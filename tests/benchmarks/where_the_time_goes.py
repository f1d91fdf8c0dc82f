"""Where the time of ``pytest drills/pitr`` goes: Postgres, rehearsal cloud, waiting, harness.

``python -m tests.benchmarks.where_the_time_goes [--runs=3] [-- any option of the drill]``

Prints seconds and shares of each counted run, after one that warms the disk cache. Aims on two
cores at scale 1: under 20 s, the harness under 15 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PARTIES = ("postgres", "rehearsal cloud", "waiting", "harness")
ROOT = Path(__file__).parents[2]


def measure(options: list[str]) -> dict[str, float]:
    """One drill; seconds by party, and ``wall``."""
    with tempfile.TemporaryDirectory() as folder:
        booking = Path(folder) / "booking.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "drills/pitr", "-p", "no:cacheprovider"),
                *("-p", "tests.benchmarks.sampler", f"--booking={booking}"),
                *(f"--evidence={folder}", *options),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"
            raise SystemExit(f"the drill was not proven, so nothing was measured:\n{said}")
        booked = json.loads(booking.read_text())
    return {"wall": booked["wall"], **{p: booked["seconds"].get(p, 0.0) for p in PARTIES}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("options", nargs="*", help="passed on to the drill")
    given = parser.parse_args()
    measure(given.options)
    runs = [measure(given.options) for _ in range(given.runs)]
    columns = ("wall", *PARTIES)
    print("run     " + "".join(f"{column:>18}" for column in columns))
    rows = [(str(number), run) for number, run in enumerate(runs, start=1)]
    medians = {column: statistics.median(run[column] for run in runs) for column in columns}
    for name, run in [*rows, ("median", medians)]:
        cells = [f"{run['wall']:.2f} s"]
        cells += [f"{run[p]:.2f} s {run[p] / run['wall']:5.1%}" for p in PARTIES]
        print(f"{name:<8}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
