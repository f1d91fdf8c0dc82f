"""Markers of a copy that is of another moment (R23, R41)."""

from __future__ import annotations

from checks.markers import Ledger
from tests.sabotage.faults.fault import Fault, fault

LEDGER = Ledger(last_tick=50, good=51, bad=52)
"""What the writer of the sample's markers knows."""

MARKERS: tuple[Fault, ...] = (
    fault(
        "good marker missing",
        "markers",
        "good marker 51",
        "delete from restore_drill.marker where kind = 'good'",
    ),
    fault(
        "bad marker present",
        "markers",
        "bad marker 52",
        "insert into restore_drill.marker values (52, 'bad', now())",
    ),
    fault(
        "gap in the ticks",
        "markers",
        "tick 17",
        "delete from restore_drill.marker where number = 17",
    ),
    fault(
        "row 3: recovery ended early",
        "markers",
        "ticks 41 to 50",
        "delete from restore_drill.marker where number > 40",
    ),
    fault(
        "first ticks lost",
        "markers",
        "ticks 1 to 3",
        "delete from restore_drill.marker where number <= 3",
    ),
    fault(
        "row 4: ticks from after the pause",
        "markers",
        "ticks 53 to 55",
        "insert into restore_drill.marker"
        " select i, 'tick', now() from generate_series(53, 55) as i",
    ),
    fault(
        "row 26: good marker of another run",
        "markers",
        "good marker 70",
        "insert into restore_drill.marker values (70, 'good', now())",
    ),
    fault(
        "primary key that does not hold",
        "markers",
        "marker 7",
        "alter table restore_drill.marker drop constraint marker_pkey",
        "insert into restore_drill.marker values (7, 'tick', now())",
    ),
    fault("markers emptied", "markers", "ticks 1 to 50", "truncate restore_drill.marker"),
    fault(
        "marker table lost", "markers", "restore_drill.marker", "drop table restore_drill.marker"
    ),
)
