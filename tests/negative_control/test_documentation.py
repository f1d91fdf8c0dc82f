"""What the documentation says of sabotages is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from fixtures.negative_control.table import SABOTAGES, markdown

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "negative-control.md").read_text()


def test_the_page_shows_every_sabotage_and_who_must_notice() -> None:
    assert "\n".join(markdown(SABOTAGES)) in PAGE


def test_the_readme_counts_them() -> None:
    assert [str(len(SABOTAGES))] == re.findall(r"(\d+) of them\)", (ROOT / "README.md").read_text())


def test_each_is_told_apart() -> None:
    assert len(SABOTAGES) == len({one.name for one in SABOTAGES})
