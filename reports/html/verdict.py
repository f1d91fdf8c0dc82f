"""The verdict in words: what it means in one sentence, and beside it what was not proven right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord, killed
from reports.events import RunFinished, RunStarted, Verdict
from reports.html import claims
from reports.html.text import plural
from reports.html.tones import Tone, of_outcome, of_verdict
from reports.verdicts import NO_COPY, NONE, word_of

_REHEARSED = (
    " It was a rehearsal, on data made for it: it vouches for the procedure and its checks, not"
    " for any backup of yours."
)
_MEANINGS = {
    "FAILED": "A claim about the restored copy was shown to be false, or a step failed so that it"
    " could not be tested. Do not rely on this restore.",
    "NOT PROVEN": "Nothing that was tested is wrong, but a part could not be tested, and may be"
    " wrong. What was proven, and what was not, is said family by family.",
    "PARTIAL": "Only a selection of the drill was run. It says nothing about the restore as a"
    " whole, whatever became of the selection.",
    "NOTHING TO PROVE": "No claim applied to what was restored, so that nothing at all was shown."
    " It is no success.",
    "INTERRUPTED": "The run ended before the drill did. What is told below is true up to that"
    " moment; nothing behind it was reached.",
    "WAITING": "The run stopped waiting for AWS before the restore was done. Nothing failed, and"
    " nothing is proven yet: what exists goes on, and so does the run, with --resume.",
    "BAD INPUT": "An option, a setting or an input cannot be used. That says nothing about a"
    " backup: correct it, and run the drill again.",
    "ALARM RANG": "The restored copy was broken on purpose, and the checks noticed. The alarm"
    " works; it is no proof of any backup.",
    "ALARM SILENT": "The restored copy was broken on purpose, and the checks did not notice. Until"
    " that is understood, no PROVEN of these checks can be relied on.",
    NONE: "The run ended without judging this drill, so that nothing was proven.",
    "JUDGED WITH THE RUN": "The run has one verdict for all of its drills; it stands above.",
}
_KILLED = (
    " The run itself was killed before it had cleaned up: nothing proves that what it made is gone."
    " Look for it, and remove it."
)
_UNKNOWN = "This word is not known here, so that it counts as nothing proven."
_WORTH_TELLING = (
    *("failed", "not proven", "not reached", "interrupted", "not selected", "withheld"),
    *("bounded", "waived", "not applicable"),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Something that was not proven right: how many claims, and their outcome."""

    count: int
    outcome: str
    said: str

    @property
    def tone(self) -> Tone:
        return of_outcome(self.outcome)


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What stands on top.

    word    INTERRUPTED for a good verdict, too, whose run was killed behind it
    said    the verdict as large as it can be: its word, and that the run was killed
    line    the verdict's own; exit_status None where the run had none
    doubts  what in the journal speaks against its own verdict
    """

    word: str
    said: str
    tone: Tone
    subject: str
    line: str
    meaning: str
    beside: Sequence[Beside]
    doubts: Sequence[str] = ()
    exit_status: int | None = None


_NOT_CLEANED = Beside(1, "interrupted", "the cleanup: nothing proves that what was made is gone")
# Steps are declared before the first; a proof is known by its end only.
_UNTOLD = Beside(1, "not reached", "every proof that had not ended: how many, no journal tells")


def of_drill(record: DrillRecord, started: RunStarted | None) -> VerdictView:
    """The verdict on one drill, or why there is none."""
    verdict = record.verdict
    word, line = _said(record)
    doubts = list(_doubts(record, started)) if word == "PROVEN" else []
    beside = _beside(record)
    meaning = _meaning(word, started, beside, copy=record.drill not in NO_COPY)
    said = word
    if verdict is not None and record.killed:
        said, word, meaning = _unfinished(word, meaning, verdict)
        beside = [*beside, _NOT_CLEANED]
    elif verdict is None and record.run_finished is None and not record.judged_elsewhere:
        beside = [*beside, _UNTOLD]
    return VerdictView(
        word=word,
        said=said,
        tone=of_verdict("FAILED") if doubts else of_verdict(word),
        subject=(verdict.subject if verdict is not None else None) or record.drill,
        line=line,
        meaning=meaning,
        beside=beside,
        doubts=doubts,
        exit_status=verdict.exit_status if verdict is not None and not record.killed else None,
    )


def of_run(
    verdict: Verdict, started: RunStarted | None, finished: RunFinished | None
) -> VerdictView:
    """The verdict on a run of several drills."""
    word = word_of(verdict)
    beside = [
        Beside(count, outcome, _phrase(count, outcome))
        for outcome, count in verdict.outcomes.items()
        if outcome in _WORTH_TELLING and count
    ]
    wrong = word == "PROVEN" and verdict.exit_status != 0
    said, meaning = word, _meaning(word, started, beside)
    if finished is None:
        said, word, meaning = _unfinished(word, meaning, verdict)
        beside.append(_NOT_CLEANED)
    return VerdictView(
        word=word,
        said=said,
        tone=of_verdict("FAILED") if wrong else of_verdict(word),
        subject=verdict.subject or "the run",
        line=verdict.verdict,
        meaning=meaning,
        beside=beside,
        doubts=[f"the run ended with exit status {verdict.exit_status}"] if wrong else [],
        exit_status=verdict.exit_status if finished is not None else None,
    )


def _unfinished(word: str, meaning: str, verdict: Verdict) -> tuple[str, str, str]:
    """What is said, the word and the meaning where the run was killed behind a verdict.

    A good one does not look good: it keeps its word in what is said only.
    """
    shown = word if verdict.exit_status != 0 else "INTERRUPTED"
    return f"{word}, {killed(verdict)}", shown, meaning + _KILLED


def _said(record: DrillRecord) -> tuple[str, str]:
    if record.verdict is not None:
        return word_of(record.verdict), record.verdict.verdict
    if record.judged_elsewhere:
        return "JUDGED WITH THE RUN", "see the verdict on the run"
    return ("INTERRUPTED" if record.run_finished is None else NONE), record.stopped


def _meaning(
    word: str, started: RunStarted | None, beside: Sequence[Beside], *, copy: bool = True
) -> str:
    if word != "PROVEN":
        return _MEANINGS.get(word, _UNKNOWN)
    if not copy:
        apart = ", apart from what stands beside" if beside else ""
        return f"Every claim that was declared was tested, and held{apart}. Nothing was restored."
    whose = "that somebody else restored " if started and started.mode == "verification" else ""
    apart = ", apart from what stands beside" if beside else ""
    held = f"Every claim that was declared about the copy {whose}was tested, and held{apart}."
    return held + (_REHEARSED if started is not None and started.mode == "rehearsal" else "")


def _beside(record: DrillRecord) -> Sequence[Beside]:
    counts: Counter[str] = Counter()
    for claim in claims.of(record):
        found = {claim.outcome}
        if claim.proof is not None:
            found |= {"bounded"} if claim.proof.bounds else set()
            found |= {"waived"} if claim.proof.waived else set()
            found |= {"not proven"} if claim.proof.gaps else set()
        counts.update(found)
    partial = record.verdict.partial if record.verdict is not None else None
    if partial is not None and partial.of > partial.ran:
        counts["not selected"] = partial.of - partial.ran
    return [
        Beside(counts[outcome], outcome, _phrase(counts[outcome], outcome))
        for outcome in _WORTH_TELLING
        if counts[outcome]
    ]


def _phrase(count: int, outcome: str) -> str:
    """What an outcome says, for readers who do not know our words."""
    said = {
        "failed": "shown to be false, or broken",
        "not proven": "could not be tested, in whole or in part",
        "not reached": "not reached: something before it failed or ended",
        "interrupted": "begun and never finished",
        "not selected": "not selected, so not run",
        "withheld": "held back: it would have touched what is live",
        "bounded": "shown to lie between two truths only",
        "waived": "not as expected, which a waiver accepts for now",
        "not applicable": "out of scope by configuration",
    }[outcome]
    return f"{plural(count, 'claim')} {said}"


def _doubts(record: DrillRecord, started: RunStarted | None) -> Iterator[str]:
    """What the journal holds against a PROVEN of its own. A report must not smooth it over."""
    verdict = record.verdict
    if verdict is not None and verdict.exit_status != 0:
        yield f"the drill's exit status is {verdict.exit_status}"
    if record.sabotaged is not None or (started and started.negative_control is not None):
        yield "this copy was broken on purpose, and cannot be proven"
    for outcome in ("failed", "not reached", "interrupted", "not proven"):
        number = sum(claim.outcome == outcome for claim in claims.of(record))
        if number:
            yield f"the journal holds {plural(number, 'claim')} {outcome}"
