"""A night and a Sunday in CI: the jobs' own scripts, on somebody's backups, one after another.

```
clusters → drill shop ┐
           drill gone ┴→ fleet          Sunday: negative control of shop → fleet
```
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.drills.fix_shelf import Shelf
from tests.examples.conftest import Clone
from tests.examples.reading import Script, every_script

LOGIN = "host=db.example dbname=shop user=shop_app password=cAnArY-password-of-the-backup"


def script(place: str) -> Script:
    return next(one for one in every_script() if one.place == place)


def settings(shelf: Shelf, work: Path, backups: Path) -> str:
    return (
        f'[backup]\nkind = "plain"\npath = "{backups}"\nwal_archive = "{shelf.wal}"\n'
        f'superuser = "rdsadmin"\n[restore]\nwork_dir = "{work}"\n'
        f'[proof]\nbaseline = "{shelf.baseline}"\napplication = "env:DRILL_APPLICATION_LOGIN"\n'
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("drill", "control", "fleet"),
    [
        (
            "github: drill: Drill",
            "github: negative-control: Break the restored copy, and see who notices",
            "github: fleet: Join",
        ),
        ("gitlab: .drill: script", "gitlab: .negative-control: script", "gitlab: .fleet: script"),
    ],
    ids=["github", "gitlab"],
)
def test_a_night_is_as_green_as_its_clusters(
    whole_clone: Clone, shelf: Shelf, work_dir: Path, drill: str, control: str, fleet: str
) -> None:
    """A green cluster and a green page, then one whose backups are gone and a red page."""
    clone, summary = whole_clone, whole_clone.folder / "summary.md"
    work_dir.chmod(0o755)
    clone.add("shop", settings(shelf, work_dir, shelf.backups))
    environ = {"DRILL_APPLICATION_LOGIN": LOGIN, "GITHUB_STEP_SUMMARY": str(summary)}

    green = clone.run(script(drill), {**environ, "CLUSTER": "shop"})
    green_page = clone.run(script(fleet))
    clone.add("gone", settings(shelf, work_dir, work_dir / "nowhere"))
    red = clone.run(script(drill), {**environ, "CLUSTER": "gone"})
    red_page = clone.run(script(fleet))
    night = clone.folder / "night"
    shutil.move(clone.folder / "evidence", night)
    sunday = clone.run(script(control), {**environ, "CLUSTER": "shop"})
    sunday_page = clone.run(script(fleet))

    assert 0 == green.returncode, green.stdout + green.stderr
    assert "physical: PROVEN copy of plain" in green.stdout
    assert 0 == green_page.returncode, green_page.stdout + green_page.stderr
    assert "PROVEN" in summary.read_text()
    assert red.returncode in (1, 4), red.stdout + red.stderr
    assert 1 == red_page.returncode, red_page.stdout + red_page.stderr
    for name in ("fleet.html", "junit.xml"):
        assert "gone" in (clone.folder / "fleet" / name).read_text()
    assert 0 == sunday.returncode, sunday.stdout + sunday.stderr
    assert "ALARM RANG" in sunday.stdout
    # A copy that was broken on purpose is no night's restore.
    assert 1 == sunday_page.returncode, sunday_page.stdout + sunday_page.stderr
    kept = [path for folder in (night, clone.folder / "evidence") for path in folder.rglob("*")]
    assert [] == [path for path in kept if path.is_file() and b"cAnArY" in path.read_bytes()]
    for done in (green, red, sunday):
        assert "cAnArY" not in done.stdout + done.stderr
    assert [] == [path.name for path in work_dir.iterdir() if red.returncode == 4]
