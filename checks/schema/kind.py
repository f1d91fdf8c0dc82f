"""What a kind of object is to schema parity: where its objects stand, and what each of them is.

A kind is data. From one declaration come both the fingerprint that the server computes over all its
objects and, where two fingerprints differ, the rows that tell which object and which property.

Everything is rendered as text and by name: a restored copy may have other object identifiers.
A new kind is a new `Kind`, and new rows of ``tests/sabotage`` that break each of its properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, LiteralString

PARENT = "table"
"""The property that names the table an object belongs to: when that is missing, its columns and
indexes are told with it instead of one by one."""

EXTENSION = "extension"
"""The property that names the extension an object is a member of. With one version of the extension
on both sides a member is compared as any other object; with two, its differences are the
extension's."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of the objects of a kind.

    sql     an expression of type text over the kind's `source`; NULL means "none"
    since   ``server_version_num`` from which the server knows it: 150000
    before  the expression on older servers, which has the value that they imply; None where they
            imply none: then the property is not compared with an older server
    secret  compared, never shown: findings and baselines hold a digest (a password may stand in it)
    shown   with its literals, which are names, places and limits; of all other properties a digest
            stands for each literal (`checks.schema.literals`)
    """

    sql: LiteralString
    since: int = 0
    before: LiteralString | None = "null"
    secret: bool = False
    shown: bool = False

    def __post_init__(self) -> None:
        if self.secret and self.shown:
            raise ValueError("a property is secret, or shown")


@dataclass(frozen=True, slots=True)
class Need:
    """A right without which a kind is not seen whole.

    sql     an expression of type boolean: whether this session sees everything
    says    what is missing and how to supply it, for the report
    unless  an expression of type boolean: whether there is nothing to be seen, as everybody can
            tell, so that nothing is missing
    """

    sql: LiteralString
    says: str
    unless: LiteralString = "false"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    name        in the plural, as the check ``schema.<name>`` says it: "indexes"
    object      an expression of type text: the object's name, quoted as SQL would
    properties  name → expression, or `Property` where it needs more said
    source      ``from … where …``; may use what `checks.schema.query` puts before it: ``spaces``
                (the schemas that are compared: ``oid``, ``nspname``, ``name``, quoted),
                ``relations`` (what stands in them: ``oid``, ``name``, quoted and qualified),
                ``members`` (of extensions: ``classid``, ``objid``, ``extension``, quoted). No
                ``%`` needs doubling: no parameters are passed
    scope       whether the objects belong to one database or to the whole cluster; a finding of the
                latter is of the check ``cluster.<name>``
    since       ``server_version_num`` from which the catalog exists; older servers have no object
    need        the right without which the kind is *not proven*
    """

    name: str
    object: LiteralString
    properties: Mapping[str, Property | LiteralString]
    source: LiteralString
    scope: Literal["database", "cluster"] = "database"
    since: int = 0
    need: Need | None = None
