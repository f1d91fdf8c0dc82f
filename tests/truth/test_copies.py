"""A copy of a source that went on, held against what was recorded before T and after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checks.baseline.model import Baseline
from checks.judgement import Judgement
from fixtures.claims import Outcome, Withheld
from fixtures.comparison import Comparison, hold
from fixtures.drill_run import DrillRun
from fixtures.live_truth import GONE, LOST, STAGED, UNREAD, compare, record_source
from fixtures.postgres.server import Server
from fixtures.source import Source, Truth
from tests.checks.baseline.databases import Databases
from tests.truth.stubs import a_record, a_source, notes_of

BOUNDED = '[content]\nproof = "bounded"\n'
GROWS = (
    "insert into granules (provider, created_at) select 1, '2024-06-01Z' from generate_series(1, 9)"
)
LOSES = "set session_replication_role = replica; delete from providers where id = 50"
"""A row, whatever refers to it."""
nightly = pytest.mark.slow


def live(databases: Databases, *names: str) -> Source:
    """The source, which is read by whoever may do anything: that is no matter here."""
    return a_source(reader=databases.server.connect, databases=names or ("core",))


def read(databases: Databases, folder: Path, like: Baseline | None = None) -> Baseline:
    found = record_source(live(databases), a_record(folder, BOUNDED), like)
    assert isinstance(found, Baseline)
    return found


@contextmanager
def beside(
    databases: Databases, truth: Truth | None, record: DrillRun, *names: str
) -> Iterator[Comparison]:
    """The copy beside its truth, whatever it is called itself."""
    connect = partial(databases.server.connect, "copy")
    with hold(lambda _: connect(), names or ("core",)) as copies:
        compared = compare(copies, live(databases), truth, record)
        assert isinstance(compared, Comparison)
        yield compared


def judged(databases: Databases, truth: Truth, record: DrillRun) -> Judgement:
    with beside(databases, truth, record) as compared:
        return compared.schema() + compared.counts() + compared.sequences()


def around_t(databases: Databases, folder: Path, *, written: str = "") -> Truth:
    """Recorded, something written, the copy made of it, something written, recorded again."""
    before = read(databases, folder)
    if written:
        databases.run("core", written)
    databases.make("copy", template="core")
    if written:
        databases.run("core", written)
    return Truth(before, {}, 0, read(databases, folder, before))


def test_a_copy_of_what_did_not_move_is_equal(databases: Databases, tmp_path: Path) -> None:
    """R35: nothing found, nothing left out, nothing only bounded."""
    truth = around_t(databases, tmp_path)
    said = judged(databases, truth, a_record(tmp_path))
    assert ((), (), ()) == (said.findings, said.gaps, said.bounds)


WRONG = {
    "a row is lost": (LOSES, "public.providers"),
    "a row has another value": (
        "update providers set name = 'another' where id = 7",
        "public.providers",
    ),
    "a row is too many": ("insert into providers values (51, 'nobody')", "public.providers"),
    "a table is gone": ("drop table heartbeat", "public.heartbeat"),
    "a column lost a constraint": (
        "alter table providers alter name drop not null",
        "public.providers.name",
    ),
    "a sequence is behind": ("alter sequence tickets restart 1000", "public.tickets"),
    # Of a table that moved: what stands below the key at which it was closed.
    "an old row of what moved is lost": (
        "delete from granules where id = 100",
        "public.granules",
    ),
    "an old row of what moved has another value": (
        "update granules set status = 'lost' where id = 100",
        "public.granules",
    ),
    "a restore ended before B1": ("delete from granules where id > 395", "public.granules"),
    "a restore went on behind B2": (GROWS + ";" + GROWS, "public.granules"),
}
AT_ONCE = (
    "a row is lost",
    "a table is gone",
    "a sequence is behind",
    "an old row of what moved is lost",
)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(AT_ONCE, id="several at once"),
        *(pytest.param((name,), id=name, marks=nightly) for name in WRONG),
    ],
)
def test_a_copy_that_is_wrong_is_found(
    databases: Databases, tmp_path: Path, how: tuple[str, ...]
) -> None:
    """Although nobody knows what exactly was there at T."""
    truth = around_t(databases, tmp_path, written=GROWS)
    record = a_record(tmp_path, BOUNDED)
    assert () == judged(databases, truth, record).findings

    for statement, _ in (WRONG[name] for name in how):
        databases.run("copy", statement)

    subjects = {WRONG[name][1] for name in how}
    assert subjects <= {one.subject for one in judged(databases, truth, record).findings}


@pytest.mark.parametrize(
    ("settings", "bounded", "gaps"),
    [pytest.param(BOUNDED, True, False, marks=nightly), ("", False, True)],
)
def test_a_table_that_moved_is_bounded_and_proven_only_where_settings_take_that(
    databases: Databases, tmp_path: Path, settings: str, *, bounded: bool, gaps: bool
) -> None:
    """Never equal."""
    truth = around_t(databases, tmp_path, written=GROWS)
    said = judged(databases, truth, a_record(tmp_path, settings))
    assert () == said.findings
    assert bounded == ("public.granules" in {one.subject for one in said.bounds})
    assert gaps == ("public.granules" in {one.subject for one in said.gaps})
    (granules,) = [one for one in said.tables if one.table == "public.granules"]
    assert "equal" != granules.content


@pytest.mark.parametrize(
    ("unseen", "why"),
    [
        ("delete from granules where id > 400", "restored to B1 and not to T"),
        pytest.param(GROWS, "restored to B2 and not to T", marks=nightly),
        pytest.param(
            "update granules set status = 'wrong' where id > 400",
            "new rows with wrong values",
            marks=nightly,
        ),
    ],
)
def test_what_two_baselines_cannot_notice(
    databases: Databases, tmp_path: Path, unseen: str, why: str
) -> None:
    """docs/what-proven-means.md says so: in what moved, anything between them looks right."""
    truth = around_t(databases, tmp_path, written=GROWS)
    databases.run("copy", unseen)
    said = judged(databases, truth, a_record(tmp_path, BOUNDED))
    assert () == said.findings, why
    assert "public.granules" in {one.subject for one in said.bounds}


def test_beside_one_from_before_alone_a_loss_is_not_proven_and_never_passed(
    databases: Databases, tmp_path: Path
) -> None:
    """The source went on until T, whatever settings say: what is lost may have been deleted."""
    truth = Truth(read(databases, tmp_path), {}, 0)
    databases.make("copy", template="core")
    databases.run("copy", LOSES)

    said = judged(databases, truth, a_record(tmp_path))

    assert () == said.findings
    assert "public.providers" in {one.subject for one in said.gaps}
    databases.run("copy", "drop table heartbeat")
    assert "public.heartbeat" in {
        one.subject for one in judged(databases, truth, a_record(tmp_path)).findings
    }


def test_a_role_made_since_the_one_before_is_no_finding(
    databases: Databases, tmp_path: Path
) -> None:
    """It came back because it was there at T."""
    truth = Truth(read(databases, tmp_path), {}, 0)
    databases.make("copy", template="core")
    databases.run("copy", "create role newcomer")
    try:
        with beside(databases, truth, a_record(tmp_path)) as compared:
            said = compared.cluster()
    finally:
        databases.run("copy", "drop role newcomer")
    assert () == said.findings
    assert "newcomer" in {one.subject for one in said.gaps}


@pytest.mark.parametrize("both", [True, pytest.param(False, marks=nightly)])
def test_a_database_that_was_not_recorded_is_not_proven(
    databases: Databases, tmp_path: Path, *, both: bool
) -> None:
    """It was not to be reached then: nobody knows what was in it."""
    truth = around_t(databases, tmp_path)
    if not both:
        truth = Truth(truth.baseline, {}, 0)
    with beside(databases, truth, a_record(tmp_path, BOUNDED), "core", "shop") as compared:
        said = compared.counts() + compared.schema() + compared.sequences() + compared.frozen()
    assert () == said.findings
    lacking = [one for one in said.gaps if one.subject == "shop: database copy"]
    assert {"counts", "schema", "sequences", "frozen"} <= {one.check for one in lacking}


def test_without_a_truth_nothing_is_compared(databases: Databases, tmp_path: Path) -> None:
    databases.make("copy", template="core")
    record = a_record(tmp_path)
    with hold(lambda _: databases.server.connect("copy"), ["core"]) as copies:
        for source, why in (
            (live(databases), "nothing was recorded before the target"),
            (a_source(), UNREAD),
            (a_source(known_as="cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"), GONE),
        ):
            found = compare(copies, source, None, record)
            assert isinstance(found, Withheld)
            assert Outcome.NOT_PROVEN == found.outcome
            assert why in found.reason


@pytest.mark.parametrize(
    ("changed", "why", "outcome"),
    [
        ({"mode": "rehearsal"}, STAGED, Outcome.NOT_APPLICABLE),
        ({"mode": "recovery"}, LOST, Outcome.NOT_APPLICABLE),
        ({"reader": None}, UNREAD, Outcome.NOT_PROVEN),
        (
            {"reader": None, "known_as": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
            GONE,
            Outcome.NOT_PROVEN,
        ),
        ({"databases": ("nowhere",)}, "nowhere", Outcome.NOT_PROVEN),
    ],
)
def test_where_nothing_is_read_it_says_why(
    cluster: Server,
    tmp_path: Path,
    changed: dict[str, Any],
    why: str,
    outcome: Outcome,
) -> None:
    source = a_source(**{"reader": cluster.connect, **changed})
    found = record_source(source, a_record(tmp_path))
    assert isinstance(found, Withheld)
    assert outcome == found.outcome
    assert why in found.reason


def test_what_is_read_and_what_is_not_is_told(databases: Databases, tmp_path: Path) -> None:
    record = a_record(tmp_path)
    found = record_source(live(databases, "core", "nowhere"), record)
    assert isinstance(found, Baseline)
    assert (["core"], ["nowhere"]) == ([*found.databases], [*found.unreached])
    unread, told = notes_of(record)
    assert unread.startswith("not recorded: nowhere: ")
    assert told.startswith("recorded: 451 rows of 1 databases at ")
