"""The schema between two baselines: what both show alike is in the copy, the rest as in either.

What the copy must be is put together object by object and property by property, and then compared
as any other expectation is: one comparison, one wording of findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.baseline.sides import Proof, Sides, demanding
from checks.judgement import Bound, Judgement
from checks.schema.catalog import CLUSTER_KINDS
from checks.schema.compare import judge_schema
from checks.schema.observation import Objects, Properties, SchemaObservation
from checks.schema.sides import RecordedSchema, SchemaSide

_CLUSTER_WIDE = {kind.name for kind in CLUSTER_KINDS}


def judge_objects_between(
    before: SchemaObservation,
    after: SchemaObservation,
    copy: SchemaSide,
    *,
    proof: Proof = "bounded",
) -> Judgement:
    """Hold the objects of a copy made at T against baselines from before and after T (R34).

    Findings and gaps are those of `judge_schema`. An object that was made, altered or dropped
    between the baselines is a bound where the copy shows it as one of them does.
    """
    before, after = (RecordedSchema(side).observe(side.kinds) for side in (before, after))
    altered = {
        kind
        for kind in before.kinds.keys() & after.kinds.keys()
        if before.kinds[kind] != after.kinds[kind]
    }
    seen = copy.observe(altered)
    mixed = {
        kind: _mix(Sides(before.kinds[kind], after.kinds[kind], seen.kinds.get(kind, {})))
        for kind in sorted(altered)
    }
    expected = before.model_copy(
        update={
            "kinds": {
                kind: mixed[kind].expected if kind in mixed else objects
                for kind, objects in before.kinds.items()
                if kind in after.kinds
            },
            "fingerprints": {
                kind: fingerprint
                for kind, fingerprint in before.fingerprints.items()
                if kind not in altered
            },
            "properties": {
                kind: tuple(name for name in names if name in after.properties.get(kind, names))
                for kind, names in before.properties.items()
            },
            "unreadable": {**after.unreadable, **before.unreadable},
            "damaged": {**after.damaged, **before.damaged},
        }
    )
    bounds = tuple(
        Bound(_check(kind), name, words)
        for kind, one in mixed.items()
        for name, words in one.bounds.items()
        if kind in seen.kinds
    )
    judged = judge_schema(RecordedSchema(expected), copy)
    return judged + demanding(Judgement(bounds=bounds), proof)


@dataclass
class _Mixed:
    """What the copy must show of one kind, and what is only bounded by that."""

    expected: dict[str, dict[str, str | None]] = field(default_factory=dict)
    bounds: dict[str, str] = field(default_factory=dict)


def _mix(sides: Sides[Objects]) -> _Mixed:
    mixed = _Mixed()
    for name in sorted({*sides.before, *sides.after}):
        before, after, copy = (side.get(name) for side in sides)
        if before is None or after is None:
            there = before if after is None else after
            assert there is not None
            event = "made" if before is None else "dropped"
            if copy is not None:
                mixed.expected[name] = dict(there)
            words = "there in the copy" if copy is not None else "not in the copy"
            mixed.bounds[name] = f"{event} between the two baselines, {words}"
        else:
            mixed.expected[name], altered = _either(before, after, copy)
            if altered and copy is not None:
                told = ", ".join(altered)
                mixed.bounds[name] = f"altered between the two baselines ({told}): as in either"
    return mixed


def _either(
    before: Properties, after: Properties, copy: Properties | None
) -> tuple[dict[str, str | None], list[str]]:
    """The properties that the copy must have, and the names of those that it has as in either."""
    expected: dict[str, str | None] = {}
    altered = []
    for name in sorted({*before, *after}):
        was, became = before.get(name), after.get(name)
        expected[name] = was
        if was != became and copy is not None and copy.get(name) in (was, became):
            expected[name] = copy.get(name)
            altered.append(name)
    return expected, altered


def _check(kind: str) -> str:
    """As `judge_schema` names the check of a kind."""
    family = "cluster" if kind in _CLUSTER_WIDE else "schema"
    return f"{family}.{kind.replace(' ', '_')}"
