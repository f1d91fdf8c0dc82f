"""What could not be seen is told by name, and never stands in the way of the rest."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from checks.database import snapshot
from checks.judgement import Judgement
from checks.schema.catalog import KINDS
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.kind import Kind, Need
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, SchemaSide, observe_schema
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import Connection, Truth

SILENT = Judgement()


def against(truth: SchemaObservation, conn: Connection) -> Judgement:
    """What the recorded truth says of the connection's database."""
    with snapshot(conn) as cursor:
        return judge_schema(RecordedSchema(truth), LiveSchema(OneSession(cursor)))


SOME = Kind("some", "'a'", {"b": "'c'"}, "from pg_class where relname = 'pg_class'")
REFUSED = Kind("refused", "'a'", {"b": "(1 / (relpages - relpages))::text"}, "from pg_class")
NEEDY = Kind("needy", "'a'", {}, "from pg_authid", need=Need("false", "become a superuser"))
BROKEN = Kind(
    "broken", "'a'", {}, "from pg_read_binary_file('base/nowhere') as broken(file)", need=None
)


def observed(conn: Connection, kinds: Collection[Kind]) -> SchemaObservation:
    with snapshot(conn) as cursor:
        return observe_schema(OneSession(cursor), kinds=kinds)


def judged(conn: Connection, expected: SchemaSide, kinds: Collection[Kind]) -> Judgement:
    with snapshot(conn) as cursor:
        return judge_schema(expected, LiveSchema(OneSession(cursor), kinds=kinds))


def gaps(judgement: Judgement) -> list[str]:
    assert judgement.findings == ()
    return [str(gap) for gap in judgement.gaps]


def test_a_kind_that_is_refused_is_a_gap(copy: Connection) -> None:
    """On either side or on both: a check that could not run is never a pass."""
    whole = observed(copy, [SOME, Kind("refused", "'a'", {}, "from pg_am where amname = 'heap'")])
    refused = observed(copy, [SOME, REFUSED])
    words = "22012 (DivisionByZero); its message may quote a row and is not shown"
    assert {"refused": words} == refused.unreadable
    assert [f"schema.refused: all refused: in the copy: {words}"] == gaps(
        judged(copy, RecordedSchema(whole), [SOME, REFUSED])
    )
    assert [f"schema.refused: all refused: in the source: {words}; in the copy: {words}"] == gaps(
        judged(copy, RecordedSchema(refused), [SOME, REFUSED])
    )


def test_a_right_that_is_missing_is_a_gap_that_names_it(copy: Connection) -> None:
    seen = observed(copy, [Kind("needy", "'a'", {}, "from pg_am where amname = 'heap'")])
    expected = ["schema.needy: all needy: in the copy: become a superuser"]
    assert expected == gaps(judged(copy, RecordedSchema(seen), [NEEDY]))


def test_a_kind_that_nobody_looked_at_is_a_gap(copy: Connection) -> None:
    (gap,) = gaps(judged(copy, RecordedSchema(observed(copy, [])), [SOME]))
    assert gap.startswith("schema.some: all some: in the source: nobody looked at it: record")


def test_a_property_that_nobody_looked_at_is_a_gap(copy: Connection) -> None:
    more = Kind("some", "'a'", {"b": "'c'", "d d": "'e'"}, SOME.source)
    (gap,) = gaps(judged(copy, RecordedSchema(observed(copy, [SOME])), [more]))
    assert gap.startswith("schema.some.d_d: all some: nobody looked at it in the source: record")


def test_a_catalog_that_cannot_be_read_is_a_finding(copy: Connection) -> None:
    seen = observed(copy, [Kind("broken", "'a'", {}, "from pg_am where amname = 'heap'")])
    judgement = judged(copy, RecordedSchema(seen), [BROKEN])
    (finding,) = judgement.findings
    assert ("schema.broken", "all broken of the copy") == (finding.check, finding.subject)
    assert str(finding.actual).startswith("58P01: ")


def test_two_objects_under_one_name_are_a_finding(copy: Connection) -> None:
    """They would hide one another's differences, and no sound catalog has them."""
    before = observed(copy, [SOME])
    twice = Kind("some", "'a'", {"b": "'c'"}, "from generate_series(1, 2)")
    (finding,) = judged(copy, RecordedSchema(before), [twice]).findings
    assert ("schema.some", "all some of the copy") == (finding.check, finding.subject)
    assert "the catalog has a more than once" == finding.actual


def test_a_lost_connection_is_a_gap_of_every_kind(
    copy: Connection, cluster: Server, truth: Truth
) -> None:
    connect = partial(cluster.connect, copy.info.dbname)
    with SharedSnapshot(connect, sessions=2) as shared:
        pid = shared.keeper.connection.info.backend_pid
        copy.execute("select pg_terminate_backend(%s, 5000)", [pid])
        found = gaps(judge_schema(RecordedSchema(truth.schema), LiveSchema(shared)))
    assert len(KINDS) == len(found)
    assert all("verify again" in gap for gap in found)


def test_what_changes_while_it_is_read_is_a_gap(truth: Truth, copy: Connection) -> None:
    """Fingerprints that differ above rows that do not: the server looked at two moments."""
    digest, objects, one, two = truth.schema.fingerprints["views"].split(":")
    earlier = truth.schema.model_copy(
        update={
            "fingerprints": {
                **truth.schema.fingerprints,
                "views": f"{digest}:{objects}:{int(one) + 1}:{two}",
            }
        }
    )
    (gap,) = gaps(against(earlier, copy))
    assert "its objects changed while they were read" in gap


def test_a_baseline_whose_rows_were_cut_is_compared_by_its_rows(
    truth: Truth, copy: Connection
) -> None:
    views = dict(truth.schema.kinds["views"])
    views.pop("core.failed")
    cut = truth.schema.model_copy(update={"kinds": {**truth.schema.kinds, "views": views}})
    (finding,) = against(cut, copy).findings
    assert ("schema.views", "core.failed") == (finding.check, finding.subject)


def test_a_fingerprint_under_another_rendering_means_nothing(copy: Connection) -> None:
    """The rows are compared instead."""
    before = observed(copy, [SOME])
    other = Kind("some", "'a'", {"b": "'d'"}, SOME.source)
    (finding,) = judged(copy, RecordedSchema(before), [other]).findings
    assert ("schema.some.b", "a", "c", "d") == (
        finding.check,
        finding.subject,
        finding.expected,
        finding.actual,
    )
    spelt = Kind("some", "'a'", {"b": "'c'::text"}, SOME.source)
    assert SILENT == judged(copy, RecordedSchema(before), [spelt])


def test_two_values_swapped_between_two_objects_are_seen(copy: Connection) -> None:
    """A sum of linear hashes would miss them (facts, content trap 1)."""
    swapped = []
    for one, other in (("b", "c"), ("c", "b")):
        source = f"from (values ('x', '{one}', '1'), ('y', '{other}', '2')) as v (n, a, b)"
        swapped.append(Kind("some", "n", {"a": "a", "b": "b"}, source))
    first, second = (observed(copy, [kind]) for kind in swapped)
    assert first.fingerprints["some"].split(":")[2:] != second.fingerprints["some"].split(":")[2:]
    assert {"schema.some.a"} == {
        f.check for f in judged(copy, RecordedSchema(first), swapped[1:]).findings
    }
