"""A copy runs with its source's parameters, but for those that are its own machine's, or keep it
away from production.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from checks import settings_allowances as allowances
from checks.database import pin_session, snapshot
from checks.judgement import Judgement
from checks.settings import SettingsObservation, judge_settings, observe_settings
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.isolation import ISOLATION, WHILE_RECOVERING
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connect, Connection


def observe(conn: Connection) -> SettingsObservation:
    with snapshot(conn) as cursor:
        return observe_settings(cursor)


def altered(
    truth: SettingsObservation, version: int | None = None, **values: str | None
) -> SettingsObservation:
    """The same with other values, as if from its configuration file; None takes a name away."""
    settings = dict(truth.settings)
    for name, value in values.items():
        name = name.replace("__", ".")
        if value is None:
            del settings[name]
            continue
        model = settings.get(name, settings["work_mem"])
        settings[name] = model.model_copy(update={"value": value, "source": "configuration file"})
    return truth.model_copy(
        update={"settings": settings, "server_version": version or truth.server_version}
    )


def allowed(judgement: Judgement) -> dict[str, str]:
    """Parameter → the reason why it may differ."""
    return {one.name: one.reason for one in judgement.allowed[0].allowed}


def told(judgement: Judgement) -> list[str]:
    assert judgement.gaps == ()
    return [finding.check for finding in judgement.findings]


@pytest.fixture(scope="module")
def truth(cluster: Server) -> SettingsObservation:
    with cluster.connect() as conn:
        return observe(conn)


def test_a_faithful_copy_is_silent(truth: SettingsObservation, connect: Connect) -> None:
    """R31."""
    judged = judge_settings(truth, observe(connect()), quarantined=False)
    assert () == judged.findings
    assert () == judged.gaps
    assert {} == allowed(judged)
    assert judged.allowed[0].compared > 300


def test_what_a_session_sets_for_itself_does_not_count(
    truth: SettingsObservation, connect: Connect
) -> None:
    conn = connect()
    conn.execute("set TimeZone = 'Asia/Tokyo'; set work_mem = '7MB'; set statement_timeout = 1")
    pin_session(conn)
    assert [] == told(judge_settings(truth, observe(conn), quarantined=False))


# What is really set otherwise, on a server


@pytest.fixture(scope="module")
def server(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """One of its own, for ALTER SYSTEM; the first test here leaves it altered."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    settings = {
        "max_connections": "30",
        "track_commit_timestamp": "on",
        "primary_conninfo": "host=a password=hunter2",
        "restore_command": "fetch --key hunter2 %f %p",
    }
    server = Server(folder, binaries, account, guardian.client(), settings=settings)
    server.initialise()
    server.start()
    yield server
    server.stop("immediate")


def alter_system(conn: Connection, name: str, value: str) -> None:
    """ALTER SYSTEM, and wait until this session has seen the new file."""
    before = conn.execute("select pg_conf_load_time()").fetchone()
    conn.execute(f"alter system set {name} = '{value}'".encode())
    conn.execute("select pg_reload_conf()")
    for _ in range(500):
        if conn.execute("select pg_conf_load_time()").fetchone() != before:
            return
        time.sleep(0.01)  # the postmaster tells every process by a signal
    pytest.fail("the server has not read its files again")


RELOADED = {
    "work_mem": "9MB",
    "TimeZone": "Asia/Tokyo",
    "default_text_search_config": "pg_catalog.german",
    "full_page_writes": "off",
    "default_transaction_isolation": "serializable",
    "enable_seqscan": "off",
    "row_security": "off",
    "password_encryption": "md5",
    "lc_numeric": "POSIX",
}
RESTARTED = {
    "max_connections": "20",
    "max_prepared_transactions": "5",
    "max_worker_processes": "4",
    "track_commit_timestamp": "off",
    "wal_level": "logical",
    "autovacuum_max_workers": "1",
}


def test_every_parameter_set_otherwise_is_reported(server: Server) -> None:
    """R31, row 28; by ALTER SYSTEM first, then in the configuration file."""
    with server.connect() as conn:
        expected = observe(conn)
        for name, value in {**RELOADED, "max_wal_senders": "3", "shared_buffers": "16MB"}.items():
            alter_system(conn, name, value)
        actual = observe(conn)
    judged = judge_settings(expected, actual, quarantined=False)
    told_of = {finding.subject: finding for finding in judged.findings}
    assert {*RELOADED, "max_wal_senders"} == set(told_of)
    assert "settings.work_mem" == told_of["work_mem"].check
    assert ("4096 kB", "9216 kB") == (told_of["work_mem"].expected, told_of["work_mem"].actual)
    assert "10, and another value after a restart" == told_of["max_wal_senders"].actual
    assert allowances.RESTART == told_of["max_wal_senders"].remedy
    backwards = judge_settings(actual, expected, quarantined=False)
    remedies = {finding.subject: finding.remedy for finding in backwards.findings}
    assert set(RELOADED) == set(remedies)
    assert allowances.ALTERED == remedies["work_mem"]

    server.stop()
    server.configure(**RESTARTED)
    server.start()
    with server.connect() as conn:
        judged = judge_settings(actual, observe(conn), quarantined=False)
    # Higher is no harm: the copy starts, and does what the source does.
    lower = {"max_connections", "max_worker_processes", "max_wal_senders"}
    same = {"track_commit_timestamp", "wal_level", "autovacuum_max_workers"}
    assert lower | same == {finding.subject for finding in judged.findings}
    assert {allowances.BECAUSE_LOWER} == {
        finding.remedy for finding in judged.findings if finding.subject in lower
    }
    if actual.server_version >= 150000:
        assert "memory of the machine" == allowed(judged)["shared_memory_size"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_checksums", "off"),
        ("fsync", "on"),
        ("server_encoding", "LATIN1"),
        ("block_size", "16384"),
        ("wal_segment_size", "67108864 B"),
        ("lc_monetary", "de_DE"),
        ("default_transaction_read_only", "on"),
        ("max_locks_per_transaction", "10"),
        ("max_replication_slots", "0"),
        ("session_replication_role", "replica"),
        ("zero_damaged_pages", "on"),
    ],
)
def test_what_cannot_be_set_here_is_reported_too(
    truth: SettingsObservation, name: str, value: str
) -> None:
    judged = judge_settings(truth, altered(truth, **{name: value}), quarantined=False)
    assert [f"settings.{name}"] == told(judged)


# What may differ


@pytest.mark.parametrize("name", sorted({*ISOLATION, *WHILE_RECOVERING} - {"timezone"}))
def test_quarantine_is_allowed_for_and_told(truth: SettingsObservation, name: str) -> None:
    """DESIGN 5: a copy in quarantine differs from its source in a fixed list, which is printed."""
    damaging = {"ignore_invalid_pages", "ignore_checksum_failure", "zero_damaged_pages"}
    assert name in damaging or allowances.allowed(name, quarantined=True)
    if name in allowances.QUARANTINED and name in truth.settings:
        other = altered(truth, **{name: "something else"})
        judged = judge_settings(truth, other, quarantined=True)
        assert [] == told(judged)
        assert {name: allowances.QUARANTINED[name]} == allowed(judged)
        adopted = judge_settings(truth, other, quarantined=False)
        assert [f"settings.{name}"] == told(adopted)


def test_no_reason_stands_for_what_no_server_has(truth: SettingsObservation) -> None:
    """A name that was misspelt would allow nothing; other majors and builds have these."""
    known = set(truth.settings)
    younger = {
        "archive_library",
        "bonjour",
        "bonjour_name",
        "client_connection_check_interval",
        "extension_destdir",
        "file_copy_method",
        "file_extend_method",
        "huge_page_size",
        "huge_pages_status",
        "in_hot_standby",
        "io_combine_limit",
        "io_max_combine_limit",
        "io_max_concurrency",
        "io_method",
        "io_workers",
        "num_os_semaphores",
        "recovery_init_sync_method",
        "recovery_prefetch",
        "shared_memory_size",
        "shared_memory_size_in_huge_pages",
        "ssl_crl_dir",
        "sync_replication_slots",
        "synchronized_standby_slots",
    }
    older = {"promote_trigger_file", "stats_temp_directory", "ssl_dh_params_file"}
    named = {*allowances.MAY_DIFFER, *allowances.QUARANTINED, *allowances.NOT_LOWER}
    named |= {*allowances.REMEDIES}
    assert set() == named - known - younger - older


def test_the_log_is_the_machine_s_own(truth: SettingsObservation) -> None:
    other = altered(truth, log_min_messages="panic", log_directory="elsewhere")
    assert [] == told(judge_settings(truth, other, quarantined=False))


# Across majors, and libraries


def test_defaults_of_another_major_are_no_difference(truth: SettingsObservation) -> None:
    """Each major has its own; what somebody set is compared all the same."""
    jit = truth.settings["jit"].model_copy(update={"value": "other", "source": "default"})
    younger = truth.model_copy(
        update={"server_version": 990000, "settings": {**truth.settings, "jit": jit}}
    )
    if "default" == truth.settings["jit"].source:
        assert [] == told(judge_settings(truth, younger, quarantined=False))
    assert ["settings.jit"] == told(
        judge_settings(altered(truth, jit="on"), younger, quarantined=False)
    )


def test_what_only_one_major_knows_is_a_gap_where_it_was_set(truth: SettingsObservation) -> None:
    gone = altered(truth, 990000, work_mem=None)
    assert [] == told(judge_settings(truth, gone, quarantined=False))
    (gap,) = judge_settings(altered(truth, work_mem="9 kB"), gone, quarantined=False).gaps
    assert "settings.work_mem" == gap.check


def test_a_library_that_is_not_loaded_is_a_gap_out_of_quarantine(
    truth: SettingsObservation,
) -> None:
    cron = altered(truth, cron__database_name="core")
    judged = judge_settings(cron, truth, quarantined=True)
    assert [] == told(judged)
    assert {"cron.database_name": allowances.PRELOADED} == allowed(judged)
    (gap,) = judge_settings(cron, truth, quarantined=False).gaps
    assert ("settings.cron.database_name", "cron.database_name") == (gap.check, gap.subject)


# Rights and secrets


def test_without_the_right_what_is_hidden_is_a_gap(
    truth: SettingsObservation, connect: Connect
) -> None:
    """R31: what a login sees is judged, what it does not is named."""
    reader = observe(connect(user=READER))
    assert not reader.whole
    assert "data_directory" not in reader.settings
    judged = judge_settings(truth, altered(reader, work_mem="9 kB"), quarantined=False)
    assert ["settings.work_mem"] == [finding.check for finding in judged.findings]
    (gap,) = judged.gaps
    assert "parameters that only superusers see, in the copy" == gap.subject
    assert "grant pg_read_all_settings" in gap.reason


def test_with_the_right_nothing_is_hidden(truth: SettingsObservation, connect: Connect) -> None:
    with connect() as conn:
        conn.execute("create role settings_reader login in role pg_monitor")
        try:
            reader = observe(connect(user="settings_reader"))
        finally:
            conn.execute("drop role settings_reader")
    assert [] == told(judge_settings(truth, reader, quarantined=False))


def test_a_login_s_own_setting_hides_the_server_s(
    truth: SettingsObservation, connect: Connect
) -> None:
    """No difference of the servers, and none of it can be seen."""
    maintenance = connect()
    maintenance.execute(f"alter role {READER} set work_mem = '9MB'")
    try:
        judged = judge_settings(truth, observe(connect(user=READER)), quarantined=False)
    finally:
        maintenance.execute(f"alter role {READER} reset work_mem")
    assert () == judged.findings
    assert ["settings", "settings.work_mem"] == [gap.check for gap in judged.gaps]


def test_no_secret_is_observed(server: Server) -> None:
    """Where it is kept in a parameter at all: the password for a primary, the key of an archive."""
    with server.connect() as conn:
        seen = observe(conn)
    assert "hunter2" not in seen.model_dump_json()
    for name in ("primary_conninfo", "restore_command"):
        assert str(seen.settings[name].value).startswith("held back, sha256 ")
    assert seen == SettingsObservation.model_validate_json(seen.model_dump_json())


def test_a_parameter_without_a_value_is_read(connect: Connect) -> None:
    """A library that a session has loaded may have brought one."""
    conn = connect()
    conn.execute("load 'postgres_fdw'")
    seen = observe(conn).settings["postgres_fdw.application_name"]
    assert seen.value is None


def test_a_baseline_is_recorded_by_a_session_that_is_read_only(
    truth: SettingsObservation, cluster: Server
) -> None:
    """R31: what our own login asked for is no parameter of the server; the server's own one is."""
    dsn = cluster.client_environment()
    with psycopg.connect(
        host=dsn["PGHOST"],
        port=dsn["PGPORT"],
        user=dsn["PGUSER"],
        dbname="postgres",
        options="-c default_transaction_read_only=on",
    ) as conn:
        recorded = observe(conn)

    judged = judge_settings(recorded, truth, quarantined=True)
    servers_own = altered(truth, default_transaction_read_only="on")

    assert [] == told(judged)
    assert "default_transaction_read_only" in allowed(judged)
    assert ["settings.default_transaction_read_only"] == told(
        judge_settings(servers_own, truth, quarantined=True)
    )
