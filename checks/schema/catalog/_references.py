"""What an object is owned by and refers to, by name; each function gives SQL."""

from __future__ import annotations

from typing import LiteralString

from checks.schema.kind import Property

COMMENT = Property("remark.description", secret=True)
"""The comment that the join of `comment_on` (in ``_parts``) or `shared_comment_on` gives. People
write anything into comments, passwords too."""

MEMBER: LiteralString = "member.extension"
"""The extension that the join of `member_of` (in ``_parts``) gives."""

OURS: LiteralString = "16384"
"""The first oid that a server gives out after initdb (``FirstNormalObjectId``): what has no schema
and a lower one came with the server."""


def owner(column: LiteralString) -> LiteralString:
    """The name of the role in a column of type oid."""
    return f"pg_get_userbyid({column})::text"


def shared_comment_on(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """The join that gives the comment on an object of the whole cluster."""
    return (
        f"left join pg_shdescription remark on remark.classoid = '{catalog}'::regclass"
        f" and remark.objoid = {oid}"
    )


def function(column: LiteralString) -> LiteralString:
    """A function with its argument types; none where the column is 0."""
    return f"nullif({column}::oid::regprocedure::text, '-')"


def operator(column: LiteralString) -> LiteralString:
    """An operator with its operand types; none where the column is 0."""
    return f"nullif({column}::oid::regoperator::text, '0')"


def type_name(column: LiteralString) -> LiteralString:
    """A type; none where the column is 0."""
    return f"case when {column} <> 0 then format_type({column}, null) end"


def collation_name(column: LiteralString) -> LiteralString:
    """A collation; none where the column is 0."""
    return (
        "(select format('%I.%I', named_in.nspname, named.collname) from pg_collation named"
        " join pg_namespace named_in on named_in.oid = named.collnamespace"
        f" where named.oid = {column})"
    )
