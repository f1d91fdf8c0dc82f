"""Runs of every kind as events, for pages to be made of."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from reports.history.past import PastDrill
from reports.html import render
from reports.journal import Events
from reports.run_record import RunRecord
from tests.reports import sample
from tests.reports.html.document import Node, parse
from tests.reports.sample import Plain

GONE = "the deepest step failed"


def green() -> list[Plain]:
    """Everything held; its copy was not touched by us."""
    return [one for one in sample.green() if one["event"] != "sabotaged"]


def _until_proofs(*between: Plain, proofs: Sequence[Plain], line: str, status: int) -> list[Plain]:
    word = next(word for word in WORDS if line.startswith(word))
    return [
        sample.run_started(),
        sample.procedure(),
        *between,
        *proofs,
        sample.event("removed", 29, what="files of this run", place="/tmp/pgd-1", until=None),
        sample.verdict(line, status, word=word),
        sample.run_finished(status),
    ]


WORDS = (
    *("PROVEN", "FAILED", "NOT PROVEN", "PARTIAL", "NOTHING TO PROVE", "INTERRUPTED", "BAD INPUT"),
    *("ALARM RANG", "ALARM SILENT", "WAITING"),
)
STEPS = [one for number in (1, 2, 3, 4) for one in sample.step(number)]


def failed() -> list[Plain]:
    """Rows are missing, and a proof broke off."""
    return _until_proofs(
        *STEPS,
        *sample.subject(),
        proofs=[
            sample.proof("counts hold", "failed", findings=[sample.FINDING], reason="1 finding"),
            sample.proof("content holds", "failed", reason="the connection was lost"),
            sample.proof("roles hold", "passed", family="schema"),
        ],
        line="FAILED rehearsal of core: 2 failed, 0 not reached",
        status=1,
    )


def not_reached() -> list[Plain]:
    """The restore failed, and nothing behind it was done."""
    return _until_proofs(
        *STEPS[:4],
        sample.step_started(3),
        sample.step_finished(3, "failed", reason=GONE),
        proofs=[sample.proof("counts hold", "not reached", reason="step 3 failed")],
        line="FAILED rehearsal of core: 1 failed, 2 not reached",
        status=1,
    )


def unproven(status: int = 1) -> list[Plain]:
    """Without terraform, the plan is not proven."""
    lacking = "there is no terraform on the PATH"
    return _until_proofs(
        *STEPS[:6],
        *sample.step(4, "not proven", reason=lacking),
        proofs=[
            sample.proof("counts hold"),
            sample.proof("plan is safe", "not proven", reason=lacking, family="plan"),
            sample.proof("roles hold", "not proven", reason="rights", gaps=[sample.GAP]),
        ],
        line="NOT PROVEN (plan): rehearsal of core",
        status=status,
    )


def withheld() -> list[Plain]:
    """Proven, apart from what a drill must not touch, and with a bound and a waiver."""
    return _until_proofs(
        *STEPS[:6],
        *sample.step(4, "withheld", reason="a drill does not touch the live state"),
        proofs=[
            sample.proof("counts hold", "waived", waived=[sample.WAIVED], reason="1 waived"),
            sample.proof("content holds", "bounded", bounds=[sample.BOUND], bound="10 to 12"),
            sample.proof("expectations hold", "not applicable", reason="there is no [[expect]]"),
        ],
        line="PROVEN rehearsal of core (1 bounded, 1 waived, 1 withheld)",
        status=0,
    )


def interrupted() -> list[Plain]:
    """Killed while the cluster was restored."""
    return [
        sample.run_started(),
        sample.procedure(),
        *STEPS[:4],
        sample.step_started(3),
        sample.event("step_note", 9, drill="pitr", number=3, text="creating, 40 %"),
    ]


def partial() -> list[Plain]:
    """The operator chose three of six."""
    run = _until_proofs(
        *STEPS[:4], proofs=[sample.proof("counts hold")], line="PARTIAL 3 of 6", status=0
    )
    run[-2]["partial"] = {"ran": 3, "of": 6}
    return run


def nothing_to_prove() -> list[Plain]:
    """No table of the settings asks for anything."""
    return _until_proofs(
        proofs=[sample.proof("plan is safe", "not applicable", reason="there is no [plan]")],
        line="NOTHING TO PROVE about core",
        status=5,
    )


def bad_input() -> list[Plain]:
    """An option could not be used."""
    return _until_proofs(
        proofs=[],
        line="BAD INPUT: --recovery-target=time:noon has no zone; write 2026-06-01T12:00Z",
        status=4,
    )


def waiting() -> list[Plain]:
    """AWS had not restored the cluster when the time to wait was over."""
    reason = "cluster core-drill-1 is 'creating' after 5400 s: it goes on without us"
    run = _until_proofs(
        *STEPS[:4],
        *sample.step(3, "not reached", reason=reason),
        proofs=[sample.proof("counts hold", "not reached", reason="waiting at step 3 of 4")],
        line="WAITING at step 3 of 4: Restore the cluster",
        status=75,
    )
    left = sample.event("kept", 28, what="restored copy", place="core-drill-1", until=None)
    return [*run[:-3], left, *run[-2:]]


def alarm(line: str, status: int) -> list[Plain]:
    """A negative control."""
    run = _until_proofs(
        *STEPS,
        sample.sabotaged(),
        proofs=[sample.proof("counts hold", "failed", findings=[sample.FINDING])],
        line=line,
        status=status,
    )
    run[0]["negative_control"] = 7
    return run


def several() -> list[Plain]:
    """Two drills in one run, one of them wrong, and a verdict on the whole."""
    again = [
        {**one, "drill": "snapshot"}
        for one in [*not_reached()[1:-3], not_reached()[-2]]
        if "drill" in one
    ]
    whole = sample.verdict("FAILED run: 1 of 2 drills", 1, drill=None, subject="two drills")
    return [*green()[:-1], *again, whole, sample.run_finished(1)]


RUNS: dict[str, Callable[[], list[Plain]]] = {
    "green": green,
    "failed": failed,
    "not reached": not_reached,
    "unproven": unproven,
    "unproven, warned": functools.partial(unproven, 0),
    "withheld": withheld,
    "interrupted": interrupted,
    "partial": partial,
    "nothing to prove": nothing_to_prove,
    "bad input": bad_input,
    "waiting": waiting,
    "alarm rang": functools.partial(alarm, "ALARM RANG about core: counts noticed", 0),
    "alarm silent": functools.partial(alarm, "ALARM SILENT about core", 1),
    "several": several,
    "empty": list,
}


def record(
    events: Iterable[Plain], earlier: Sequence[PastDrill] = (), *, truncated: bool = False
) -> RunRecord:
    """Events as renderings take them."""
    return RunRecord(Events(sample.typed_all(events), truncated=truncated), tuple(earlier))


def page(
    events: Iterable[Plain], earlier: Sequence[PastDrill] = (), *, truncated: bool = False
) -> str:
    """The page of a run, as text."""
    return render(record(events, earlier, truncated=truncated)).decode()


def document(events: Iterable[Plain], earlier: Sequence[PastDrill] = ()) -> Node:
    """The page of a run, read back."""
    return parse(page(events, earlier))


def with_tables(number: int, differing: int = 3) -> list[Plain]:
    """A green-looking run of that many tables, of which the last few differ."""
    tables = [
        {
            "table": f"archive_{index % 7}.measurements_of_{index:05}",
            "expected": 1000 + index,
            "actual": 1000 + index - (index >= number - differing),
            "bytes": 8192 * index,
            "content": "differs" if index >= number - differing else "equal",
        }
        for index in range(number)
    ]
    told = [
        sample.event(
            "tables_compared", 20, drill="pitr", database="core", tables=tables[start : start + 500]
        )
        for start in range(0, number, 500)
    ]
    base = [one for one in failed() if one["event"] != "tables_compared"]
    return [*base[:-3], *told, *base[-3:]]
