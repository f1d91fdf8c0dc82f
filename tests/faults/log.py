"""The server's own log of requests, and what in it changed anything: the proof that a drill does
not touch its source stands on what the *cloud* saw, not on what our own guards say they refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What AWS calls its reading operations; SQS and STS have words of their own. Whatever is not
# known to read counts as a change.
_READS = re.compile(
    r"^(BatchGet|Describe|Download|Get|Head|List|Lookup|Query|Scan|Search|Simulate|AssumeRole"
    r"|Test|(GET|HEAD) /)"
)
_REFERS_TO = {
    # operation: parameters that only name what is read or pointed at
    "RestoreDBClusterToPointInTime": (
        *("SourceDBClusterIdentifier", "SourceDbClusterResourceId", "DBSubnetGroupName"),
        *("VpcSecurityGroupIds", "DBClusterParameterGroupName", "KmsKeyId", "OptionGroupName"),
    ),
    "RestoreDBClusterFromSnapshot": (
        *("SnapshotIdentifier", "DBSubnetGroupName", "VpcSecurityGroupIds"),
        *("DBClusterParameterGroupName", "KmsKeyId"),
    ),
    "RestoreDBInstanceToPointInTime": (
        *("SourceDBInstanceIdentifier", "SourceDbiResourceId", "DBSubnetGroupName"),
        *("VpcSecurityGroupIds", "DBParameterGroupName", "OptionGroupName", "DBName"),
    ),
    "CreateDBInstance": (
        *("DBParameterGroupName", "DBSubnetGroupName", "VpcSecurityGroupIds"),
        "CACertificateIdentifier",
    ),
    "ModifyDBCluster": ("DBClusterParameterGroupName", "VpcSecurityGroupIds"),
    "ModifyDBInstance": ("DBParameterGroupName", "VpcSecurityGroupIds", "DBSecurityGroups"),
    "CopyDBClusterParameterGroup": ("SourceDBClusterParameterGroupIdentifier",),
    "CopyDBParameterGroup": ("SourceDBParameterGroupIdentifier",),
    "CreateSecurityGroup": ("VpcId",),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as the server wrote it down.

    status  of HTTP, "200"; "lost" or "dropped" where no answer was given
    """

    service: str
    operation: str
    named: Mapping[str, str]
    key: str
    fault: str | None
    status: str

    @property
    def mutates(self) -> bool:
        """Whether it asks for a change."""
        return not _READS.match(self.operation)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A request for a change.

    changes   what it would make, change or delete, by name, ARN or id; all that it names, except
    refers    what it only reads or points at: the source of a restore, its groups
    """

    service: str
    operation: str
    changes: frozenset[str]
    refers: frozenset[str]
    status: str

    def touches(self, names: Iterable[str]) -> bool:
        """Whether it would change anything of these names; an ARN counts as its name."""
        wanted = set(names)
        return any(
            one in wanted or not wanted.isdisjoint(re.split(r"[:/]", one)) for one in self.changes
        )


def entries(log: Path) -> list[Entry]:
    """All requests, in the order in which they were answered."""
    return [_entry(json.loads(line)) for line in log.read_text().splitlines()]


def mutations(log: Path) -> list[Mutation]:
    """Every request for a change, refused ones included, with what it is about."""
    return [_mutation(entry) for entry in entries(log) if entry.mutates]


def _entry(line: Mapping[str, Any]) -> Entry:
    return Entry(**{name: value for name, value in line.items() if name != "at"})


def _mutation(entry: Entry) -> Mutation:
    references = _REFERS_TO.get(entry.operation, ())
    refers = {v for name, v in entry.named.items() if name.partition(".")[0] in references}
    changes = {v for name, v in entry.named.items() if name.partition(".")[0] not in references}
    return Mutation(
        entry.service, entry.operation, frozenset(changes), frozenset(refers), entry.status
    )
