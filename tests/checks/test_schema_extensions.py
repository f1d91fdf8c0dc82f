"""The members of an extension come with it: compared under one version, told with it under two."""

from __future__ import annotations

from checks.database import snapshot
from checks.judgement import Judgement
from checks.schema.catalog import KINDS
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
from tests.checks.conftest import Connection

LOOKED_AT = [k for k in KINDS if k.name in {"extensions", "tables", "columns", "views"}]
VIEW = "public.pg_stat_statements"


def observe(conn: Connection) -> SchemaObservation:
    with snapshot(conn) as cursor:
        return observe_schema(OneSession(cursor), kinds=LOOKED_AT)


def judge(expected: SchemaObservation, conn: Connection) -> Judgement:
    with snapshot(conn) as cursor:
        actual = LiveSchema(OneSession(cursor), kinds=LOOKED_AT)
        return judge_schema(RecordedSchema(expected), actual)


def test_a_member_that_was_altered_does_not_hide_behind_its_extension(copy: Connection) -> None:
    copy.execute("create extension pg_stat_statements")
    before = observe(copy)
    assert "pg_stat_statements" == before.kinds["views"][VIEW]["extension"]
    copy.execute(f"revoke select on {VIEW} from public")
    copy.execute(f"comment on column {VIEW}.calls is 'how often'")
    judged = judge(before, copy)
    assert [("schema.columns.comment", f"{VIEW}.calls"), ("schema.views.acl", VIEW)] == [
        (finding.check, finding.subject) for finding in judged.findings
    ]
    assert () == judged.gaps


def test_what_two_versions_brought_is_told_with_the_extension(copy: Connection) -> None:
    """And the members are a gap: nobody compared them."""
    copy.execute("create extension pg_stat_statements version '1.8'")
    before = observe(copy)
    copy.execute("alter extension pg_stat_statements update to '1.9'")
    copy.execute("create table core.late (id int)")
    judged = judge(before, copy)
    assert [
        ("schema.extensions.version", "pg_stat_statements"),
        ("schema.tables", "core.late"),
    ] == [(finding.check, finding.subject) for finding in judged.findings]
    (gap,) = judged.gaps
    assert ("schema.extensions", "pg_stat_statements") == (gap.check, gap.subject)
    assert "differences among its members" in gap.reason


def test_a_lost_extension_is_told_once_with_all_it_held(copy: Connection) -> None:
    copy.execute("create extension pg_stat_statements")
    before = observe(copy)
    copy.execute("drop extension pg_stat_statements")
    (finding,) = judge(before, copy).findings
    assert ("schema.extensions", "pg_stat_statements") == (finding.check, finding.subject)
    assert str(finding.expected).startswith("extension with ")
    assert str(finding.expected).endswith(" columns, 2 views")


def test_another_owner_of_an_extension_is_told_once(copy: Connection) -> None:
    """A dump does not keep it: whoever loads the dump owns the extension and its members."""
    copy.execute("create extension pg_stat_statements")
    before = observe(copy)
    copy.execute(
        "update pg_extension set extowner = 'pg_monitor'::regrole where extname like 'pg%'"
    )
    copy.execute(f"alter view {VIEW} owner to pg_monitor")
    judged = judge(before, copy)
    assert ["schema.extensions.owner"] == [finding.check for finding in judged.findings]
    assert () == judged.gaps
