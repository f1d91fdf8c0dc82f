"""Where settings come from: command line, environment, file, defaults, in this order."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from fixtures.settings import FixSettings, NameExistingSettingsFile, load_settings
from fixtures.settings.kinds import duration_text, parse_duration, parse_size, size_text
from fixtures.settings.load import single_keys, variable
from tests.settings.helpers import BACKUP, SOURCE, load

SCALE = "RESTORE_DRILLS_REHEARSAL__SCALE"


def test_without_a_file_a_run_is_a_rehearsal(tmp_path: Path) -> None:
    settings = load_settings(None, environ={}, invocation_dir=tmp_path)
    assert settings.cloud == "rehearsal"
    assert settings.file is None
    assert settings.rehearsal.scale == 1


def test_drill_toml_in_the_invocation_folder_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "drill.toml").write_text(SOURCE)
    settings = load_settings(None, environ={}, invocation_dir=tmp_path)
    assert settings.cloud == "aws"
    assert settings.file == tmp_path / "drill.toml"


def test_a_mistake_in_the_default_file_names_it(tmp_path: Path) -> None:
    (tmp_path / "drill.toml").write_text("[sauce]")
    with pytest.raises(FixSettings, match=r"^drill\.toml: \[sauce\]: unknown table; did you mean"):
        load_settings(None, environ={}, invocation_dir=tmp_path)


def test_a_missing_named_file_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(NameExistingSettingsFile) as caught:
        load_settings("clusters/none.toml", environ={}, invocation_dir=tmp_path)
    expected = (
        "--drill-config=clusters/none.toml: no such file; name an existing one, relative to "
        f"{tmp_path}"
    )
    assert expected == str(caught.value)


def test_a_folder_in_the_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "clusters").mkdir()
    with pytest.raises(NameExistingSettingsFile) as caught:
        load_settings("clusters", environ={}, invocation_dir=tmp_path)
    expected = "--drill-config=clusters: cannot be read: Is a directory; name a readable file"
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("tables", "cloud"), [("", "rehearsal"), (SOURCE, "aws"), (BACKUP, "self-managed")]
)
def test_the_cloud_follows_the_tables(tables: str, cloud: str, tmp_path: Path) -> None:
    assert cloud == load(tmp_path, tables).cloud


def test_the_command_line_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    text = "[rehearsal]\nscale = 2"
    environ = {SCALE: "3"}
    overrides = {"rehearsal.scale": 4}
    assert load(tmp_path, text).rehearsal.scale == 2
    assert load(tmp_path, text, environ=environ).rehearsal.scale == 3
    assert load(tmp_path, text, environ=environ, overrides=overrides).rehearsal.scale == 4


def test_an_option_that_was_not_given_overrides_nothing(tmp_path: Path) -> None:
    settings = load(tmp_path, "[rehearsal]\nscale = 2", overrides={"rehearsal.scale": None})
    assert settings.rehearsal.scale == 2


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = load(tmp_path, "[rehearsal]\nscale = 2", environ={SCALE: ""})
    assert settings.rehearsal.scale == 2


def test_variables_carry_every_type(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        SOURCE,
        environ={
            "RESTORE_DRILLS_PROOF__MUST_HAVE_TABLES": '["rules", "granules"]',
            "RESTORE_DRILLS_REHEARSAL__LOAD": "dumps/core.sql",
            "RESTORE_DRILLS_OBJECTIVES__DATA_LOSS": "15m",
            "RESTORE_DRILLS_LIMITS__INSTANCE_HOURS": "1.5",
            "RESTORE_DRILLS_LIMITS__PRICES": '{"db.r6g.large": 0.26}',
            "RESTORE_DRILLS_SOURCE__LOGIN": "env:CORE",
            "RESTORE_DRILLS_SOURCE__DATABASES": "core",
            "RESTORE_DRILLS_CONTENT__FROZEN": '[{"table": "granules", "where": "true"}]',
        },
    )
    assert settings.proof.must_have_tables == ("rules", "granules")
    assert settings.rehearsal.load == (tmp_path / "dumps" / "core.sql",)
    assert settings.objectives.data_loss == timedelta(minutes=15)
    assert settings.limits.instance_hours == 1.5
    assert settings.limits.prices == {"db.r6g.large": 0.26}
    assert settings.source is not None
    assert settings.source.databases == ("core",)
    assert str(settings.source.login) == "env:CORE"
    assert settings.content.frozen[0].table == "granules"


def test_a_table_within_a_table_is_json_in_a_variable(tmp_path: Path) -> None:
    name = "RESTORE_DRILLS_CONTENT__HEARTBEAT"
    settings = load(tmp_path, "", environ={name: '{"table": "beats", "column": "at"}'})
    heartbeat = settings.content.heartbeat
    assert heartbeat is not None
    assert ("beats", "at", timedelta(minutes=1)) == (
        heartbeat.table,
        heartbeat.column,
        heartbeat.every,
    )


def test_verify_may_be_said_on_the_command_line_and_changes_no_cloud(tmp_path: Path) -> None:
    logins = {"verify.source": "service=core", "verify.restored": "host=h password=canary"}
    settings = load(tmp_path, BACKUP, overrides=logins)
    assert settings.cloud == "self-managed"
    assert settings.verify is not None
    assert str(settings.verify.source) == "service=core"
    assert "canary" not in str(settings.masked())
    (warning,) = settings.warnings()
    assert warning.startswith("[verify] restored: holds a password;")


def test_a_copy_may_be_compared_with_a_baseline_alone(tmp_path: Path) -> None:
    baseline = {"proof.baseline": "b.json", "proof.baseline_after": "c.json"}
    settings = load(tmp_path, '[verify]\nrestored = "env:R"', overrides=baseline)
    assert settings.proof.baseline == tmp_path / "b.json"
    assert settings.proof.baseline_after == tmp_path / "c.json"


def test_what_was_not_said_of_the_new_tables(tmp_path: Path) -> None:
    settings = load(tmp_path, '[migrations]\ntable = "knex_migrations"')
    migrations = settings.migrations
    assert migrations is not None
    assert (migrations.name_column, migrations.lock, migrations.newest) == ("name", None, None)
    assert migrations.lock_column == "is_locked"
    assert settings.content.proof == "exact"
    assert settings.content.heartbeat is None
    assert settings.verify is None
    assert settings.proof.max_source_bytes is None


@pytest.mark.parametrize(
    ("text", "size"),
    [("64kB", 65536), ("500MB", 500 * 2**20), ("2TB", 2**41), ("999999PB", 999999 * 2**50)],
)
def test_a_size_is_written_as_it_was_read(text: str, size: int) -> None:
    assert size == parse_size(text)
    assert text == size_text(size)


def test_other_programs_variables_are_none_of_our_business(tmp_path: Path) -> None:
    environ = {"RESTORE_DRILLS_GUARDIAN": "/tmp/x/s", "PATH": "/bin", "X__Y": "1"}
    assert load(tmp_path, "", environ=environ).masked() == load(tmp_path, "").masked()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "RESTORE_DRILLS_RESTORE__TARGT",
            "latest",
            "RESTORE_DRILLS_RESTORE__TARGT: unknown setting; did you mean "
            "RESTORE_DRILLS_RESTORE__TARGET?",
        ),
        (
            "RESTORE_DRILLS___Q",
            "1",
            "RESTORE_DRILLS___Q: unknown setting; docs/settings.md lists what there is",
        ),
        (SCALE, "large", f"{SCALE}: is text; a whole number is wanted"),
        (
            "RESTORE_DRILLS_PROOF__MUST_HAVE_TABLES",
            '["rules", 7]',
            "RESTORE_DRILLS_PROOF__MUST_HAVE_TABLES: item 2: is a number; text in quotes is wanted",
        ),
        (
            "RESTORE_DRILLS_PROOF__MUST_HAVE_TABLES",
            '["rules"',
            "RESTORE_DRILLS_PROOF__MUST_HAVE_TABLES: is text; a list is wanted",
        ),
        (
            "RESTORE_DRILLS_RESTORE__TARGET",
            "xid:seven",
            "RESTORE_DRILLS_RESTORE__TARGET: xid: takes a transaction number, like xid:7342",
        ),
        (
            "RESTORE_DRILLS_TERRAFORM__DIR",
            "infra",
            "RESTORE_DRILLS_TERRAFORM__DIR: [terraform] cluster_address: missing; write one like "
            'cluster_address = "module.rds_cluster.aws_rds_cluster.cumulus"',
        ),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(
    name: str, text: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, "", environ={name: text})
    assert (expected,) == caught.value.problems


@pytest.mark.parametrize(
    ("options", "named"),
    [({}, "--restore-to-time"), ({"restore.target": "--recovery-target"}, "--recovery-target")],
)
def test_a_mistake_on_the_command_line_names_the_option(
    options: dict[str, str], named: str, tmp_path: Path
) -> None:
    """R22, for the option: the naive time is refused where it was typed."""
    with pytest.raises(FixSettings) as caught:
        load(
            tmp_path,
            "",
            overrides={"restore.target": "2026-03-01T12:00:00"},
            options=options,
        )
    expected = (
        f"{named}: '2026-03-01T12:00:00' has no time zone; write it in UTC with a Z, like "
        "2026-03-01T12:00:00Z"
    )
    assert (expected,) == caught.value.problems


def test_mistakes_of_all_three_places_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as caught:
        load(
            tmp_path,
            "[sauce]",
            environ={SCALE: "large", "RESTORE_DRILLS_A__B": "1"},
            overrides={"rehearsal.endpoint": "http://example.org:80"},
        )
    names = [problem.partition(":")[0] for problem in caught.value.problems]
    assert names == ["RESTORE_DRILLS_A__B", SCALE, "--rehearsal-endpoint", "clusters/core.toml"]


def test_paths_are_relative_to_the_invocation_folder(tmp_path: Path) -> None:
    """Not to the settings file, which lies in clusters/ here."""
    settings = load(
        tmp_path,
        '[terraform]\ndir = "infra/rds"\ntfvars = "/etc/prod.tfvars"\n'
        'cluster_address = "aws_rds_cluster.core"',
        overrides={"restore.work_dir": "work", "rehearsal.load": ["a.sql", "/b.dump"]},
    )
    assert settings.terraform is not None
    assert settings.terraform.dir == tmp_path / "infra" / "rds"
    assert settings.terraform.tfvars == Path("/etc/prod.tfvars")
    assert settings.restore.work_dir == tmp_path / "work"
    assert settings.rehearsal.load == (tmp_path / "a.sql", Path("/b.dump"))


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path, SOURCE)
    with pytest.raises(ValueError, match="frozen"):
        settings.rehearsal.scale = 7


def test_an_expired_waiver_is_warned_about(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[[waiver]]\ncheck = "configuration"\nobject = "core"\nproperty = "log_exports"\n'
        'reason = "r"\nexpires = 2026-05-31\nby = "b"',
    )
    assert settings.warnings(date(2026, 5, 31)) == ()
    expected = "[[waiver]] number 1: expired on 2026-05-31; what it waived fails"
    assert (expected,) == settings.warnings(date(2026, 6, 1))


@pytest.mark.parametrize("text", ["30s", "15m", "90m", "2h", "26h", "7d", "999999d"])
def test_a_duration_is_written_as_it_was_read(text: str) -> None:
    assert text == duration_text(parse_duration(text))


def test_no_two_keys_share_a_variable() -> None:
    names = [variable(table, key) for table, key, _ in single_keys()]
    assert sorted(set(names)) == sorted(names)
