"""One fault, one finding: what a lost table or a changed extension takes with it is told with it.

A lost (or additional) table is told once, with the number of columns, indexes and so on that it
held. The members of an extension come with it: with two versions of an extension on the two sides,
or with the extension on one side only, what differs among its members is told with the extension.
With one version on both sides they are compared like any other object, because a member that
somebody altered must not hide behind its extension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from checks.judgement import Gap
from checks.schema.kind import EXTENSION, PARENT
from checks.schema.observation import Properties, SchemaObservation

HOLDERS = ("tables", "views")
"""Kinds whose objects hold others: those name their holder in the property `PARENT`."""

EXTENSIONS = "extensions"
OWNERSHIP = frozenset({"owner", "acl"})
"""What follows from who created the extension: a dump does not keep the owner of one."""


class Missing:
    """The objects that one observation has and the other lacks."""

    def __init__(self, having: SchemaObservation, lacking: SchemaObservation) -> None:
        self.having = having
        self.holders = {
            name for kind in (*HOLDERS, EXTENSIONS) for name in _only(kind, having, lacking)
        }
        self._held: dict[str, Counter[str]] = {name: Counter() for name in self.holders}
        for kind in having.kinds:
            for name in _only(kind, having, lacking):
                if holder := self._holder(kind, name):
                    self._held[holder][kind] += 1

    def goes_with_another(self, kind: str, name: str) -> bool:
        """Whether the object goes with a table or an extension that is itself reported."""
        return self._holder(kind, name) is not None

    def told(self, kind: str, name: str) -> str:
        """What the object is, and what it held."""
        properties = self.having.kinds[kind][name]
        words = properties.get("definition") or properties.get("kind")
        if kind == "columns":
            words = properties.get("type")
        if kind in (*HOLDERS, EXTENSIONS) and (held := self._held[name]):
            words = f"{properties.get('kind') or _singular(kind)} with " + ", ".join(
                f"{number} {what if number > 1 else _singular(what)}"
                for what, number in held.items()
            )
        return words or _singular(kind)

    def _holder(self, kind: str, name: str) -> str | None:
        properties = self.having.kinds[kind][name]
        for holder in (properties.get(EXTENSION), properties.get(PARENT)):
            if holder in self.holders:
                return holder
        return None


class Extensions:
    """The extensions that are on both sides and not the same, and what was told with them."""

    def __init__(self, before: SchemaObservation, after: SchemaObservation) -> None:
        one, other = before.kinds.get(EXTENSIONS, {}), after.kinds.get(EXTENSIONS, {})
        both = one.keys() & other.keys()
        self._reversioned = {n for n in both if _differs("version", one[n], other[n])}
        self._owned_otherwise = {n for n in both if _differs("owner", one[n], other[n])}
        self._members: Counter[str] = Counter()

    def explain(self, properties: Properties, changed: str | None = None) -> bool:
        """Whether a difference (of the whole object, or of a property) is told with an extension's.

        `properties` are those of the object, on the side that has it.
        """
        extension = properties.get(EXTENSION)
        if extension is None:
            return False
        if extension in self._reversioned:
            self._members[extension] += 1
            return True
        return extension in self._owned_otherwise and changed in OWNERSHIP

    def gaps(self) -> tuple[Gap, ...]:
        """What the two versions kept from being compared."""
        return tuple(
            Gap(
                f"schema.{EXTENSIONS}",
                extension,
                f"{number} differences among its members came with its other version and were not "
                "judged: bring the extension to one version on both sides",
            )
            for extension, number in sorted(self._members.items())
        )


def _only(
    kind: str, having: SchemaObservation, lacking: SchemaObservation
) -> Mapping[str, Properties]:
    if kind not in lacking.kinds:  # it was not looked at there: nothing is known to be missing
        return {}
    there = lacking.kinds[kind]
    return {name: p for name, p in having.kinds.get(kind, {}).items() if name not in there}


def _differs(name: str, one: Properties, other: Properties) -> bool:
    return one.get(name) != other.get(name)


def _singular(kind: str) -> str:
    irregular = {"indexes": "index", "statistics": "statistics object"}
    if kind.endswith("ies"):
        return kind.removesuffix("ies") + "y"
    return irregular.get(kind, kind.removesuffix("es" if kind.endswith("sses") else "s"))
