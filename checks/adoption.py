"""Does Terraform manage the restored copy, and everything else as before? (R43, R44, R48, R67)

Two states are compared, address by address: the one before the adoption and the one after it. Their
identifiers are compared and nothing else; what a plan would change is `checks.plan`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.finding import Finding

CHECK = "adoption"

Identifiers = Mapping[str, str | None]
"""Address of each managed resource: its id, as Terraform's state has it."""


def check_managed(
    before: Identifiers,
    after: Identifiers,
    *,
    cluster_address: str,
    moved: Mapping[str, tuple[str, str | None]],
) -> list[Finding]:
    """What is at another address, or with another id, than the adoption meant.

    moved  address: the id it held and the one that took its place, None where nothing did; the
           cluster's address and its instances', and no other
    A secret's *version* has a new id with every new content, and is left out.
    """
    findings: list[Finding] = []
    _, restored = moved[cluster_address]
    if after.get(cluster_address) != restored:
        findings.append(
            Finding(
                f"{CHECK}.cluster",
                cluster_address,
                restored,
                after.get(cluster_address),
                "R44: remove the address from the state and import the restored cluster there; "
                "apply nothing before that.",
            )
        )
    for address in sorted(before.keys() | after.keys()):
        if address == cluster_address or _is_version(address):
            continue
        expected = moved[address][1] if address in moved else before.get(address)
        if expected != after.get(address):
            findings.append(
                Finding(
                    f"{CHECK}.others",
                    address,
                    expected,
                    after.get(address),
                    "R43, R48, R67: only the cluster and its instances may move: put the state "
                    "back from its backup, and find out what else did.",
                )
            )
    left = {old for old, _ in moved.values()}
    findings += [
        Finding(
            f"{CHECK}.old_id",
            address,
            "an id of the restored copy",
            held,
            "The old cluster is still managed here, and the next plan may destroy or revive it: "
            "remove this address from the state.",
        )
        for address, held in sorted(after.items())
        if held in left
    ]
    return findings


def _is_version(address: str) -> bool:
    return "aws_secretsmanager_secret_version" in address.split(".")


def check_second_plan(changes: Iterable[str]) -> list[Finding]:
    """R50: what a plan made after the apply would still change, as `update module.…`."""
    return [
        Finding(
            f"{CHECK}.second_plan",
            "the second plan",
            "no change",
            change,
            "The configuration and the cluster still differ here: find out in what, before the "
            "next apply does.",
        )
        for change in changes
    ]


def check_logins(expected: str, logins: Mapping[str, str]) -> list[Finding]:
    """R47: logins that lead elsewhere; `host:port` of the copy, and of each by its secret."""
    return [
        Finding(
            f"{CHECK}.login",
            secret,
            expected,
            leads_to,
            "Whoever reads this secret goes elsewhere: let its next version name the copy.",
        )
        for secret, leads_to in logins.items()
        if leads_to != expected
    ]


def check_leaks(files: Iterable[str]) -> list[Finding]:
    """R49: files of the evidence in which a password stands."""
    return [
        Finding(
            f"{CHECK}.leak",
            file,
            "no password",
            "a password of the state",
            "Change that password, and report this as a fault of the harness.",
        )
        for file in files
    ]
