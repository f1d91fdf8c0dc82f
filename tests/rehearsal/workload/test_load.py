"""Somebody's own data: recognised, refused in time, loaded whole, and never quoted in an error."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.dumps.errors import DumpError
from fixtures.dumps.file import DumpKind, check_loadable
from fixtures.dumps.names import database_name
from fixtures.dumps.script import read_script
from fixtures.postgres.binaries import Binaries
from fixtures.rehearsal.load import load_files
from tests.fix_postgres import NewServer
from tests.rehearsal.workload.cluster import OWNER, Cluster, value

CANARY = "canary-51c9"
PASSWORD_OF = "select rolpassword from pg_authid where rolname = '{}'"
SHOP = """
create table customers (id int primary key, name text not null, born date);
create table orders (id bigserial primary key, customer int references customers, total numeric);
insert into customers select n, 'Zoë ' || n, date '1980-01-01' + n from generate_series(1, 50) n;
insert into orders (customer, total) select 1 + n % 50, n * 1.5 from generate_series(1, 300) n;
"""


@pytest.fixture(scope="session")
def shop(shared_cluster: Cluster) -> str:
    """A database to dump: two tables, an owner and a grantee that other clusters do not have."""
    name = shared_cluster.new_database()
    with shared_cluster.as_superuser(name) as connection:
        connection.execute('create role shop_owner; create role "Shop reader"')
        connection.execute(SHOP.encode())
        connection.execute("alter table customers owner to shop_owner")
        connection.execute('grant select on orders to "Shop reader"')
    return name


@pytest.fixture
def dump(cluster: Cluster, shop: str, tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, *words: str) -> Path:
        path = tmp_path / name
        subprocess.run(
            [cluster.server.binaries.program("pg_dump"), *words, "-f", path, shop],
            env=cluster.server.client_environment(),
            check=True,
        )
        return path

    return make


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(cluster: Cluster, database: str, table: str) -> int:
    with cluster.as_superuser(database) as connection:
        return int(value(connection, f"select count(*) from {table}"))


# What loads


def test_a_script_goes_into_a_database_of_its_name(cluster: Cluster, tmp_path: Path) -> None:
    assert cluster.load(written(tmp_path / "Small-Shop.v2.sql", SHOP)) == ["small_shop"]
    assert rows(cluster, "small_shop", "orders") == 300


@pytest.mark.parametrize(
    ("name", "words", "kind"),
    [
        ("plain.sql", ["-Fp"], DumpKind.SCRIPT),
        ("inserts.sql", ["-Fp", "--inserts"], DumpKind.SCRIPT),
        ("custom.dump", ["-Fc"], DumpKind.CUSTOM),
        ("tarred.tar", ["-Ft"], DumpKind.TAR),
        ("folder", ["-Fd"], DumpKind.FOLDER),
    ],
)
def test_every_format_of_pg_dump_loads(
    cluster: Cluster,
    dump: Callable[..., Path],
    name: str,
    words: list[str],
    kind: DumpKind,
) -> None:
    path = dump(name, *words)
    assert check_loadable(path, binaries=cluster.server.binaries).kind is kind
    [database] = cluster.load(path)
    assert rows(cluster, database, "customers") == 50
    assert rows(cluster, database, "orders") == 300
    with cluster.as_superuser(database) as connection:
        assert value(connection, "select name from customers where id = 7") == "Zoë 7"
        assert (
            value(connection, "select tableowner from pg_tables where tablename = 'customers'")
            == "shop_owner"
        )


def test_a_gzipped_script_loads(
    cluster: Cluster, dump: Callable[..., Path], tmp_path: Path
) -> None:
    plain = dump("p.sql").read_bytes()
    path = written(tmp_path / "zipped.sql.gz", gzip.compress(plain))
    assert "psql script, gzip" == str(check_loadable(path))
    assert cluster.load(path) == ["zipped"]
    assert rows(cluster, "zipped", "orders") == 300


COMPRESSIONS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: piped("zstd", data),
    "lz4": lambda data: piped("lz4", data),
}


def piped(program: str, data: bytes) -> bytes:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    return subprocess.run([program, "-c"], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("words", [["-Fp"], ["-Fc", "-Z0"], ["-Ft"]], ids=" ".join)
def test_every_compression_around_every_format_loads(
    cluster: Cluster,
    dump: Callable[..., Path],
    tmp_path: Path,
    compression: str,
    words: list[str],
) -> None:
    """`pg_dump | zstd` and the like, archives too."""
    whole = COMPRESSIONS[compression](dump("p", *words).read_bytes())
    path = written(tmp_path / "packed", whole)
    assert str(check_loadable(path, binaries=cluster.server.binaries)).endswith(compression)
    assert cluster.load(path) == ["packed"]
    assert rows(cluster, "packed", "orders") == 300


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("keep", [0.1, 0.9])
def test_no_compression_hides_a_missing_end(
    cluster: Cluster,
    dump: Callable[..., Path],
    tmp_path: Path,
    compression: str,
    keep: float,
) -> None:
    whole = COMPRESSIONS[compression](dump("p", "-Fc", "-Z0").read_bytes())
    path = cut(written(tmp_path / "cut", whole), keep)
    with pytest.raises(DumpError, match=r"cut short or damaged|cannot (be )?read"):
        cluster.load(path)


def test_a_compression_that_nothing_reads_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(
        written(tmp_path / "z", b"\x28\xb5\x2f\xfd...."),
        "compressed with zstd, and there is no zstd on PATH; install zstd, or decompress it first",
    )


@pytest.fixture
def dumpall(cluster: Cluster, shop: str, tmp_path: Path) -> Callable[..., Path]:
    """As an operator runs it, of a cluster with roles that have passwords.

    Without the databases that other tests have loaded there, markers and all.
    """
    with cluster.as_superuser() as connection:
        others = connection.execute(
            "select datname from pg_database where not datistemplate and datname <> all(%s)",
            [["postgres", shop]],
        ).fetchall()
        connection.execute(
            f"alter role shop_owner login password '{CANARY}'; alter role shop_owner set"
            f" lock_timeout = '7s'; grant shop_owner to {OWNER}"
        )

    def make(name: str, *words: str) -> Path:
        path = tmp_path / name
        if "--globals-only" not in words:
            words = (*words, *(f'--exclude-database="{other}"' for (other,) in others))
        subprocess.run(
            [cluster.server.binaries.program("pg_dumpall"), *words, "-f", path],
            env=cluster.server.client_environment(),
            check=True,
        )
        return path

    return make


def test_a_file_of_roles_leaves_the_roles_that_are_there_as_they_are(
    cluster: Cluster, dumpall: Callable[..., Path], new_server: NewServer
) -> None:
    """`postgres`, rdsadmin, the master user: a dump of their like must not be an error."""
    path = dumpall("globals.sql", "--globals-only")
    other = new_server("other")
    other.initialise()
    other.start()
    with other.connect() as connection:
        connection.execute(f"create role {OWNER} login createdb createrole password 'mine'")
        before = value(connection, PASSWORD_OF.format(OWNER))
    there = Cluster(other)
    assert there.load(path) == []
    with other.connect() as connection:
        assert before == value(connection, PASSWORD_OF.format(OWNER))
        assert value(connection, PASSWORD_OF.format("shop_owner")).startswith("SCRAM-SHA-256$")
        assert value(connection, f"select pg_has_role('{OWNER}', 'shop_owner', 'member')")
    text = path.read_text()
    for hash_ in re.findall(r"PASSWORD '(.*?)'", text):
        assert hash_ not in other.log.read_text()
    assert there.load(path) == []  # and again, with all of them there


def test_a_dump_of_a_whole_cluster_loads(
    dumpall: Callable[..., Path], new_server: NewServer, shop: str
) -> None:
    path = dumpall("all.sql.gz")
    path.write_bytes(gzip.compress(path.read_bytes()))
    other = new_server("other")
    other.initialise()
    other.start()
    with other.connect() as connection:
        connection.execute(f"create role {OWNER} login createdb createrole")
    there = Cluster(other)
    assert shop in there.load(path)
    assert rows(there, shop, "orders") == 300


def test_a_script_that_makes_its_own_databases(cluster: Cluster, tmp_path: Path) -> None:
    """As Chinook's does: dropped, made and connected to under the very name of the file."""
    script = written(
        tmp_path / "music.sql",
        'DROP DATABASE IF EXISTS music;\nDROP DATABASE IF EXISTS "Other One";\n'
        "CREATE DATABASE music;\n\\c music;\n"
        "CREATE TABLE album (id int);\nINSERT INTO album VALUES (1), (2);\n"
        'CREATE DATABASE "Other One";\n\\connect "Other One"\nCREATE TABLE x (y int);\n',
    )
    assert sorted(cluster.load(script)) == ["Other One", "music"]
    assert rows(cluster, "music", "album") == 2
    assert sorted(cluster.load(script.rename(tmp_path / "again.sql"))) == ["Other One", "music"]


def test_pg_dump_with_create_keeps_its_name(
    cluster: Cluster, dump: Callable[..., Path], shop: str
) -> None:
    path = dump("created.sql", "-C")
    path.write_text(path.read_text().replace(shop, "shop_again"))
    assert cluster.load(path) == ["shop_again"]
    assert rows(cluster, "shop_again", "orders") == 300


def test_a_loaded_database_is_ready_for_the_incident(cluster: Cluster, tmp_path: Path) -> None:
    """The master user owns it, and so can fence it; the application can write markers alone."""
    [database] = cluster.load(written(tmp_path / "ready.sql", SHOP))
    with cluster.as_master(database) as connection:
        connection.execute(f"alter database {database} connection limit 5".encode())
        assert value(connection, "select count(*) from customers") == 50
        assert (
            value(
                connection,
                "select pg_get_userbyid(datdba)::text from pg_database"
                f" where datname = '{database}'",
            )
            == OWNER
        )
    with cluster.as_application(database) as connection:
        connection.execute("insert into restore_drill.marker (number, kind) values (1, 'tick')")
        assert value(connection, "select has_table_privilege('customers', 'select')") is False


def test_files_load_in_their_order(cluster: Cluster, binaries: Binaries, tmp_path: Path) -> None:
    paths = [
        written(tmp_path / "roles.sql", "create role of_the_shop;"),
        written(
            tmp_path / "data.sql", "create table t (x int);\nalter table t owner to of_the_shop;"
        ),
    ]
    server = cluster.server
    loaded = load_files(
        paths,
        socket_dir=server.socket_dir,
        port=server.port,
        superuser=server.superuser,
        binaries=binaries,
        owner=OWNER,
    )
    assert loaded == ["data"]
    with cluster.as_superuser() as connection:
        assert value(connection, "select count(*) from pg_database where datname = 'roles'") == 0


def test_nothing_loaded_is_an_error(cluster: Cluster, binaries: Binaries, tmp_path: Path) -> None:
    server = cluster.server
    with pytest.raises(DumpError, match="--rehearsal-load: no file made a database"):
        load_files(
            [written(tmp_path / "nothing.sql", "\\c postgres\nselect 1;\n")],
            socket_dir=server.socket_dir,
            port=server.port,
            superuser=server.superuser,
            binaries=binaries,
            owner=OWNER,
        )


def test_included_files_are_found_beside_the_script(cluster: Cluster, tmp_path: Path) -> None:
    written(tmp_path / "part.sql", "create table part (x int);")
    path = written(tmp_path / "whole.sql", ["\\i part.sql\n", " part.sql\n"][0])
    [database] = cluster.load(path)
    assert rows(cluster, database, "part") == 0


def test_the_script_sees_nothing_of_our_environment(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN 6: no AWS_*, no PG* of whoever runs the drill."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("PGHOST", "db.production.example.org")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=nowhere")
    seen = tmp_path / "seen"
    cluster.load(written(tmp_path / "env.sql", f"\\! env > {seen}\ncreate table t (x int);\n"))
    environment = seen.read_text()
    assert CANARY not in environment
    assert "production" not in environment
    assert not [line for line in environment.splitlines() if line.startswith("AWS_")]


# What is refused before anything is started


def cut(path: Path, keep: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def refused(path: Path, words: str, binaries: Binaries | None = None) -> None:
    with pytest.raises(DumpError, match=words) as refusal:
        check_loadable(path, binaries=binaries)
    message = str(refusal.value)
    assert message.startswith(f"--rehearsal-load={path}: ")
    assert "\n" not in message
    assert CANARY not in message


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "no.sql", "no such file; give")


def test_an_empty_file(tmp_path: Path) -> None:
    refused(written(tmp_path / "e.sql", " \n"), "it is empty; make")


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root reads everything, so the answer of the system is stood in for."""
    path = written(tmp_path / "secret.sql", SHOP)
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused(path, "cannot be read; give this user")


@pytest.mark.parametrize(
    ("content", "words"),
    [  # always the same bytes: xdist's workers must collect the same tests
        (b"\x28\xb5\x2f\xfd" + CANARY.encode(), "damaged; copy it|zstd, and there is no zstd"),
        (b"PK\x03\x04....", "zip; decompress"),
        ("create table t ();".encode("utf-16"), "neither a psql script"),
        (bytes(range(250)), "neither a psql script"),
        (gzip.compress(b"PGDMP.....", mtime=0), "head is damaged; make"),
        (gzip.compress(SHOP.encode(), mtime=0)[:-20], "cut short or damaged"),
    ],
    ids=["zstd", "zip", "UTF-16", "binary", "damaged archive", "cut gzip"],
)
def test_other_formats(tmp_path: Path, content: bytes, words: str) -> None:
    refused(written(tmp_path / "odd.sql", content), words)


def test_a_folder_that_is_no_dump(tmp_path: Path) -> None:
    refused(tmp_path, "not one that pg_dump -Fd wrote")


def test_a_tar_file_that_is_no_dump(tmp_path: Path) -> None:
    path = tmp_path / "home.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(written(tmp_path / "note.txt", CANARY))
    refused(path, "not one that pg_dump -Ft wrote")


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.995])
@pytest.mark.parametrize("words", [["-Fp"], ["-Fp", "--inserts"], ["-Fp", "-C"]])
def test_a_truncated_plain_dump(dump: Callable[..., Path], keep: float, words: list[str]) -> None:
    """Row 23: psql would load it and exit 0."""
    refused(cut(dump("cut.sql", *words), keep), "it is not whole")


def test_a_truncated_gzipped_dump_that_was_zipped_afterwards(
    dump: Callable[..., Path], tmp_path: Path
) -> None:
    content = gzip.compress(cut(dump("cut.sql"), 0.5).read_bytes())
    refused(written(tmp_path / "cut.sql.gz", content), "it is not whole")


def test_a_script_that_ends_in_the_middle_of_data(tmp_path: Path) -> None:
    """psql takes the end of the file for the end of the data, whoever wrote the script."""
    text = f"create table t (a text);\nCOPY t (a) FROM stdin;\n{CANARY}\n"
    refused(written(tmp_path / "half.sql", text), "in the middle of a COPY's data")
    check_loadable(written(tmp_path / "whole.sql", text + "\\.\n"))


def test_a_truncated_tar_archive(dump: Callable[..., Path]) -> None:
    refused(cut(dump("cut.tar", "-Ft"), 0.6), "its end is missing")


def test_an_archive_that_this_pg_restore_cannot_read(
    dump: Callable[..., Path], binaries: Binaries
) -> None:
    path = dump("newer.dump", "-Fc")
    data = bytearray(path.read_bytes())
    data[6] = 99  # the format's minor version, after PGDMP and the major one
    path.write_bytes(data)
    refused(path, r"pg_restore .* cannot read it: unsupported version \(1\.99\)", binaries)
    refused(cut(dump("short.dump", "-Fc"), 0.05), "cannot read it: ", binaries)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("\\c shop app db.example.org 5432", True),
        ("\\connect postgresql://db.example.org/shop", True),
        ("\\connect 'host=db.example.org dbname=shop'", True),
        ("\\c shop", False),
        ("\\c shop app", False),
        ("\\c - - - -", False),
        ("\\connect -reuse-previous=on \"dbname='my shop'\"", False),
        ("select '\\c shop app db.example.org';", False),
    ],
)
def test_a_script_that_connects_elsewhere(tmp_path: Path, line: str, refusal: bool) -> None:
    """DESIGN 6: a rehearsal talks to loopback alone."""
    path = written(tmp_path / "c.sql", f"select 1;\n{line}\n")
    if refusal:
        refused(path, "line 2 connects to another server")
    else:
        check_loadable(path)


def test_the_option_is_named_as_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"^--load=.*no such file"):
        check_loadable(tmp_path / "no.sql", option="--load")


def test_rows_are_not_taken_for_statements() -> None:
    script = read_script(
        [
            b"-- PostgreSQL database dump\n",
            b"COPY t (a) FROM stdin;\n",
            b"\\c elsewhere app db.example.org\n",
            b"-- PostgreSQL database dump complete\n",
            b"ALTER TABLE t OWNER TO nobody_at_all;\n",
            b"\\.\n",
            b'ALTER TABLE public.t OWNER TO "Al ""X""";\n',
            b"GRANT SELECT ON TABLE public.t TO PUBLIC;\n",
            b"GRANT ALL ON TABLE public.t TO bob WITH GRANT OPTION;\n",
            b"ALTER DEFAULT PRIVILEGES FOR ROLE eve GRANT SELECT ON TABLES TO dan;\n",
            b"CREATE POLICY p ON public.t TO ann, cy USING (true);\n",
            b"CREATE ROLE cy;\n",
        ]
    )
    assert not script.connects
    assert script.elsewhere is None
    assert script.unfinished is not None
    assert script.roles == {'Al "X"', "bob", "eve", "dan", "ann"}


# What fails while it loads


def test_a_value_in_an_error_is_not_printed(cluster: Cluster, tmp_path: Path) -> None:
    """The alarm: psql itself would print the value, the DETAIL and the CONTEXT."""
    path = written(tmp_path / "v.sql", f"select 1;\n\nselect '{CANARY}'::integer;\n")
    with pytest.raises(DumpError) as refusal:
        cluster.load(path)
    assert str(refusal.value) == (
        f"--rehearsal-load={path}: it did not load: SQLSTATE 22P02 (invalid text representation), "
        "line 3; correct the file and load it again"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"create table t (x int);\nCOPY t (x) FROM stdin;\n1\n{CANARY}\n\\.\n", "22P02.*line 5"),
        (
            f"create table t (x text primary key);\ninsert into t values ('{CANARY}'),"
            f" ('{CANARY}');",
            "23505 .unique violation., line 3|line 2",
        ),
        (f"do $$ begin raise exception '%', '{CANARY}'; end $$;", "P0001"),
        (f"\\{CANARY}\n", "a backslash command that psql does not know, line 1"),
        ("\\c no_such_database\n", "a .connect that was refused, line 1"),
        (f"\\i {CANARY}.sql\n", "a file named in it that is not there, line 1"),
        (f"\\set VERBOSITY verbose\nselect '{CANARY}'::integer;\n", "22P02"),
        (f"select {CANARY} from;\n", "42601.*, line 1; see whether"),
        ("alter table t owner to nobody_here;", "42P01"),
        ("create table t (x int);alter table t owner to nobody_here;", "42704.*pg_dump --no-owner"),
        ("create extension no_such_extension;", "0A000|58P01.*--engine"),
        ("create schema restore_drill;", "has a schema restore_drill already"),
        (
            f"select pg_terminate_backend(pg_backend_pid()), '{CANARY}';",
            "ended the connection|57P01",
        ),
    ],
)
def test_a_dump_that_fails_says_where_and_shows_no_row(
    cluster: Cluster, tmp_path: Path, text: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "bad.sql", text)
    with pytest.raises(DumpError, match=words) as refusal:
        cluster.load(path)
    assert CANARY not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in cluster.server.log.read_text()


@pytest.mark.parametrize("words", [["-Fc"], ["-Ft"], ["-Fd"], ["-Fc", "--inserts"]])
def test_an_archive_that_fails_names_its_entry(
    cluster: Cluster, tmp_path: Path, words: list[str]
) -> None:
    """A check that the data no longer passes: pg_dump takes it, nothing loads it."""
    source = cluster.new_database()
    path = tmp_path / "broken"
    with cluster.as_superuser(source) as connection:
        connection.execute(
            "create function fine(x text) returns boolean language sql immutable as 'select true';"
            "create table t (x text check (fine(x)));"
            f"insert into t values ('{CANARY}');"
            "create or replace function fine(x text) returns boolean language sql immutable"
            " as 'select false'"
        )
    subprocess.run(
        [cluster.server.binaries.program("pg_dump"), *words, "-f", path, source],
        env=cluster.server.client_environment(),
        check=True,
    )
    with pytest.raises(DumpError, match=r"23514 .check violation., in TABLE DATA public.t;") as e:
        cluster.load(path)
    assert CANARY not in str(e.value)


def test_a_custom_archive_whose_end_is_missing(cluster: Cluster, dump: Callable[..., Path]) -> None:
    path = cut(dump("end.dump", "-Fc", "-Z0"), 0.8)
    with pytest.raises(DumpError, match=r"cannot be read to its end: .*; make the dump again"):
        cluster.load(path)


def test_a_folder_without_a_data_file(cluster: Cluster, dump: Callable[..., Path]) -> None:
    path = dump("lost", "-Fd")
    next(path.glob("[0-9]*.dat*")).unlink()
    with pytest.raises(DumpError, match="cannot be read to its end: "):
        cluster.load(path)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("shop.sql", "shop"),
        ("Shop-EU (2).v1.sql.gz", "shop_eu_2"),
        ("2024.dump", "db_2024"),
        (".hidden", "hidden"),
        ("Größe", "gr_e"),
        ("…", "db"),
        ("taken.sql", "taken_2"),
        ("postgres.sql", "postgres_2"),
        ("x" * 90, "x" * 50),
    ],
)
def test_names_of_databases(file: str, expected: str) -> None:
    assert database_name(Path(file), {"taken", "postgres"}) == expected
