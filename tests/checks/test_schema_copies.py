"""A clean copy is silent, however it was made and whichever PostgreSQL it runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.judgement import Judgement
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.sides import LiveSchema, RecordedSchema
from fixtures.guardian import Guardian
from fixtures.postgres import binaries as postgres_binaries
from fixtures.postgres.account import Account
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connection, Truth
from tests.fix_postgres import NewServer


def dump_and_load(source: Server, copy: Server, name: str, folder: Path, *options: str) -> None:
    """``pg_dump`` of the samples with these options, ``psql`` into a new database."""
    script = folder / "dump.sql"
    source.run("pg_dump", f"--file={script}", *options, FAITHFUL, timeout=60)
    with copy.connect() as conn:
        conn.execute(f"create database {name}")
    copy.run("psql", "-qXv", "ON_ERROR_STOP=1", f"--file={script}", name, timeout=60)


def judge(truth: Truth, conn: Connection) -> Judgement:
    with conn.transaction():
        side = LiveSchema(OneSession(conn.cursor()))
        return judge_schema(RecordedSchema(truth.schema), side)


def test_a_dump_loaded_into_another_database_is_silent(
    cluster: Server, truth: Truth, run_folder: Path
) -> None:
    """R34: other object identifiers, other numbers of columns, the same objects."""
    dump_and_load(cluster, cluster, "loaded", run_folder)
    with cluster.connect("loaded") as conn:
        assert Judgement() == judge(truth, conn)
    with cluster.connect() as conn:
        conn.execute("drop database loaded")


@pytest.mark.slow
def test_a_dump_loaded_into_another_cluster_is_silent(
    cluster: Server, truth: Truth, run_folder: Path, new_server: NewServer
) -> None:
    """R34: with the roles of ``pg_dumpall --globals-only``."""
    other = new_server("other")
    other.initialise()
    other.start()
    script = run_folder / "globals.sql"
    cluster.run("pg_dumpall", "--globals-only", f"--file={script}", timeout=60)
    other.run("psql", "-qX", f"--file={script}", "postgres", timeout=60)
    dump_and_load(cluster, other, "loaded", run_folder)
    with other.connect("loaded") as conn:
        assert Judgement() == judge(truth, conn)


@pytest.mark.slow
def test_a_dump_loaded_into_a_younger_major_is_silent_but_for_its_extensions(
    cluster: Server, truth: Truth, run_folder: Path, account: Account, guardian: Guardian
) -> None:
    """R34: what the two versions write in their own ways is no difference."""
    found = postgres_binaries.find("embedded", account=account)
    if found.version.major == cluster.binaries.version.major:
        pytest.skip("the tests run on the embedded version themselves")
    binaries = found.reachable_for(account, guardian.folder)
    younger = Server(run_folder / "younger", binaries, account, guardian.client())
    younger.initialise()
    younger.start()
    try:
        # It may be built without libxml, and then refuses rows with xml; its tables are compared.
        without = "--exclude-table-data=rows.markup"
        dump_and_load(cluster, younger, "loaded", run_folder, without)
        with younger.connect("loaded") as conn:
            judged = judge(truth, conn)
        # The one real difference: an extension is made in the version that the server brings.
        assert ["schema.extensions.version: citext"] == [
            f"{one.check}: {one.subject}" for one in judged.findings
        ]
        assert ["schema.extensions: citext"] == [
            f"{gap.check}: {gap.subject}" for gap in judged.gaps
        ]
    finally:
        younger.stop("immediate")
