"""Damaged files are findings, whoever meets them, and the tables around them are still judged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from checks.integrity.all import CHECKS
from checks.integrity.amcheck import install_amcheck
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from tests.sabotage.pages import PAGE_FAULTS, SAMPLE, PageFault

Servers = Callable[[bool], Server]


@pytest.fixture(scope="module")
def servers(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Servers]:
    """A server with page checksums, and one without; made when first asked for, left running."""
    made: list[Server] = []

    @cache
    def make(checksums: bool) -> Server:
        folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
        account.own(folder)
        server = Server(
            folder, binaries, account, guardian.client(), settings={"autovacuum": "off"}
        )
        made.append(server)
        server.initialise()
        if not checksums:
            server.run(
                "pg_checksums", "--disable", "--no-sync", f"--pgdata={server.data}", timeout=60
            )
        server.start()
        with server.connect() as conn:
            for statement in SAMPLE.split(";"):
                conn.execute(statement.encode())
            install_amcheck(conn)
        return server

    yield make
    for server in made:
        server.stop("immediate")


@contextmanager
def damaged(server: Server, fault: PageFault) -> Iterator[None]:
    """The server with one of its files damaged; sound again afterwards, and running."""
    file = server.data / file_of(server, fault.relation)
    server.stop("fast")
    sound, owner = file.read_bytes(), file.stat()
    try:
        fault.damage(file)
        server.start()
        yield
    finally:
        server.stop("immediate")
        file.write_bytes(sound)
        file.chmod(owner.st_mode & 0o777)
        server.account.own(file)
        server.start()


def file_of(server: Server, relation: str) -> str:
    table, is_toast, index = relation.partition("!")
    toast = "(select reltoastrelid from pg_class where oid = %s::regclass)"
    if index:
        toast = f"(select indexrelid from pg_index where indrelid = {toast})"
    oid = toast if is_toast else "%s::regclass"
    with server.connect() as conn:
        row = conn.execute(f"select pg_relation_filepath({oid})".encode(), [table]).fetchone()
    assert row is not None
    return str(row[0])


def judge(server: Server, name: str) -> Judgement:
    with SharedSnapshot(server.connect, sessions=2) as shared:
        return CHECKS[name](shared)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=() if fault.everyday else pytest.mark.slow, id=fault.name)
        for fault in PAGE_FAULTS
    ],
)
def test_damage_is_reported(fault: PageFault, servers: Servers) -> None:
    """R37 to R39."""
    server = servers(fault.checksums)
    with server.connect() as conn:
        if conn.info.server_version < fault.since:
            pytest.skip(f"amcheck sees it since PostgreSQL {fault.since // 10000}")
    with damaged(server, fault):
        found = set()
        for check, _ in fault.reported:
            parts = check.split(".")
            name = "structure" if parts[-1] == "structure" else parts[1]
            found |= {(finding.check, finding.subject) for finding in judge(server, name).findings}
    assert set() == set(fault.reported) - found


def test_a_sound_server_is_silent(servers: Servers) -> None:
    """R37 to R39: with checksums nothing is said at all but facts."""
    for name in CHECKS:
        judgement = judge(servers(True), name)
        assert () == judgement.findings
        unread = [gap for gap in judgement.gaps if gap.subject != "rot.words_gin"]
        assert [] == unread


def test_a_cluster_without_checksums_is_a_gap(servers: Servers) -> None:
    judgement = judge(servers(False), "checksums")
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert ("integrity.checksums", "database postgres") == (gap.check, gap.subject)
