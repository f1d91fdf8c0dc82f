"""Done when 4: everything around an operator is a tripwire, and a rehearsal fires none.

That a rehearsal fires none says something only because each does fire where nothing keeps from it:
both are shown, with the same tripwires.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import psycopg
import pytest

from fixtures.postgres.server import Server
from tests.drills.fix_drill import Drill
from tests.sandbox.tripwires import ELSEWHERE, Tripwires

HAS_TERRAFORM = shutil.which("terraform") is not None
CLUSTERS, OWN = "a cluster of theirs", "a Postgres of their own"


def rehearse(drill: Drill, tripwires: Tripwires, about: str, *options: str) -> str:
    """A rehearsal in these surroundings, with settings about that system; what it printed."""
    settings = tripwires.source_settings() if about == CLUSTERS else tripwires.own_settings()
    drill.environ = tripwires.environ

    result = drill.run("--cloud=rehearsal", f"--drill-config={settings}", *options, patience=900)

    assert [] == tripwires.fired(), result.out
    assert 0 == result.status, result.out
    assert "hunter2" not in result.out
    assert "rehearsal" == result.of("run_started")[0]["mode"]
    return result.out


def test_a_rehearsal_fires_none(drill: Drill, tripwires: Tripwires) -> None:
    """And says what of the settings it left out."""
    out = rehearse(drill, tripwires, CLUSTERS)

    assert (
        "warning: --cloud=rehearsal touches nothing of yours: left out [source], [verify], [plan], "
        "[terraform], [content], [readiness], [[waiver]], [restore] target"
    ) in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "about"),
    [
        (["drills/snapshot"], CLUSTERS),
        (["drills/physical"], OWN),
        (["drills/physical", "--rehearsal-backup=compressed"], OWN),
        (["drills/physical", "--rehearsal-backup=incremental", "--engine=embedded"], CLUSTERS),
        (["drills/logical"], OWN),
        (["drills/readiness"], CLUSTERS),
        (["drills/logical", "--rehearsal-backup=tar-archive"], CLUSTERS),
        (["drills", "-n2"], CLUSTERS),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else given,
)
def test_no_drill_fires_any(
    drill: Drill, tripwires: Tripwires, options: list[str], about: str
) -> None:
    """Every drill that rehearses; all of them leave out what others restored or planned."""
    rehearse(drill, tripwires, about, *options)


@pytest.mark.tools
def test_pgbackrest_fires_none(drill: Drill, tripwires: Tripwires) -> None:
    """Its own variables could give it any option, commands among them."""
    if shutil.which("pgbackrest") is None:
        pytest.skip("pgbackrest is not installed")
    rehearse(drill, tripwires, OWN, "drills/physical", "--rehearsal-backup=pgbackrest")


@pytest.mark.slow
def test_a_rehearsal_without_its_guards_goes_to_theirs(drill: Drill, tripwires: Tripwires) -> None:
    """The alarm rings for a whole drill too: libpq's variables send it to another server."""
    drill.environ = tripwires.environ

    result = drill.run(
        "--cloud=rehearsal",
        f"--drill-config={tripwires.source_settings()}",
        *("-p", "tests.sandbox.unguarded"),
    )

    assert 0 != result.status, result.out
    assert f'connection to server at "{ELSEWHERE}"' in result.out


PROXIES = ("HTTP_PROXY", "http_proxy")
# Name of the tripwire, variables that are not set meanwhile, what touches it.
FIRE = {
    "pghost": (
        ["PGSERVICE", "PGOPTIONS", "PGCLIENTENCODING", "PGSSLMODE"],
        "import psycopg; psycopg.connect(host='/tmp')",
    ),
    "service-file": (
        ["PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE"],
        "import psycopg; psycopg.connect('')",
    ),
    "home-service": (
        ["PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICEFILE", "PGSSLMODE"],
        "import psycopg; psycopg.connect('service=home')",
    ),
    "aws-config-file": ([], "import boto3; boto3.Session().get_credentials()"),
    "aws-home": (
        ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
        "import boto3; boto3.Session().get_credentials()",
    ),
    "endpoint-url": (
        ["AWS_PROFILE", "AWS_CONFIG_FILE", *PROXIES],
        "import boto3; boto3.client('rds', 'us-east-1', aws_access_key_id='x',"
        " aws_secret_access_key='x').describe_db_clusters()",
    ),
    "metadata": (
        ["AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOME", *PROXIES],
        "import boto3; boto3.Session().get_credentials()",
    ),
    "proxy": ([], "import urllib.request as r; r.urlopen('http://192.0.2.1/', timeout=3)"),
    "tar-options": ([], "import subprocess; subprocess.run(['tar', '-xf', 'some.tar'])"),
    "bash-env": ([], "import subprocess; subprocess.run(['bash', '-c', ':'])"),
    "fsmonitor": ([], "import subprocess; subprocess.run(['git', 'status'])"),
    "ssh": ([], "import subprocess; subprocess.run(['ssh', 'prod'])"),
}


@pytest.fixture
def workplace(tripwires: Tripwires, tmp_path: Path) -> Path:
    """A folder with what the programs look at."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "some").write_text("some\n" * 10_000)
    with tarfile.open(tmp_path / "some.tar", "w") as packed:
        packed.add(tmp_path / "some", "some")
    return tmp_path


@pytest.mark.parametrize("name", FIRE)
def test_each_fires_where_nothing_keeps_from_it(
    name: str, tripwires: Tripwires, workplace: Path
) -> None:
    """In a program that is given the operator's environment as it is."""
    unset, code = FIRE[name]
    environ = {key: value for key, value in tripwires.environ.items() if key not in unset}

    subprocess.run(
        [sys.executable, "-c", code], cwd=workplace, env=environ, capture_output=True, timeout=120
    )

    assert name in tripwires.fired()


def test_what_settings_name_fires_when_it_is_used(tripwires: Tripwires) -> None:
    """A DSN that is logged in to, whatever its table."""
    for table in ("source-login", "verify-source", "application", "barman"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(tripwires.dsn(table))
        assert [table] == tripwires.fired()
        tripwires.disarm()


@pytest.mark.parametrize("name", ["psqlrc", "home-psqlrc"])
def test_psql_runs_what_its_files_say(tripwires: Tripwires, server: Server, name: str) -> None:
    """psql without -X, as people type it."""
    environ = {**tripwires.environ, **server.client_environment()}
    environ |= {"HOME": str(tripwires.home), "PGOPTIONS": ""}
    for variable in (*PG_ELSEWHERE, *(["PSQLRC"] if name == "home-psqlrc" else [])):
        environ.pop(variable, None)

    subprocess.run(
        [str(server.binaries.program("psql")), "-c", "select 1"],
        env=environ,
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert [name] == tripwires.fired()


PG_ELSEWHERE = (
    *("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGPASSWORD", "PGSSLMODE", "PGREQUIREAUTH"),
    *("PGTARGETSESSIONATTRS", "PGCLIENTENCODING", "PGSSLKEY", "PGSSLCERT"),
)


@pytest.mark.skipif(not HAS_TERRAFORM, reason="needs terraform")
@pytest.mark.parametrize("name", ["tf-log", "backend", "local-exec"])
def test_terraform_does_what_environment_and_configuration_say(
    tripwires: Tripwires, name: str
) -> None:
    """As its owner runs it."""
    folder = tripwires.terraform()
    kept = {"PATH", "HOME", *(["TF_LOG", "TF_LOG_PATH"] if name == "tf-log" else [])}
    environ = {key: value for key, value in tripwires.environ.items() if key in kept}
    environ |= {"TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
    if name == "local-exec":
        (folder / "backend.tf").unlink()
    for command in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(
            ["terraform", *command, "-input=false"],
            cwd=folder,
            env=environ,
            capture_output=True,
            timeout=120,
        )

    assert name in tripwires.fired()
