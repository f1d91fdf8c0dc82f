"""JUnit XML from the journal alone: a suite a drill, a case a step, a proof and the verdict.

Shaped as Jenkins' xunit 2 schema wants it, which is the strictest of those that read it: a
`testcase` may hold no properties, so they stand with the suite, named after their case. What is
not green is never a bare pass: failed and unproven verdicts are failures, what a kill cut short is
an error, and what was not done is skipped with its reason; so is a verdict that proves nothing and
is no reason for a red job, as under --unproven=warn.

What the readers bear sets the limits below. GitLab (docs.gitlab.com/ci/testing/unit_test_reports)
keeps the first of two cases with the same class and name, cuts names at 255 characters, refuses
files of 30 MB and nodes of 10, and shows the text of `failure` and `skipped`, not their message.
Actions that put JUnit into a check run of GitHub's have 65,535 characters for all of it, and ten
annotations a step. So a case says how much more there is, and where: in the journal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

from reports import phrases
from reports.drill_record import DrillRecord
from reports.events import Event, ProofFinished, RunStarted, Verdict
from reports.journal import Events
from reports.parts import DeclaredStep, Finding, Waived
from reports.run_record import RunRecord
from reports.verdicts import is_good, is_unfinished, word_of

MOST = 100
"""Findings, gaps, bounds or waived findings of one case."""
LONGEST = 2_000
"""Characters of one side of a finding, or of one property."""
TEXT = 50_000
"""Characters of the text of one case."""
MESSAGE = 500
NAME = 250
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
        ended = [] if run.finished is not None else [_killed("run")]
        suites.append(_suite(events, None, [_verdict("run", run.overall), *ended]))
    for suite in suites:
        _tell_apart(suite)
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


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _capped(entries: Sequence[str]) -> list[str]:
    rest = len(entries) - MOST
    return [*entries[:MOST], f"… and {rest:,} more, in the journal"] if rest > 0 else [*entries]


def _tell_apart(suite: ElementTree.Element) -> None:
    """No two cases of one class and name: GitLab would drop the second, red or not."""
    seen: Counter[tuple[str, str]] = Counter()
    for case in suite.iter("testcase"):
        key = case.attrib["classname"], case.attrib["name"]
        seen[key] += 1
        if seen[key] > 1:
            case.set("name", f"{key[1]} ({seen[key]})")


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
            properties,
            "property",
            {"name": _cut(_line(name), LONGEST), "value": _cut(clean(str(value)), LONGEST)},
        )
    for case in cases:
        suite.append(_element(case))
    return suite


def _element(case: Case) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase",
        {
            "classname": _line(case.group),
            "name": _cut(_line(case.name), NAME),
            "time": _time(case.seconds),
        },
    )
    if case.red is not None:
        red = ElementTree.SubElement(element, case.red, {"message": _message(case)})
        if case.kind:
            red.set("type", case.kind)
        red.text = _cut(clean(case.text or case.message), TEXT) or None
    if case.said:
        ElementTree.SubElement(element, "system-out").text = _cut(clean("\n".join(case.said)), TEXT)
    return element


def _message(case: Case) -> str:
    return _cut(clean(case.message), MESSAGE)


def _properties(
    events: Sequence[Event], record: DrillRecord | None
) -> Iterator[tuple[str, object]]:
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is not None:
        yield from phrases.started(started)
        yield from ((f"version: {name}", text) for name, text in started.versions.items())
    if isinstance(events, Events) and events.truncated:
        yield "journal", "its last line was torn and is left out"
    if record is None:
        return
    if record.verdict is not None:
        yield "verdict", record.verdict.verdict
    yield from phrases.subject(record)
    for moment in record.moments:
        yield f"moment: {moment.name}", phrases.at(moment.moment)
    for told in record.facts:
        for name, value in told.facts.items():
            listed = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{told.subject}: {name}", "none" if listed is None else listed
    for taken in record.measured:
        yield f"measured: {taken.name}", phrases.measured(taken)
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
    if record.verdict is not None and word_of(record.verdict) == "ALARM RANG":
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
    case.said += _capped(record.notes(step.number))
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
    findings = _capped([_finding(finding) for finding in proof.findings])
    if case.red == "failure" and findings:
        more = f" (and {len(proof.findings) - 1} more)" if proof.findings[1:] else ""
        first = proof.findings[0]
        case.kind = "finding"
        case.message = (
            f"{first.subject}: expected {_side(first.expected)}, found {_side(first.actual)}{more}"
        )
        case.text = "\n\n".join(findings)
    else:
        case.said += findings
    gaps = _capped([f"not seen: {gap.check}: {gap.subject}: {gap.reason}" for gap in proof.gaps])
    if case.red is not None:
        case.text = "\n\n".join(filter(None, [case.text, *gaps]))
    else:
        case.said += gaps
    bounds = _capped([f"bounded: {one.check}: {one.subject}: {one.bound}" for one in proof.bounds])
    case.said += [line for line in bounds if line not in case.said]
    case.said += _capped([f"waived: {_finding(one)}\n{_waiver(one)}" for one in proof.waived])
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
    return "nothing" if value is None else _cut(str(value), LONGEST)


def _end(record: DrillRecord) -> list[Case]:
    """The verdict, or why there is none; and that the run has no end, where it has none."""
    group = f"{record.drill}.runbook"
    if record.verdict is not None:
        return [_verdict(group, record.verdict), *([_killed(group)] if record.killed else [])]
    if record.judged_elsewhere:
        return []
    case = Case(group, "verdict", red="error", kind="interrupted")
    case.message = record.stopped
    case.text = "The journal ends without a verdict: nothing was proven."
    return [case]


def _killed(group: str) -> Case:
    """A run that was judged and has no end: its claims stand, its cleanup is not shown."""
    return Case(
        group,
        "end of the run",
        red="error",
        kind="interrupted",
        message="the run was killed before it ended: nothing proves that what it made is gone",
    )


def _verdict(group: str, verdict: Verdict) -> Case:
    lines = [f"{count} {outcome}" for outcome, count in verdict.outcomes.items()]
    lines += _capped([f"not proven: {name}" for name in verdict.not_proven])
    lines += _capped([f"withheld: {name}" for name in verdict.withheld])
    if verdict.partial is not None:
        lines.append(f"selected: {verdict.partial.ran} of {verdict.partial.of}")
    case = Case(group, "verdict")
    if is_good(verdict):
        case.said = [verdict.verdict, *lines]
    elif verdict.exit_status == 0 or is_unfinished(verdict):
        # A selection that held, --unproven=warn, or a wait that goes on with --resume: no reason
        # for a red job, and nothing proven.
        case.red, case.message = "skipped", verdict.verdict
        case.text = "\n".join([verdict.verdict, *lines])
    else:
        case.red, case.kind, case.message = "failure", "verdict", verdict.verdict
        case.text = "\n".join([*lines, f"exit status {verdict.exit_status}"])
    return case
