"""A pytest plugin: how many faults were caught, family by family, at the end of the run.

A test says by `record_property(FAULT, family)` that it injects one; what became of it is its
outcome. The properties travel with the reports, so that the table is the same under ``-n``.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

FAULT = "sabotage"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Caught / total by family, and what this server could not have."""
    caught: Counter[str] = Counter()
    total: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            family = _family(report)
            if family is None:
                continue
            if outcome == "skipped":
                skipped[family] += 1
            else:
                total[family] += 1
                caught[family] += outcome == "passed"
    if not total:
        return
    terminalreporter.section("sabotage: faults caught / injected")
    width = max(map(len, [*total, "all"]))
    for family in sorted(total):
        note = f"  ({skipped[family]} not on this server)" if skipped[family] else ""
        line = f"{family:<{width}}  {caught[family]:>4} / {total[family]}{note}"
        terminalreporter.write_line(line, red=caught[family] < total[family])
    line = f"{'all':<{width}}  {caught.total():>4} / {total.total()}"
    terminalreporter.write_line(line, bold=True)


def _family(report: object) -> str | None:
    if not isinstance(report, pytest.TestReport):
        return None
    return next((str(value) for name, value in report.user_properties if name == FAULT), None)
