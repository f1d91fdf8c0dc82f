"""A row has one fingerprint on every version of the server, and before and after a dump."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.content.compare import compare_content
from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.scan import observe_content_on
from fixtures.guardian import Guardian
from fixtures.postgres import binaries
from fixtures.postgres.account import Account
from fixtures.postgres.errors import InstallPostgres
from fixtures.postgres.server import Server
from tests.checks.conftest import Connection
from tests.sabotage import samples


def test_the_system_server_and_the_embedded_one_agree(
    account: Account, guardian: Guardian, run_folder: Path
) -> None:
    """R36, across majors: every built-in type, the user's own, every kind of table."""
    try:
        found = [
            binaries.find(engine, account=account).reachable_for(account, guardian.folder)
            for engine in ("system", "embedded")
        ]
    except InstallPostgres as missing:
        pytest.skip(f"needs two servers: {missing}")
    servers = [
        Server(run_folder / str(number), one, account, guardian.client())
        for number, one in enumerate(found)
    ]
    observations: list[ContentObservation] = []
    for server in servers:
        server.initialise()
        server.start()
        try:
            with server.connect() as conn:
                conn.execute(Path(samples.__file__).with_name("content.sql").read_bytes())
                # What only the newer server has is no difference of the older one.
                conn.execute("drop table if exists content.virtual")
                like = observations[0] if observations else None
                observations.append(observe_content_on(conn, Reading(), like=like))
        finally:
            server.stop("immediate")
    judgement = compare_content(*observations)
    assert ((), ()) == (judgement.findings, judgement.gaps)


def test_a_dump_and_its_restore_are_silent(cluster: Server, copy: Connection) -> None:
    """R36: a logical copy numbers types and objects anew, and stores values afresh."""
    # What a value was computed from, or once held, is in its bytes and in no dump.
    copy.execute("create table content.past (id int primary key, f float8, a int[])")
    copy.execute("insert into content.past select 1, 'inf'::float8 - 'inf', '{1,null}'")
    copy.execute("update content.past set a[2] = 2")
    with cluster.connect() as admin:
        admin.execute("create database dumped template template0")
    try:
        dump = cluster.folder / "content.dump"
        cluster.run("pg_dump", *_to(cluster, copy.info.dbname), "-Fc", f"-f{dump}", timeout=60)
        cluster.run("pg_restore", *_to(cluster, "dumped"), str(dump), timeout=60)
        expected = observe_content_on(copy, Reading())
        with cluster.connect("dumped") as restored:
            actual = observe_content_on(restored, Reading(), like=expected)
    finally:
        with cluster.connect() as admin:
            admin.execute("drop database dumped with (force)")
    judgement = compare_content(expected, actual)
    assert ((), ()) == (judgement.findings, judgement.gaps)


def _to(cluster: Server, dbname: str) -> list[str]:
    return [
        f"--host={cluster.socket_dir}",
        f"--port={cluster.port}",
        f"--username={cluster.superuser}",
        f"--dbname={dbname}",
    ]
