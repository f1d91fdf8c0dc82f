"""Stored code that reaches out: functions and views whose own text or dependencies call what does.

Text is searched on the server, and only names are fetched: a body may hold a connection string.
That a body is silent proves little (dynamic SQL, a function of an unknown extension), which is why
a quarantine is asked for; that it speaks is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.asking import Asking
from checks.database import SYSTEM_SCHEMAS
from checks.isolation.danger import Danger, Fact, Quarantine
from checks.isolation.parameters import Parameters

CALLS = "isolation.outward_calls"
PROGRAMS = "isolation.programs"
UNTRUSTED = "isolation.untrusted_functions"
EXTENSIONS = "isolation.extensions"

REACHING: Mapping[str, str | None] = {
    "aws_lambda": None,
    "aws_s3": None,
    "azure_ai": None,
    "azure_storage": None,
    "dblink": None,
    "google_ml_integration": None,
    "http": None,
    "orafce_mail": None,
    "pg_amqp": None,
    "amqp": None,
    "pg_background": None,
    "pg_net": "pg_net",
    "pg_smtp_client": None,
    "plproxy": None,
}
"""Extension → the library that must be preloaded for it to reach anything; None where a call is
enough. pg_net only queues requests, which its background worker sends. Foreign data wrappers are
not among them: what they reach is judged as foreign servers."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """Stored code by what it does; functions are named with their arguments.

    extensions  installed ones that reach out when called
    calls       (function, view, default …, extension whose function it calls)
    missing     functions that call dblink, where it is not installed
    programs    functions that run ``COPY … PROGRAM``
    untrusted   (function, language) in languages that are not trusted
    foreign_c   functions in C that belong to no extension
    """

    extensions: tuple[str, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    untrusted: tuple[tuple[str, str], ...] = ()
    foreign_c: tuple[str, ...] = ()


_FUNCTIONS = """
    select p.oid, p.prosrc, l.lanname, l.lanpltrusted,
      pg_catalog.format('%%I.%%I(%%s)', n.nspname, p.proname,
                        pg_catalog.pg_get_function_identity_arguments(p.oid)) as name
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where n.nspname !~ %(system)s
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                        and d.objid = p.oid and d.deptype = 'e')
"""
_MEMBERS = """
    select p.oid, p.proname, e.extname
    from pg_catalog.pg_extension e
    join pg_catalog.pg_depend d on d.deptype = 'e' and d.refobjid = e.oid
      and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    join pg_catalog.pg_proc p on p.oid = d.objid
    where e.extname = any(%(extensions)s)
"""
_BY_TEXT = f"""
    with members as ({_MEMBERS}), functions as ({_FUNCTIONS}), patterns as (
      select extname, '\\m(' || pg_catalog.string_agg(distinct
          pg_catalog.regexp_replace(proname, '([^[:alnum:]_])', '\\\\\\1', 'g'), '|')
        || ')"?\\s*\\(' as pattern
      from members group by extname)
    select distinct f.name, p.extname from functions f join patterns p on f.prosrc ~* p.pattern
    where f.lanname not in ('internal', 'c') order by 1, 2
"""  # noqa: S608 (constants of this module)
# Views, defaults, policies and bodies in standard SQL are stored parsed: they depend on what they
# call, whatever it is named in their text.
_BY_DEPENDENCY = f"""
    with members as ({_MEMBERS})
    select distinct coalesce(
        case d.classid
          when 'pg_catalog.pg_rewrite'::pg_catalog.regclass then
            (select pg_catalog.format('%%I.%%I', n.nspname, c.relname)
             from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace where r.oid = d.objid)
          when 'pg_catalog.pg_proc'::pg_catalog.regclass then
            (select pg_catalog.format('%%I.%%I(%%s)', n.nspname, f.proname,
                      pg_catalog.pg_get_function_identity_arguments(f.oid))
             from pg_catalog.pg_proc f
             join pg_catalog.pg_namespace n on n.oid = f.pronamespace where f.oid = d.objid)
        end, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)), m.extname
    from members m
    join pg_catalog.pg_depend d on d.refobjid = m.oid and d.deptype = 'n'
      and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      and d.classid <> 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
    where not exists (select from pg_catalog.pg_depend e
                      where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')
    order by 1, 2
"""  # noqa: S608 (constants of this module)
_OTHERS = f"""
    with functions as ({_FUNCTIONS})
    select name, lanname, lanname not in ('internal', 'c') and not lanpltrusted, lanname = 'c',
      lanname not in ('internal', 'c') and prosrc ~* '\\mcopy\\M[^;]*\\m(from|to)\\s+program\\M',
      lanname not in ('internal', 'c') and prosrc ~* '\\mdblink\\w*"?\\s*\\('
    from functions
    where lanname = 'c' or (lanname <> 'internal' and (not lanpltrusted
      or prosrc ~* '\\mprogram\\M' or prosrc ~* '\\mdblink'))
    order by name collate "C"
"""  # noqa: S608 (constants of this module)


def observe_bodies(ask: Asking) -> Bodies:
    parameters = {"system": SYSTEM_SCHEMAS, "extensions": list(REACHING)}
    installed = ask.rows(
        EXTENSIONS,
        "pg_extension",
        "select extname from pg_catalog.pg_extension where extname = any(%(extensions)s)"
        ' order by extname collate "C"',
        parameters,
    )
    extensions = tuple(str(name) for (name,) in installed or ())
    calls: set[tuple[str, str]] = set()
    if extensions:
        for query in (_BY_TEXT, _BY_DEPENDENCY):
            rows = ask.rows(CALLS, "pg_proc", query, parameters)
            calls |= {(str(name), str(extension)) for name, extension in rows or ()}
    others = ask.rows(CALLS, "pg_proc", _OTHERS, parameters) or []
    return Bodies(
        extensions,
        tuple(sorted(calls)),
        () if "dblink" in extensions else tuple(str(row[0]) for row in others if row[5]),
        tuple(str(row[0]) for row in others if row[4]),
        tuple((str(row[0]), str(row[1])) for row in others if row[2]),
        tuple(str(row[0]) for row in others if row[3]),
    )


def judge_bodies(
    seen: Bodies, parameters: Parameters, quarantine: Quarantine
) -> Iterator[Danger | Fact]:
    called = {extension for _, extension in seen.calls}
    for extension in seen.extensions:
        if extension not in called:
            yield Fact(EXTENSIONS, extension, "can reach out; nothing stored here calls it")
    for name, extension in seen.calls:
        yield Danger(
            CALLS,
            name,
            "no call that leaves the copy",
            f"calls {extension}",
            "Close the copy's way out (a security group without egress, a network of its own) and "
            "give that as evidence, or drop this in the copy.",
            held=not_sent(extension, parameters) or quarantine.holds,
        )
    for name in seen.missing:
        yield Danger(
            CALLS, name, "", "calls dblink", "", held="the extension dblink is not installed"
        )
    for name in seen.programs:
        yield Danger(
            PROGRAMS,
            name,
            "no program that a query runs",
            "runs COPY … PROGRAM",
            "Drop the function in the copy, or close the copy's way out and give that as evidence.",
            held=quarantine.holds,
        )
    for name, language in seen.untrusted:
        yield Danger(
            UNTRUSTED,
            name,
            "no code that may do anything",
            f"written in {language}, which is not trusted: it may do whatever the server may",
            "Close the copy's way out and give that as evidence, or drop the function in the copy.",
            held=quarantine.holds,
        )
    for name in seen.foreign_c:
        yield Fact(UNTRUSTED, name, "written in C, and of no extension")


def not_sent(extension: str, parameters: Parameters) -> str | None:
    """Whether what an extension queues is never sent, because its worker cannot run."""
    worker = REACHING[extension]
    if worker is None or parameters.preloaded is None or worker in parameters.preloaded:
        return None
    return f"{worker} is not preloaded: its worker does not run"
