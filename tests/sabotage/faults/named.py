"""The objects of ``samples/objects.sql`` that faults break, as findings and as DDL name them."""

from __future__ import annotations

from typing import NamedTuple

from tests.sabotage.faults.fault import Fault, fault

LISTED = "objects.listed(n integer, OUT one integer, OUT two text)"
DIFFER = "objects.<~>(integer, text)"
SMALLEST = "objects.smallest(integer)"
MEAN = "objects.mean(numeric)"


class Named(NamedTuple):
    """An object as a finding names it, and as DDL does."""

    kind: str
    subject: str
    sql: str

    def check(self, prop: str | None = None) -> str:
        """The check that must speak of it, or of one of its properties."""
        parts = ["schema", self.kind, *([prop] if prop else [])]
        return ".".join(part.replace(" ", "_") for part in parts)


FUNCTION = Named("functions", LISTED, "function objects.listed")
AGGREGATE = Named("aggregates", SMALLEST, "aggregate objects.smallest (int)")
TYPE = Named("types", "objects.colour", "type objects.colour")
OPERATOR = Named("operators", DIFFER, "operator objects.<~> (int, text)")
FAMILY = Named(
    "operator families",
    "objects.turned using btree",
    "operator family objects.turned using btree",
)
CLASS = Named(
    "operator classes",
    "objects.backwards using btree",
    "operator class objects.backwards using btree",
)
METHOD = Named("access methods", "sideways", "access method sideways")
LANGUAGE = Named("languages", "internally", "language internally")
CAST = Named("casts", "(boolean as numeric)", "cast (bool as numeric)")
TRANSFORM = Named(
    "transforms",
    "for integer language internally",
    "transform for int language internally",
)
CONVERSION = Named("conversions", "objects.latin", "conversion objects.latin")
PARSER = Named("text search parsers", "objects.parser", "text search parser objects.parser")
TEMPLATE = Named(
    "text search templates", "objects.template", "text search template objects.template"
)
DICTIONARY = Named(
    "text search dictionaries", "objects.plain", "text search dictionary objects.plain"
)
CONFIGURATION = Named(
    "text search configurations", "objects.search", "text search configuration objects.search"
)
COLLATION = Named("collations", "objects.bytes", "collation objects.bytes")
STATISTICS = Named("statistics", "objects.together", "statistics objects.together")
WRAPPER = Named("foreign data wrappers", "faraway", "foreign data wrapper faraway")
SERVER = Named("servers", '"far away"', 'server "far away"')
PUBLICATION = Named("publications", "part", "publication part")
EXTENSION = Named("extensions", "plpgsql", "extension plpgsql")

OWNED = (
    FUNCTION,
    AGGREGATE,
    TYPE,
    OPERATOR,
    FAMILY,
    CLASS,
    LANGUAGE,
    CONVERSION,
    DICTIONARY,
    CONFIGURATION,
    COLLATION,
    STATISTICS,
    WRAPPER,
    SERVER,
    PUBLICATION,
)
UNOWNED = (METHOD, CAST, TRANSFORM, PARSER, TEMPLATE)
GRANTED = (
    Named("functions", LISTED, "function objects.listed"),
    Named("aggregates", SMALLEST, "function objects.smallest (int)"),
    TYPE,
    LANGUAGE,
    WRAPPER,
    Named("servers", '"far away"', 'foreign server "far away"'),
)
NO_MEMBERS = (
    (PUBLICATION, "pg_publication", "pubname = 'part'"),
    (STATISTICS, "pg_statistic_ext", "stxname = 'together'"),
)
"""ALTER EXTENSION takes none of these as a member."""


def in_catalog(name: str, one: Named, prop: str, catalog: str, change: str, where: str) -> Fault:
    """A fault that no DDL can make: the catalog itself is altered, as a superuser may."""
    return fault(
        f"{one.kind}: {name}",
        one.check(prop),
        one.subject,
        f"update {catalog} set {change} where {where}",
    )
