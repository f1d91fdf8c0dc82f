"""Readiness of dumps of one's own: silent on young whole ones, red on what is wrong with others.

The dumps are pg_dump's, of a server that runs; what is wrong is really wrong in the files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from checks.judgement import Judgement
from fixtures.claims import BadInput
from fixtures.drill_run import DrillRun
from fixtures.own.dumped import dumped_by_settings
from fixtures.postgres.account import Account
from fixtures.postgres.server import Server
from fixtures.readiness.own import moment_of
from fixtures.readiness.own_dumps import OfDumps
from fixtures.run import Run
from tests.drills.fix_logical import age
from tests.readiness.answers import judged
from tests.readiness.conftest import now, settings_of

OBJECTIVE = '[objectives]\ndata_loss = "15m"\n'


@dataclass
class Dumps:
    """Dumps of a server, and what the settings say besides of which files they are."""

    server: Server
    folder: Path
    account: Account
    files: list[Path] = field(default_factory=list)

    def make(self, *words: str, name: str = "core.dump", database: str = "postgres") -> Path:
        """A dump by pg_dump, as an operator makes it."""
        path = self.folder / name
        subprocess.run(
            [self.server.binaries.program("pg_dump"), *words, f"--file={path}"],
            env=self.server.client_environment(database),
            check=True,
        )
        self.files.append(path)
        return path

    def asked(self, more: str = "") -> OfDumps:
        """Whoever answers for them, with these lines behind `files` of the settings."""
        named = ", ".join(f'"{path}"' for path in self.files)
        settings = settings_of(self.folder, f"[dump]\nfiles = [{named}]\n{more}")
        ground = SimpleNamespace(
            engine=os.environ.get("DRILL_TEST_ENGINE", "auto"), account=self.account
        )
        preflight = SimpleNamespace(ground=ground)
        run = SimpleNamespace(settings=settings, folder=self.folder, preflight=preflight)
        record = cast(DrillRun, SimpleNamespace(run=run, subject=None))
        assert settings.dump is not None
        with dumped_by_settings(cast(Run, run), record, settings.dump) as dumped:
            return OfDumps(dumped, record, moment_of(record))

    def judged(self, more: str = "") -> Judgement:
        """All that readiness finds."""
        return judged(self.asked(more), now())


@pytest.fixture
def dumps(store_server: Server, account: Account, run_folder: Path) -> Dumps:
    folder = run_folder / "dumps"
    folder.mkdir(mode=0o755)
    return Dumps(store_server, folder, account)


FORMATS = [("-Fc",), ("-Fp", "--create")]


@pytest.mark.parametrize("words", FORMATS, ids=" ".join)
def test_dumps_that_can_be_restored_are_proven_so(dumps: Dumps, words: tuple[str, ...]) -> None:
    """R62: no finding and nothing that could not be asked; that only their own moments come back is
    a bound.
    """
    path = dumps.make(*words)
    before = _seen(path)

    said = dumps.judged('max_age = "26h"\n')

    assert ((), ()) == (said.findings, said.gaps)
    assert ["readiness.target"] == [bound.check for bound in said.bounds]
    assert before == _seen(path)


def _seen(path: Path) -> tuple[int, bytes]:
    return path.stat().st_mtime_ns, path.read_bytes()


def test_what_they_say_of_themselves_is_told(dumps: Dumps) -> None:
    dumps.make("-Fc")
    asked = dumps.asked()

    kept = asked.kept(now())

    assert "readiness of core.dump" == asked.subject
    assert "latest" == kept.target
    (told,) = kept.facts.values()
    assert told.startswith("pg_dump archive (custom), made ")
    assert told.endswith(" by its own head")


def test_a_target_that_every_dump_comes_close_to_is_silent(dumps: Dumps) -> None:
    """R2, R22: ten minutes before it, and a quarter of an hour may be lost."""
    age(dumps.make("-Fc"), hours=1)

    assert () == dumps.judged(f'[readiness]\ntarget = "-50m"\n{OBJECTIVE}').findings


def stale(dumps: Dumps) -> str:
    """R2, R22: of three hours ago, where half an hour ago is to be reached."""
    age(dumps.make("-Fc"), hours=3)
    return f'[readiness]\ntarget = "-30m"\n{OBJECTIVE}'


def stale_script(dumps: Dumps) -> str:
    """The same of a script, which only its file dates."""
    path = dumps.make("-Fp", "--create")
    then = (now() - timedelta(hours=3)).timestamp()
    os.utime(path, (then, then))
    return f'[readiness]\ntarget = "-30m"\n{OBJECTIVE}'


def one_of_two_is_stale(dumps: Dumps) -> str:
    """What comes back is as old as the oldest of them, however young the others are."""
    age(dumps.make("-Fc"), hours=3)
    dumps.make("-Fc", name="young.dump", database="template1")
    age(dumps.files[1], hours=0.6)
    return f'[readiness]\ntarget = "-30m"\n{OBJECTIVE}'


def younger_than_the_target(dumps: Dumps) -> str:
    """R2: a dump knows nothing of the time before it."""
    dumps.make("-Fc")
    return '[readiness]\ntarget = "-30d"\n'


def one_of_two_is_younger_than_the_target(dumps: Dumps) -> str:
    """The other one alone is not the server."""
    age(dumps.make("-Fc"), hours=3)
    dumps.make("-Fc", name="young.dump", database="template1")
    return '[readiness]\ntarget = "-30m"\n'


def of_a_version_that_is_not_here(dumps: Dumps) -> str:
    path = dumps.make("-Fc")
    version = str(dumps.server.binaries.version).encode()
    path.write_bytes(path.read_bytes().replace(version, b"97" + version[2:], 2))
    return ""


def larger_than_the_disk(dumps: Dumps) -> str:
    """Most of the file is a hole."""
    with dumps.make("-Fc").open("r+b") as file:
        file.truncate(shutil.disk_usage(dumps.folder).free)
    return ""


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (stale, "readiness.target", r"restorable to .*, 2\.5 h before"),
        (stale_script, "readiness.target", r"restorable to .*, 2\.5 h before"),
        (one_of_two_is_stale, "readiness.target", r"restorable to .*, 2\.5 h before"),
        (younger_than_the_target, "readiness.target", "the oldest moment that anything restores"),
        (one_of_two_is_younger_than_the_target, "readiness.target", "the oldest moment"),
        (of_a_version_that_is_not_here, "readiness.tool", "not found"),
        (larger_than_the_disk, "readiness.disk", "MB free"),
    ],
)
def test_what_cannot_be_restored_is_red(
    dumps: Dumps, spoil: Callable[[Dumps], str], check: str, said: str
) -> None:
    """R2, R22, R62: that alone is found."""
    judgement = dumps.judged(spoil(dumps))

    (finding,) = judgement.findings
    assert check == finding.check
    assert re.search(said, finding.actual)


def cut_in_its_head(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:12])


def something_else(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 10)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [cut_in_its_head, something_else, gone])
def test_a_damaged_dump_is_refused(dumps: Dumps, damage: Callable[[Path], None]) -> None:
    """R61, R62: in one line that names setting and file, also where it went after preflight."""
    path = dumps.make("-Fc")
    asked = dumps.asked()
    damage(path)

    with pytest.raises(BadInput, match=rf"^\[dump\] files={path}: .+; .+") as refused:
        asked.kept(now())

    assert "\n" not in str(refused.value)
