"""The run as a whole: who, where, with what; what it kept and removed; its verdict and end."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from reports.events.fired import Fired
from reports.parts import Engine, Folders, Partial, Seconds, Time

FORMAT = 2
"""1: the first. 2: who, where and which commit; backup, target, moments, tables, plan, sabotage."""


class RunStarted(Fired):
    """The first event: who, where, with what. `settings` and `command` come masked.

    cluster    the name under which history and fleets keep this run: that of the settings file
               without its ending, `rehearsal` where there is none; older journals have none
    config     the settings file as it was named
    by         who started it, `user@host`
    platform   operating system and machine
    commit     of the harness, `3ebce1d`, with ` (changed)` where files differ from it
    job        where the CI server shows the job that ran it
    negative_control
               the seed of a run in which the restored copy is sabotaged on purpose
    """

    event: Literal["run_started"] = "run_started"
    format: Literal[1, 2] = 2
    drills: list[str]
    mode: Literal["rehearsal", "drill", "recovery", "verification"]
    cloud: str
    engine: Engine
    versions: dict[str, str]
    settings: dict[str, JsonValue]
    folders: Folders
    command: list[str]
    cluster: str | None = None
    config: str | None = None
    by: str | None = None
    platform: str | None = None
    commit: str | None = None
    job: str | None = None
    negative_control: int | None = None


class Kept(Fired):
    """Something outlives the run, until a time or until somebody removes it."""

    event: Literal["kept"] = "kept"
    what: str
    place: str
    until: Time | None = None


class Removed(Fired):
    """Something was removed: the proof of cleanup."""

    event: Literal["removed"] = "removed"
    what: str
    place: str
    until: Time | None = None


class Verdict(Fired):
    """The verdict on one drill, or on the whole run where `drill` is None.

    verdict  the line for the reader; `word` its first: PROVEN, FAILED, NOT PROVEN, PARTIAL,
             NOTHING TO PROVE, INTERRUPTED, WAITING, BAD INPUT, ALARM RANG, ALARM SILENT
    subject  what was to be proven, `rehearsal of core`
    """

    event: Literal["verdict"] = "verdict"
    drill: str | None = None
    verdict: str
    word: str | None = None
    subject: str | None = None
    outcomes: dict[str, int]
    not_proven: list[str]
    withheld: list[str]
    partial: Partial | None = None
    exit_status: int


class RunFinished(Fired):
    """The last event; `seconds_spent` sorts the run's seconds by who spent them."""

    event: Literal["run_finished"] = "run_finished"
    exit_status: int
    seconds: Seconds
    seconds_spent: dict[str, Seconds]
