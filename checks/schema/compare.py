"""Schema parity: what a comparison of two sides tells (R34).

Both sides are asked for their fingerprints at the same time; where those of a kind are equal, its
objects are. Rows are fetched of the other kinds only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.schema import alike, remedies
from checks.schema.fingerprint import UNKNOWN, Fingerprints
from checks.schema.folding import Extensions, Missing
from checks.schema.kind import Property
from checks.schema.literals import leaves_out, told_apart
from checks.schema.observation import Properties, SchemaObservation
from checks.schema.sides import BY_NAME, SchemaSide

Result = TypeVar("Result")

_ORDER = {name: place for place, name in enumerate(BY_NAME)}


def judge_schema(expected: SchemaSide, actual: SchemaSide) -> Judgement:
    """Every object that is missing, additional or different, kind by kind (R34).

    The check of a finding is ``schema.<kind>`` for an object that is only on one side and
    ``schema.<kind>.<property>`` for a property; its subject is the object. Of kinds that belong to
    the cluster it is ``cluster.<kind>``. What could not be asked of one side or of both is a gap,
    and the other kinds are judged all the same.
    """
    ours, theirs = _both(lambda side: side.fingerprints(), expected, actual)
    kinds = {
        kind
        for side in (ours, theirs)
        for told in (side.known, side.unreadable, side.damaged)
        for kind in told
    }
    differing = {
        kind
        for kind in kinds
        if kind in ours.known
        and kind in theirs.known
        and (ours.known[kind] == UNKNOWN or ours.known[kind] != theirs.known[kind])
    }
    before, after = _both(lambda side: side.observe(differing), expected, actual)
    comparison = _Comparison(before, after, ours, theirs)
    told = [
        comparison.compare(kind) if kind in differing else _unseen(kind, ours, theirs)
        for kind in sorted(kinds, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))
    ]
    return Judgement.all([*told, Judgement(gaps=comparison.extensions.gaps())])


class _Comparison:
    """Two observations of the kinds whose fingerprints differ."""

    def __init__(
        self,
        before: SchemaObservation,
        after: SchemaObservation,
        ours: Fingerprints,
        theirs: Fingerprints,
    ) -> None:
        self.read = (before, after)
        before, after = alike.in_one_spelling(before, after)
        self.before, self.after = before, after
        self.ours, self.theirs = ours, theirs
        self.versions = (before.server_version, after.server_version)
        self.lost, self.added = Missing(before, after), Missing(after, before)
        self.extensions = Extensions(before, after)

    def compare(self, kind: str) -> Judgement:
        if kind not in self.before.kinds or kind not in self.after.kinds:
            return _unseen(kind, self.before, self.after)
        if self._moved(kind):
            why = f"its objects changed while they were read: {remedies.VERIFY_AGAIN}"
            return Judgement(gaps=(Gap(_check(kind), f"all {kind}", why),))
        names = sorted({*self.before.kinds[kind], *self.after.kinds[kind]})
        return Judgement(
            tuple(finding for name in names for finding in self._object(kind, name)),
            tuple(self._unrecorded(kind)),
        )

    def _moved(self, kind: str) -> bool:
        """Whether the rows are equal where the fingerprints, rendered alike, are not."""
        one, other = self.ours.known[kind], self.theirs.known[kind]
        return (
            UNKNOWN not in (one, other)
            and one.partition(":")[0] == other.partition(":")[0]
            and self.read[0].kinds[kind] == self.read[1].kinds[kind]
        )

    def _object(self, kind: str, name: str) -> Iterator[Finding]:
        before, after = self.before.kinds[kind].get(name), self.after.kinds[kind].get(name)
        if before is not None and after is not None:
            yield from self._properties(kind, name, before, after)
        elif before is not None:
            if not self.lost.goes_with_another(kind, name) and not self.extensions.explain(before):
                (lost,) = told_apart(self.lost.told(kind, name))
                yield Finding(_check(kind), name, lost, None, remedies.lost(kind))
        elif (
            after is not None
            and not self.added.goes_with_another(kind, name)
            and not self.extensions.explain(after)
        ):
            (added,) = told_apart(self.added.told(kind, name))
            yield Finding(_check(kind), name, None, added, remedies.STRANGER)

    def _properties(
        self, kind: str, name: str, before: Properties, after: Properties
    ) -> Iterator[Finding]:
        for prop in sorted(self._common(kind, before, after)):
            one, other = before.get(prop), after.get(prop)
            if one == other or alike.same(kind, prop, one, other, self.versions):
                continue
            if not self.extensions.explain(before, prop):
                remedy = remedies.BAD_STATES.get((kind, prop, other or ""), remedies.OTHER_POINT)
                if leaves_out(one) or leaves_out(other):
                    remedy = f"{remedy} {remedies.LEFT_OUT}"
                was, now = told_apart(one, other)
                yield Finding(f"{_check(kind)}.{_slug(prop)}", name, was, now, remedy)

    def _common(self, kind: str, before: Properties, after: Properties) -> set[str]:
        """The properties that both sides looked at."""
        one = self.before.properties.get(kind)
        other = self.after.properties.get(kind)
        if one is None or other is None:
            return {*before, *after}
        return {*one} & {*other}

    def _unrecorded(self, kind: str) -> Iterator[Gap]:
        """The properties that one side did not look at although its server has them."""
        one = self.before.properties.get(kind)
        other = self.after.properties.get(kind)
        if one is None or other is None:
            return
        for prop in sorted({*one} ^ {*other}):
            lacking = self.before if prop in other else self.after
            if not _younger(kind, prop, lacking.server_version):
                side = "source" if lacking is self.before else "copy"
                yield Gap(
                    f"{_check(kind)}.{_slug(prop)}",
                    f"all {kind}",
                    f"nobody looked at it in the {side}: {remedies.RECORD_AGAIN}",
                )


def _unseen(
    kind: str,
    before: Fingerprints | SchemaObservation,
    after: Fingerprints | SchemaObservation,
) -> Judgement:
    """What is said of a kind that was not seen on one side, or on both; nothing when it was."""
    findings, reasons = [], []
    for place, side in (("source", before), ("copy", after)):
        if (why := side.damaged.get(kind)) is not None:
            subject = f"all {kind} of the {place}"
            findings.append(Finding(_check(kind), subject, "readable", why, remedies.DAMAGED))
        elif (why := side.unreadable.get(kind)) is not None:
            reasons.append(f"in the {place}: {why}")
        elif kind not in (side.known if isinstance(side, Fingerprints) else side.kinds):
            reasons.append(f"in the {place}: nobody looked at it: {remedies.RECORD_AGAIN}")
    gaps = [Gap(_check(kind), f"all {kind}", "; ".join(reasons))] if reasons else []
    return Judgement(tuple(findings), tuple(gaps))


def _both(
    ask: Callable[[SchemaSide], Result], expected: SchemaSide, actual: SchemaSide
) -> tuple[Result, Result]:
    """The answers of both sides, asked at the same time."""
    with ThreadPoolExecutor(1, thread_name_prefix="schema") as other:
        asked = other.submit(ask, expected)
        answer = ask(actual)
        return asked.result(), answer


def _check(kind: str) -> str:
    known = BY_NAME.get(kind)
    family = "cluster" if known is not None and known.scope == "cluster" else "schema"
    return f"{family}.{_slug(kind)}"


def _slug(name: str) -> str:
    return name.replace(" ", "_")


def _younger(kind: str, prop: str, version: int) -> bool:
    """Whether a server of this version is too old to have the property."""
    known = BY_NAME.get(kind)
    declared = known.properties.get(prop) if known is not None else None
    since = declared.since if isinstance(declared, Property) else 0
    return known is not None and version < max(known.since, since)
