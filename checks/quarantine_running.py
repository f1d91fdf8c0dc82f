"""Does the server that runs now run with its quarantine, and later without it?

A parameter group that is named is not yet one in force: static parameters wait for a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.quarantine import FAMILY, PUT_BACK


def judge_in_force(
    overrides: Mapping[str, str | None],
    running: Mapping[str, str | None],
    *,
    harmless: Collection[str],
) -> Judgement:
    """Does the server that runs now run with it? A group that is named is not yet one in force.

    running   name → what the server says of it; None: the server knows no such parameter
    harmless  libraries that may be there where a list of libraries was left to the engine
    """
    findings = []
    for name, value in overrides.items():
        now = running.get(name)
        if name.endswith("_preload_libraries"):
            strangers = [one for one in _libraries(now) if one not in harmless]
            if strangers:
                findings.append(
                    Finding(
                        f"{FAMILY}.in_force",
                        name,
                        "no library that starts work",
                        strangers,
                        "Reboot the instances with the quarantine's group: " + PUT_BACK,
                    )
                )
        elif value is not None and now is not None and now != value:
            findings.append(
                Finding(
                    f"{FAMILY}.in_force",
                    name,
                    value,
                    now,
                    "Reboot the instances with the quarantine's group: " + PUT_BACK,
                )
            )
    return Judgement(tuple(findings))


def _libraries(value: str | None) -> Iterator[str]:
    for member in (value or "").split(","):
        name = member.strip().strip("\"'").rpartition("/")[2].removesuffix(".so")
        if name:
            yield name


def judge_lifted(
    overrides: Collection[str],
    source: Mapping[str, str | None],
    running: Mapping[str, str | None],
) -> Judgement:
    """Is the quarantine gone from the server that runs? What it had overridden is the source's.

    source, running  name → what the server says of it, then and now
    """
    return Judgement(
        tuple(
            Finding(
                f"{FAMILY}.lifted",
                name,
                source[name],
                running.get(name),
                "Give the cluster the source's parameter group, and reboot its instances.",
            )
            for name in overrides
            if name in source and source[name] != running.get(name)
        ),
        tuple(
            Gap(
                f"{FAMILY}.lifted",
                name,
                "what the source ran with was not recorded: record its baseline as a role with "
                "pg_read_all_settings",
            )
            for name in overrides
            if name not in source
        ),
    )
