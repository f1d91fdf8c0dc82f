"""Schema parity: every object of a copy is what it was, and every difference names its property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.database import snapshot
from checks.schema.catalog import KINDS, Kind
from checks.schema.parity import SchemaObservation, compare_schema, observe_schema
from tests.checks.conftest import READER, Connect, Connection, Truth
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.schema import SCHEMA


def test_a_faithful_copy_is_silent(copy: Connection, truth: Truth) -> None:
    """R34."""
    assert compare_schema(truth.schema, observe_schema(copy)) == []


def test_a_login_without_any_right_observes_the_same(
    copy: Connection, connect: Connect, truth: Truth
) -> None:
    """R34: catalogs are public, so parity needs no superuser."""
    reader = observe_schema(connect(copy.info.dbname, READER))
    assert reader.unreadable == {}
    assert compare_schema(truth.schema, reader) == []


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
    assert compare_schema(truth.schema, observe_schema(copy)) == []


@pytest.mark.parametrize("fault", SCHEMA, ids=lambda fault: fault.name)
def test_every_fault_is_reported(fault: Fault, copy: Connection, truth: Truth) -> None:
    """R34."""
    for statement in fault.sql:
        copy.execute(statement.encode())
    findings = compare_schema(truth.schema, observe_schema(copy))
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in findings}


def test_every_kind_has_a_fault() -> None:
    """A kind of object that nobody breaks has not been seen to fail."""
    broken = {fault.check.split(".")[1] for fault in SCHEMA}
    assert broken == {kind.name for kind in KINDS}


def test_every_kind_is_in_the_sample(truth: Truth) -> None:
    assert [kind.name for kind in KINDS if not truth.schema.kinds[kind.name]] == []
    assert truth.schema.unreadable == {}


def test_the_harness_own_schema_is_left_out(truth: Truth) -> None:
    names = [name for objects in truth.schema.kinds.values() for name in objects]
    assert [name for name in names if name.startswith("restore_drill")] == []


def test_a_lost_table_is_told_once_with_all_it_held(copy: Connection, truth: Truth) -> None:
    copy.execute("drop table core.providers cascade")
    findings = compare_schema(truth.schema, observe_schema(copy))
    found = {finding.subject: finding for finding in findings}
    assert set(found) == {"core.providers", "core.granules.granules_provider_fkey"}
    assert str(found["core.providers"].expected).startswith("table with 4 columns, ")
    assert str(found["core.providers"].expected).endswith("2 indexes, 1 sequence")
    backwards = compare_schema(observe_schema(copy), truth.schema)
    assert [f.subject for f in backwards] == [f.subject for f in findings]


def test_a_state_that_can_be_mended_says_how(copy: Connection, truth: Truth) -> None:
    copy.execute(
        "update pg_index set indisvalid = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass"
    )
    (finding,) = compare_schema(truth.schema, observe_schema(copy))
    assert str(finding) == (
        "schema.indexes.valid: core.granules_provider_idx: expected true, found false. "
        "Rebuild it with REINDEX INDEX: no query uses an invalid index."
    )


def test_a_password_in_a_function_is_never_shown(copy: Connection, truth: Truth) -> None:
    copy.execute(
        "create or replace function core.double(n int) returns int immutable strict parallel safe"
        " language sql as 'select n * 2 -- password=hunter2'"
    )
    (finding,) = compare_schema(truth.schema, observe_schema(copy))
    assert finding.check == "schema.functions.body"
    assert "hunter2" not in str(finding)


def test_a_kind_that_could_not_be_observed_is_a_finding(copy: Connection, truth: Truth) -> None:
    """A check that could not run is never a pass, on either side or on both."""
    refused = Kind("tables", "select 'a', 'b', (1 / 0)::text")
    half = observe_schema(copy, kinds=[refused, *KINDS[:1]])
    assert half.unreadable == {"tables": "22012: division by zero"}
    checks = {finding.check for finding in compare_schema(truth.schema, half)}
    assert checks == {f"schema.{kind.name}" for kind in KINDS[1:]}
    (finding,) = compare_schema(half, half)
    assert finding.actual == "not observed (22012: division by zero)"


def test_two_objects_under_one_name_are_refused(copy: Connection) -> None:
    """They would hide one another's differences."""
    twice = Kind("tables", "select 'a', 'b', n::text from generate_series(1, 2) as n")
    with pytest.raises(AssertionError, match="tables: the query gives a, b more than once"):
        observe_schema(copy, kinds=[twice])


def test_schema_and_census_can_share_one_snapshot(copy: Connection, connect: Connect) -> None:
    with snapshot(copy):
        before = observe_schema(copy)
        connect(copy.info.dbname).execute("create table core.late (id int)")
        assert compare_schema(before, observe_schema(copy)) == []


def test_an_observation_survives_json(truth: Truth) -> None:
    assert SchemaObservation.model_validate_json(truth.schema.model_dump_json()) == truth.schema


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
    assert (compare_schema(one, other) == []) == (one == other)
    assert (compare_schema(other, one) == []) == (one == other)


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
    (finding,) = compare_schema(one, changed)
    assert (finding.check, finding.subject) == ("schema.columns.type", name)
    assert (finding.expected, finding.actual) == (columns[name]["type"], value)
