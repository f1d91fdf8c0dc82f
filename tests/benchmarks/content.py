"""Content of two equal tables against ``count(*)`` of both, and against reladiff.

``python -m tests.benchmarks.content [--rows=10000000] [--runs=3] [--engine=auto]``

In one run, by turns: ``count(*)`` of both tables at once (the floor), `judge_content` of both, and
reladiff on the same pair; medians and ratios are printed. Then the memory that the Python process
took, at a tenth of the rows and at all of them. Aims on two cores at 10 million rows: at most 8
times ``count(*)``, at least 6 times faster than reladiff, less than 50 MB more memory.

reladiff is installed into an environment of its own, which is gone afterwards; ``--reladiff`` names
a program that is there already. On a machine that does other things too the ratios say little.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.benchmarks.content_databases import ONE, OTHER, TABLE, Pair, two_databases

ROOT = Path(__file__).parents[2]
RELADIFF = "reladiff[postgresql]==0.6.0"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engine", default="auto", choices=("auto", "system", "embedded"))
    parser.add_argument("--workers", type=int, default=1, help="of each side")
    parser.add_argument("--reladiff", help="its program; installed for the run when not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = given.reladiff or install_reladiff(Path(folder))
        with two_databases(given.rows // 10, given.engine) as small:
            little = _judge(small, given.workers)
        with two_databases(given.rows, given.engine) as pair:
            _compare(pair, program, given.runs, given.workers, little)


def _compare(pair: Pair, program: str, runs: int, workers: int, little: dict[str, float]) -> None:
    judged: list[dict[str, float]] = []
    ways: dict[str, Callable[[], object]] = {
        "count(*) of both": partial(_count_both, pair),
        "judge_content": lambda: judged.append(_judge(pair, workers)),
        "reladiff": partial(_reladiff, pair, program),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    _count_both(pair)  # warms the disk cache
    for _ in range(runs):
        for name, way in ways.items():
            began, used = time.monotonic(), _processor_seconds(pair)
            way()
            took, used = time.monotonic() - began, _processor_seconds(pair) - used
            seconds[name].append(judged[-1]["seconds"] if name == "judge_content" else took)
            shown = f"{seconds[name][-1]:7.2f} s, {used:7.2f} s of the processors"
            print(f"  {name:<18}{shown}", flush=True)
    print(f"{pair.rows:,} rows a side, PostgreSQL {pair.server.binaries.version}")
    for name, times in seconds.items():
        shown = " ".join(f"{one:6.2f}" for one in times)
        print(f"  {name:<18}{statistics.median(times):7.2f} s   ({shown})")
    count, judge, other = (statistics.median(times) for times in seconds.values())
    print(f"  judge_content takes {judge / count:.1f} times as long as count(*) (aim: 8 or less)")
    print(f"  judge_content is {other / judge:.1f} times faster than reladiff (aim: 6 or more)")
    grown = max(one["megabytes"] for one in judged) - little["megabytes"]
    print(
        f"  memory {little['megabytes']:.0f} MB at {pair.rows // 10:,} rows, {grown:+.0f} MB at"
        f" {pair.rows:,} (aim: less than 50)"
    )


def _processor_seconds(pair: Pair) -> float:
    """What ended sessions of the server and our own children used: busy machines change it less.

    0 for the server's part where there is no /proc.
    """
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    server = 0.0
    pid = (pair.server.data / "postmaster.pid").read_text().split()[0]
    if (stat := Path(f"/proc/{pid}/stat")).exists():
        fields = stat.read_text().rpartition(")")[2].split()
        server = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return server + ours.ru_utime + ours.ru_stime


def _count_both(pair: Pair) -> None:
    def count(dbname: str) -> None:
        with pair.connect(dbname) as conn:
            conn.execute("set max_parallel_workers_per_gather = 0")
            conn.execute(f"select count(*) from {TABLE}".encode())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count, (ONE, OTHER)))


def _judge(pair: Pair, workers: int) -> dict[str, float]:
    """In a process of its own, whose memory is then its own too."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.content_child"),
            *(pair.url(ONE), pair.url(OTHER), str(workers)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"judge_content failed, so nothing was measured:\n{done.stderr}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _reladiff(pair: Pair, program: str) -> None:
    done = subprocess.run(
        [
            *(program, pair.url(ONE), TABLE, pair.url(OTHER), TABLE),
            *("-k", "id", "-c", "%", "-j", "2"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stdout.strip():
        raise SystemExit(f"reladiff failed or found a difference:\n{done.stdout}{done.stderr}")


def install_reladiff(folder: Path) -> str:
    """The program, in a virtual environment there."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin/pip", "install", "--quiet", RELADIFF], check=True)
    return str(folder / "bin/reladiff")


if __name__ == "__main__":
    main()
