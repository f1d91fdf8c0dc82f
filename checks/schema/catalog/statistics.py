"""Extended statistics: what ``CREATE STATISTICS`` makes. What they hold is not compared."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, owner
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

STATISTICS = Kind(
    "statistics",
    object="format('%I.%I', s.nspname, x.stxname)",
    properties={
        PARENT: "format('%I.%I', tn.nspname, t.relname)",
        "owner": owner("x.stxowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        # One expression has statistics of its own ('e') without being asked.
        "kinds": "(select string_agg(case kind when 'd' then 'ndistinct' when 'f' then"
        " 'dependencies' when 'm' then 'mcv' when 'e' then 'expressions' else kind::text end, ', '"
        " order by kind) from unnest(x.stxkind) as kind)",
        "columns": "(select string_agg(quote_ident(a.attname), ', ' order by k.place)"
        " from unnest(x.stxkeys) with ordinality as k (number, place) join pg_attribute a"
        " on a.attrelid = x.stxrelid and a.attnum = k.number)",
        "expressions": Property(
            "array_to_string(pg_get_statisticsobjdef_expressions(x.oid), ', ')", since=140000
        ),
        # -1 became NULL in 17. Either means: as many as default_statistics_target says.
        "target": "nullif(x.stxstattarget, -1)::text",
    },
    source=f"""
    from pg_statistic_ext x join spaces s on s.oid = x.stxnamespace
    join pg_class t on t.oid = x.stxrelid join pg_namespace tn on tn.oid = t.relnamespace
    {comment_on("pg_statistic_ext", "x.oid")} {member_of("pg_statistic_ext", "x.oid")}
    """,
)

KINDS = (STATISTICS,)
