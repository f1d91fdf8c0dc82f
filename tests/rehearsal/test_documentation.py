"""The page about the rehearsal cloud is current, and every action it promises has a test."""

from __future__ import annotations

from pathlib import Path

from fixtures.rehearsal.rds.table import ACTIONS
from tests.rehearsal.behaviours import behaviours
from tests.rehearsal.page import page

PAGE = Path(__file__).parents[2] / "docs" / "rehearsal-cloud.md"


def test_the_page_is_current() -> None:
    """To renew it: python -m tests.rehearsal.page > docs/rehearsal-cloud.md"""
    assert page() == PAGE.read_text("utf-8")


def test_every_action_of_rds_has_a_documented_test() -> None:
    shown = {one.action for one in behaviours() if one.service == "rds"}
    assert [] == sorted({action.name for action in ACTIONS} - shown)


def test_no_rule_is_written_down_twice() -> None:
    found = [(one.service, one.action, one.rule) for one in behaviours()]
    assert [] == sorted({one for one in found if found.count(one) > 1})


def test_every_rule_names_its_source() -> None:
    assert [] == [one for one in behaviours() if not one.source.startswith("https://")]
