"""A run of one small drill as events, each kind at least once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reports.events import Event, typed
from reports.journal import Journal

Plain = dict[str, Any]
STEPS = [
    ("described_source", "Describe the source", "nothing"),
    ("fenced_source", "Fence the source: no new connections, none left open", "source"),
    ("restored_cluster", "Restore the cluster into quarantine", "copy"),
    ("adopted_state", "Adopt the restored cluster", "state"),
]
FINDING = {
    "check": "counts",
    "subject": "public.granules",
    "property": "counts",
    "expected": 50000,
    "actual": 49999,
    "remedy": "restore again and compare",
}
GAP = {"check": "schema.roles", "subject": "roles", "reason": "pg_authid cannot be read"}
BOUND = {"check": "content", "subject": "public.granules", "bound": "10 to 12 rows"}
WAIVED = {**FINDING, "reason": "known", "expires": "2027-01-31", "by": "dba@example.org"}


def event(kind: str, second: float = 0.0, /, **content: Any) -> Plain:
    at = f"2026-06-01T12:00:{second:06.3f}+00:00"
    return {"event": kind, "at": at, "run": "20260601-120000-ab12", **content}


def run_started(**changes: Any) -> Plain:
    content: Plain = {
        "format": 2,
        "drills": ["drills/pitr"],
        "mode": "rehearsal",
        "cloud": "rehearsal",
        "engine": {"name": "system", "version": "15.14", "origin": "/usr/lib/postgresql/15/bin"},
        "versions": {"pytest": "9.2.0", "moto": "5.2.5"},
        "settings": {"source": {"login": "host=db password=***"}, "expect": [], "scale": 1},
        "folders": {"work": "/tmp/pgd-1", "evidence": "/home/me/evidence/1"},
        "command": ["pytest", "drills/pitr"],
        "cluster": "core-prod",
        "config": "clusters/core-prod.toml",
        "by": "me@here",
        "platform": "Linux x86_64",
        "commit": "3ebce1d",
        "job": None,
        "negative_control": None,
    }
    return event("run_started", **{**content, **changes})


def procedure(drill: str = "pitr") -> Plain:
    steps = [
        {"number": number, "name": name, "title": title, "touches": touches}
        for number, (name, title, touches) in enumerate(STEPS, 1)
    ]
    return event("procedure_declared", 1, drill=drill, steps=steps)


def step_started(number: int, drill: str = "pitr") -> Plain:
    name, title, _ = STEPS[number - 1]
    content = {"number": number, "of": len(STEPS), "name": name, "title": title}
    return event("step_started", number, drill=drill, **content)


def step_finished(number: int, outcome: str = "passed", **changes: Any) -> Plain:
    touches = STEPS[number - 1][2]
    rest = {"touches": touches, "outcome": outcome, "seconds": 0.25, "reason": None, **changes}
    return {**step_started(number), "event": "step_finished", **rest}


def step(number: int, outcome: str = "passed", **changes: Any) -> list[Plain]:
    return [step_started(number), step_finished(number, outcome, **changes)]


def proof(title: str, outcome: str = "passed", **changes: Any) -> Plain:
    content = {
        "drill": "pitr",
        "name": f"drills/pitr/test_counts.py::test_{title.replace(' ', '_')}",
        "title": title,
        "family": "content",
        "after_step": 3,
        "outcome": outcome,
        "seconds": 0.5,
        "reason": None,
        "bound": None,
        "requirements": ["R35"],
        "findings": [],
        "gaps": [],
        "bounds": [],
        "waived": [],
    }
    return event("proof_finished", 20, **{**content, **changes})


def verdict(line: str, exit_status: int, **changes: Any) -> Plain:
    content: Plain = {
        "drill": "pitr",
        "verdict": line,
        "word": line.split()[0],
        "subject": "rehearsal of core",
        "outcomes": {"passed": 6},
        "not_proven": [],
        "withheld": [],
        "partial": None,
        "exit_status": exit_status,
    }
    return event("verdict", 30, **{**content, **changes})


def run_finished(exit_status: int = 0) -> Plain:
    spent = {"postgres": 3.5, "harness": 0.5}
    return event("run_finished", 31, exit_status=exit_status, seconds=31.0, seconds_spent=spent)


def subject() -> list[Plain]:
    """What the drill is about: source, backup, target, and what was found out about the copy."""
    at = "2026-06-01T11:59:{:02}+00:00".format
    return [
        event(
            "source_identified",
            2,
            drill="pitr",
            name="core",
            kind="cluster",
            identifier="cluster-ABC",
            version="aurora-postgresql 15.14",
            databases=["core"],
        ),
        event(
            "backup_identified",
            2,
            drill="pitr",
            name="core",
            kind="continuous",
            place=None,
            taken_at=at(10),
            age_seconds=52.0,
            began="0/2000028",
            ended="0/2000100",
            timeline=1,
            system_identifier="7300000000000000001",
            bytes=10_000_000,
        ),
        event("moment", 2, drill="pitr", name="last good marker", moment=at(20), position="0/3"),
        event("moment", 2, drill="pitr", name="first bad marker", moment=at(23), position=None),
        event("target_asked", 2, drill="pitr", target=at(21), moment=at(21)),
        event(
            "target_reached",
            3,
            drill="pitr",
            moment=at(20),
            position="0/3000060",
            timeline=2,
            system_identifier="7300000000000000001",
            note=None,
        ),
        event(
            "tables_compared",
            20,
            drill="pitr",
            database="core",
            tables=[
                {
                    "table": "public.granules",
                    "expected": 50000,
                    "actual": 50000,
                    "bytes": 8_192_000,
                    "content": "equal",
                }
            ],
        ),
        event(
            "differences_allowed",
            20,
            drill="pitr",
            what="cluster",
            compared=40,
            allowed=[
                {
                    "name": "DeletionProtection",
                    "expected": True,
                    "actual": False,
                    "reason": "a drill's copy has to go again",
                }
            ],
        ),
        event(
            "plan_read",
            20,
            drill="pitr",
            terraform="1.11.4",
            sha256="c37b",
            changes=[
                {
                    "address": "aws_rds_cluster.core",
                    "actions": ["update"],
                    "words": "updates aws_rds_cluster.core in place: 3 attributes",
                }
            ],
        ),
    ]


def sabotaged() -> Plain:
    return event(
        "sabotaged",
        19,
        drill="pitr",
        seed=7,
        name="a row is gone",
        subject="public.granules",
        did="deleted one row",
        noticed_by=["counts"],
    )


def green() -> list[Plain]:
    """A whole run that is proven, with every kind of event."""
    return [
        run_started(),
        procedure(),
        *step(1),
        event("facts", 2, drill="pitr", subject="source", facts={"arn": "a:b", "ports": [1, 2]}),
        *step(2),
        *subject(),
        sabotaged(),
        step_started(3),
        event("step_note", 3, drill="pitr", number=3, text="creating, 40 %"),
        step_finished(3),
        *step(4, "withheld", reason="a drill does not touch the live state"),
        proof("every table kept its rows"),
        event(
            "measured",
            21,
            drill="pitr",
            name="time to writable",
            seconds=8.5,
            objective_seconds=7200,
            note="fsync on",
        ),
        event(
            "measured",
            21,
            drill="pitr",
            name="time to service",
            seconds=None,
            objective_seconds=None,
            note="not measured in a drill",
        ),
        event("kept", 29, what="logs", place="/tmp/pgd-1", until="2026-06-02T12:00:00+00:00"),
        event("removed", 29, what="files of this run", place="/tmp/pgd-1", until=None),
        verdict(
            "PROVEN rehearsal of core (1 withheld)",
            0,
            withheld=["adopted_state"],
            outcomes={"passed": 4, "withheld": 1},
            partial={"ran": 5, "of": 5},
        ),
        run_finished(),
    ]


def typed_all(events: Iterable[Mapping[str, Any]]) -> list[Event]:
    return [typed(one) for one in events]


def written(path: Path, events: Iterable[Mapping[str, Any]]) -> Path:
    """A journal of these events."""
    with Journal(path) as journal:
        for one in events:
            journal.append(one)
    return path
