"""Metrics for Prometheus's textfile collector, so that a drill that did *not* run can be an alarm.

Labels are few and known beforehand: cluster, drill, mode, and names that the code has. No run and
no table is one. A time that was not measured has no sample; `docs/metrics.md` says what each means.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from reports.drill_record import DrillRecord
from reports.history.earlier import last_success
from reports.history.past import PastDrill
from reports.history.read import past_of
from reports.parts import Outcome
from reports.run_record import RunRecord
from reports.verdicts import NO_COPY, WORDS

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
PREFIX = "restore_drill"
NEGATIVE = "negative control"
OF = ("cluster", "drill", "mode")


def render(run: RunRecord) -> bytes:
    """Render a run, whole or a killed one's beginning, in Prometheus's text format."""
    registry = CollectorRegistry()
    _Metrics(registry).take(run)
    return generate_latest(registry)


def clean(label: str) -> str:
    """A label's value on one line, without what a terminal or a page would act on."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(label.split()))


class _Metrics:
    """One family of samples each; made anew for every rendering."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"{PREFIX}_{name}", text, [*OF, *labels], registry=registry)

        self.proven = gauge("proven", "Whether everything that the drill declares was proven.")
        self.verdict = gauge("verdict", "1 for the word of the verdict, 0 for others.", "word")
        self.last_run = gauge("last_run_timestamp_seconds", "When the newest run began.")
        self.last_success = gauge(
            "last_success_timestamp_seconds",
            "When the newest run began that proved all for real, 0 if none is known.",
        )
        self.measured = gauge(
            "measured_seconds", "Times and data loss of the newest run.", "measure"
        )
        self.objective = gauge(
            "objective_seconds", "What the measured time may be at most.", "measure"
        )
        self.run = gauge("run_duration_seconds", "Duration of the whole run.")
        self.step = gauge("step_duration_seconds", "Duration of a step.", "step")
        self.claims = gauge("claims", "Steps and proofs by their outcome.", "outcome")
        self.findings = gauge("findings", "Differences found, by family of proofs.", "family")
        self.tables = gauge("compared_tables", "Tables of the copy that were looked at.")
        self.rows = gauge("compared_rows", "Rows in the tables that were looked at.")
        self.bytes = gauge("compared_bytes", "Bytes of tables, as far as they were read.")
        self.age = gauge("backup_age_seconds", "Age of the oldest backup when it was chosen.")
        self.info = gauge(
            "info", "What the newest run was made with.", "version", "commit", "postgres", "engine"
        )

    def take(self, run: RunRecord) -> None:
        """Sort a run in; one that left no beginning has no cluster and no time."""
        for record, one in zip(run.drills, _pasts(run), strict=True):
            labels = {
                "cluster": clean(one.cluster) if one is not None else "",
                "drill": clean(record.drill if one is None else one.drill),
                "mode": _mode(run),
            }
            self._verdict(run, one, labels)
            self._times(run, record, labels)
            self._content(record, labels)

    def _verdict(self, run: RunRecord, past: PastDrill | None, labels: Mapping[str, str]) -> None:
        word = past.word if past is not None else "INTERRUPTED"
        self.proven.labels(**labels).set(word == "PROVEN" and past is not None and past.is_green)
        for one in WORDS:
            self.verdict.labels(**labels, word=one).set(one == word)
        if run.started is None or past is None:
            return
        self.last_run.labels(**labels).set(run.started.at.timestamp())
        engine = run.started.engine
        self.info.labels(
            **labels,
            version=clean(run.started.versions.get("restore-drills", "")),
            commit=clean(run.started.commit or ""),
            postgres=clean(engine.version),
            engine=clean(engine.name),
        ).set(1)
        # Where none can ever be, 0 would ring for ever.
        if labels["mode"] not in ("rehearsal", NEGATIVE) and past.drill not in NO_COPY:
            at = last_success(run, past.drill)
            self.last_success.labels(**labels).set(at.timestamp() if at is not None else 0)

    def _times(self, run: RunRecord, record: DrillRecord, labels: Mapping[str, str]) -> None:
        for one in record.measured:
            if one.seconds is not None:
                self.measured.labels(**labels, measure=clean(one.name)).set(one.seconds)
            if one.objective_seconds is not None:
                self.objective.labels(**labels, measure=clean(one.name)).set(one.objective_seconds)
        for step in record.finished.values():
            self.step.labels(**labels, step=clean(step.name)).set(step.seconds)
        if run.finished is not None:
            self.run.labels(**labels).set(run.finished.seconds)
        ages = [one.age_seconds for one in record.backups if one.age_seconds is not None]
        if ages:
            self.age.labels(**labels).set(max(ages))

    def _content(self, record: DrillRecord, labels: Mapping[str, str]) -> None:
        ended = [one.outcome for one in record.finished.values()]
        outcomes = Counter([*ended, *(one.outcome for one in record.proofs)])
        outcomes["not reached"] += len(record.steps) - len(ended)
        for outcome in get_args(Outcome):
            self.claims.labels(**labels, outcome=outcome).set(outcomes[outcome])
        for family in dict.fromkeys(one.family or "others" for one in record.proofs):
            mine = [one for one in record.proofs if (one.family or "others") == family]
            found = sum(len(one.findings) for one in mine)
            self.findings.labels(**labels, family=clean(family)).set(found)
        tables = [one for told in record.tables for one in told.tables]
        if tables:
            seen = sum(one.content != "not read" for one in tables)
            self.tables.labels(**labels).set(seen)
            self.rows.labels(**labels).set(sum(one.actual or 0 for one in tables))
            self.bytes.labels(**labels).set(sum(one.bytes or 0 for one in tables))


def _mode(run: RunRecord) -> str:
    """A negative control has one of its own: it must not stand in for the drill that it tests."""
    if run.started is None:
        return ""
    return run.started.mode if run.started.negative_control is None else NEGATIVE


def _pasts(run: RunRecord) -> Sequence[PastDrill | None]:
    """What the history would keep of each drill; None where the run left no beginning."""
    return past_of(run) or [None] * len(run.drills)
