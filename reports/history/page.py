"""The history as one self-contained page: no script, no request, one style known by its digest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.history.chart import Chart, chart
from reports.history.past import PastDrill
from reports.history.terminal import title
from reports.history.trend import MEASURED, History
from reports.history.words import ago, count, duration, shown, when

TEMPLATES = Path(__file__).parent / "templates"
MOST = 100
"""Runs of a trend that are listed; all of them are drawn."""


def render(history: History) -> bytes:
    """Render it as UTF-8 HTML."""
    return page(
        "history.html",
        title="History of restore drills",
        history=history,
        measured=MEASURED,
        most=MOST,
    )


def page(template: str, folder: Path = TEMPLATES, **content: Any) -> bytes:
    """One of the templates in `folder` on the page that they share."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    rendered = _environment(folder).get_template(template)
    text = rendered.render(style=Markup(style), policy=policy, **content)  # noqa: S704 (ours)
    return text.encode(errors="backslashreplace")


@cache
def _style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ago": ago,
        "charts": _charts,
        "count": count,
        "duration": duration,
        "heading": title,
        "shown": shown,
        "sign": sign,
        "tone": tone,
        "when": when,
    }
    return environment


def tone(past: PastDrill) -> str:
    """A class of the stylesheet; green for what held only."""
    if past.is_green:
        return "good"
    return "unsure" if past.word in ("PARTIAL", "WAITING", "NOTHING TO PROVE") else "bad"


def sign(past: PastDrill) -> str:
    """The same for who sees no colour."""
    return {"good": "✓", "unsure": "◐", "bad": "✗"}[tone(past)]


def _charts(runs: Sequence[PastDrill]) -> list[Chart]:
    return [drawn for name in MEASURED if (drawn := chart(name, runs)) is not None]
