"""Keys of Postgres against items of DynamoDB: the memory that it takes, beside two Python sets.

``python -m tests.benchmarks.keys [--keys=1000000] [--engine=auto]``

The keys are read from a real Postgres through a cursor of the server. The items come in pages of
1,000, as Scan hands them over, made as they are asked for: the rehearsal cloud holds its items in
memory, and a million of them would measure that cloud. Each way runs in a process of its own:
`compare_keys` on disk, at a tenth of the keys and at all of them, and the two sets that it
replaces. One key is missing and one is old on purpose, and every way has to find both.
Aims: memory that does not grow with the keys by more than 20 MB, and stays below the sets'.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.content_databases import ONE, two_databases

ROOT = Path(__file__).parents[2]
WAYS = {"compare_keys": "compare_keys, on disk", "sets": "two Python sets"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--engine", default="auto", choices=("auto", "system", "embedded"))
    given = parser.parse_args()
    with two_databases(1, given.engine) as pair:
        url = pair.url(ONE)
        measured = {
            (way, keys): _measured(url, way, keys)
            for keys in (given.keys // 10, given.keys)
            for way in ("nothing", *WAYS)
        }
    print(f"{given.keys:,} keys a side, PostgreSQL {pair.server.binaries.version}")
    for way, name in WAYS.items():
        for keys in (given.keys // 10, given.keys):
            one, nothing = measured[way, keys], measured["nothing", keys]
            print(
                f"  {name:<24}{keys:>12,} keys {one['seconds']:8.2f} s"
                f"{one['megabytes'] - nothing['megabytes']:8.1f} MB above an idle process"
                f"{one['disk'] / 2**20:8.1f} MB of disk"
            )
    grown = (
        measured["compare_keys", given.keys]["megabytes"]
        - measured["compare_keys", given.keys // 10]["megabytes"]
    )
    print(f"  compare_keys grew by {grown:.1f} MB from a tenth of the keys (aim: 20 or less)")


def _measured(url: str, way: str, keys: int) -> dict[str, float]:
    """In a process of its own, whose memory is then its own too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.keys_child", url, way, str(keys)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{way} failed, so nothing was measured:\n{done.stderr}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    main()
