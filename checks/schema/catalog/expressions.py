"""Expressions that many kinds share: owner, privileges, comment, functions by name."""

# ruff: noqa: S608 (these strings are put together of literals only)

from __future__ import annotations

from typing import LiteralString


def owner(column: LiteralString) -> LiteralString:
    """The name of the role in a column of type oid."""
    return f"pg_get_userbyid({column})::text"


def acl(column: LiteralString, letter: LiteralString, owned_by: LiteralString) -> LiteralString:
    """The privileges of an object, sorted; none where they are those that every object starts with.

    ``GRANT`` followed by ``REVOKE`` leaves the default privileges written out, which a dump does
    not bring back: that is no difference. `letter` is the kind as ``acldefault`` names it.
    """
    return (
        f"case when {column} is not null then"
        f" nullif({_sorted_acl(column)}, {_sorted_acl(f'acldefault({letter!r}, {owned_by})')}) end"
    )


def _sorted_acl(items: LiteralString) -> LiteralString:
    return (
        "coalesce((select string_agg(item::text, ', ' order by item::text collate \"C\")"
        f" from unnest({items}) as item), 'nobody')"
    )


def written_acl(column: LiteralString) -> LiteralString:
    """Privileges as they are written down, sorted, where there is no default to compare with."""
    return _sorted_acl(column)


def comment_on(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """A join that gives ``comment.description``: one lookup a kind instead of a call a row."""
    return (
        f"left join pg_description comment on comment.classoid = '{catalog}'::regclass"
        f" and comment.objoid = {oid} and comment.objsubid = 0"
    )


def shared_comment_on(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """The same for objects of the whole cluster."""
    return (
        f"left join pg_shdescription comment on comment.classoid = '{catalog}'::regclass"
        f" and comment.objoid = {oid}"
    )


COMMENT: LiteralString = "comment.description"


def member_of(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """A join that gives `MEMBER`, the extension that an object came with."""
    return f"left join members on members.classid = '{catalog}'::regclass and members.objid = {oid}"


MEMBER: LiteralString = "members.extension"


OURS: LiteralString = "16384"
"""The first oid that a server gives out after initdb (``FirstNormalObjectId``): what has no schema
and a lower one came with the server."""


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
