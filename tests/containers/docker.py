"""Run a command with a Docker daemon and an image of PostgreSQL: those there are, else its own.

    python -m tests.containers.docker pytest -m container tests/containers

Where a daemon answers it is used. Else one is started, with its data in a folder of our own, and
ended with the command. It has no bridge and touches no firewall: nothing here needs either. Where
no image is named in DRILL_TEST_IMAGE, one is made of Debian's packages, once: no registry is asked.
Its name is its own, so that nobody takes it for the official one.

The command finds DOCKER_HOST and DRILL_TEST_IMAGE in its environment. Nothing is installed:
Debian's packages docker.io and debootstrap must be there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from docker import APIClient

IMAGE = "restore-drills/postgres-python:15"
# Python too: tests/examples builds the image of examples/docker on it.
PACKAGES = ("postgresql-15", "postgresql-contrib", "python3-venv")
SUITE = "bookworm"
DEFAULT_SOCKET = "/var/run/docker.sock"
_FLAGS = ("--bridge=none", "--iptables=false", "--ip6tables=false")
# The daemon's own choice first. vfs copies whole images and works on any file system.
_STORAGE = ((), ("--storage-driver=vfs",))


def say(words: str) -> None:
    """Beside the command's own output."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def answers(host: str) -> bool:
    """Whether a daemon answers there."""
    if not host.startswith("unix://"):
        return True  # somebody has named it, and the tests will tell
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(host.removeprefix("unix://"))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return connection.recv(12).endswith(b" 200")
        except OSError:
            return False


def cache() -> Path:
    """Where our daemon keeps images from one run to the next."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    named = os.environ.get("DRILL_TEST_DOCKER_CACHE") or Path(base, "restore-drills", "docker")
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def daemon() -> Iterator[str]:
    """A daemon's address, as DOCKER_HOST has it."""
    there = os.environ.get("DOCKER_HOST") or f"unix://{DEFAULT_SOCKET}"
    if answers(there):
        yield there
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        raise SystemExit(
            f"no Docker daemon answers at {there}, and none can be started: that takes root, and "
            "`apt install docker.io`"
        )
    data = cache()
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two daemons in one folder would spoil it
        with tempfile.TemporaryDirectory(prefix="docker-") as folder:
            process = _started(Path(folder), data)
            try:
                yield f"unix://{folder}/s"
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
                _unmount(Path(folder))


def _unmount(folder: Path) -> None:
    """What dockerd leaves mounted of its own accord: the host's network namespace."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", place], check=True)


def _started(folder: Path, data: Path) -> subprocess.Popen[bytes]:
    for storage in _STORAGE:
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    "dockerd",
                    f"--host=unix://{folder}/s",
                    f"--data-root={data}/data",
                    f"--exec-root={folder}/exec",
                    f"--pidfile={folder}/pid",
                    *_FLAGS,
                    *storage,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if answers(f"unix://{folder}/s"):
                say(f"started dockerd {' '.join(storage)}(process {process.pid}), data in {data}")
                return process
            time.sleep(0.1)  # it takes a second or two; there is only its socket to watch
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        say(log.read_text(errors="replace")[-2000:])
    raise SystemExit("dockerd does not start here; its last words are above")


def image(host: str) -> str:
    """An image of PostgreSQL that the daemon has."""
    named = os.environ.get("DRILL_TEST_IMAGE")
    if named:
        return named
    client = APIClient(base_url=host, timeout=600)
    if client.images(IMAGE):
        return IMAGE
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise SystemExit(
            f"the image {IMAGE} is made with debootstrap, which takes root and `apt install "
            "debootstrap`; or name an image of PostgreSQL in DRILL_TEST_IMAGE"
        )
    say(f"making {IMAGE} of Debian's packages, once: two minutes")
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        root = Path(folder) / "root"
        include = f"--include={','.join(PACKAGES)}"
        subprocess.run(
            ["debootstrap", "--variant=minbase", include, SUITE, str(root), mirror()],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with subprocess.Popen(
            ["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE
        ) as archive:
            assert archive.stdout is not None
            content = iter(partial(archive.stdout.read, 2**20), b"")
            repository, _, tag = IMAGE.partition(":")
            client.import_image_from_stream(content, repository=repository, tag=tag)
        if archive.returncode != 0 or not client.images(IMAGE):
            raise SystemExit(f"{IMAGE} could not be made: tar ended with {archive.returncode}")
    return IMAGE


def mirror() -> str:
    """Where this machine takes Debian's packages from; Debian's own address elsewhere."""
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for file in lists:
        text = file.read_text(errors="replace") if file.is_file() else ""
        found = re.search(r"^(?:deb(?: \[[^\]]*\])? |URIs: *)(https?://\S+/debian)/?\s", text, re.M)
        if found:
            return found[1]
    return "http://deb.debian.org/debian"


def main(command: list[str]) -> int:
    """The command's exit status."""
    with daemon() as host:
        environment = {**os.environ, "DOCKER_HOST": host, "DRILL_TEST_IMAGE": image(host)}
        running = subprocess.Popen(command, env=environment)
        # Ctrl-C goes to both of us, a SIGTERM to us alone: in either case the command ends first.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: running.terminate())
        return running.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
