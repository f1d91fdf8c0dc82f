"""The whole page: one file, which carries its style and its script and asks for nothing else.

Its content policy forbids everything but that one style and that one script, by their digests; no
request can leave the page, even if a name in it tried to make one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.controls import controls
from reports.html import drill_view, settings, text, tones
from reports.html import verdict as verdicts
from reports.html.drill_view import DrillView
from reports.run_record import RunRecord

TEMPLATES = Path(__file__).parent / "templates"


def render(run: RunRecord) -> bytes:
    """Render a run, whole or a killed one's beginning, as UTF-8 HTML."""
    drills = [drill_view.of(record, run, index) for index, record in enumerate(run.drills, 1)]
    overall = None
    if run.overall is not None:
        overall = verdicts.of_run(run.overall, run.started, run.finished)
    style, script = _asset("style.css"), _asset("script.js")
    page = _environment().get_template("page.html")
    rendered = page.render(
        run=run,
        started=run.started,
        finished=run.finished,
        drills=drills,
        overall=overall,
        title=_title(run, drills, overall),
        settings=settings.of(run.started.settings) if run.started is not None else None,
        controls=controls(run),
        kept=[one for one in run.left if one.event == "kept"],
        removed=[one for one in run.left if one.event == "removed"],
        style=Markup(style),  # noqa: S704 (our own file)
        script=Markup(script),  # noqa: S704 (our own file)
        policy=(
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
    )
    # What no encoding can hold was spelt out where it is shown; this is for what nobody foresaw.
    return rendered.encode(errors="backslashreplace")


def _title(
    run: RunRecord, drills: Sequence[DrillView], overall: verdicts.VerdictView | None
) -> str:
    shown = [overall] if overall is not None else [one.verdict for one in drills]
    words = ", ".join(dict.fromkeys(one.said for one in shown))
    where = run.started.cluster if run.started is not None else None
    names = ", ".join(one.record.drill for one in drills)
    return text.plain(" · ".join(filter(None, [words, names, where, "restore drill"])))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=text.finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "name": text.name,
        "prose": text.prose,
        "side": text.side,
        "count": text.count,
        "duration": text.duration,
        "size": text.size,
        "moment": text.moment,
        "clock": text.clock,
        "scalar": text.scalar,
        "plain": text.plain,
        "spoken": text.spoken,
    }
    environment.globals |= {"control_tone": tones.of_control, "plural": text.plural}
    return environment


@cache
def _asset(file: str) -> str:
    """A file of ours as it will stand between its tags, to the byte: its digest is of that."""
    return (TEMPLATES / file).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
