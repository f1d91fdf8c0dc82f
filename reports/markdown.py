"""The summary that people read first: `summary.md`, and GitHub's page of a job.

The verdict is its first line; what is not green comes before what is. It is short whatever
happened: long lists are cut and say by how much, the journal has them whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reports import phrases
from reports.controls import controls
from reports.drill_record import DrillRecord, in_full
from reports.events import Kept, Measured, ProofFinished
from reports.gfm import code, more, table, text
from reports.markdown_details import MOST_ROWS, details, since_the_last_green
from reports.parts import Finding
from reports.run_record import RunRecord
from reports.verdicts import is_good

MOST_FINDINGS = 20
"""Of a proof."""
MOST_PROOFS = 30
"""With findings, of a drill: the page of 30 times 20 findings is still shown by GitHub."""
_QUIET = ("passed", "bounded", "not applicable")


def render(run: RunRecord) -> bytes:
    """Render a run, whole or a killed one's beginning, as UTF-8."""
    lines = [*_head(run)]
    several = len(run.drills) > 1
    for record in run.drills:
        lines += _drill(record, run, "###" if several else "##", titled=several)
    lines += _end(run)
    return ("\n".join(lines).rstrip("\n") + "\n").encode()


def verdict(record: DrillRecord) -> str:
    """The verdict's line, or where there is none: why."""
    if record.verdict is not None:
        return in_full(record.verdict, record.run_finished)
    return "not judged by itself" if record.judged_elsewhere else record.stopped


def _head(run: RunRecord) -> Iterator[str]:
    drills = run.drills
    if len(drills) == 1 and run.overall is None:
        yield f"# {text(verdict(drills[0]))}"
    elif run.overall is not None:
        yield f"# {text(in_full(run.overall, run.finished))}"
    else:
        good = sum(is_good(one.verdict) and not one.killed for one in drills)
        yield f"# {good} of {len(drills)} drills are good"
    yield ""
    if run.finished is None:
        yield "**The journal ends before the run did**: it was killed, or is still going on."
        yield "Nothing proves that what it made is gone."
        yield ""
    if run.events.truncated:
        yield "The last line of the journal was torn, and is left out."
        yield ""
    if len(drills) > 1:
        rows = [(code(one.drill), text(verdict(one))) for one in drills]
        yield from table(("drill", "verdict"), rows)
    if run.started is not None:
        facts = [(name, code(value)) for name, value in phrases.started(run.started)]
        if run.finished is not None:
            facts.append(("took", f"{run.finished.seconds:.1f} s"))
        facts.insert(0, ("began", code(phrases.at(run.started.at))))
        yield from table(("run", ""), facts)


def _drill(record: DrillRecord, run: RunRecord, level: str, *, titled: bool) -> Iterator[str]:
    if titled:
        yield f"## {text(record.drill)}: {text(verdict(record))}"
        yield ""
    yield from _failed(record, level)
    yield from _unsure(record, level)
    yield from _waived(record, level)
    yield from since_the_last_green(record, run, level)
    facts = [(name, code(value)) for name, value in phrases.subject(record)]
    facts += [(one.name, code(phrases.at(one.moment))) for one in record.moments]
    if facts:
        yield f"{level} What was restored"
        yield ""
        yield from table(("what", "which"), facts)
    yield from _times(record, level)
    yield from _claims(record, level)
    yield from details(record, level)


def _failed(record: DrillRecord, level: str) -> Iterator[str]:
    steps = [one for one in record.finished.values() if one.outcome == "failed"]
    proofs = [one for one in record.proofs if one.outcome == "failed"]
    if not steps and not proofs:
        return
    yield f"{level} What failed"
    yield ""
    for step in steps:
        yield f"- step {step.number}, {text(step.title)}: {text(step.reason or 'failed')}"
    for proof in proofs[:MOST_PROOFS]:
        yield f"- {text(record.name_of(proof))}: {_because(proof)}"
    yield ""
    yield from more(proofs, MOST_PROOFS)
    for proof in proofs[:MOST_PROOFS]:
        if proof.findings:
            yield f"**{text(record.name_of(proof))}**"
            yield ""
            yield from _findings(proof.findings)


def _because(proof: ProofFinished) -> str:
    if proof.findings:
        count = len(proof.findings)
        return f"{count:,} finding{'s' if count > 1 else ''}"
    return text(proof.reason or "failed")


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    rows = [
        (
            code(one.check),
            code(one.subject),
            code(one.property),
            code(phrases.side(one.expected)),
            code(phrases.side(one.actual)),
            text(one.remedy),
        )
        for one in findings[:MOST_FINDINGS]
    ]
    yield from table(("check", "subject", "property", "expected", "actual", "remedy"), rows)
    yield from more(findings, MOST_FINDINGS)


def _unsure(record: DrillRecord, level: str) -> Iterator[str]:
    """What is neither shown nor broken, with its reason: each proof and step, then single gaps."""
    rows: list[tuple[str, str, str]] = [
        (text(record.name_of(one)), one.outcome, text(one.reason or ""))
        for one in record.proofs
        if one.outcome not in (*_QUIET, "failed", "waived")
    ]
    for step in record.steps:
        ended = record.finished.get(step.number)
        if ended is None and step.number in record.started:
            rows.append((_step(step.number, step.title), "interrupted", text(record.stopped)))
        elif ended is None:
            why = text(record.why_not(step.number))
            rows.append((_step(step.number, step.title), "not reached", why))
        elif ended.outcome not in (*_QUIET, "failed", "waived"):
            why = text(ended.reason or "")
            rows.append((_step(step.number, step.title), ended.outcome, why))
    for proof in record.proofs:
        rows += [(code(gap.subject), "not seen", text(gap.reason)) for gap in proof.gaps]
    if not rows:
        return
    yield f"{level} What was not shown"
    yield ""
    yield from table(("what", "outcome", "why"), rows[:MOST_ROWS])
    yield from more(rows, MOST_ROWS)


def _step(number: int, title: str) -> str:
    return f"step {number}, {text(title)}"


def _waived(record: DrillRecord, level: str) -> Iterator[str]:
    rows = [
        (
            f"{code(one.check)}: {code(one.subject)}",
            code(phrases.side(one.expected)),
            code(phrases.side(one.actual)),
            f"until {one.expires} by {text(one.by)}: {text(one.reason)}",
        )
        for proof in record.proofs
        for one in proof.waived
    ]
    if rows:
        yield f"{level} What was waived"
        yield ""
        yield from table(("finding", "expected", "actual", "waiver"), rows[:MOST_ROWS])
        yield from more(rows, MOST_ROWS)


def _times(record: DrillRecord, level: str) -> Iterator[str]:
    if not record.measured:
        return
    yield f"{level} Times and data loss"
    yield ""
    rows = [
        (
            text(one.name),
            "not measured" if one.seconds is None else f"{one.seconds:.3f} s",
            "–" if one.objective_seconds is None else f"{one.objective_seconds:.0f} s",
            _stands(one),
            text(one.note or ""),
        )
        for one in record.measured
    ]
    yield from table(("what", "measured", "objective", "", "note"), rows)


def _stands(one: Measured) -> str:
    if one.objective_seconds is None:
        return "no objective"
    if one.seconds is None:
        return "not proven"
    return "met" if one.seconds <= one.objective_seconds else "**missed**"


def _claims(record: DrillRecord, level: str) -> Iterator[str]:
    """Steps with their times, and how many proofs of each family came to what."""
    if record.steps:
        yield f"{level} Steps"
        yield ""
        rows = []
        for step in record.steps:
            ended = record.finished.get(step.number)
            seconds = "" if ended is None else f"{ended.seconds:.2f} s"
            begun = "interrupted" if step.number in record.started else "not reached"
            outcome = begun if ended is None else ended.outcome
            rows.append((str(step.number), text(step.title), outcome, seconds))
        yield from table(("step", "", "outcome", "took"), rows)
    families: dict[str, list[ProofFinished]] = {}
    for proof in record.proofs:
        families.setdefault(proof.family or "others", []).append(proof)
    if families:
        yield f"{level} Proofs"
        yield ""
        yield from table(
            ("family", "proofs", "took"),
            (
                (text(family), _counted(proofs), f"{sum(one.seconds for one in proofs):.2f} s")
                for family, proofs in families.items()
            ),
        )


def _counted(proofs: Sequence[ProofFinished]) -> str:
    outcomes = Counter(one.outcome for one in proofs)
    return ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())


def _end(run: RunRecord) -> Iterator[str]:
    if run.left:
        yield "## What is left"
        yield ""
        for one in run.left:
            word = "kept" if isinstance(one, Kept) else "removed"
            until = f", until {phrases.at(one.until)}" if one.until is not None else ""
            if one.place.startswith("pytest "):  # a command, and no place
                yield f"- {text(one.what)}: {code(one.place)}"
                continue
            yield f"- {word}: {text(one.what)} in {code(one.place)}{until}"
        yield ""
    if run.unread:
        yield "## Earlier runs that could not be read"
        yield ""
        yield from [f"- {text(line)}" for line in run.unread[:MOST_ROWS]]
        yield ""
        yield from more(run.unread, MOST_ROWS)
    yield "## Controls"
    yield ""
    rows = [(text(one.id), text(one.title), one.outcome) for one in controls(run)]
    yield from table(("control", "", "this run"), rows)
    yield "Why, and what no single run can show: `evidence.json`."
