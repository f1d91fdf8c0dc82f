"""JUnit XML from the journal alone: a suite a drill, a case a step, a proof and the verdict.

Shaped as Jenkins' xunit 2 schema wants it, which is the strictest of those that read it: a
`testcase` may hold no properties, so they stand with the suite, named after their case. What is
not green is never a bare pass: failed and unproven verdicts are failures, what a kill cut short is
an error, and what was not done is skipped with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

from reports.drill_record import DrillRecord
from reports.events import Event, ProofFinished, RunStarted, Verdict
from reports.journal import Events
from reports.parts import DeclaredStep, Finding, Waived
from reports.run_record import RunRecord

Red = Literal["failure", "error", "skipped"]
# Characters that XML 1.0 cannot hold, not even escaped; lone surrogates among them.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Case:
    """One row of the report. Without `red` it passed; `said` goes to its output."""

    group: str
    name: str
    seconds: float = 0.0
    red: Red | None = None
    kind: str = ""
    message: str = ""
    text: str = ""
    said: list[str] = field(default_factory=list)


def render(run: RunRecord) -> bytes:
    """Render a run, whole or a killed one's beginning, as UTF-8 XML."""
    events = run.events
    suites = [_suite(events, record, _cases(record)) for record in run.drills]
    if run.overall is not None:
        suites.append(_suite(events, None, [_verdict("run", run.overall)]))
    root = ElementTree.Element("testsuites", {"name": "restore-drills"})
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", _time(sum(float(suite.get("time", "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def clean(text: str) -> str:
    """Text without what XML cannot hold; each such character becomes U+FFFD."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"  # the schema allows three decimals


def _suite(
    events: Sequence[Event], record: DrillRecord | None, cases: Sequence[Case]
) -> ElementTree.Element:
    reds = Counter(case.red for case in cases)
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": _line(record.drill) if record is not None else "run",
            "tests": str(len(cases)),
            "failures": str(reds["failure"]),
            "errors": str(reds["error"]),
            "skipped": str(reds["skipped"]),
            "time": _time(sum(round(case.seconds, 3) for case in cases)),
        },
    )
    if events:
        began = record.began if record is not None else None
        suite.set("timestamp", (began or events[0].at).isoformat(timespec="seconds"))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(events, record):
        ElementTree.SubElement(
            properties, "property", {"name": _line(name), "value": clean(str(value))}
        )
    for case in cases:
        suite.append(_element(case))
    return suite


def _element(case: Case) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase",
        {
            "classname": _line(case.group),
            "name": _line(case.name),
            "time": _time(case.seconds),
        },
    )
    if case.red is not None:
        red = ElementTree.SubElement(element, case.red, {"message": clean(case.message)})
        if case.kind:
            red.set("type", case.kind)
        red.text = clean(case.text) or None
    if case.said:
        ElementTree.SubElement(element, "system-out").text = clean("\n".join(case.said))
    return element


def _properties(
    events: Sequence[Event], record: DrillRecord | None
) -> Iterator[tuple[str, object]]:
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is not None:
        engine = started.engine
        yield from (
            ("run", started.run),
            ("mode", started.mode),
            ("cloud", started.cloud),
            ("engine", f"{engine.name} {engine.version} ({engine.origin})"),
            ("evidence", started.folders.evidence),
        )
        yield from ((f"version: {name}", text) for name, text in started.versions.items())
    if isinstance(events, Events) and events.truncated:
        yield "journal", "its last line was torn and is left out"
    if record is None:
        return
    if record.verdict is not None:
        yield "verdict", record.verdict.verdict
    for told in record.facts:
        for name, value in told.facts.items():
            listed = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{told.subject}: {name}", "none" if listed is None else listed
    for taken in record.measured:
        seconds = "not measured" if taken.seconds is None else f"{taken.seconds:.3f} s"
        objective = taken.objective_seconds
        against = "" if objective is None else f", objective {objective:.0f} s"
        note = f" ({taken.note})" if taken.note else ""
        yield f"measured: {taken.name}", f"{seconds}{against}{note}"
    for proof in record.proofs:
        name = record.name_of(proof)
        if proof.requirements:
            yield f"requirements: {name}", " ".join(proof.requirements)
        if proof.outcome in {"bounded", "waived"}:
            yield f"{proof.outcome}: {name}", proof.bound or proof.reason or ""


def _cases(record: DrillRecord) -> list[Case]:
    """Rows in the order of the runbook: each step, then the proofs that needed it; verdict last."""
    waiting = sorted(record.proofs, key=lambda proof: proof.after_step)
    cases: list[Case] = []
    for step in record.steps:
        while waiting and waiting[0].after_step < step.number:
            cases.append(_proof(record, waiting.pop(0)))
        cases.append(_step(record, step))
    cases += [_proof(record, proof) for proof in waiting]
    if record.verdict is not None and record.verdict.word == "ALARM RANG":
        _as_they_must(cases)
    cases += _end(record)
    return cases


def _as_they_must(cases: Sequence[Case]) -> None:
    """What failed in a negative control that rang is the alarm, and no reason for a red job: not
    green either, for no such claim was proven. The verdict's own case is green.
    """
    for case in cases:
        if case.red == "failure":
            case.red, case.kind = "skipped", ""
            case.message = f"failed as it must: {case.message}"


def _step(record: DrillRecord, step: DeclaredStep) -> Case:
    case = Case(f"{record.drill}.runbook", f"{step.number:02d} {step.title}")
    case.said += record.notes(step.number)
    finished = record.finished.get(step.number)
    if finished is None and step.number in record.started:
        case.red, case.kind, case.message = "error", "interrupted", record.stopped
    elif finished is None:
        case.red, case.message = "skipped", f"not reached: {record.why_not(step.number)}"
    else:
        case.seconds = finished.seconds
        _judge(case, finished.outcome, finished.reason, "step")
    return case


def _proof(record: DrillRecord, proof: ProofFinished) -> Case:
    case = Case(f"{record.drill}.proofs", record.name_of(proof), proof.seconds)
    _judge(case, proof.outcome, proof.bound or proof.reason, "proof")
    findings = [_finding(finding) for finding in proof.findings]
    if case.red == "failure" and findings:
        more = f" (and {len(findings) - 1} more)" if findings[1:] else ""
        first = proof.findings[0]
        case.kind = "finding"
        case.message = (
            f"{first.subject}: expected {_side(first.expected)}, found {_side(first.actual)}{more}"
        )
        case.text = "\n\n".join(findings)
    else:
        case.said += findings
    gaps = [f"not seen: {gap.check}: {gap.subject}: {gap.reason}" for gap in proof.gaps]
    if case.red is not None:
        case.text = "\n\n".join(filter(None, [case.text, *gaps]))
    else:
        case.said += gaps
    bounds = [f"bounded: {one.check}: {one.subject}: {one.bound}" for one in proof.bounds]
    case.said += [line for line in bounds if line not in case.said]
    case.said += [f"waived: {_finding(one)}\n{_waiver(one)}" for one in proof.waived]
    return case


def _judge(case: Case, outcome: str, reason: str | None, kind: str) -> None:
    """Colour a case by its outcome: DESIGN 8's words, JUnit's three colours."""
    if outcome == "passed":
        return
    told = f"{outcome}: {reason}" if reason else outcome
    if outcome == "failed":
        case.red, case.kind, case.message, case.text = "failure", kind, reason or outcome, told
    elif outcome in {"bounded", "waived"}:
        case.said.append(told)
    else:
        case.red, case.message = "skipped", told


def _finding(finding: Finding) -> str:
    property_line = f"  property: {finding.property}\n" if finding.property else ""
    return (
        f"{finding.check}: {finding.subject}\n"
        f"{property_line}"
        f"  expected: {_side(finding.expected)}\n"
        f"  actual:   {_side(finding.actual)}\n"
        f"  remedy:   {finding.remedy}"
    )


def _waiver(waived: Waived) -> str:
    return f"  waived:   until {waived.expires} by {waived.by}: {waived.reason}"


def _side(value: object) -> str:
    return "nothing" if value is None else str(value)


def _end(record: DrillRecord) -> list[Case]:
    """The verdict, or why there is none."""
    if record.verdict is not None:
        return [_verdict(f"{record.drill}.runbook", record.verdict)]
    if record.judged_elsewhere:
        return []
    case = Case(f"{record.drill}.runbook", "verdict", red="error", kind="interrupted")
    case.message = record.stopped
    case.text = "The journal ends without a verdict: nothing was proven."
    return [case]


def _verdict(group: str, verdict: Verdict) -> Case:
    lines = [f"{count} {outcome}" for outcome, count in verdict.outcomes.items()]
    lines += [f"not proven: {name}" for name in verdict.not_proven]
    lines += [f"withheld: {name}" for name in verdict.withheld]
    if verdict.partial is not None:
        lines.append(f"selected: {verdict.partial.ran} of {verdict.partial.of}")
    case = Case(group, "verdict")
    if verdict.exit_status == 0:
        case.said = [verdict.verdict, *lines]
    else:
        case.red, case.kind, case.message = "failure", "verdict", verdict.verdict
        case.text = "\n".join([*lines, f"exit status {verdict.exit_status}"])
    return case
