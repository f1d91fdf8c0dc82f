"""``pytest drills/physical`` on an operator's own backups: what they must be, and what is refused.

The source is gone. Nothing of the shelf is ever touched, and after a refusal nothing is left.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.drills.fix_drill import Drill
from tests.drills.fix_shelf import APPLICATION, PASSWORD, KeptDrill, Shelf


def test_backups_of_ones_own_are_proven_against_a_baseline(kept_drill: KeptDrill) -> None:
    """R3, R42, R62 to R65: with the source long gone, and without a touch to what is kept of it."""
    before = kept_drill.shelf.listing()
    kept_drill.drill.environ["SHOP_LOGIN"] = f"user={APPLICATION} password={PASSWORD}"

    result = kept_drill.run("-vv", "-l", application="env:SHOP_LOGIN")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN copy of plain ")
    assert "passed" == result.claims()["test_the_application_logs_in_and_writes"]
    assert "base-2" == result.of("backup_identified")[0]["name"]
    assert list(result.folder.iterdir())
    assert before == kept_drill.shelf.listing()
    assert not list(kept_drill.drill.work.iterdir())
    kept_drill.shows_no_secret(result)


@dataclass(frozen=True)
class Case:
    """What is wrong with the input, and what must be said of it, as expressions in one line.

    damage   done to a shelf of the test's own
    status   4: the input cannot be used; 1: a verdict on the backup
    """

    said: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    damage: Callable[[Shelf], None] | None = None
    options: tuple[str, ...] = ()
    status: int = 4


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text in a file that has it, as an expression."""
    text = file.read_text()
    assert re.search(old, text)
    file.write_text(re.sub(old, new, text))


def without_backups(shelf: Shelf) -> None:
    shutil.rmtree(shelf.backups)
    shelf.backups.mkdir()


def of_another_major(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "PG_VERSION").write_text("13\n")


def from_the_future(shelf: Shelf) -> None:
    for note in shelf.wal.glob("*.backup"):
        edit(note, r"STOP TIME: \d{4}", "STOP TIME: 2099")


def with_a_tablespace(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "pg_tblspc" / "16400").symlink_to("/srv/fast")


def with_a_link(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "pg_wal").rename(shelf.folder / f"wal of {backup.name}")
        (backup / "pg_wal").symlink_to(shelf.folder / f"wal of {backup.name}")


def of_a_running_server(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "backup_label").unlink()
        (backup / "postmaster.pid").write_text("1\n")


def without_labels(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "backup_label").unlink()


def with_another_timeline(shelf: Shelf) -> None:
    (shelf.wal / "00000002.history").write_text("1\t0/90000000\tno recovery target specified\n")


def with_a_gap(shelf: Shelf) -> None:
    last = sorted(path for path in shelf.wal.iterdir() if len(path.name) == 24)[-1]
    name = f"{last.name[:16]}{int(last.name[16:], 16) + 2:08X}"
    shutil.copy2(last, shelf.wal / name)


def with_a_short_segment(shelf: Shelf) -> None:
    last = sorted(path for path in shelf.wal.iterdir() if len(path.name) == 24)[-1]
    with last.open("r+b") as file:
        file.truncate(1000)


def changed_since(shelf: Shelf) -> None:
    with (shelf.backups / "base-2" / "global" / "pg_filenode.map").open("r+b") as file:
        file.write(b"x")


def without_a_manifest(shelf: Shelf) -> None:
    for backup in shelf.backups.iterdir():
        (backup / "backup_manifest").unlink()


def packed(shelf: Shelf) -> Path:
    """base-2 as `pg_basebackup --format=tar` would have written it, alone on the shelf."""
    base, tar = shelf.backups / "base-2", shelf.backups / "packed"
    tar.mkdir()
    shutil.copy2(base / "backup_manifest", tar)
    # The label comes first, as pg_basebackup has it.
    rest = sorted(p.name for p in base.iterdir() if p.name not in ("backup_label", "pg_wal"))
    rest.remove("backup_manifest")
    command = ["tar", "-cf", tar / "base.tar", "--exclude=pg_wal/*", "-C", base, "backup_label"]
    subprocess.run([*command, *rest, "pg_wal"], check=True)
    wal = ["tar", "-cf", tar / "pg_wal.tar", "-C", base / "pg_wal", "."]
    subprocess.run(wal, check=True)
    for folder in ("base-1", "base-2"):
        shutil.rmtree(shelf.backups / folder)
    for path in (tar, *tar.iterdir()):
        shelf.account.own(path)
    return tar


def with_a_truncated_tar(shelf: Shelf) -> None:
    with (packed(shelf) / "base.tar").open("r+b") as file:
        file.truncate(5 * 2**20)


def unreadable_to_the_server(shelf: Shelf) -> None:
    last = sorted(path for path in shelf.wal.iterdir() if len(path.name) == 24)[-1]
    last.chmod(0)
    shutil.chown(last, "root")


CASES: dict[str, Case] = {
    "no backup": Case(
        (r"\[backup\]: the repository holds no backup: make one",), damage=without_backups
    ),
    "no such folder": Case(
        (r"\[backup\] path = /nowhere: cannot be listed", "name the folder"),
        {"path": Path("/nowhere")},
    ),
    "no such archive": Case((r"/nowhere", "cannot be"), {"wal": Path("/nowhere")}),
    "older than the policy": Case(
        (r"backup base-2: expected at most 0:00:01 old", "no newer backup"),
        {"backup": 'max_age = "1s"'},
        status=1,
    ),
    "another major version": Case(("PostgreSQL 13", "install|PG_BIN"), damage=of_another_major),
    "a backup from the future": Case(
        (r"ended at 2099-", "[Ss]et the clock"), damage=from_the_future, status=1
    ),
    "a tablespace": Case(("has tablespaces", "without tablespaces"), damage=with_a_tablespace),
    "an absolute link": Case(("pg_wal is a link to outside the backup",), damage=with_a_link),
    "a running server's folder": Case(
        (r"\[backup\] path = .*the data folder of a server, and no backup", "Name the folder"),
        damage=of_a_running_server,
    ),
    "no label": Case(("backup_label", "make another one"), damage=without_labels),
    "no manifest": Case(
        ("backup_manifest cannot be read", "with a manifest"), damage=without_a_manifest
    ),
    "no such name": Case(
        (r'\[backup\] pick = "base-7": no backup has that name; there are base-1, base-2',),
        {"backup": 'pick = "base-7"'},
    ),
    "nothing within the window": Case(
        (r'pick = "random within 1s": no sound backup ended within that time',),
        {"backup": 'pick = "random within 1s"'},
    ),
    "before every backup": Case(
        (r"\[restore\] target: no backup ended before time 2020-", "choose a later target"),
        {"restore": 'target = "2020-01-01T00:00:00Z"'},
    ),
    "before the backup's end": Case(
        (r"\[restore\] target: lsn 0/100 is before the end", "older backup"),
        {"restore": 'target = "lsn:0/100"', "backup": 'pick = "base-1"'},
    ),
    "several timelines": Case(
        (r"\[restore\] timeline: .* holds more than timeline 1 of the backup: 2 branched off",),
        damage=with_another_timeline,
    ),
    "no such timeline": Case(
        (r"\[restore\] timeline: timeline 7 does not branch off",),
        {"restore": 'target = "latest"\ntimeline = 7'},
    ),
    "another cluster's backup": Case(
        (r"\[backup\] system_identifier", "but 5 was to be restored"),
        {"backup": "system_identifier = 5"},
    ),
    "a gap": Case((r"has a gap: \w{24} is missing",), damage=with_a_gap),
    "a short segment": Case(("is truncated: 1000 of",), damage=with_a_short_segment),
    "a full disk": Case(
        (r"\[restore\] work_dir: .* has 1 MB free, .* of backup base-2 needs", "--work-dir"),
        options=("-p", "tests.sabotage.physical", "--sabotage=full disk"),
    ),
    "a time to come": Case(
        (r"--recovery-target.*lies in the future; nothing can be restored to it",),
        options=("--recovery-target=time:2099-01-01T00:00:00Z",),
    ),
    "a cluster's drill": Case(
        (r"drills/pitr restores a \[source\]", "--drill-config"), options=("drills/pitr",)
    ),
    "a work folder that a server uses": Case(
        ("--work-dir=.*base-1: it is a data folder of PostgreSQL", "choose"),
        options=("--work-dir={backup}",),
    ),
}

JUDGED: dict[str, Case] = {
    "a role that is not there": Case(
        (r'\[backup\] superuser = "nobody_here": the restored copy has no such role',),
        {"superuser": "nobody_here"},
    ),
    "a name that is not there": Case(
        (
            "recovery ended before configured recovery target was reached",
            "an earlier target, or an older backup where the target lies before this one",
        ),
        {"restore": 'target = "name:never"'},
        status=1,
    ),
    "changed since": Case(
        ("does not match its manifest", "pg_filenode.map", "choose another"),
        damage=changed_since,
        status=1,
    ),
    "a truncated tar": Case(
        ("packed", "could not be brought back|does not match its manifest"),
        damage=with_a_truncated_tar,
        status=1,
    ),
    "an unreadable segment": Case(
        ("restore_command|could not restore file", r"repair"),
        damage=unreadable_to_the_server,
        status=1,
    ),
}


FAST = (
    "no backup",
    "older than the policy",
    "several timelines",
    "a full disk",
    "changed since",
)
"""Those that the tests run by day; each is a run of its own."""


def named(cases: dict[str, Case]) -> list[Any]:
    """Their names as parameters, the others marked."""
    slow = pytest.mark.slow
    return [name if name in FAST else pytest.param(name, marks=slow) for name in cases]


def is_refused(kept_drill: KeptDrill, run_folder: Path, case: Case) -> None:
    """One clear line, the status, nothing touched, nothing left."""
    if case.damage is not None:
        kept_drill.shelf = kept_drill.shelf.copied(run_folder / "shelf")
        case.damage(kept_drill.shelf)
    before = kept_drill.shelf.listing()
    options = [o.format(backup=kept_drill.shelf.backups / "base-1") for o in case.options]

    result = kept_drill.run("--keep-restored=never", *options, **case.settings)

    assert case.status == result.status, result.out
    said = " ".join(case.said)
    one = [line for line in result.out.splitlines() if all(re.search(s, line) for s in case.said)]
    assert one, f"{said}\n{result.out}"
    assert before == kept_drill.shelf.listing()
    assert not list(kept_drill.drill.work.iterdir())
    kept_drill.shows_no_secret(result)


@pytest.mark.parametrize("name", named(CASES))
def test_bad_input_is_one_clear_line_and_nothing_is_touched(
    kept_drill: KeptDrill, run_folder: Path, name: str
) -> None:
    """R22, R62, R63: refused before a byte is copied, with the setting and the remedy."""
    is_refused(kept_drill, run_folder, CASES[name])


@pytest.mark.parametrize("name", named(JUDGED))
def test_what_only_the_restore_tells_is_one_clear_line_too(
    kept_drill: KeptDrill, run_folder: Path, name: str
) -> None:
    """R3, R62, R63, R66: and the copy that was begun is gone."""
    is_refused(kept_drill, run_folder, JUDGED[name])


@pytest.mark.slow
def test_a_backup_is_picked_at_random_with_its_seed(kept_drill: KeptDrill) -> None:
    """R62: whichever it was, the run says how to pick it again."""
    result = kept_drill.run(backup='pick = "random within 1d"')

    assert 0 == result.status, result.out
    name = result.of("backup_identified")[0]["name"]
    assert re.search(rf"picked at random: {name}, seed \d+", result.out)


@pytest.mark.slow
def test_a_newer_backup_that_is_damaged_is_told_of(kept_drill: KeptDrill, run_folder: Path) -> None:
    """R62: the one before it is restored, and nobody takes that for the newest."""
    kept_drill.shelf = kept_drill.shelf.copied(run_folder / "shelf")
    (kept_drill.shelf.backups / "base-2" / "backup_manifest").write_text("{}")

    result = kept_drill.run()

    assert 0 == result.status, result.out
    assert "base-1" == result.of("backup_identified")[0]["name"]
    assert re.search("not to be restored: base-2, because .*backup_manifest cannot", result.out)


def test_a_transaction_is_no_target_of_a_cluster(drill: Drill) -> None:
    """R22: RDS has times alone."""
    result = drill.run("drills/pitr", "--recovery-target=xid:5")

    assert 4 == result.status, result.out
    assert "--recovery-target=xid:5: RDS restores to a time or to the latest" in result.out
    assert not list(drill.work.iterdir())


def test_two_baselines_around_the_target_are_the_truth(kept_drill: KeptDrill) -> None:
    """R35, R36: a source that went on after the first one. What neither saw move is exact."""
    after = f'baseline_after = "{kept_drill.shelf.baseline}"'

    result = kept_drill.run(more=after)

    assert 0 == result.status, result.out
    assert "passed" == result.claims()["test_every_row_is_what_it_was"]


def test_a_target_that_lies_outside_two_baselines_is_4(kept_drill: KeptDrill) -> None:
    """R23: they would say nothing about it."""
    after = f'baseline_after = "{kept_drill.shelf.baseline}"'
    restore = f'target = "{kept_drill.shelf.eleven.isoformat()}"'

    result = kept_drill.run(more=after, restore=restore)

    assert 4 == result.status, result.out
    assert "does not lie between [proof] baseline" in result.out
    assert not list(kept_drill.drill.work.iterdir())
