"""Schema parity: every object of a copy is what it was, and every difference names its property."""

from __future__ import annotations

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
from checks.schema.kind import Kind
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
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


def test_several_observations_can_share_one_snapshot(copy: Connection, connect: Connect) -> None:
    with snapshot(copy) as cursor:
        before = observe_schema(OneSession(cursor))
        connect(copy.info.dbname).execute("create table core.late (id int)")
        assert before == observe_schema(OneSession(cursor))


def test_an_observation_survives_json(truth: Truth) -> None:
    assert SchemaObservation.model_validate_json(truth.schema.model_dump_json()) == truth.schema


def test_a_percent_sign_in_a_declaration_means_itself(copy: Connection) -> None:
    odd = Kind("some", "'100%s {}'", {"b": "format('%I', 'A')"}, "from pg_am where amname = 'heap'")
    with snapshot(copy) as cursor:
        seen = observe_schema(OneSession(cursor), kinds=[odd])
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
