"""Attributes of an object that is changed in place: which change is harmless, by allow-list.

Three kinds: *free*, whose change takes nothing away; *guarded*, with a rule that says which change
is right; and all the rest, which nobody has thought about and which therefore may not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from checks.finding import Finding
from checks.plan.model import ResourceChange
from checks.plan.values import CHANGED, SENSITIVE, UNKNOWN, secret, zero


@dataclass(frozen=True, slots=True)
class Rule:
    """What may become of one attribute.

    allows   (before, after) → whether it is harmless; asked where they differ and are known
    remedy   what the operator does about any other change, one sentence
    wanted   what is expected, where that is not what was there before
    unasked  members of a block that may be known after the apply only: `allows` does without them
    """

    allows: Callable[[object, object], bool]
    remedy: str
    wanted: object = None
    unasked: frozenset[str] = frozenset()


Rules = Mapping[str, Rule]


def never(_before: object, _after: object) -> bool:
    """No change is harmless."""
    return False


def only_on(_before: object, after: object) -> bool:
    """May be turned on, not off."""
    return after is True


def only_off(_before: object, after: object) -> bool:
    """May be turned off, not on."""
    return after is False or after is None


def not_lowered(before: object, after: object) -> bool:
    """A number may grow."""
    return _number(after) >= _number(before)


def first_set(before: object, after: object) -> bool:
    """May be given for the first time: an import cannot read it."""
    return zero(before) and not zero(after)


def only_added(before: object, after: object) -> bool:
    """A list may grow."""
    return _members(before) <= _members(after)


def not_default(before: object, after: object) -> bool:
    """May become any group of one's own, and not the engine's ``default.…``."""
    return isinstance(after, str) and bool(after) and not after.startswith("default.")


def judge_attributes(
    row: ResourceChange,
    *,
    check: str,
    free: Collection[str],
    rules: Rules,
    rest: str,
    names: Collection[str] | None = None,
) -> Iterator[Finding]:
    """What an update would do that it may not.

    check  first parts of the findings' check, to which the attribute's name comes
    rest   remedy for an attribute that is neither free nor guarded
    names  attributes to be judged; those that differ, if None
    """
    change = row.change
    for name in sorted(change.differing if names is None else names):
        if name in free:
            continue
        rule = rules.get(name)
        if rule is not None and not change.unknown(name, but=rule.unasked):
            was, becomes = change.was(name), change.becomes(name)
            if rule.allows(was, becomes):
                continue
        if rule is None:
            yield attribute_finding(row, name, check=check, remedy=rest)
        else:
            yield attribute_finding(row, name, check=check, remedy=rule.remedy, wanted=rule.wanted)


def attribute_finding(
    row: ResourceChange, name: str, *, check: str, remedy: str, wanted: object = None
) -> Finding:
    """One attribute's change as a finding; a value that may be secret is not shown.

    wanted  what is expected, if it is not what was there before; never a value of the plan
    """
    expected, actual = shown(row, name)
    if wanted is not None:
        expected = wanted
    return Finding(f"{check}.{name}", row.subject, expected, actual, remedy)


def shown(row: ResourceChange, name: str) -> tuple[object, object]:
    """Before and after, as they may be shown."""
    change = row.change
    values = (change.was(name), change.becomes(name))
    if secret(name, values, (change.before_sensitive, change.after_sensitive)):
        return SENSITIVE, UNKNOWN if change.unknown(name) else CHANGED
    after = UNKNOWN if change.unknown(name) else change.becomes(name)
    return change.was(name), after


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _members(value: object) -> set[str]:
    return {str(member) for member in value} if isinstance(value, list) else set()
