"""The tools are there."""

from __future__ import annotations

from collections.abc import Sequence

from checks.readiness.tools import Tool, judge_tools
from fixtures.judging import Judge


def test_every_tool_is_there_and_new_enough(found_tools: Sequence[Tool], judge: Judge) -> None:
    """Every tool is there, and new enough."""
    findings = judge(judge_tools(found_tools))

    assert findings == []
