"""Parts that the declarations of many kinds share; each gives SQL.

Strings are sorted in the "C" collation: two servers may have other libraries of collations.
"""

from __future__ import annotations

from typing import LiteralString


def acl(privileges: LiteralString, kind: LiteralString, owner: LiteralString) -> LiteralString:
    """Who may do what, with grantor and grant options, by name and in one order; none where these
    are the privileges that an object of its kind starts with.

    So NULL, which means the default, equals the default spelt out: a GRANT and its REVOKE leave it
    behind, and a dump does not bring it back. And the default itself grew in 17 (MAINTAIN).
    `kind` as ``acldefault`` has it: r relation, s sequence, n schema, f function, T type …
    """
    default = _sorted_acl(f"acldefault('{kind}', {owner})")
    return (
        f"case when {privileges} is not null then nullif({_sorted_acl(privileges)}, {default}) end"
    )


def _sorted_acl(items: LiteralString) -> LiteralString:
    return f"""coalesce((select string_agg(item::text, ', ' order by item::text collate "C")
        from unnest({items}) as item), 'nobody')"""


def sorted_array(array: LiteralString) -> LiteralString:
    """A text array as one text, in one order: options, settings."""
    return f"""case when {array} is not null then
        (select string_agg(item, ', ' order by item collate "C")
        from unnest({array}) as item) end"""


def comment_on(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """The join that gives a comment as ``remark.description``."""
    return f"""left join pg_description remark on remark.objoid = {oid}
        and remark.classoid = '{catalog}'::regclass and remark.objsubid = 0"""


def member_of(catalog: LiteralString, oid: LiteralString) -> LiteralString:
    """The join that gives the extension an object belongs to as ``member.extension``."""
    return f"""left join members member on member.objid = {oid}
        and member.classid = '{catalog}'::regclass"""


def fires(enabled: LiteralString) -> LiteralString:
    """When a trigger or a rule fires, in words."""
    return f"""case {enabled} when 'O' then 'enabled' when 'D' then 'disabled'
        when 'R' then 'replica only' when 'A' then 'always' end"""


def persistence(letter: LiteralString) -> LiteralString:
    """Whether a relation survives a crash, in words."""
    return f"""case {letter} when 'p' then 'permanent' when 'u' then 'unlogged'
        else {letter}::text end"""


def yes(truth: LiteralString) -> LiteralString:
    """A boolean as text."""
    return f"({truth})::text"
