"""A row has one fingerprint on every version of the server."""

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
