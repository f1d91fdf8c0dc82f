"""Schema parity: every object of a copy is what it was, and every difference names its property."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.database import UseAnIdleConnection, snapshot
from checks.finding import Finding
from checks.judgement import Judgement
from checks.schema.catalog import KINDS
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.kind import Kind, Need, Property
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, SchemaSide, observe_schema
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connect, Connection, Truth

SILENT = Judgement()


def against(truth: SchemaObservation, conn: Connection) -> Judgement:
    """What the recorded truth says of the connection's database."""
    with snapshot(conn) as cursor:
        return judge_schema(RecordedSchema(truth), LiveSchema(OneSession(cursor)))


def findings_of(expected: SchemaObservation, actual: SchemaObservation) -> list[Finding]:
    judged = judge_schema(RecordedSchema(expected), RecordedSchema(actual))
    assert judged.gaps == ()
    return list(judged.findings)


def test_a_faithful_copy_is_silent(copy: Connection, truth: Truth) -> None:
    """R34."""
    assert SILENT == against(truth.schema, copy)


def test_two_live_databases_are_compared_by_all_their_sessions(
    copy: Connection, cluster: Server, truth: Truth
) -> None:
    """R34."""
    connect = partial(cluster.connect, copy.info.dbname)
    with SharedSnapshot(connect, sessions=2) as one, SharedSnapshot(connect, sessions=2) as other:
        assert SILENT == judge_schema(LiveSchema(one), LiveSchema(other))
    copy.execute("drop index core.granules_provider_idx")
    with SharedSnapshot(connect, sessions=2) as shared:
        (finding,) = judge_schema(RecordedSchema(truth.schema), LiveSchema(shared)).findings
        assert "core.granules_provider_idx" == finding.subject


def test_a_login_without_any_right_observes_the_same(
    copy: Connection, connect: Connect, truth: Truth
) -> None:
    """R34: catalogs are public, so parity needs no superuser."""
    judged = against(truth.schema, connect(copy.info.dbname, READER))
    assert () == judged.findings
    assert ["schema.user_mapping_options"] == [gap.check for gap in judged.gaps]


def test_no_session_setting_changes_what_is_observed(copy: Connection, truth: Truth) -> None:
    """R34: two sides with different defaults must render one definition the same way."""
    for setting in (
        "search_path = core, pg_catalog",
        "quote_all_identifiers = on",
        "DateStyle = 'German'",
        "TimeZone = 'Asia/Tokyo'",
        "IntervalStyle = 'sql_standard'",
        "extra_float_digits = 0",
    ):
        copy.execute(f"set {setting}".encode())
    assert SILENT == against(truth.schema, copy)
    copy.execute("begin")
    inside = LiveSchema(OneSession(copy.cursor()))
    assert SILENT == judge_schema(RecordedSchema(truth.schema), inside)
    assert ("German, DMY",) == copy.execute("show DateStyle").fetchone()


def test_a_session_that_has_no_transaction_is_refused(copy: Connection) -> None:
    with pytest.raises(UseAnIdleConnection, match="no transaction open"):
        OneSession(copy.cursor())


def test_every_kind_is_in_the_sample(truth: Truth) -> None:
    elsewhere = {  # what no copy by template brings is in samples/beside.sql
        "large objects",
        "security labels",
        "subscriptions",
        "subscription connections",
        "subscription tables",
    }
    assert elsewhere >= {kind.name for kind in KINDS if not truth.schema.kinds[kind.name]}
    assert truth.schema.unreadable == {}


def test_the_harness_own_schema_is_left_out(truth: Truth) -> None:
    names = [name for objects in truth.schema.kinds.values() for name in objects]
    assert [name for name in names if name.startswith("restore_drill")] == []


def test_a_lost_table_is_told_once_with_all_it_held(copy: Connection, truth: Truth) -> None:
    copy.execute("drop table core.providers cascade")
    judged = against(truth.schema, copy)
    found = {finding.subject: finding for finding in judged.findings}
    assert set(found) == {"core.providers", "core.granules.granules_provider_fkey"}
    assert str(found["core.providers"].expected).startswith("table with 4 columns, ")
    assert str(found["core.providers"].expected).endswith("2 indexes, 1 sequence")
    with snapshot(copy) as cursor:
        backwards = judge_schema(LiveSchema(OneSession(cursor)), RecordedSchema(truth.schema))
    assert [f.subject for f in backwards.findings] == [f.subject for f in judged.findings]


def test_a_state_that_can_be_mended_says_how(copy: Connection, truth: Truth) -> None:
    copy.execute(
        "update pg_index set indisvalid = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass"
    )
    (finding,) = against(truth.schema, copy).findings
    assert str(finding) == (
        "schema.indexes.valid: core.granules_provider_idx: expected true, found false. "
        "Rebuild it with REINDEX INDEX: no query uses an invalid index."
    )


def test_schema_and_census_can_share_one_snapshot(copy: Connection, connect: Connect) -> None:
    with snapshot(copy) as cursor:
        before = observe_schema(OneSession(cursor))
        connect(copy.info.dbname).execute("create table core.late (id int)")
        assert before == observe_schema(OneSession(cursor))


def test_an_observation_survives_json(truth: Truth) -> None:
    assert SchemaObservation.model_validate_json(truth.schema.model_dump_json()) == truth.schema


# What could not be seen is told by name, and never stands in the way of the rest

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


# Passwords

SECRET = Property("'of no use without ' || current_database()", secret=True)


def test_what_is_declared_secret_leaves_as_a_digest(copy: Connection) -> None:
    seen = observed(copy, [Kind("some", "'a'", {"b": SECRET}, SOME.source)])
    assert str(seen.kinds["some"]["a"]["b"]).startswith("held back, sha256 ")
    assert "of no use" not in seen.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        "dbname=core password=hunter2",
        "select dblink('host=x user=y Password = ''hunter2''')",
        '\'{"password": "hunter2"}\'::jsonb',
        "options (user 'x', password 'hunter2')",
        "'postgresql://app:hunter2@db.example.org/core'::text",
        "'api_key: \"hunter2\"'",
    ],
)
def test_what_looks_like_a_password_leaves_as_a_digest(
    copy: Connection, truth: Truth, text: str
) -> None:
    copy.execute(b"begin")
    copy.execute(f"comment on view core.failed is $text${text}$text$".encode())
    side = LiveSchema(OneSession(copy.cursor()))
    (finding,) = judge_schema(RecordedSchema(truth.schema), side).findings
    assert "schema.views.comment" == finding.check
    assert str(finding.actual).startswith("held back, sha256 ")
    assert "hunter2" not in side.observe_all().model_dump_json()


@pytest.mark.parametrize("text", ["CHECK ((name <> ''::text))", "nextval('core.passes'::regclass)"])
def test_what_does_not_look_like_a_password_is_shown(
    copy: Connection, truth: Truth, text: str
) -> None:
    copy.execute(b"begin")
    copy.execute(f"comment on view core.failed is $text${text}$text$".encode())
    side = LiveSchema(OneSession(copy.cursor()))
    (finding,) = judge_schema(RecordedSchema(truth.schema), side).findings
    assert text == finding.actual


def test_a_password_in_a_function_is_never_shown(copy: Connection, truth: Truth) -> None:
    copy.execute(
        "create or replace function core.double(n int) returns int immutable strict parallel safe"
        " language sql as 'select n * 2 -- password=hunter2'"
    )
    (finding,) = against(truth.schema, copy).findings
    assert finding.check == "schema.functions.body"
    assert "hunter2" not in str(finding)


def test_a_percent_sign_in_a_declaration_means_itself(copy: Connection) -> None:
    seen = observed(copy, [Kind("some", "'100%s {}'", {"b": "format('%I', 'A')"}, SOME.source)])
    assert {"100%s {}": {"b": '"A"'}} == seen.kinds["some"]


# Any single change of an observation is reported, none is invented

TABLES = st.sampled_from(["s.a", "s.b"])
PROPERTIES = st.fixed_dictionaries(
    {"table": TABLES, "type": st.none() | st.sampled_from(["int", "text"])}
)
OBSERVATIONS = st.builds(
    SchemaObservation,
    server_version=st.just(150000),
    kinds=st.fixed_dictionaries(
        {
            "tables": st.dictionaries(TABLES, st.just({"kind": "table"})),
            "columns": st.dictionaries(st.sampled_from(["s.a.x", "s.a.y", "s.b.x"]), PROPERTIES),
        }
    ),
)


@given(OBSERVATIONS, OBSERVATIONS)
def test_any_difference_is_reported(one: SchemaObservation, other: SchemaObservation) -> None:
    """R34: silence means equality, whatever is folded into a lost table's finding."""
    assert (findings_of(one, other) == []) == (one == other)
    assert (findings_of(other, one) == []) == (one == other)


@given(OBSERVATIONS, st.data())
def test_a_single_changed_property_is_told_alone(
    one: SchemaObservation, data: st.DataObject
) -> None:
    columns = one.kinds["columns"]
    if not columns:
        return
    name = data.draw(st.sampled_from(sorted(columns)))
    value = data.draw(st.sampled_from(["bigint", "uuid"]))
    changed = one.model_copy(
        update={
            "kinds": {**one.kinds, "columns": {**columns, name: {**columns[name], "type": value}}}
        }
    )
    (finding,) = findings_of(one, changed)
    assert (finding.check, finding.subject) == ("schema.columns.type", name)
    assert (finding.expected, finding.actual) == (columns[name]["type"], value)
