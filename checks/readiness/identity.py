"""Who asks, and where: another account's answers say nothing of the source."""

from __future__ import annotations

from dataclasses import dataclass

from checks.finding import Finding

CHECK = "readiness.identity"


@dataclass(frozen=True, slots=True)
class Caller:
    """What STS says of whoever asks.

    arn     of the user, or of the session of an assumed role
    region  in which everything is asked
    """

    account: str
    arn: str
    region: str

    @property
    def principal(self) -> str | None:
        """The ARN by which IAM knows the caller: the role of a session, the user itself.

        None for the account's root, which no policy is asked of. A role's path is not in the ARN of
        its sessions, so that a role with a path is found by its name only.
        """
        prefix, _, rest = self.arn.partition("::")
        partition = prefix.split(":")[1] if prefix.count(":") else "aws"
        account, _, name = rest.partition(":")
        kind, _, named = name.partition("/")
        if kind == "assumed-role":
            return f"arn:{partition}:iam::{account}:role/{named.partition('/')[0]}"
        return f"arn:{partition}:iam::{account}:user/{named}" if kind == "user" else None


def check_caller(seen: Caller, *, account: str, region: str) -> list[Finding]:
    """The account and the region are those that the settings name; never waived."""
    findings = []
    if seen.account != account:
        findings.append(
            Finding(
                CHECK,
                "account",
                account,
                seen.account,
                "Use credentials of the account that [source] account names, or correct it.",
            )
        )
    if seen.region != region:
        findings.append(
            Finding(
                CHECK,
                "region",
                region,
                seen.region,
                "Ask in the region that [source] region names, or correct it.",
            )
        )
    return findings


def check_owner(arn: str, *, account: str, region: str) -> list[Finding]:
    """The source itself is of that account and region: it may be shared from another one."""
    parts = (arn.split(":", 5) + [""] * 6)[:6]
    return [
        Finding(
            CHECK,
            f"{name} of {arn}",
            expected,
            actual,
            f"Name the source's own {name} in [source].",
        )
        for name, expected, actual in (("region", region, parts[3]), ("account", account, parts[4]))
        if actual != expected
    ]
