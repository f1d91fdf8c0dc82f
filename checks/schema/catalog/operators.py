"""Operators, their classes and families, access methods."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, member_of
from checks.schema.catalog._references import (
    COMMENT,
    MEMBER,
    OURS,
    function,
    operator,
    owner,
    type_name,
)
from checks.schema.kind import EXTENSION, Kind

OPERATORS = Kind(
    "operators",
    object="format('%I.%s(%s, %s)', s.nspname, o.oprname,"
    f" coalesce({type_name('o.oprleft')}, 'none'), coalesce({type_name('o.oprright')}, 'none'))",
    properties={
        "owner": owner("o.oprowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "function": function("o.oprcode"),
        "result": type_name("o.oprresult"),
        "commutator": operator("o.oprcom"),
        "negator": operator("o.oprnegate"),
        "restriction estimator": function("o.oprrest"),
        "join estimator": function("o.oprjoin"),
        "hashes": "o.oprcanhash::text",
        "merges": "o.oprcanmerge::text",
    },
    source=f"""
    from pg_operator o join spaces s on s.oid = o.oprnamespace
    {comment_on("pg_operator", "o.oid")} {member_of("pg_operator", "o.oid")}
    """,
)

OPERATOR_CLASSES = Kind(
    "operator classes",
    object="format('%I.%I using %I', s.nspname, o.opcname, m.amname)",
    properties={
        "owner": owner("o.opcowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "type": type_name("o.opcintype"),
        "default": "o.opcdefault::text",
        "stored as": type_name("o.opckeytype"),
        "family": "format('%I.%I', fn.nspname, f.opfname)",
    },
    source=f"""
    from pg_opclass o join spaces s on s.oid = o.opcnamespace
    join pg_am m on m.oid = o.opcmethod
    join pg_opfamily f on f.oid = o.opcfamily join pg_namespace fn on fn.oid = f.opfnamespace
    {comment_on("pg_opclass", "o.oid")} {member_of("pg_opclass", "o.oid")}
    """,
)

# A member has no name of its own. Users also add members to the server's own families, which is
# why a family counts from its first member that did not come with the server: no dump brings those.
OPERATOR_FAMILIES = Kind(
    "operator families",
    object="format('%I.%I using %I', n.nspname, f.opfname, m.amname)",
    properties={
        "owner": owner("f.opfowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "operators": "(select string_agg(format('%s %s', o.amopstrategy,"
        " o.amopopr::regoperator) || coalesce(' order by ' || (select format('%I.%I', sn.nspname,"
        " sf.opfname) from pg_opfamily sf join pg_namespace sn on sn.oid = sf.opfnamespace"
        " where sf.oid = o.amopsortfamily), ''), ', ' order by o.amopstrategy,"
        ' o.amopopr::regoperator::text collate "C")'
        f" from pg_amop o where o.amopfamily = f.oid and o.oid >= {OURS})",
        "functions": "(select string_agg(format('%s (%s, %s) %s', p.amprocnum,"
        " format_type(p.amproclefttype, null), format_type(p.amprocrighttype, null),"
        " p.amproc::oid::regprocedure), ', ' order by p.amprocnum,"
        ' p.amproc::oid::regprocedure::text collate "C",'
        ' format_type(p.amproclefttype, null) collate "C",'
        ' format_type(p.amprocrighttype, null) collate "C")'
        f" from pg_amproc p where p.amprocfamily = f.oid and p.oid >= {OURS})",
    },
    source=f"""
    from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace
    join pg_am m on m.oid = f.opfmethod left join spaces s on s.oid = f.opfnamespace
    {comment_on("pg_opfamily", "f.oid")} {member_of("pg_opfamily", "f.oid")}
    where s.oid is not null
      or f.oid in (select amopfamily from pg_amop where oid >= {OURS})
      or f.oid in (select amprocfamily from pg_amproc where oid >= {OURS})
    """,
)

ACCESS_METHODS = Kind(
    "access methods",
    object="quote_ident(m.amname)",
    properties={
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "type": "case m.amtype when 't' then 'table' else 'index' end",
        "handler": function("m.amhandler"),
    },
    source=f"""
    from pg_am m {comment_on("pg_am", "m.oid")} {member_of("pg_am", "m.oid")}
    where m.oid >= {OURS}
    """,
)

KINDS = (OPERATORS, OPERATOR_FAMILIES, OPERATOR_CLASSES, ACCESS_METHODS)
