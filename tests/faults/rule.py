"""A fault as a rule: which requests it strikes, and what becomes of them.

```
refuse   answered with an error of AWS's: code, status, message
drop     the connection ends, and the request was never handled
lose     the request is handled, and the connection ends without the answer
late     handled, and not answered before the client gives up waiting
garble   handled, and the answer ends in the middle
rewrite  handled, and the answer says something else: pairs of pattern and replacement
ask      something else is asked of the cloud first: service, operation, params
signal   a process gets a signal first: pid, signum
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from tests.faults.request import Request

Action = Literal["refuse", "drop", "lose", "late", "garble", "rewrite", "ask", "signal"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault.

    operation  of the requests struck, with wildcards: `Describe*`
    resource   what one of the names in the request has to be like; "*" is any request, also one
               that names nothing
    skip       so many matching requests pass first
    times      so many are struck then; None: all
    given      what the action needs
    """

    operation: str
    action: Action
    service: str = "rds"
    resource: str = "*"
    skip: int = 0
    times: int | None = 1
    given: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, request: Request) -> bool:
        """Whether it is about such a request at all; counting is the door's."""
        return (
            fnmatchcase(request.service, self.service)
            and fnmatchcase(request.operation, self.operation)
            and (self.resource == "*" or self.resource_of(request) is not None)
        )

    def resource_of(self, request: Request) -> str | None:
        """The name in the request that the rule is about: of an instance's and its cluster's the
        cluster's, if it is like both."""
        like = [name for name in request.named.values() if fnmatchcase(name, self.resource)]
        return min(like, key=len, default=None)

    def strikes(self, nth: int) -> bool:
        """Whether it strikes the nth matching request, counted from 1."""
        return nth > self.skip and (self.times is None or nth <= self.skip + self.times)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


# Of the API model of botocore 1.44, where the error has one there.
STATUS = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "RequestExpired": 400,
    "RequestTimeTooSkewed": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
}


def refuse(operation: str, code: str, message: str = "said on purpose", **rule: Any) -> Rule:
    """AWS refuses, under that code."""
    given = {"code": code, "status": STATUS.get(code, 400), "message": message}
    return Rule(operation, "refuse", given=given, **rule)


def rewrite(operation: str, *replaced: tuple[str, str], **rule: Any) -> Rule:
    """AWS answers, and says something else than is true: regular expressions of its XML."""
    return Rule(operation, "rewrite", given={"replaced": [list(pair) for pair in replaced]}, **rule)


def before(operation: str, asked: str, params: Mapping[str, str], **rule: Any) -> Rule:
    """Somebody else asks something of the cloud just before the request is handled.

    `{resource}` in a parameter is the name that the rule is about.
    """
    return Rule(operation, "ask", given={"operation": asked, "params": dict(params)}, **rule)


def of_json(rules: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """Rules as they were posted; TypeError for what is none."""
    return [Rule(**rule) for rule in rules]
