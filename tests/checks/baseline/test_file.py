"""The file of a baseline: what was written is what is read, and everything else is told."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.baseline.__main__ import main
from checks.baseline.errors import (
    BaselineError,
    FetchBaselineAgain,
    MakeBaselineReadable,
    NameAnotherBaseline,
    NameBaselineFile,
    NameExistingBaseline,
    NameWritableBaseline,
    UpdateHarness,
)
from checks.baseline.file import load, require_writable, save, schema
from checks.baseline.model import Baseline
from tests.checks.baseline import made_up

NAMES = ["core.json", "core.json.gz"]


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def refused(error: type[BaselineError], path: Path, words: str) -> None:
    """One line, which names the file."""
    with pytest.raises(error, match=words) as raised:
        load(path)
    assert error is raised.type
    assert str(raised.value).startswith(f"{path}: ")
    assert 1 == len(str(raised.value).splitlines())


def text_of(baseline: Baseline, folder: Path) -> str:
    save(baseline, folder / "text.json")
    return (folder / "text.json").read_text()


def test_what_was_saved_is_loaded(baseline: Baseline, path: Path) -> None:
    save(baseline, path)
    assert baseline == load(path)


def test_the_file_is_json_that_its_schema_describes(baseline: Baseline, tmp_path: Path) -> None:
    """Readable without this harness, ten years from now."""
    written = json.loads(text_of(baseline, tmp_path))
    assert ["format", "version", "sha256", "baseline"] == list(written)
    described = schema()
    assert set(described["properties"]) == set(written)
    assert False is described["additionalProperties"]


def test_the_same_baseline_gives_the_same_file(baseline: Baseline, path: Path) -> None:
    save(baseline, path)
    first = path.read_bytes()
    save(baseline, path)
    assert first == path.read_bytes()


def test_only_its_owner_may_read_it(baseline: Baseline, path: Path) -> None:
    save(baseline, path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_nothing_else_is_left_beside_it(baseline: Baseline, path: Path) -> None:
    save(baseline, path)
    save(baseline, path)
    assert [path] == list(path.parent.iterdir())


def test_a_file_that_lost_its_suffix_or_won_one_is_read(baseline: Baseline, tmp_path: Path) -> None:
    save(baseline, tmp_path / "a.json.gz")
    (tmp_path / "a.json.gz").rename(tmp_path / "a.json")
    assert baseline == load(tmp_path / "a.json")


def test_what_a_link_points_to_is_replaced(baseline: Baseline, tmp_path: Path) -> None:
    """An operator's ``latest.json`` stays a link."""
    save(baseline, tmp_path / "monday.json")
    (tmp_path / "latest.json").symlink_to("monday.json")
    later = baseline.model_copy(update={"harness": "9.9"})
    save(later, tmp_path / "latest.json")
    assert (tmp_path / "latest.json").is_symlink()
    assert later == load(tmp_path / "monday.json")


@pytest.mark.parametrize(
    "other",
    [b"secret of the operator's\n", b"", gzip.compress(b"a backup", mtime=0), b"\x1f\x8bno gzip"],
)
def test_what_is_no_baseline_is_not_overwritten(
    baseline: Baseline, path: Path, other: bytes
) -> None:
    path.write_bytes(other)
    with pytest.raises(NameAnotherBaseline, match="not overwritten: name another file"):
        save(baseline, path)
    assert other == path.read_bytes()


def test_a_folder_is_not_overwritten(baseline: Baseline, path: Path) -> None:
    path.mkdir()
    with pytest.raises(NameWritableBaseline, match="Is a directory"):
        save(baseline, path)


def test_a_folder_that_is_not_there_is_told(baseline: Baseline, tmp_path: Path) -> None:
    with pytest.raises(NameWritableBaseline, match="No such file or directory"):
        save(baseline, tmp_path / "nowhere" / "core.json")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_a_full_disk_leaves_the_older_baseline(
    baseline: Baseline, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(baseline, path)
    before = path.read_bytes()

    def full(_handle: int) -> None:
        with open("/dev/full", "wb", buffering=0) as disk:
            disk.write(b"x")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NameWritableBaseline, match="No space left on device"):
        save(baseline.model_copy(update={"harness": "9.9"}), path)
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_what_could_not_be_written_is_told_before_anything_is_read(
    baseline: Baseline, path: Path
) -> None:
    require_writable(path)
    assert [] == list(path.parent.iterdir())
    save(baseline, path)
    require_writable(path)
    assert baseline == load(path)
    with pytest.raises(NameWritableBaseline, match="No such file or directory"):
        require_writable(path.parent / "nowhere" / "core.json")
    path.write_bytes(b"something else")
    with pytest.raises(NameAnotherBaseline):
        require_writable(path)


def test_a_missing_file(path: Path) -> None:
    refused(NameExistingBaseline, path, "no such file: .* --record-baseline")


def test_an_unreadable_file(path: Path) -> None:
    path.mkdir()
    refused(MakeBaselineReadable, path, "cannot be read .*Is a directory")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"PGDMP\x01\x0f", "is not JSON"),
        (b"\xff\xfe{", "is not JSON"),
        (b"[1, 2", "is not JSON"),
        (b"[]", "is JSON, but no"),
        (b'{"format_version": "1.2", "planned_values": {}}', "is JSON, but no"),
    ],
)
def test_another_file(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    refused(NameBaselineFile, path, words)


def test_a_newer_version(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "core.json"
    path.write_text(text_of(baseline, tmp_path).replace('"version":1', '"version":2', 1))
    refused(UpdateHarness, path, "version 2 of the format, this harness reads up to 1")


def test_a_file_cut_short_anywhere(baseline: Baseline, tmp_path: Path) -> None:
    """R34: half a baseline would prove half a copy."""
    text = text_of(baseline, tmp_path)
    path = tmp_path / "core.json"
    for length in range(1, len(text) - 1):  # the last character is the end of the line
        path.write_text(text[:length])
        refused(FetchBaselineAgain, path, "cut short")


def test_the_end_of_the_line_may_be_lost(baseline: Baseline, tmp_path: Path) -> None:
    """Mail and editors do that; nothing of the baseline is in it."""
    path = tmp_path / "core.json"
    path.write_text(text_of(baseline, tmp_path).rstrip())
    assert baseline == load(path)


@settings(max_examples=200)
@given(place=st.floats(0, 1, exclude_max=True), other=st.integers(1, 255))
def test_any_other_byte_is_told(place: float, other: int) -> None:
    """Wherever it is; and never by anything but one of our errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "core.json"
        save(made_up.baseline(), path)
        content = bytearray(path.read_bytes().rstrip())
        content[int(place * len(content))] ^= other
        path.write_bytes(content)
        with pytest.raises(BaselineError):
            load(path)


def test_a_compressed_file_cut_short(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "core.json.gz"
    save(baseline, path)
    path.write_bytes(path.read_bytes()[:-20])
    refused(FetchBaselineAgain, path, "cut short")


def test_a_compressed_file_with_a_bad_byte(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "core.json.gz"
    save(baseline, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    refused(FetchBaselineAgain, path, "compression is damaged|cut short")


def test_an_edited_file(baseline: Baseline, tmp_path: Path) -> None:
    """One count, by hand."""
    text = text_of(baseline, tmp_path)
    path = tmp_path / "core.json"
    assert '"rows":10' in text
    path.write_text(text.replace('"rows":10', '"rows":11', 1))
    refused(FetchBaselineAgain, path, "changed after it was written .*its hash does not fit")


def test_an_edited_file_that_is_no_json_any_more(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "core.json"
    path.write_text(text_of(baseline, tmp_path).replace('"rows":10', '"rows":ten', 1))
    refused(FetchBaselineAgain, path, "changed after it was written, and is no JSON any more")


def test_a_formatted_file(baseline: Baseline, tmp_path: Path) -> None:
    """What `jq .` makes of it: nobody can tell whether only blanks were changed."""
    path = tmp_path / "core.json"
    path.write_text(json.dumps(json.loads(text_of(baseline, tmp_path)), indent=2))
    refused(FetchBaselineAgain, path, "a tool that formats JSON")


def test_something_appended(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "core.json"
    path.write_text(text_of(baseline, tmp_path) * 2)
    refused(FetchBaselineAgain, path, "changed after it was written")


def test_a_field_that_this_version_does_not_know(baseline: Baseline, tmp_path: Path) -> None:
    """Names the place, never the value."""
    body = json.loads(text_of(baseline, tmp_path))["baseline"]
    body["cluster"]["weather"] = "canary"
    changed = json.dumps(body, separators=(",", ":"))
    digest = hashlib.sha256(changed.encode()).hexdigest()
    path = tmp_path / "core.json"
    path.write_text(
        f'{{"format":"restore-drills baseline","version":1,"sha256":"{digest}",'
        f'"baseline":{changed}}}\n'
    )
    refused(
        UpdateHarness, path, r"baseline\.cluster\.weather: Extra inputs .*version .* that wrote"
    )
    with pytest.raises(UpdateHarness) as raised:
        load(path)
    assert "canary" not in str(raised.value)


def test_names_of_every_script_survive(baseline: Baseline, path: Path) -> None:
    name = 'é "quoted" 表 %s \\ 😀'
    odd = baseline.model_copy(update={"databases": {name: baseline.databases["core"]}})
    save(odd, path)
    assert odd == load(path)


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["schema"])
    assert schema() == json.loads(capsys.readouterr().out)


def test_the_command_reads_a_file(
    baseline: Baseline, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(baseline, path)
    assert 0 == main(["check", str(path)])
    assert "core: 1 tables, 13 rows" in capsys.readouterr().out
    path.write_text("")
    assert 4 == main(["check", str(path)])
    assert f"{path}: is empty" in capsys.readouterr().err
