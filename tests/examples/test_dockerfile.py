"""What the image's recipe takes and says, without a daemon; test_image.py builds and runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from docker.utils.build import exclude_paths

from tests.examples.reading import DOCKERFILE, ROOT

SECRET = (
    ".env",
    ".git/config",
    ".venv/bin/python",
    "clusters/core.toml",
    "core.dump",
    "core.json",
    "drills/local/conftest.py",
    "drill.toml",
    "evidence/run/journal.jsonl",
    "examples/clusters/core-prod.toml",
    "examples/terraform/deployment/.terraform/providers",
    "examples/terraform/deployment/prod.tfvars",
    "examples/terraform/deployment/terraform.tfstate.backup",
    "tests/conftest.py",
)
NEEDED = (
    "checks/content/compare.py",
    "drills/pitr/conftest.py",
    "examples/terraform/deployment/main.tf",
    "fixtures/guardian.py",
    "reports/__main__.py",
    "conftest.py",
    "pyproject.toml",
)


def instructions() -> list[tuple[str, str]]:
    """Word and rest of each, comments left out and continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    split = [line.partition(" ") for line in joined.splitlines() if line]
    return [(word, rest) for word, _, rest in split]


def said(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def test_nothing_but_the_project_goes_into_an_image(tmp_path: Path) -> None:
    """A list of what goes in, because what lies in a clone that is used cannot be listed."""
    for name in (*SECRET, *NEEDED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = (ROOT / ".dockerignore").read_text().splitlines()

    taken = exclude_paths(str(tmp_path), [one for one in patterns if one[:1] != "#"])

    assert [] == sorted(taken & set(SECRET))
    assert set(NEEDED) <= taken


def test_every_folder_that_is_installed_goes_into_the_image() -> None:
    listed = re.search(r"^packages = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert listed is not None
    patterns = (ROOT / ".dockerignore").read_text().splitlines()

    assert {f"!{name}/" for name in json.loads(listed[1])} <= set(patterns)


def test_the_image_runs_pytest_without_a_shell_and_without_root() -> None:
    assert ["pytest", "-p", "no:cacheprovider"] == json.loads(said("ENTRYPOINT")[0])
    assert ["${UID}"] == said("USER")
    assert ["SIGINT"] == said("STOPSIGNAL")
    assert ["NONE"] == said("HEALTHCHECK")
    assert ["/restore-drills/evidence"] == said("VOLUME")


def test_the_base_can_be_chosen() -> None:
    assert "BASE=python:3.12-slim-bookworm" == said("ARG")[0]
    assert ["${BASE}"] == said("FROM")


def test_nothing_in_the_recipe_needs_more_than_the_classic_builder() -> None:
    text = DOCKERFILE.read_text()

    assert [] == re.findall(r"^# syntax=|--mount=|--chmod=|<<\w+", text, re.M)
