"""R42, R55, R56: a recovery moves the clients, goes on from where it stopped, and is taken back."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from fixtures.rehearsal.storage.roles import set_password
from tests.account.fix_account import CLUSTER, REGION
from tests.clients.test_secrets import labels
from tests.recovery.fix_recovery import Recovery, recovery
from tests.recovery.stops import FAILURE

__all__ = ["recovery"]

SECRET = f"{CLUSTER}_db_login"
CLIENTS = """
[clients]
secrets = ["{secret}"]
silence = "1s"

[[clients.redeploy]]
name = "data-persistence"
command = ["sh", "-c", 'echo "data-persistence $RESTORE_DRILLS_HOST:$RESTORE_DRILLS_PORT" >>ran']
dir = "{folder}"

[[clients.redeploy]]
name = "cumulus"
command = ["sh", "-c", 'test ! -e broken && echo "cumulus $RESTORE_DRILLS_CLUSTER" >>ran']
dir = "{folder}"
"""


@dataclass
class Moving:
    """A recovery whose application reads its login from a secret that no Terraform keeps."""

    recovery: Recovery
    folder: Path
    content: dict[str, Any]

    @property
    def secrets(self) -> Any:
        return self.recovery.account.session.client("secretsmanager")

    @property
    def says(self) -> dict[str, Any]:
        found = self.secrets.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
        content: dict[str, Any] = json.loads(found["SecretString"])
        return content

    @property
    def where(self) -> str:
        return f"{self.says['host']}:{self.says['port']}"

    @property
    def source(self) -> str:
        return str(self.recovery.account.address)

    def copy(self) -> tuple[str, str]:
        """Its name, and where it listens."""
        (name,) = self.recovery.copies()
        found = self.recovery.account.rds.describe_db_clusters(DBClusterIdentifier=name)
        (cluster,) = found["DBClusters"]
        return name, f"{cluster['Endpoint']}:{cluster['Port']}"

    def ran(self) -> list[str]:
        """What the commands wrote down since this was asked last."""
        file = self.folder / "ran"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def is_as_before(self) -> bool:
        return (
            self.content == self.says
            and (-1, None) == self.recovery.fence()
            and not [one for one in labels(self.secrets, SECRET) if not one.startswith("AWS")]
        )


@pytest.fixture
def moving(recovery: Recovery, tmp_path: Path) -> Moving:
    account = recovery.account
    folder = tmp_path / "deployments"
    folder.mkdir()
    content = {
        "username": account.application.user,
        "password": account.application.password,
        "host": account.address.host,
        "port": account.address.port,
        "database": "core",
        "dbClusterIdentifier": CLUSTER,
    }
    account.session.client("secretsmanager").create_secret(
        Name=SECRET, SecretString=json.dumps(content)
    )
    with recovery.settings.open("a") as settings:
        settings.write(CLIENTS.format(secret=SECRET, folder=folder))
    return Moving(recovery, folder, content)


def test_clients_are_moved_and_taken_back(moving: Moving) -> None:
    """The secret names the copy, both parts are deployed in order, the old cluster is silent; and
    back: the very content of before, deployed again with the source's address, the fence lifted.
    """
    result = moving.recovery.run()

    assert 0 == result.status, result.out
    name, where = moving.copy()
    assert {
        **moving.content,
        "port": int(where.partition(":")[2]),
        "dbClusterIdentifier": name,
    } == (moving.says)
    assert [f"data-persistence {where}", f"cumulus {name}"] == moving.ran()
    claims = result.claims()
    for claim in (
        "test_their_secrets_name_the_copy",
        "test_the_application_is_on_the_copy_by_its_own_login",
        "test_the_old_cluster_is_silent_behind_its_fence",
    ):
        assert "passed" == claims[claim]
    password = moving.content["password"]
    assert [] == [one for one in result.folder.iterdir() if password in one.read_text()]
    kept = {one["what"]: one["place"] for one in result.of("kept")}
    assert f"secret {SECRET}, which named {moving.source}: kept as version" in kept["moved secret"]

    back = moving.recovery.command(f"--back-out={result.folder.name}")

    assert 0 == back.returncode, back.stdout + back.stderr
    lines = back.stdout.splitlines()
    told = [
        f"put back: secret {SECRET}, which names {moving.source} again",
        "to be deployed again, once the source is open: data-persistence, cumulus",
        "lifted: the fence of core, whose connection limit is -1 again",
    ]
    assert told == [line for line in lines if line in told]
    assert [f"data-persistence {moving.source}", f"cumulus {CLUSTER}"] == moving.ran()
    assert moving.is_as_before()
    assert password not in back.stdout + back.stderr

    again = moving.recovery.command(f"--back-out={result.folder.name}")
    assert 0 == again.returncode, again.stderr
    assert f"found as it was: secret {SECRET}, which names {moving.source}" in again.stdout


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGKILL", FAILURE])
@pytest.mark.parametrize("step", ["moved_clients", "redeployed_clients", "resumed_ingest"])
def test_it_goes_on_from_behind_each_step(moving: Moving, step: str, how: str) -> None:
    """R55: what was moved is found, the first value stays kept, what was deployed is not again."""
    stopped = moving.recovery.stop(step, how)
    name, where = moving.copy()
    assert where == moving.where
    before = moving.ran()

    result = moving.recovery.run(f"--resume={stopped.folder.name}")

    assert 0 == result.status, result.out
    assert where == moving.where
    both = [f"data-persistence {where}", f"cumulus {name}"]
    assert ([], both) if step == "moved_clients" else (both, []) == (before, moving.ran())
    kept = labels(moving.secrets, SECRET)[f"restore-drills-{stopped.folder.name}"]
    found = moving.secrets.get_secret_value(SecretId=SECRET, VersionId=kept)
    assert moving.content == json.loads(found["SecretString"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "step", ["lifted_quarantine", "moved_clients", "redeployed_clients", "silent_source"]
)
def test_it_is_taken_back_from_behind_each_step(moving: Moving, step: str) -> None:
    """R55: what was not moved is found as it was, and nothing is deployed that was not moved."""
    stopped = moving.recovery.stop(step, "SIGKILL")
    moving.ran()

    back = moving.recovery.command(f"--back-out={stopped.folder.name}")

    assert 0 == back.returncode, back.stdout + back.stderr
    assert moving.is_as_before()
    assert (step != "lifted_quarantine") is bool(moving.ran())


@pytest.mark.slow
def test_a_deployment_that_fails_ends_it_there(moving: Moving) -> None:
    """R55: the first is deployed, the second not; the way on runs both, the way back says so."""
    broken, resumed = moving.folder / "broken", moving.folder / "resumed"
    broken.touch()
    with moving.recovery.settings.open("a") as settings:
        settings.write(f'[ingest]\nhalt = [["true"]]\nresume = [["touch", "{resumed}"]]\n')

    stopped = moving.recovery.run()

    assert 1 == stopped.status, stopped.out
    _, where = moving.copy()
    assert [f"data-persistence {where}"] == moving.ran()
    assert "cumulus, 2 of 2 ended with exit status 1" in stopped.out
    assert "deployed before it: data-persistence" in stopped.out

    back = moving.recovery.command(f"--back-out={stopped.folder.name}")
    assert 1 == back.returncode
    assert "not deployed again: [[clients.redeploy]] cumulus" in back.stdout
    assert moving.content == moving.says
    # What was not deployed again would write to the copy.
    assert "left: ingest stays halted" in back.stdout
    assert not resumed.exists()

    broken.unlink()
    again = moving.recovery.command(f"--back-out={stopped.folder.name}")
    assert 0 == again.returncode, again.stdout + again.stderr
    assert moving.is_as_before()
    assert resumed.exists()


@pytest.mark.slow
def test_somebody_who_came_back_to_the_old_cluster_is_told(moving: Moving) -> None:
    """R56: as a superuser, whom no limit holds back, after everything was deployed again."""
    account, password = moving.recovery.account, secrets.token_urlsafe(24)
    facts = account.cloud.control.cluster(REGION, CLUSTER)
    with psycopg.connect(
        host=str(facts.socket_dir),
        port=facts.socket_port,
        user=facts.superuser,
        dbname="postgres",
        autocommit=True,
    ) as superuser:
        superuser.execute("create role left_over login superuser")
        set_password(superuser, "left_over", password)
    moving.recovery.drill.environ["DRILL_TEST_LEFT"] = make_conninfo(
        host=account.address.host,
        port=account.address.port,
        user="left_over",
        password=password,
        dbname="core",
        application_name="forgotten",
    )

    result = moving.recovery.run("-p", "tests.clients.left_session")

    assert 1 == result.status, result.out
    assert "failed" == result.claims()["test_the_old_cluster_is_silent_behind_its_fence"]
    assert "database core: left_over (forgotten)" in result.out
    assert password not in result.out


def test_what_cannot_be_done_is_refused_before_the_fence(recovery: Recovery) -> None:
    """R55: a secret that is not there, a program that cannot be run, a reference to nothing."""
    before = recovery.settings.read_text()
    for text, said in (
        ('secrets = ["nobody_db_login"]', "secret nobody_db_login cannot be described"),
        (
            '[[clients.redeploy]]\nname = "cumulus"\ncommand = ["no-such-program"]\ndir = "."',
            "there is no program no-such-program on PATH",
        ),
    ):
        recovery.settings.write_text(f"{before}\n[clients]\n{text}\n")

        result = recovery.run()

        assert 4 == result.status, result.out
        assert said in result.out
    assert ((-1, None), {}) == (recovery.fence(), recovery.copies())
