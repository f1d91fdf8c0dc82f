"""The examples of CI, Kubernetes, systemd and cron, read as those read them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GITHUB = EXAMPLES / "ci" / "github" / "restore-drills.yml"
GITLAB = EXAMPLES / "ci" / "gitlab" / "restore-drills.gitlab-ci.yml"
GITLAB_JOBS = EXAMPLES / "ci" / "gitlab" / "one-cluster.gitlab-ci.yml"
KUBERNETES = EXAMPLES / "kubernetes"
SYSTEMD = EXAMPLES / "systemd"
CRONTAB = SYSTEMD / "crontab"
DOCKERFILE = EXAMPLES / "docker" / "Dockerfile"
CLONE = "/opt/restore-drills"
"""Where the units of systemd expect the clone."""


@dataclass(frozen=True)
class Script:
    """What one job, step, pod or unit has run.

    `place` names it, `language` is sh or python; a shell that is `strict` ends at the first error.
    """

    place: str
    text: str
    language: str = "sh"
    strict: bool = True

    def commands(self, program: str) -> Iterator[list[str]]:
        """The words of every command in it that runs `program`, without what redirects them."""
        joined = self.text.replace("\\\n", " ")
        for line in joined.splitlines():
            words = shlex.split(line, comments=True)
            for at, word in enumerate(words):
                # "(shell) && program arguments || …": the words up to what ends a command.
                if Path(word).name == program and not word.startswith("-"):
                    yield list(_until_the_end(words[at:]))
                    break


def _until_the_end(words: list[str]) -> Iterator[str]:
    for word in words:
        if re.fullmatch(r"\|\||&&|;|\d?>.*|done", word):
            return
        yield word.removesuffix(";")
        if word.endswith(";"):
            return


class _Github(yaml.SafeLoader):
    """YAML 1.2, as GitHub has it: "on" is a word and not true."""


_Github.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Github.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


def github() -> dict[str, Any]:
    """The workflow."""
    content: dict[str, Any] = yaml.load(GITHUB.read_text(), _Github)  # noqa: S506 - a SafeLoader
    return content


def gitlab(path: Path) -> dict[str, Any]:
    """One of GitLab's files."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def manifests() -> list[dict[str, Any]]:
    """Every object of Kubernetes, in the order of the files."""
    files = sorted(KUBERNETES.glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def name_of(manifest: dict[str, Any]) -> str:
    """Its name."""
    return str(manifest["metadata"]["name"])


def pod_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """The spec of the pods that a CronJob makes."""
    pod: dict[str, Any] = manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return pod


def github_scripts() -> list[Script]:
    """Each `run:`."""
    return [
        Script(
            f"github: {job}: {step['name']}",
            step["run"],
            "python" if step.get("shell", "").startswith("python3") else "sh",
        )
        for job, content in github()["jobs"].items()
        for step in content["steps"]
        if "run" in step
    ]


def gitlab_scripts() -> list[Script]:
    """Each job's `before_script` and `script`."""
    return [
        Script(f"gitlab: {job}: {key}", "\n".join(content[key]))
        for path in (GITLAB, GITLAB_JOBS)
        for job, content in gitlab(path).items()
        for key in ("before_script", "script")
        if isinstance(content, dict) and key in content
    ]


def kubernetes_scripts() -> list[Script]:
    """What each pod runs; where a pod gives arguments alone, behind the image's entrypoint."""
    scripts = []
    for manifest in manifests():
        if manifest["kind"] != "CronJob":
            continue
        (container,) = pod_of(manifest)["containers"]
        place = f"kubernetes: {manifest['metadata']['name']}"
        command = container.get("command", ["pytest", *container.get("args", [])])
        if command[:2] == ["sh", "-euc"]:
            scripts.append(Script(place, command[2]))
        else:
            scripts.append(Script(place, shlex.join(command)))
    return scripts


def unit_lines(path: Path, key: str) -> list[str]:
    """The values of a unit's key."""
    lines = path.read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def machine_scripts() -> list[Script]:
    """What systemd and cron run."""
    scripts = []
    for unit in sorted(SYSTEMD.glob("*.service")):
        for line in unit_lines(unit, "ExecStart"):
            words = shlex.split(line.removeprefix("-"))
            shell = words[:2] == ["/bin/sh", "-c"]
            text = words[2] if shell else shlex.join(words)
            place = f"systemd: {unit.name}"
            scripts.append(Script(place, text.replace("%i", "core"), strict=False))
    for line in CRONTAB.read_text().splitlines():
        if re.match(r"[\d*]", line):
            scripts.append(Script("cron", line.split(maxsplit=6)[6], strict=False))
    return scripts


def every_script() -> list[Script]:
    """All of them."""
    return [*github_scripts(), *gitlab_scripts(), *kubernetes_scripts(), *machine_scripts()]
