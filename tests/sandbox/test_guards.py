"""What keeps a rehearsal to itself, guard by guard: each refuses, and each lets go afterwards."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fixtures.access import Access
from fixtures.outward import OPENS
from fixtures.postgres.server import Server
from fixtures.rehearsal import loopback
from fixtures.rehearsal.loopback import NotThisMachine
from fixtures.rehearsal.sandbox import sandboxed, scrub
from fixtures.settings import Login, Settings, load_settings, rehearsing
from fixtures.source import Address
from fixtures.source import Login as Known
from tests.sandbox.tripwires import Tripwires

ROOT = Path(__file__).parents[2]
NOWHERE = "192.0.2.1"
"""A host of no network (RFC 5737): a packet to it would leave this machine."""
NOBODY = Known("nobody", "")


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Sockets that a refusal leaves behind are closed."""
    made: list[socket.socket] = []
    monkeypatch.setattr(sys.modules[__name__], "_OPENED", made)
    yield made
    for one in made:
        one.close()


_OPENED: list[socket.socket] = []


def datagram() -> socket.socket:
    _OPENED.append(socket.socket(type=socket.SOCK_DGRAM))
    return _OPENED[-1]


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection((NOWHERE, 443), timeout=1),
        lambda: datagram().sendto(b"x", (NOWHERE, 53)),
        lambda: datagram().sendmsg([b"x"], [], 0, (NOWHERE, 53)),
        lambda: socket.getaddrinfo("production.example.org", 443),
        lambda: socket.gethostbyname("production.example.org"),
        lambda: Address(NOWHERE, 5432).connect(NOBODY, "core"),
        lambda: Address("production.example.org", 5432).connect(NOBODY, "core"),
        *(
            lambda login=login: Access(Login(login), named_by="--source-dsn", environ={}).connect()
            for login in (
                f"host={NOWHERE} dbname=core",
                f"host=127.0.0.1,{NOWHERE} dbname=core",
                f"host=127.0.0.1 hostaddr={NOWHERE} dbname=core",
                "postgresql://production.example.org/core",
                "service=core",
            )
        ),
    ],
    ids=[
        *("a connection", "a packet", "a message", "a name", "a name the old way"),
        *("a cluster", "a cluster by name"),
        *("a DSN", "a second host", "an address", "a URL", "a service"),
    ],
)
def test_nothing_outside_is_reached_while_a_rehearsal_is_open(reach: object) -> None:
    """DESIGN 6: loopback only. It is refused here, before a packet is sent."""
    with loopback.kept(), pytest.raises(NotThisMachine, match="reaches nothing outside"):
        reach()  # type: ignore[operator]


def test_this_machine_is_reached_in_every_way() -> None:
    with (
        loopback.kept(),
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()),
    ):
        socket.getaddrinfo("localhost", 1)
        for host in ("127.0.0.1", "::1", "localhost", "/run/postgresql", "", None):
            sys.audit(OPENS, host)


def test_afterwards_the_process_is_free_again() -> None:
    """Another drill of the same run may read a database that is elsewhere: drills/verify."""
    with loopback.kept():
        with loopback.kept():
            pass
        with pytest.raises(NotThisMachine):
            sys.audit(OPENS, NOWHERE)
    sys.audit(OPENS, NOWHERE)
    sys.audit("socket.connect", datagram(), (NOWHERE, 443))


def test_the_environment_is_put_back_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tripwires: Tripwires
) -> None:
    for name, value in tripwires.environ.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)

    with sandboxed():
        within = dict(os.environ)
        with sandboxed():
            assert within == dict(os.environ)
        assert within == dict(os.environ)

    assert before == dict(os.environ)
    assert before["PATH"] == within["PATH"]
    left = {name for name, value in tripwires.environ.items() if within.get(name) == value}
    # Programs are told their whole environment each; where providers lie is said to Terraform.
    assert {
        *("HOME", "PATH", "TF_CLI_CONFIG_FILE", "PSQLRC", "BASH_ENV", "ENV", "PYTHONSTARTUP"),
        *("TAR_OPTIONS", "EDITOR", "PAGER", "GIT_PAGER", "GIT_EXTERNAL_DIFF", "RSYNC_RSH"),
    } == left


def test_where_programs_are_is_no_secret_of_anybodys() -> None:
    environ = {"PG_BIN": "/opt/pg", "PG_OS_USER": "pg", "PGHOST": "prod", "TF_VAR_x": "1"}
    taken = scrub(environ)
    assert {"PGHOST": "prod", "TF_VAR_x": "1"} == taken
    assert ("/opt/pg", "pg") == (environ["PG_BIN"], environ["PG_OS_USER"])


def test_libpq_goes_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tripwires: Tripwires, server: Server
) -> None:
    """With the operator's variables and files around it, as in a drill of theirs in the same run;
    PGHOSTADDR alone would send each of these connections to another server.
    """
    monkeypatch.setenv("PGHOSTADDR", tripwires.environ["PGHOSTADDR"])
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(server.socket_dir), port=tripwires.port("another"))
    assert ["another"] == tripwires.fired()
    tripwires.disarm()

    with server.connect() as connection:
        assert str(server.socket_dir) == connection.info.host
    with pytest.raises(psycopg.OperationalError):
        Address("127.0.0.1", tripwires.port("copy")).connect(NOBODY, "core")
    assert [] == tripwires.fired()

    for name, value in tripwires.environ.items():
        monkeypatch.setenv(name, value)
    with sandboxed(), server.connect() as connection:
        assert str(server.socket_dir) == connection.info.host
    assert [] == tripwires.fired()


def test_nothing_of_theirs_is_left_in_the_settings_of_a_rehearsal(tripwires: Tripwires) -> None:
    """Done when 4: what is not there cannot be touched. The command line is asked as always."""
    for file in (tripwires.source_settings(), tripwires.own_settings()):
        settings = load_settings(
            file,
            environ={"RESTORE_DRILLS_SOURCE__CLUSTER": "core-prod"}
            if "source" in file.name
            else {},
            invocation_dir=ROOT,
            overrides={"restore.target": "+5", "rehearsal.scale": 2},
            rehearsal=True,
        )
        assert "rehearsal" == settings.cloud
        assert {"restore", "rehearsal", "proof", "limits"} >= settings.model_fields_set
        assert set() == settings.proof.model_fields_set | settings.limits.model_fields_set
        assert {"target"} == settings.restore.model_fields_set
        assert "left out [" in settings.warnings()[0]
        assert "hunter2" not in str(settings.warnings())


def test_of_every_table_is_known_what_a_rehearsal_does_with_it() -> None:
    """One that is new must be left out, or kept, on purpose."""
    known = (
        *(*rehearsing.SYSTEMS, *rehearsing.OTHER_DRILLS, *rehearsing.ABOUT_A_SYSTEM),
        *(*rehearsing.IN_PART, *rehearsing.KEPT),
    )
    assert sorted(known) == sorted(Settings.model_fields)
    for table, kept in rehearsing.IN_PART.items():
        assert set(kept) < set(type(getattr(Settings(), table)).model_fields)


def test_a_file_that_names_no_system_of_theirs_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "rehearsal.toml"
    file.write_text(
        '[terraform]\ndir = "infra"\ncluster_address = "a.b"\n[rehearsal]\nscale = 2\n'
        '[objectives]\ntime_to_writable = "2h"\n'
    )
    given = {"environ": {}, "invocation_dir": tmp_path}
    told = load_settings(file, **given).masked()  # type: ignore[arg-type]
    assert told == load_settings(file, **given, rehearsal=True).masked()  # type: ignore[arg-type]


def calls(name: str) -> Iterator[tuple[str, ast.Call, ast.AST]]:
    """Every call of fixtures whose last words are that, its place, and the function around it."""
    for file in sorted((ROOT / "fixtures").rglob("*.py")):
        tree = ast.parse(file.read_text())
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        for function in functions:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == name:
                    yield str(file.relative_to(ROOT)), call, function


def test_every_program_is_told_its_environment() -> None:
    """None inherits ours, but for those that the operator gives to be run as he would: one dumps,
    others halt and resume ingest. A rehearsal runs neither.
    """
    theirs = {"fixtures/dump_command.py", "fixtures/ingest/actions.py"}
    for name in ("subprocess.run", "subprocess.Popen"):
        found = list(calls(name))
        assert found
        inheriting = [place for place, call, _ in found if "env" not in keywords(call)]
        assert theirs >= set(inheriting)


def test_every_connection_of_libpq_is_announced_or_by_a_socket() -> None:
    """libpq is seen by no audit hook, and PGHOSTADDR would beat the host that it is given."""
    announced, sockets = set(), set()
    for place, call, function in calls("psycopg.connect"):
        says = keywords(call)
        if "sys.audit(OPENS" in ast.unparse(function):
            announced.add(place)
        elif "socket_dir" in says.get("host", ""):
            sockets.add(place)
        else:
            pytest.fail(f"{place}: who sees that this stays on this machine?")
        # Access hands on what the operator wrote, and libpq's variables keep their meaning there.
        told = says.get("hostaddr") == "''" or "'hostaddr': ''" in ast.unparse(function)
        assert told or place == "fixtures/access.py", place
    assert {
        "fixtures/access.py",
        "fixtures/source.py",
        "fixtures/source_login.py",
    } == announced
    assert {
        "fixtures/postgres/server.py",
        "fixtures/rehearsal/load.py",
        "fixtures/rehearsal/site.py",
    } == sockets


def keywords(call: ast.Call) -> dict[str, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg}


def test_a_rehearsal_is_open_as_long_as_its_source() -> None:
    """Each that stages one stands in the sandbox, from its first line to its last."""
    sources = ast.parse((ROOT / "fixtures/sources.py").read_text())
    staged = {
        alias.name: Path(*(node.module or "").split(".")).with_suffix(".py")
        for node in ast.walk(sources)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fixtures.rehearsal")
        for alias in node.names
    }
    assert len(staged) >= 5
    for name, path in staged.items():
        (opening,) = [
            node
            for node in ast.parse((ROOT / path).read_text()).body
            if isinstance(node, ast.FunctionDef) and node.name == name
        ]
        within = opening.body[-1]
        assert isinstance(within, ast.With), name
        assert "sandboxed()" == ast.unparse(within.items[0].context_expr), name


def test_a_shell_of_ours_runs_nothing_of_theirs(
    monkeypatch: pytest.MonkeyPatch, tripwires: Tripwires, tmp_path: Path
) -> None:
    """TAR_OPTIONS alone could have tar run a program for each packed base backup that is listed."""
    from fixtures.backups.plain.found import _shell

    (tmp_path / "backup_label").write_text("START\n" * 10_000)
    packed = tmp_path / "base.tar"
    subprocess.run(["tar", "-cf", packed, "-C", tmp_path, "backup_label"], check=True)
    for name, value in tripwires.environ.items():
        monkeypatch.setenv(name, value)

    assert b"START\n" in _shell(f"cat '{packed}' | tar -xOf - backup_label")

    assert [] == tripwires.fired()
