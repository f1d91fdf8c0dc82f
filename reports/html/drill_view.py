"""Everything the page says about one drill, each part from the module that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord
from reports.html import before, figures, findings, requirements, runbook, tables, target, untested
from reports.html import verdict as verdicts
from reports.html.findings import Family, Subject
from reports.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class DrillView:
    """One drill's section; `id` begins the anchors in it."""

    id: str
    record: DrillRecord
    verdict: verdicts.VerdictView
    figures: Sequence[figures.Figure]
    runbook: runbook.RunbookView
    target: target.TargetView
    tables: tables.TablesView
    findings: Sequence[Family]
    schema: Subject
    configuration: Subject
    plan: Subject
    untested: Sequence[untested.Kind]
    outside: Sequence[str]
    requirements: Sequence[requirements.Requirement]
    before: before.BeforeView

    @property
    def found(self) -> int:
        """How many findings there are, shown or not."""
        return sum(one.total for one in self.findings)

    @property
    def found_said(self) -> str:
        """The heading's number."""
        broken = sum(len(one.broken) for one in self.findings)
        return f"{self.found:,}" + (f", and {broken} broken off" if broken else "")


def of(record: DrillRecord, run: RunRecord, number: int) -> DrillView:
    """The view of one drill of a run."""
    prefix = f"d{number}"
    verdict = verdicts.of_drill(record, run.started)
    compared = tables.of(record)
    found = findings.of(record, prefix)
    return DrillView(
        id=prefix,
        record=record,
        verdict=verdict,
        figures=figures.of(record, compared),
        runbook=runbook.of(record, run.events),
        target=target.of(record),
        tables=compared,
        findings=found,
        schema=findings.subject(record, found, "schema"),
        configuration=findings.subject(record, found, "configuration"),
        plan=findings.subject(record, found, "plan", "adoption"),
        untested=untested.of(record),
        outside=untested.OUTSIDE,
        requirements=requirements.of(record),
        before=before.of(record, run, verdict.word, verdict.line),
    )
