"""A source and a drill's record, as far as the truth about a live source needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fixtures.aws.wait import Pace
from fixtures.claims import Outcome, Withheld
from fixtures.drill_run import DrillRun
from fixtures.settings import Settings, load_settings
from fixtures.source import Address, Source


@dataclass
class Restorable:
    """A kind of source that can be restored to a moment, later than asked for or not."""

    latest: datetime
    waited_for: list[datetime] = field(default_factory=list)

    def describe(self, *_: Any) -> None:
        return None

    def until_restorable(self, _: Any, __: Any, target: datetime, **___: Any) -> datetime:
        self.waited_for.append(target)
        return max(self.latest, target)


def a_source(*, reader: Any = None, mode: str = "drill", **changed: Any) -> Source:
    """Of an account that nobody has."""
    given: dict[str, Any] = {
        "identifier": "core-prod",
        "subject": "drill of core-prod",
        "mode": mode,
        **dict.fromkeys(("session", "rds", "ec2", "secrets", "admin", "application")),
        "address": Address("", 5432),
        "application_write": None,
        "databases": ("core",),
        "maintenance": "postgres",
        "ingest": None,
        "target": "latest",
        "truth": None,
        "pace": Pace(),
        "must_have_tables": (),
        "notes": "",
        "deployment": Withheld("deployment", "there is no [terraform]", Outcome.NOT_APPLICABLE),
        "reader": reader,
    }
    return Source(**{**given, **changed})


@dataclass
class Record:
    """What a drill's record is told, and the settings of its run."""

    run: Any
    target_time: datetime | None = None
    notes: list[str] = field(default_factory=list)
    progress: None = None

    def note(self, text: str) -> None:
        self.notes.append(text)


def a_record(
    folder: Path, written: str = "", *, mode: str = "drill", t: datetime | None = None
) -> DrillRun:
    """With the settings that are written."""
    settings = load(folder, written)
    run = SimpleNamespace(settings=settings, mode=mode, id="run-1", evidence=folder / "run-1")
    run.evidence.mkdir(exist_ok=True)
    return cast(DrillRun, Record(run, t))


def load(folder: Path, written: str, overrides: Mapping[str, Any] | None = None) -> Settings:
    (folder / "drill.toml").write_text(written)
    return load_settings(None, environ={}, invocation_dir=folder, overrides=overrides or {})


def notes_of(record: DrillRun) -> list[str]:
    return cast(Record, record).notes
