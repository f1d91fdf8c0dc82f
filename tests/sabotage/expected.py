"""What is said of a clean copy, and why it is right: everything else is a false alarm.

Documented for operators too: each is an ordinary finding, to be waived or mended by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Gap


@dataclass(frozen=True, slots=True)
class Expected:
    """Findings that are alike; `check` and `subject` are regular expressions for the whole."""

    check: str
    subject: str
    reason: str

    def explains(self, finding: Finding | Gap) -> bool:
        return bool(
            re.fullmatch(self.check, finding.check) and re.fullmatch(self.subject, finding.subject)
        )


UNLOGGED = r"core\.scratch|content\.unlogged|rows\.lost_in_a_crash|relations\.volatile"

OF_THE_SAMPLES = (
    Expected(
        r"integrity\.relations.unlogged",
        UNLOGGED,
        "the samples hold unlogged tables, which the next physical restore empties",
    ),
    Expected(
        r"integrity\.relations.populated",
        r"core\.unpopulated|content\.never_filled|relations\.empty",
        "the samples hold materialised views that were never filled",
    ),
    Expected(
        r"integrity\.constraints\.validated",
        r"relations\.unvalidated\.unvalidated_check",
        "the samples hold a constraint that was never validated",
    ),
    Expected(
        r"integrity\.sequences\.cycle",
        r"relations\.child_id_seq",
        "the samples hold a sequence that cycles, behind a key",
    ),
    Expected(
        r"integrity\.large_objects",
        "large objects",
        "the samples hold large objects that no column refers to",
    ),
)
"""What is so in the source itself: a check of the copy alone cannot know."""

PHYSICAL = (
    *OF_THE_SAMPLES,
    Expected("counts", UNLOGGED, "a physical restore empties unlogged tables (row 13)"),
    Expected(r"content\.missing_rows", UNLOGGED, "the same rows, by their keys"),
    Expected(
        r"cluster\.replication_slots",
        "logical|physical",
        "a base backup brings no replication slots (row 14)",
    ),
)
"""Of a base backup that was recovered and promoted."""

LOGICAL = (
    *OF_THE_SAMPLES,
    Expected(
        r"cluster\.tablespaces\.(acl|comment|options)",
        "pg_default",
        "pg_dumpall leaves out what was changed about the server's own tablespaces",
    ),
    Expected(
        r"schema\.operator_families",
        r"pg_catalog\.integer_ops using btree",
        "pg_dump leaves out what was added to an operator family of the server's own",
    ),
    Expected(
        r"schema\.subscription_tables",
        r"beside: objects\.published",
        "pg_dump leaves out which tables a subscription has copied: it would copy them again",
    ),
    Expected(
        r"schema\.security_labels|cluster\.shared_security_labels",
        r"(table objects\.measured|role beside_group) \(nobody\)",
        "a label is refused where its provider is not loaded",
    ),
    Expected(
        r"cluster\.replication_(slots|origins)",
        "logical|physical|beside",
        "no dump brings replication slots (row 14), nor how far another server was followed",
    ),
)
"""Of ``pg_dumpall -g`` and ``pg_dump``, loaded into a server of the same version: what they lose.
"""

READ_TWICE = (
    *OF_THE_SAMPLES,
    Expected(r"identity\.database", "database .*", "it is no copy, and that is said"),
)
"""Of a database that is compared with itself."""


UNREADABLE = (
    Expected(
        r"integrity\.indexes\.structure",
        r"integrity\.shapes_\w+|relations\.child_hash_idx|relations\.plain_valid_excl"
        r"|rot\.words_gin|rows\.\w+",
        "amcheck reads B-trees, and GIN from 18 on",
    ),
    Expected(
        r"integrity\.rows\.domain",
        r'integrity\."Ünruly % rows"\.pairs',
        "a domain inside a composite type is not looked at",
    ),
)
"""Gaps: what no check can look at in the samples, and says so."""


def beyond(
    findings: Iterable[Finding | Gap], documented: tuple[Expected, ...]
) -> list[Finding | Gap]:
    """Findings that nothing documented explains."""
    return [f for f in findings if not any(one.explains(f) for one in documented)]


def unmet(findings: Iterable[Finding | Gap], documented: tuple[Expected, ...]) -> list[Expected]:
    """Documented findings that do not occur: the documentation is wrong, or a check fell silent."""
    findings = list(findings)
    return [one for one in documented if not any(one.explains(finding) for finding in findings)]
