"""Which cluster a database belongs to, and whether the copy is another one than the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.database import snapshot
from checks.identity import Identity, is_same_server, judge_identity, observe_identity
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.recovery import recover
from fixtures.postgres.target import RecoveryTarget
from tests.checks.conftest import READER, Connect, Connection
from tests.fix_postgres import NewServer


def observe(connection: Connection) -> Identity:
    with snapshot(connection) as cursor:
        return observe_identity(cursor)


@pytest.fixture
def source(copy: Connection) -> Identity:
    return observe(copy)


def test_everything_is_observed(source: Identity, copy: Connection) -> None:
    """R65."""
    assert {} == source.unseen
    assert "copied" == source.database
    assert 1 == source.timeline
    assert False is source.in_recovery
    assert copy.info.server_version == source.server_version
    assert None is source.address
    for field in ("database_oid", "system_identifier", "lsn", "started_at"):
        assert getattr(source, field) is not None


def test_a_login_without_rights_observes_the_same(
    source: Identity, copy: Connection, connect: Connect
) -> None:
    """R65: none of it needs a right."""
    reader = observe(connect(copy.info.dbname, READER))
    assert source.model_copy(update={"lsn": reader.lsn}) == reader


def test_it_survives_json(source: Identity) -> None:
    assert source == Identity.model_validate_json(source.model_dump_json())


def test_a_database_is_not_compared_with_itself(source: Identity, copy: Connection) -> None:
    """R25: it would prove nothing."""
    judged = judge_identity(source, observe(copy))
    assert [("identity.database", "database copied")] == [
        (finding.check, finding.subject) for finding in judged.findings
    ]


def test_two_databases_of_one_server_are_two(source: Identity, connect: Connect) -> None:
    """R25: a copy may stand beside its source."""
    other = observe(connect("postgres"))
    assert is_same_server(source, other)
    judged = judge_identity(source, other)
    assert () == judged.findings
    assert () == judged.gaps
    assert "one server holds both: a copy of the database alone" == judged.facts["identity.cluster"]


def test_row_26_a_physical_copy_and_another_cluster(
    new_server: NewServer, account: Account, run_folder: Path, source: Identity
) -> None:
    """R65: the copy shares the source's identifier and lies on a timeline of its own."""
    server = new_server("source", {"archive_mode": "on"})
    archive = WalArchive.create(run_folder / "wal", account)
    server.configure(archive_command=archive.archive_command)
    server.initialise()
    server.start()
    backup = BaseBackup.take(server, run_folder / "base")
    archive.flush(server)
    copied = new_server("copy")
    recover(backup, archive, RecoveryTarget.latest(), copied)
    with server.connect() as connection:
        expected = observe(connection)
    with copied.connect() as connection:
        actual = observe(connection)

    assert (1, 2) == (expected.timeline, actual.timeline)
    assert not is_same_server(expected, actual)
    judged = judge_identity(expected, actual, physical=True, promoted=True)
    assert ((), ()) == (judged.findings, judged.gaps)
    assert (
        "the source's own, in another server: a physical copy" == judged.facts["identity.cluster"]
    )
    for physical, checks in ((True, ["identity.cluster"]), (False, []), (None, [])):
        other = judge_identity(source, actual, physical=physical)
        assert checks == [finding.check for finding in other.findings]
        if not physical:
            assert (
                "another cluster than the source's: a logical copy"
                == other.facts["identity.cluster"]
            )

    copied.stop()
    (copied.data / "standby.signal").touch()
    account.own(copied.data / "standby.signal")
    copied.start()
    with copied.connect() as connection:
        standby = observe(connection)
    assert {} == standby.unseen
    assert 2 == standby.timeline
    judged = judge_identity(expected, standby)
    assert () == judged.findings
    assert str(judged.facts["identity.copy"]).endswith(", in recovery")


def test_row_27_a_copy_that_was_never_promoted(source: Identity) -> None:
    """R65: without recovery.signal a base backup goes on writing its source's own timeline."""
    started = source.model_copy(update={"started_at": None, "unseen": {}})
    (finding,) = judge_identity(source, started, promoted=True).findings
    assert ("identity.timeline", "beyond 1", 1) == (
        finding.check,
        finding.expected,
        finding.actual,
    )
    assert () == judge_identity(source, started).findings


def test_what_was_not_shown_is_a_gap(source: Identity) -> None:
    """R65: two servers that hide who they are might be one."""
    hidden = source.model_copy(
        update={
            "system_identifier": None,
            "unseen": {"system_identifier": "42501: permission denied for function"},
        }
    )
    judged = judge_identity(source, hidden)
    assert () == judged.findings
    assert [("identity.cluster", "copy: system_identifier")] == [
        (gap.check, gap.subject) for gap in judged.gaps
    ]
