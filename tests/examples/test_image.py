"""The image of examples/docker, built of what is here, and run as Kubernetes runs it.

Its base is the image of `tests.containers.docker`, which has Python, with the packages laid in that
pip would fetch: neither a registry of images nor a network is asked while it is built.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.drills.fix_shelf import Shelf
from tests.examples.reading import DOCKERFILE, ROOT, manifests, name_of, pod_of

pytestmark = pytest.mark.container

UID = 10001
PYTHON = "3.11"
"""That of the base: Debian 12's."""
BASE = "FROM {image}\nCOPY wheels /wheels\nCOPY pip.conf /etc/pip.conf\n"
NO_INDEX = "[global]\nno-index = true\nfind-links = /wheels\n"
AS_IN_KUBERNETES = {
    "network_mode": "none",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": ""},
}


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """The daemon that `tox -e containers` sees to."""
    from docker import from_env

    assert os.environ.get("DRILL_TEST_IMAGE"), "run these by `tox -e containers`"
    made = from_env(timeout=600)
    yield made
    made.close()


def requirements() -> list[str]:
    """What pip must find while the image is built."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed: list[str] = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["rehearsal"],
    ]
    return needed


@pytest.fixture(scope="session")
def drill_image(client: Any) -> Iterator[str]:
    """The name of the image, as long as the tests run."""
    base, name = (f"restore-drills/test-{what}:{os.getpid()}" for what in ("base", "drill"))
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"),
                *(f"--python-version={PYTHON}", f"--dest={folder}/wheels", *requirements()),
            ],
            check=True,
        )
        (Path(folder) / "pip.conf").write_text(NO_INDEX)
        (Path(folder) / "Dockerfile").write_text(BASE.format(image=os.environ["DRILL_TEST_IMAGE"]))
        client.images.build(path=folder, tag=base, rm=True)
    arguments = {"BASE": base, "UID": str(UID)}
    relative = str(DOCKERFILE.relative_to(ROOT))
    client.images.build(
        path=str(ROOT),
        dockerfile=relative,
        tag=name,
        buildargs=arguments,
        network_mode="none",
        rm=True,
    )
    yield name
    for one in (name, base):
        client.images.remove(one, force=True)


@dataclass
class Pod:
    """Folders as a pod's volumes are, and containers that see them."""

    client: Any
    image: str
    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    """Folders to be read, by where they are mounted."""

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        for name in ("work", "evidence", "clusters"):
            (self.folder / name).mkdir()
        # As Kubernetes hands over an emptyDir and a claim with fsGroup.
        for name in ("work", "evidence"):
            os.chown(self.folder / name, 0, UID)
            (self.folder / name).chmod(0o2777)

    @contextlib.contextmanager
    def container(self, *words: str, **more: Any) -> Iterator[Any]:
        """One that was started, and is removed afterwards."""
        mounted = {
            "/work": (self.folder / "work", "rw"),
            "/restore-drills/evidence": (self.folder / "evidence", "rw"),
            "/restore-drills/clusters": (self.folder / "clusters", "ro"),
            **{where: (Path(what), "ro") for where, what in self.more.items()},
        }
        started = self.client.containers.run(
            self.image,
            list(words),
            detach=True,
            volumes=[f"{what}:{where}:{how}" for where, (what, how) in mounted.items()],
            **{**AS_IN_KUBERNETES, **more},
        )
        try:
            yield started
        finally:
            started.remove(force=True)

    def run(self, *words: str, **more: Any) -> tuple[int, str]:
        """Exit status and output of one that runs to its end."""
        with self.container(*words, **more) as started:
            status = started.wait(timeout=300)["StatusCode"]
            return status, started.logs().decode()

    def left(self) -> list[str]:
        """What lies in the work folder."""
        return [path.name for path in (self.folder / "work").iterdir()]


@pytest.fixture
def pod(client: Any, drill_image: str) -> Iterator[Pod]:
    folder = Path(tempfile.mkdtemp(prefix="pod-"))
    yield Pod(client, drill_image, folder)
    shutil.rmtree(folder)


def words_of(name: str) -> list[str]:
    """The arguments of a pod's container."""
    manifest = next(one for one in manifests() if name_of(one) == name)
    (container,) = pod_of(manifest)["containers"]
    arguments: list[str] = container["args"]
    return arguments


def test_a_rehearsal_is_proven_without_root_rights_or_a_network(pod: Pod) -> None:
    """Nothing but the evidence stays, and it is the account's."""
    status, out = pod.run("drills/physical", "--work-dir=/work", "--unproven=fail")

    assert 0 == status, out
    assert "physical: PROVEN rehearsal of core-" in out
    assert [] == pod.left()
    (journal,) = (pod.folder / "evidence").glob("*/journal.jsonl")
    assert UID == journal.stat().st_uid


@pytest.mark.parametrize(
    ("name", "said"),
    [("restore-drill-core", "PROVEN"), ("restore-drill-control-core", "ALARM RANG")],
)
def test_own_backups_are_drilled_as_the_manifests_say(
    pod: Pod, shelf: Shelf, name: str, said: str
) -> None:
    """With the very arguments, and with backups that only their owner can read."""
    backups = pod.folder / "backups"
    shutil.copytree(shelf.folder, backups, symlinks=True)
    shutil.copy(shelf.baseline, backups / "core.json")
    for path in (backups, *backups.rglob("*")):
        os.chown(path, UID, UID, follow_symlinks=False)
    (pod.folder / "clusters" / "core.toml").write_text(
        '[backup]\nkind = "plain"\npath = "/srv/backups/backups"\n'
        'wal_archive = "/srv/backups/wal"\nsuperuser = "rdsadmin"\n'
        '[proof]\nbaseline = "/srv/backups/core.json"\n'
        'application = "env:DRILL_APPLICATION_LOGIN"\n'
    )
    pod.more["/srv/backups"] = str(backups)
    login = "host=db.example dbname=shop user=shop_app password=cAnArY-password-of-the-backup"

    status, out = pod.run(*words_of(name), environment={"DRILL_APPLICATION_LOGIN": login})

    assert 0 == status, out
    assert f"physical: {said}" in out
    assert "cAnArY" not in out
    assert [] == pod.left()


def test_a_drill_that_is_told_to_stop_cleans_up_and_says_so(pod: Pod) -> None:
    """As process 1 it would not even hear SIGTERM: the image asks for SIGINT."""
    words = ("drills/physical", "--work-dir=/work", "--keep-restored=never")
    with pod.container(*words, "--rehearsal-scale=4") as started:
        deadline = time.monotonic() + 240
        while b"1/9" not in started.logs() and time.monotonic() < deadline:
            time.sleep(0.1)  # there is only its output to watch
        started.stop(timeout=60)
        status, out = started.wait(timeout=60)["StatusCode"], started.logs().decode()

    assert 2 == status, out
    assert "physical: INTERRUPTED at step" in out
    assert [] == pod.left()


def test_reaping_needs_no_drill_to_be_named(pod: Pod) -> None:
    status, out = pod.run("--reap", "--work-dir=/work")

    assert (0, "nothing to remove below /work\n") == (status, out)


def test_the_account_can_change_nothing_of_the_project(pod: Pod) -> None:
    """Also where the file system is not read-only."""
    status, out = pod.run(
        *("/restore-drills", "-writable", "-not", "-path", "*/evidence*"),
        entrypoint="find",
        read_only=False,
    )

    assert (0, "") == (status, out)


def test_the_image_holds_the_project_and_nothing_else_of_the_clone(pod: Pod) -> None:
    """No settings, no evidence, no history, no environment: see .dockerignore."""
    status, out = pod.run(
        *("/restore-drills", "-mindepth", "1", "-maxdepth", "1", "-printf", "%f\\n"),
        entrypoint="find",
    )

    made = {"clusters", "evidence", "tests", "restore_drills.egg-info", "__pycache__"}
    listed = {"LICENSE", "README.md", "conftest.py", "pyproject.toml", "setup.py"}
    folders = {"checks", "drills", "examples", "fixtures", "reports"}
    assert (0, listed | folders | made) == (status, set(out.split()))
