"""Whole drills with ``--engine=container``, as an operator performs them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.rehearsal.control import Control
from tests.containers.conftest import Daemon
from tests.daily import daily
from tests.drills.fix_drill import ROOT, Drill
from tests.ending import ends_with_us

pytestmark = pytest.mark.container


@pytest.mark.parametrize(
    "name", daily(["pitr", "snapshot", "physical", "logical"], "pitr", "physical")
)
def test_a_drill_is_proven_and_says_which_image(
    drill: Drill, docker: Daemon, image: str, name: str
) -> None:
    """The bytes it ran with are in the evidence, by digest, and nothing is left behind."""
    result = drill.run("--engine=container", f"--container-image={image}", f"drills/{name}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    engine = result.of("run_started")[0]["engine"]
    assert "container" == engine["name"]
    assert image.partition(":")[0] in engine["origin"]
    assert "sha256:" in engine["origin"]
    assert engine["origin"] in result.out
    assert [] == list(drill.work.iterdir())
    assert [] == docker.containers(drill.work)


def test_a_broken_copy_is_red(drill: Drill, docker: Daemon, image: str) -> None:
    """The alarm rings in a container as well."""
    result = drill.run(
        *("--engine=container", f"--container-image={image}", "--keep-restored=never"),
        *("-p", "tests.sabotage.copy", "--sabotage=lost-row"),
    )

    assert 1 == result.status, result.out
    assert "test_every_table_kept_its_rows" in result.failed()
    assert [] == docker.containers(drill.work)


def test_somebodys_own_dump_is_loaded(drill: Drill, image: str, tmp_path: Path) -> None:
    """A script that includes another: their folder is seen inside, and cannot be written there."""
    (tmp_path / "rows.sql").write_text("insert into orders select generate_series(1, 2000);\n")
    script = tmp_path / "shop.sql"
    script.write_text(
        "create database shop;\n\\c shop\ncreate table orders (id int primary key);\n\\i rows.sql\n"
    )

    result = drill.run(
        "--engine=container", f"--container-image={image}", f"--rehearsal-load={script}"
    )

    assert 0 == result.status, result.out
    assert 2000 == result.facts("incident")["shop: rows at T"]


def test_a_cloud_by_itself_takes_an_image(work_dir: Path, docker: Daemon, image: str) -> None:
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "fixtures.rehearsal", f"--work-dir={work_dir}"),
            *("--engine=container", f"--container-image={image}"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=ends_with_us(),
    ) as cloud:
        assert cloud.stdout is not None
        endpoint = cloud.stdout.readline().strip().removeprefix("endpoint=")
        assert "sha256:" in Control(endpoint).cloud().engine
        assert 1 == len(docker.containers(work_dir))
        cloud.send_signal(signal.SIGTERM)
        assert 0 == cloud.wait(30)

    assert [] == docker.containers(work_dir)
    assert [] == list(work_dir.iterdir())
