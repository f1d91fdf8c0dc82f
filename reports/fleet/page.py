"""The fleet as one self-contained page: what is red first."""

from __future__ import annotations

from pathlib import Path

from reports.fleet.standing import Fleet
from reports.history.page import page
from reports.history.trend import MEASURED

TEMPLATES = Path(__file__).parent / "templates"


def render(fleet: Fleet) -> bytes:
    """Render it as UTF-8 HTML."""
    return page(
        "fleet.html",
        TEMPLATES,
        title=f"{'RED' if fleet.is_red else 'GREEN'}: {fleet.verdict}",
        fleet=fleet,
        measured=MEASURED,
        # Red ones first, each lot by name.
        standings=sorted(fleet.standings, key=lambda one: not one.is_red),
    )
