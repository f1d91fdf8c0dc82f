"""``pytest drills/logical``: a lost server comes back from its dumps, or the drill is red."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.fix_logical import CANARY, Store, age
from tests.drills.test_kill import at, processes

LOGICAL = "drills/logical"
KINDS = ("custom", "directory", "script", "compressed-script", "tar-archive")
slow = pytest.mark.slow


@pytest.mark.parametrize("engine", daily(["embedded", "system"], "embedded"))
@pytest.mark.parametrize("kind", daily(KINDS, "custom"))
def test_a_lost_server_comes_back_from_its_dumps(drill: Drill, kind: str, engine: str) -> None:
    """R3, R62: dumped while it was written to, proven against the dump's own snapshot."""
    result = drill.run(LOGICAL, f"--rehearsal-backup={kind}", f"--engine={engine}")

    if "was not found" in result.out:
        pytest.skip(f"needs --engine={engine}")
    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert not list(drill.work.iterdir())
    journal.holds_what_is_asked(result, "logical")
    source, backup = (
        journal.only(result, "source_identified"),
        journal.only(result, "backup_identified"),
    )
    assert result.verdict.startswith(f"PROVEN rehearsal of {source['name']}")
    assert ("server", ["core"]) == (source["kind"], source["databases"])
    assert 0 <= backup["age_seconds"] < 300
    told, reached = journal.moments(result), journal.only(result, "target_reached")
    assert told["last good marker"] < told["backup ended"] < told["first bad marker"]
    assert told["first bad marker"] < told["source lost"]
    assert told["backup ended"] == journal.at(reached)
    assert "no position" in reached["note"]
    journal.every_table_is_equal(result, result.facts("incident")["rows that were dumped"])


FORMATS = {
    "custom": ("-Fc",),
    "directory": ("-Fd", "-j2"),
    "tar": ("-Ft",),
    "plain": ("-Fp", "--create"),
    "inserts": ("-Fp", "--create", "--rows-per-insert=100"),
}


@pytest.mark.parametrize("format_", daily(FORMATS, "custom", "plain"))
def test_an_operators_dump_is_proven_with_everything_in_it(store: Store, format_: str) -> None:
    """R34 to R40: the baseline was recorded under the very snapshot that pg_dump read."""
    store.dump(*FORMATS[format_])
    store.dump_globals()

    result = store.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN copy of store.dump")
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert "passed" == result.claims()["test_every_large_object_of_the_dumps_came_back"]
    assert not list(store.drill.work.iterdir())


def test_the_application_logs_in_with_the_password_it_has_now(store: Store) -> None:
    """R42, row 30: a role came back, and its password with it; another one is refused."""
    store.dump("-Fc")
    store.dump_globals()
    store.drill.environ["STORE_APP"] = f"user=store_app password={CANARY}"
    option = "--drill-config=" + str(with_application(store))

    result = store.drill.run(LOGICAL, option)
    store.drill.environ["STORE_APP"] = "user=store_app password=older"
    wrong = store.drill.run(LOGICAL, option)

    assert "passed" == result.claims()["test_the_application_logs_in_and_writes"], result.out
    assert "failed" == wrong.claims()["test_the_application_logs_in_and_writes"], wrong.out


def with_application(store: Store) -> Path:
    path = store.settings
    path.write_text(path.read_text() + 'application = "env:STORE_APP"\n')
    return path


def test_a_dump_of_the_whole_cluster_brings_its_roles(store: Store) -> None:
    store.dump("-Fc")  # for the baseline
    store.dumps = [store.folder / "all.sql.gz"]
    script = store.folder / "all.sql"
    store.program("pg_dumpall", f"--file={script}")
    store.dumps[0].write_bytes(gzip.compress(script.read_bytes()))

    result = store.run("--unproven=warn")

    assert 0 == result.status, result.out
    assert "passed" == result.claims()["test_every_role_of_the_globals_came_back"]


def test_without_a_baseline_and_globals_nothing_is_green_that_was_not_seen(store: Store) -> None:
    """A check that could not run is never a pass."""
    store.dump("-Fc")
    store.baseline = None

    result = store.run()
    warned = store.run("--unproven=warn")

    assert 1 == result.status, result.out
    assert 0 == warned.status, warned.out
    assert "NOT PROVEN" in warned.verdict
    unproven = {name for name, outcome in warned.claims().items() if outcome == "not proven"}
    assert {
        "test_every_table_kept_its_rows",
        "test_every_row_is_what_it_was",
        "test_every_object_is_what_it_was",
        "test_every_role_of_the_globals_came_back",
    } <= unproven


# Restores that end well and are wrong (docs/restores-that-lie.md)

# naive restore: (row, how the store is dumped, the proofs that must be red, what a finding names)
LIES: dict[str, tuple[int, tuple[str, ...], set[str], str]] = {
    "without-globals": (
        12,
        ("-Fc",),
        {"test_roles_and_rights_of_the_cluster_are_what_they_were"},
        "store_app",
    ),
    "database-made-by-hand": (12, ("-Fc",), {"test_every_object_is_what_it_was"}, "work_mem"),
    "without-large-objects": (
        17,
        ("-Fc",),
        {
            "test_every_large_object_of_the_dumps_came_back",
            "test_every_row_is_what_it_was",
        },
        "large_objects",
    ),
    "triggers-off": (18, ("-Fc",), {"test_every_object_is_what_it_was"}, "remembered"),
    "not-analysed": (19, ("-Fc",), {"test_every_table_was_analysed"}, "public.orders"),
    "not-refreshed": (20, ("-Fc",), {"test_no_materialised_view_is_left_empty"}, "public.totals"),
    "fenced": (21, ("-Fc",), {"test_every_object_is_what_it_was"}, "connection_limit"),
    "data-only": (24, ("-Fc",), {"test_every_table_kept_its_rows"}, "public.guard"),
    "migration-interrupted": (25, ("-Fc",), {"test_every_table_kept_its_rows"}, "public.parts"),
    "rls-off": (29, ("-Fc",), {"test_every_object_is_what_it_was"}, "public.parts"),
    "policy-lost": (29, ("-Fc",), {"test_every_object_is_what_it_was"}, "parts_of_all"),
}


@pytest.mark.parametrize("naive", daily(LIES, "without-globals", "without-large-objects"))
def test_a_careless_restore_is_red(store: Store, naive: str) -> None:
    """Rows 12, 17 to 21, 24, 29: it ended well by its own account."""
    _, words, red, named = LIES[naive]
    store.dump(*words)
    store.dump_globals()

    result = store.lie(naive)

    assert 1 == result.status, result.out
    assert red <= set(result.failed()), result.out
    assert named in json.dumps(result.findings())


def test_half_of_a_plain_dump_loads_and_is_red(store: Store) -> None:
    """Row 23: psql takes the end of the file for the end of the data. The careful drill refuses."""
    whole = store.dump("-Fp", "--create")
    store.dump_globals()
    text = whole.read_bytes()
    whole.write_bytes(text[: text.index(b"order 9710")])

    naive = store.lie("end-not-looked-at")
    careful = store.run()

    assert 1 == naive.status, naive.out
    assert "test_every_table_kept_its_rows" in naive.failed()
    assert "public.orders" in json.dumps(naive.findings())
    refused(careful, "it ends in the middle of a COPY's data; make the dump again")


def test_an_error_that_the_restore_passed_over_is_red(
    store: Store, changed: Callable[..., None]
) -> None:
    """Rows 12, 25: a rule that its own rows no longer keep. pg_restore says "errors ignored"."""
    changed(
        "create function fine(t text) returns boolean language sql immutable as 'select true';"
        f"create table noted (note text check (fine(note))); insert into noted values ('{CANARY}');"
        "create or replace function fine(t text) returns boolean language sql immutable"
        " as 'select false'",
        "drop table noted; drop function fine",
    )
    store.dump("-Fc")
    store.dump_globals()

    naive = store.lie("errors-ignored")
    careful = store.run()

    assert 1 == naive.status, naive.out
    assert "test_every_table_kept_its_rows" in naive.failed()
    assert 1 == careful.status
    assert ["restored_databases"] == [n for n in careful.failed() if "_databases" in n]
    assert "SQLSTATE 23514 (check violation), in TABLE DATA public.noted" in careful.out
    assert CANARY not in careful.out


@slow
def test_an_invalid_index_that_vanished_is_red(store: Store, changed: Callable[..., None]) -> None:
    """Row 10: pg_dump leaves it out, and the copy shows no trace of it."""
    changed("create index half_built on orders (note)", "drop index half_built")
    changed(
        "update pg_index set indisvalid = false where indexrelid = 'half_built'::regclass",
        "select 1",
    )
    store.dump("-Fc")
    store.dump_globals()

    result = store.run()

    assert 1 == result.status, result.out
    assert ["test_every_object_is_what_it_was"] == result.failed()
    assert "public.half_built" in json.dumps(result.findings())


@slow
def test_a_constraint_that_was_never_validated_is_red(
    store: Store, changed: Callable[..., None]
) -> None:
    """Row 18: it comes back as it was, and the rows before it were never checked."""
    changed(
        "alter table orders add constraint small check (total < 10) not valid",
        "alter table orders drop constraint small",
    )
    store.dump("-Fc")
    store.dump_globals()

    result = store.run()

    assert 1 == result.status, result.out
    assert {"test_every_constraint_holds_for_every_row"} <= set(result.failed())
    assert "public.orders.small" in json.dumps(result.findings())


@slow
def test_a_plain_dump_without_its_database_is_red(store: Store) -> None:
    """Row 12: without --create there is no ALTER DATABASE SET, no owner, no right to connect."""
    store.dump("-Fp")
    store.dump_globals()

    result = store.run()

    assert 1 == result.status, result.out
    assert ["test_every_object_is_what_it_was"] == result.failed()
    named = json.dumps(result.findings())
    assert "work_mem" in named
    assert "store_owner" in named


@slow
def test_a_dump_of_one_schema_lacks_its_large_objects(
    store: Store, changed: Callable[..., None]
) -> None:
    """Row 17: `pg_dump -n` leaves them out, and says nothing."""
    changed(
        "create schema filed; create table filed.papers as"
        " select 1 as id, lo_from_bytea(0, 'paper') as content",
        "select lo_unlink(content) from filed.papers; drop schema filed cascade",
    )
    store.dump("-Fc", "-nfiled")
    store.dump_globals()

    result = store.run()

    assert 1 == result.status, result.out
    assert "test_every_row_is_what_it_was" in result.failed()
    assert "content.large_objects" in json.dumps(result.findings())


@slow
def test_an_unlogged_table_keeps_its_rows(store: Store) -> None:
    """Row 13: a physical restore empties it; in a dump its rows are compared like others."""
    store.dump("-Fc")
    store.dump_globals()
    store.more = """
[[expect]]
name = "every session"
sql = "select count(*) from public.sessions"
equals = 500
"""

    result = store.run()

    assert 0 == result.status, result.out
    assert "passed" == result.claims()["test_the_operators_expectations_hold"]


def test_a_server_that_the_copy_could_reach_is_red(
    store: Store, changed: Callable[..., None]
) -> None:
    """Row 22: a foreign server came back with the dump."""
    changed(
        "create extension postgres_fdw; create server production foreign data wrapper postgres_fdw"
        " options (host 'db.example.org', dbname 'core');"
        f" create user mapping for store_app server production options (password '{CANARY}')",
        "drop extension postgres_fdw cascade",
    )
    store.dump("-Fc")
    store.dump_globals()

    result = store.run()

    assert 1 == result.status, result.out
    assert ["test_the_databases_of_the_copy_are_isolated"] == result.failed()
    assert "production" in json.dumps(result.findings())
    assert CANARY not in result.out


def test_what_no_dump_brings_is_told_and_not_held_against_the_copy(
    store: Store, changed: Callable[..., None]
) -> None:
    """Rows 1, 14: slots are gone, a subscription comes disabled."""
    changed(
        "select pg_create_physical_replication_slot('standby_of_old')",
        "select pg_drop_replication_slot('standby_of_old')",
    )
    changed(
        "create subscription of_old connection 'host=db.example.org dbname=core' publication p"
        " with (connect = false); alter subscription of_old set (slot_name = 'of_old');",
        "alter subscription of_old disable; alter subscription of_old set (slot_name = none);"
        "drop subscription of_old",
    )
    store.dump("-Fc")
    store.dump_globals()

    result = store.run()

    assert 0 == result.status, result.out
    assert "no dump brings standby_of_old" in json.dumps(result.of("facts"))


# Bad input: nothing was made


def refused(result: Outcome, words: str) -> None:
    assert 4 == result.status, result.out
    assert words in result.out.replace("\n", " "), result.out
    made = {"new_server", "restored_globals", "restored_databases"}
    if (result.folder / "journal.jsonl").exists():
        assert not made & set(result.claims())


def cut(path: Path, keep: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


@pytest.mark.parametrize(
    "keep", [pytest.param(0.05, marks=slow), 0.6, pytest.param(0.98, marks=slow)]
)
@pytest.mark.parametrize("format_", ["custom", "tar", "plain", "gzip"])
def test_a_truncated_dump_is_refused(store: Store, format_: str, keep: float) -> None:
    """R62, row 23: before anything is made of it."""
    path = store.dump(*FORMATS.get(format_, FORMATS["plain"]))
    if format_ == "gzip":
        path.write_bytes(gzip.compress(path.read_bytes()))
    cut(path, keep)

    refused(store.run(), "[dump] files=")


@pytest.mark.parametrize("compressed", [pytest.param(True, marks=slow), False])
def test_a_folder_with_a_truncated_or_missing_file_is_refused(
    store: Store, compressed: bool
) -> None:
    """pg_restore does not notice the missing end of a file that is not compressed."""
    path = store.dump("-Fd", *([] if compressed else ["-Z0"]))
    largest = max(path.glob("[0-9]*.dat*"), key=lambda file: file.stat().st_size)
    whole = largest.read_bytes()
    largest.write_bytes(whole[: len(whole) // 2])
    refused(store.run(), "make the dump again")
    largest.unlink()
    refused(store.run(), "cannot be read to its end")


BAD: dict[str, tuple[Callable[[Store], None], str]] = {}


def bad(words: str) -> Callable[[Callable[[Store], None]], None]:
    def add(spoil: Callable[[Store], None]) -> None:
        BAD[spoil.__name__.replace("_", " ")] = (spoil, words)

    return add


@bad("there is no such file")
def no_dump(store: Store) -> None:
    store.dumps = [store.folder / "none.dump"]


@bad("a folder, but not one that pg_dump -Fd wrote")
def a_folder_of_something_else(store: Store) -> None:
    store.dumps = [store.folder]


@bad("[dump] max_age is 1.0 h; make a new one")
def an_old_dump(store: Store) -> None:
    age(store.dumps[0], hours=3)
    store.more = 'max_age = "1h"'


@bad("encrypted with age")
def an_encrypted_dump(store: Store) -> None:
    store.dumps[0].write_bytes(b"age-encryption.org/v1\n-> X25519 abc\n\x00\x01")


@bad("neither a psql script in an ASCII-based encoding nor a pg_dump archive")
def an_unknown_file(store: Store) -> None:
    store.dumps[0].write_bytes(bytes(range(256)) * 10)


@bad("not one that pg_dump or pg_dumpall wrote")
def a_script_of_somebodys_own(store: Store) -> None:
    store.dumps[0].write_text("create table t (x int);\n")


@bad("and [dump] major is 13; restore it into")
def a_version_that_is_too_old(store: Store) -> None:
    store.more = "major = 13"


@bad("needs PostgreSQL 97 or newer to be restored into")
def a_dump_of_a_version_that_is_not_here(store: Store) -> None:
    data = store.dumps[0].read_bytes()
    version = str(store.server.binaries.version).encode()
    store.dumps[0].write_bytes(data.replace(version, b"97" + version[2:], 2))


@bad("it makes no role; name what `pg_dumpall --globals-only` wrote")
def globals_that_are_a_dump(store: Store) -> None:
    store.globals_ = store.dumps[0]


@bad("it makes the database store, and so does")
def two_dumps_of_one_database(store: Store) -> None:
    store.dumps.append(store.dumps[0].with_name("again.dump"))
    store.dumps[1].write_bytes(store.dumps[0].read_bytes())


@bad("MiB are free and")
def a_disk_without_room(store: Store) -> None:
    """A dump as large as the disk, most of which is a hole."""
    with store.dumps[0].open("r+b") as file:
        file.truncate(2**46 // 8)


@bad("[restore] target: a dump is of its own moment")
def a_recovery_target(store: Store) -> None:
    store.more = '[restore]\ntarget = "2026-01-01T00:00:00Z"'


@pytest.mark.parametrize(
    "what", daily(BAD, "no dump", "an old dump", "globals that are a dump", "a disk without room")
)
def test_bad_input_is_4_and_nothing_is_made(store: Store, what: str) -> None:
    """R61, R62."""
    store.dump("-Fc")
    spoil, words = BAD[what]
    spoil(store)

    refused(store.run(), words)


def test_a_kind_of_backup_that_is_no_dump_is_4(drill: Drill) -> None:
    refused(drill.run(LOGICAL, "--rehearsal-backup=plain"), "drills/logical cannot restore that")


def test_a_target_that_no_dump_can_be_restored_to_is_4(drill: Drill) -> None:
    for asked in ("--restore-to-time=after-disaster", "--recovery-target=latest"):
        refused(drill.run(LOGICAL, asked), f"{asked}: a dump is of its own moment")


def test_a_dump_is_no_configuration_of_other_drills(store: Store) -> None:
    store.dump("-Fc")
    result = store.drill.run("drills/pitr", f"--drill-config={store.settings}")
    assert 4 == result.status, result.out


# Secrets


def test_no_password_and_no_row_is_printed_or_left(store: Store) -> None:
    """R49: password hashes pass through us, and rows; neither comes out."""
    store.dump("-Fc")
    globals_ = store.dump_globals()
    store.drill.environ["STORE_APP"] = f"user=store_app password={CANARY}"
    hashes = re.findall(r"PASSWORD '(.*?)'", globals_.read_text())

    result = store.drill.run(
        LOGICAL, f"--drill-config={with_application(store)}", "-vv", "-l", "--keep-restored=always"
    )

    assert 0 == result.status, result.out
    assert hashes
    for secret in (CANARY, *hashes, "customer7@example.org"):
        assert secret not in result.out
        files = [path for path in store.drill.evidence.rglob("*") if path.is_file()]
        logs = [path for path in store.drill.work.rglob("*log*") if path.is_file()]
        assert files
        assert logs
        assert [] == [path for path in files + logs if secret.encode() in path.read_bytes()]


# Whatever happens, nothing is left


def test_a_killed_run_leaves_no_process(store: Store) -> None:
    store.dump("-Fc")
    store.dump_globals()
    running = store.drill.start(LOGICAL, f"--drill-config={store.settings}")
    deadline = time.monotonic() + 120
    while not at("step_started", "restored_databases")(store.drill):
        assert running.poll() is None, running.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks at the journal

    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    deadline = time.monotonic() + 10
    while left := processes(str(store.drill.work)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)  # the guardian is ending them


# The baseline of a dump


def test_writes_between_snapshot_and_dump_are_in_neither(store: Store) -> None:
    """The command runs last, and dumps what was recorded before it."""
    script = store.folder / "late.sh"
    server = store.server
    program = server.binaries.program
    script.write_text(
        "#!/bin/sh\n"
        f"{program('psql')} -qX -h {server.socket_dir} -U postgres -d store"
        " -c \"insert into customers (email) values ('late@example.org')\" || exit 1\n"
        f"exec {program('pg_dump')} -h {server.socket_dir} -U postgres -Fc"
        ' --snapshot="$1" -f "$2" store\n'
    )
    script.chmod(0o755)
    path, baseline = store.folder / "late.dump", store.folder / "late.json"
    where = f"host={server.socket_dir} user=postgres dbname=store"
    recorded = store.drill.run(
        f"--source-dsn={where}",
        f"--record-baseline={baseline}",
        f"--dump-command={script} {{snapshot}} {path}",
    )
    assert 0 == recorded.status, recorded.out
    assert "dumped: of the same snapshot" in recorded.out
    store.dumps, store.baseline = [path], baseline
    store.dump_globals()

    result = store.run()

    assert 0 == result.status, result.out
    with store.connect() as connection:
        gone = connection.execute("delete from customers where email = 'late@example.org'")
        assert 1 == gone.rowcount


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("pg_dump -Fc -f x core", "nothing in it stands for the snapshot"),
        ("false {snapshot}", "false ended with status 1, and no baseline was written"),
        pytest.param("no-such-program {snapshot}", "no-such-program cannot be run", marks=slow),
        pytest.param("pg_dump '{snapshot}", "write it as for a shell", marks=slow),
    ],
)
def test_a_dump_that_was_not_made_leaves_no_baseline(
    store: Store, command: str, words: str
) -> None:
    baseline = store.folder / "none.json"
    where = f"host={store.server.socket_dir} user=postgres dbname=store"
    result = store.drill.run(
        f"--source-dsn={where}", f"--record-baseline={baseline}", f"--dump-command={command}"
    )
    assert 4 == result.status, result.out
    assert words in result.out
    assert not baseline.exists()


CHINOOK = os.environ.get("DRILL_TEST_CHINOOK")


@pytest.mark.skipif(CHINOOK is None, reason="needs DRILL_TEST_CHINOOK, a psql script")
def test_chinook_comes_back_from_its_dump(store: Store) -> None:
    """A database that is not of our making."""
    store.database, store.pristine = "chinook", False
    with store.connect("postgres") as connection:
        connection.execute("create database chinook")
    store.program("psql", "-qX", f"--file={CHINOOK}")
    store.dump("-Fc", name="chinook.dump")
    store.dump_globals()
    try:
        result = store.run()
    finally:
        with store.connect("postgres") as connection:
            connection.execute("drop database chinook with (force)")

    assert 0 == result.status, result.out
