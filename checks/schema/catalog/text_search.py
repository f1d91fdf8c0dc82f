"""Text search: parsers, templates, dictionaries, configurations."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, function, owner
from checks.schema.kind import EXTENSION, Kind, Property

PARSERS = Kind(
    "text search parsers",
    object="format('%I.%I', s.nspname, p.prsname)",
    properties={
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "start function": function("p.prsstart"),
        "token function": function("p.prstoken"),
        "end function": function("p.prsend"),
        "headline function": function("p.prsheadline"),
        "token type function": function("p.prslextype"),
    },
    source=f"""
    from pg_ts_parser p join spaces s on s.oid = p.prsnamespace
    {comment_on("pg_ts_parser", "p.oid")} {member_of("pg_ts_parser", "p.oid")}
    """,
)

TEMPLATES = Kind(
    "text search templates",
    object="format('%I.%I', s.nspname, t.tmplname)",
    properties={
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "init function": function("t.tmplinit"),
        "lexize function": function("t.tmpllexize"),
    },
    source=f"""
    from pg_ts_template t join spaces s on s.oid = t.tmplnamespace
    {comment_on("pg_ts_template", "t.oid")} {member_of("pg_ts_template", "t.oid")}
    """,
)

DICTIONARIES = Kind(
    "text search dictionaries",
    object="format('%I.%I', s.nspname, d.dictname)",
    properties={
        "owner": owner("d.dictowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "template": "format('%I.%I', tn.nspname, t.tmplname)",
        "options": Property("d.dictinitoption", shown=True),
    },
    source=f"""
    from pg_ts_dict d join spaces s on s.oid = d.dictnamespace
    join pg_ts_template t on t.oid = d.dicttemplate join pg_namespace tn on tn.oid = t.tmplnamespace
    {comment_on("pg_ts_dict", "d.oid")} {member_of("pg_ts_dict", "d.oid")}
    """,
)

# In ts_token_type a parser names its token types: numbers alone say nothing to a reader.
_MAPPINGS = """
    (select string_agg(format('%s: %s', one.token, one.dictionaries), '; ' order by one.number)
     from (select m.maptokentype as number, (select k.alias from ts_token_type(c.cfgparser) k
                                             where k.tokid = m.maptokentype) as token,
                  string_agg(format('%I.%I', dn.nspname, d.dictname), ', ' order by m.mapseqno)
                      as dictionaries
           from pg_ts_config_map m join pg_ts_dict d on d.oid = m.mapdict
           join pg_namespace dn on dn.oid = d.dictnamespace
           where m.mapcfg = c.oid group by m.maptokentype) one)
"""

CONFIGURATIONS = Kind(
    "text search configurations",
    object="format('%I.%I', s.nspname, c.cfgname)",
    properties={
        "owner": owner("c.cfgowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "parser": "format('%I.%I', pn.nspname, p.prsname)",
        "mappings": Property(_MAPPINGS),
    },
    source=f"""
    from pg_ts_config c join spaces s on s.oid = c.cfgnamespace
    join pg_ts_parser p on p.oid = c.cfgparser join pg_namespace pn on pn.oid = p.prsnamespace
    {comment_on("pg_ts_config", "c.oid")} {member_of("pg_ts_config", "c.oid")}
    """,
)

KINDS = (PARSERS, TEMPLATES, DICTIONARIES, CONFIGURATIONS)
