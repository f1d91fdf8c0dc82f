"""``[dynamodb]``: what is accepted, and each mistake in a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.settings import FixSettings, scope
from fixtures.settings.fingerprint import fingerprint
from fixtures.settings.load import load_settings
from tests.settings.helpers import load

SOURCE = '[source]\ncluster = "core"\naccount = "123456789012"\nregion = "us-east-1"\n'
TABLE = '[[dynamodb.table]]\nname = "core-GranulesTable"\n'
KEYS = f'{TABLE}attributes = ["granuleId"]\nquery = "select granule_id from granules"\n'


def test_what_is_not_said_is_with_the_cluster(tmp_path: Path) -> None:
    settings = load(tmp_path, f"{SOURCE}[dynamodb]\n{KEYS}").dynamodb
    assert settings is not None
    assert settings.restore_to_time is None
    assert timedelta(minutes=5) == settings.tolerance
    assert ("ms", None, None) == (
        settings.table[0].unit,
        settings.table[0].timestamp,
        settings.table[0].database,
    )
    said = load(tmp_path, f'{SOURCE}[dynamodb]\nrestore_to_time = "with the cluster"\n')
    assert said.dynamodb is not None
    assert said.dynamodb.restore_to_time is None


def test_a_time_is_one_with_a_zone_and_of_a_whole_second(tmp_path: Path) -> None:
    for text in ('"2026-03-01T13:00:00+01:00"', "2026-03-01T12:00:00Z"):
        settings = load(tmp_path, f"{SOURCE}[dynamodb]\nrestore_to_time = {text}\n").dynamodb
        assert settings is not None
        assert datetime(2026, 3, 1, 12, tzinfo=UTC) == settings.restore_to_time
        assert "2026-03-01T12:00:00Z" == settings.model_dump(mode="json")["restore_to_time"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'{SOURCE}[dynamodb]\nrestore_to_time = "latest"\n', "is neither"),
        (f'{SOURCE}[dynamodb]\nrestore_to_time = "2026-03-01T12:00:00"\n', "no time zone"),
        (f"{SOURCE}[dynamodb]\nrestore_to_time = 2026-03-01T12:00:00\n", "is neither"),
        (f'{SOURCE}[dynamodb]\nrestore_to_time = "2026-03-01T12:00:00.5Z"\n', "whole seconds"),
        (f"{SOURCE}[dynamodb]\nsegments = 0\n", "must be at least 1"),
        (f"{SOURCE}[dynamodb]\nread_units = true\n", "whole number"),
        (f"{SOURCE}[dynamodb]\n{TABLE}{TABLE}", "names the table core-GranulesTable twice"),
        (f'{SOURCE}[dynamodb]\n{TABLE}query = "select 1"\n', "needs attributes"),
        (f'{SOURCE}[[dynamodb.table]]\nname = "a table"\n', "is no name of a table"),
        (f"[dynamodb]\n{TABLE}[backup]\nkind = 'plain'\npath = '/srv/b'\n", "needs a [source]"),
        (
            f'{SOURCE}[restore]\ntarget = "2026-03-01T12:00:01Z"\n[dynamodb]\n'
            'restore_to_time = "2026-03-01T12:00:00Z"\n',
            "lies before [restore] target",
        ),
    ],
)
def test_a_mistake_gets_its_own_line(text: str, line: str, tmp_path: Path) -> None:
    """R24, before anything is asked of AWS."""
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, text)
    (problem,) = caught.value.problems
    assert "dynamodb" in problem
    assert line in problem


def test_tables_are_in_scope_or_named_as_left_out(tmp_path: Path) -> None:
    line = "[dynamodb] the cluster is no newer than its tables"
    assert line in scope(load(tmp_path, SOURCE)).out
    assert f"{line}: core-GranulesTable" in scope(load(tmp_path, SOURCE + TABLE)).within


def test_a_rehearsal_of_such_a_file_leaves_them_out(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    path.write_text(SOURCE + TABLE)
    settings = load_settings(path, environ={}, invocation_dir=tmp_path, rehearsal=True)
    assert settings.dynamodb is None


def test_a_run_is_gone_on_with_after_its_reading_was_tuned_and_not_with_other_tables(
    tmp_path: Path,
) -> None:
    one = fingerprint(load(tmp_path, f"{SOURCE}[dynamodb]\n{KEYS}"))
    tuned = f'{SOURCE}[dynamodb]\nsegments = 9\nread_units = 7\ntolerance = "1h"\n{KEYS}'
    assert one == fingerprint(load(tmp_path, tuned))
    assert one != fingerprint(load(tmp_path, SOURCE + TABLE))
