"""A plan read and judged, beside ``json.load`` of the same file.

``python -m tests.benchmarks.plan [--resources=10000] [--runs=7]``

Writes a safe plan of so many resources, all of them in its prior state too, and then in turn, in
one process:

- ``json.load`` of the file, which is what nobody who reads plans can do without;
- ``read_plan`` of its bytes;
- ``read_plan`` and ``judge_adoption``.

Prints the median of the runs and ratios. Aim: judged in at most 3 times ``json.load``. A warm-up
of each is not counted.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from checks.plan.adopt import judge_adoption
from checks.plan.reading import read_plan
from tests.checks.plan import made_up


def write(file: Path, resources: int) -> None:
    """A safe plan, most of whose resources are left as they are."""
    plan = made_up.adopting()
    changes = plan["resource_changes"]
    module = plan["prior_state"]["values"]["root_module"]["child_modules"][0]["resources"]
    patterns = [one for one in changes if one["change"]["actions"] == ["no-op"]]
    for number in range(resources - len(changes)):
        twin = copy.deepcopy(patterns[number % len(patterns)])
        twin["address"] += f"[{number}]"
        changes.append(twin)
        module.append(
            {
                "address": twin["address"],
                "mode": "managed",
                "type": twin["type"],
                "values": twin["change"]["before"],
            }
        )
    file.write_text(json.dumps(plan))


def load(file: Path) -> None:
    """The floor."""
    with file.open() as reading:
        json.load(reading)


def judge(file: Path) -> None:
    """The verdict, from bytes."""
    judged = judge_adoption(read_plan(file.read_bytes()), made_up.ADOPTION)
    assert judged.findings == ()


def seconds(measured: Callable[[], object]) -> float:
    """How long it takes, by the wall clock."""
    begun = time.perf_counter()
    measured()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        write(file, given.resources)
        print(f"{given.resources:,} resources, {file.stat().st_size / 1e6:.1f} MB")
        measured: dict[str, Callable[[], object]] = {
            "json.load": lambda: load(file),
            "read_plan": lambda: read_plan(file.read_bytes()),
            "read and judge": lambda: judge(file),
        }
        runs: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(given.runs + 1):
            for name, action in measured.items():
                taken = seconds(action)
                if number:  # the first warms caches
                    runs[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in runs.items()}
    for name, all_taken in runs.items():
        each = " ".join(f"{one:.3f}" for one in all_taken)
        print(f"{name:14} {medians[name]:7.3f} s   of {each}")
    ratio = medians["read and judge"] / medians["json.load"]
    print(f"{ratio:.2f} times json.load (aim: 3 or less)")


if __name__ == "__main__":
    main()
