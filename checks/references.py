"""Do the settings that refer to the cluster equal what its module puts out? (R67)

Data persistence and Cumulus are given the ARN of the login's secret and the security group by hand,
as variables. A recovery through Terraform leaves both as they are; where it does not, or where they
were stale before, the next deployment looks for a login or a network that is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "references"
_NAMES = re.compile(r"arn:[\w-]+:(?:secretsmanager|rds|ec2|iam|kms):[\w:/+=.@*-]+|[a-z]+-[0-9a-f]+")
"""What AWS calls things, and no secret: ARNs, `sg-…`, `vpc-…`."""


@dataclass(frozen=True, slots=True)
class Referred:
    """One setting, as it stands.

    place   `VARIABLE in FILE`
    output  the module's output that it must equal
    value   in JSON's types; never shown but where it is a name that AWS gave
    unread  why it could not be read; "" where it could
    """

    place: str
    output: str
    value: object = field(repr=False)
    unread: str = ""


def check_references(
    referred: Iterable[Referred], outputs: Mapping[str, object], when: str
) -> Judgement:
    """Each setting equals its output. Lists are compared as sets: groups have no order.

    outputs  name → value of the root module's outputs, in JSON's types
    when     of what the outputs are: "before the plan", "after the apply"
    """
    findings: list[Finding] = []
    gaps: list[Gap] = []
    for one in referred:
        if one.unread:
            reason = f"{one.unread}; name the file and variable that hold it"
            gaps.append(Gap(CHECK, one.place, reason))
        elif one.output not in outputs:
            there = ", ".join(sorted(outputs)) or "none"
            findings.append(
                Finding(
                    f"{CHECK}.output",
                    one.place,
                    f"an output {one.output}, {when}",
                    f"there is {there}",
                    "R67: correct the name in [[clients.references]], or have the module put it "
                    "out.",
                )
            )
        elif _comparable(one.value) != _comparable(outputs[one.output]):
            findings.append(
                Finding(
                    f"{CHECK}.value",
                    one.place,
                    f"{_shown(outputs[one.output])}, which is output {one.output} {when}",
                    _shown(one.value),
                    "R67: set the variable to the output's value before that part is deployed "
                    "again.",
                )
            )
    return Judgement(tuple(findings), tuple(gaps))


def _comparable(value: object) -> object:
    if isinstance(value, list):
        return sorted({json.dumps(one, sort_keys=True) for one in value})
    return value


def _shown(value: object) -> str:
    names = [*value.values()] if isinstance(value, dict) else value
    names = names if isinstance(names, list) else [names]
    if names and all(isinstance(one, str) and _NAMES.fullmatch(one) for one in names):
        return ", ".join(sorted(map(str, names)))
    return "nothing" if value is None else "a value that is not shown"
