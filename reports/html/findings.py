"""Findings of every family: what was expected, what was found, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.drill_record import DrillRecord
from reports.html import claims
from reports.html.text import plural
from reports.parts import Finding

MOST = 200
"""Findings of one family that are shown; a copy without its largest schema has thousands."""
RUNBOOK = "runbook"


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding, the proof that has it, and the name under which the page can be sent to it."""

    anchor: str
    proof: str
    finding: Finding

    @property
    def counts(self) -> bool:
        """Whether its sides are numbers of rows."""
        return "counts" in (self.finding.check, self.finding.property)


@dataclass(frozen=True, slots=True)
class Broken:
    """A step or a proof that failed without a finding: something raised, and this is what."""

    title: str
    reason: str


@dataclass
class Family:
    """What was found against one family of proofs."""

    name: str
    total: int = 0
    shown: list[Shown] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        return self.total - len(self.shown)

    @property
    def said(self) -> str:
        """How much there is against it."""
        found = [plural(self.total, "finding")] if self.total else []
        kind = "step" if self.name == RUNBOOK else "proof"
        broken = [f"{plural(len(self.broken), kind)} broken off"] if self.broken else []
        return ", ".join([*found, *broken])

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()


def of(record: DrillRecord, prefix: str) -> Sequence[Family]:
    """Families with something against them, in the order in which their proofs ended."""
    families: dict[str, Family] = {}

    def family(name: str) -> Family:
        return families.setdefault(name, Family(name))

    for claim in claims.of(record):
        if claim.proof is None:
            if claim.outcome == "failed":
                title = f"Step {claim.number}: {claim.title}"
                said = Broken(title, claim.reason or "no reason was told")
                family(RUNBOOK).broken.append(said)
            continue
        name = claim.proof.family or "proofs"
        if claim.outcome == "failed" and not claim.proof.findings:
            reason = claim.reason or "no reason was told"
            family(name).broken.append(Broken(claim.title, reason))
        for finding in claim.proof.findings:
            one = family(name)
            one.total += 1
            if len(one.shown) < MOST:
                anchor = f"{prefix}-finding-{sum(len(known.shown) for known in families.values())}"
                one.shown.append(Shown(anchor, claim.title, finding))
    return list(families.values())


def among(families: Sequence[Family], *names: str) -> Iterator[Shown]:
    """The shown findings of some families: differences of the schema, of the configuration."""
    for one in families:
        if one.name in names:
            yield from one.shown


@dataclass(frozen=True, slots=True)
class Subject:
    """How one subject fared: the proofs of its families, and what they found."""

    proofs: Sequence[claims.Claim]
    found: Sequence[Shown]
    left_out: int

    @property
    def sentence(self) -> str:
        """`3 proofs: 2 passed, 1 not reached.`"""
        if not self.proofs:
            return ""
        outcomes: dict[str, int] = {}
        for claim in self.proofs:
            outcomes[claim.outcome] = outcomes.get(claim.outcome, 0) + 1
        said = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        return f"{len(self.proofs)} {'proof' if len(self.proofs) == 1 else 'proofs'}: {said}."


def subject(record: DrillRecord, families: Sequence[Family], *names: str) -> Subject:
    """What a drill says about the families of these names."""
    proofs = [one for one in claims.of(record) if one.proof and one.proof.family in names]
    left_out = sum(one.left_out for one in families if one.name in names)
    return Subject(proofs, list(among(families, *names)), left_out)
