"""Functions, procedures and aggregates that are lost or altered (R34)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import AGGREGATE, FUNCTION, LISTED, MEAN, SMALLEST, in_catalog


def _listed(what: str, prop: str, change: str) -> Fault:
    return fault(
        f"functions: {what}",
        FUNCTION.check(prop),
        LISTED,
        f"alter function objects.listed {change}",
    )


_IS_LISTED = "proname = 'listed'"
ROUTINES: tuple[Fault, ...] = (
    fault(
        "functions: window function lost",
        "schema.functions",
        "objects.windowed()",
        "drop function objects.windowed",
    ),
    fault(
        "functions: a quoted one lost",
        "schema.functions",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'drop function objects."Weird ""name"" 100%"',
    ),
    fault(
        "functions: procedure became a function",
        "schema.functions.kind",
        "objects.tidy(INOUT n integer)",
        "drop procedure objects.tidy",
        "create function objects.tidy(inout n int default 1) language plpgsql"
        " as $$ begin n := n + 1; end $$",
    ),
    fault(
        "functions: argument's default",
        "schema.functions.arguments",
        "objects.tidy(INOUT n integer)",
        "create or replace procedure objects.tidy(inout n int default 2) language plpgsql"
        " as $$ begin n := n + 1; end $$",
    ),
    fault(
        "functions: result",
        "schema.functions.result",
        "objects.to_sql(internal)",
        "update pg_proc set prorettype = 'bigint'::regtype where proname = 'to_sql'",
    ),
    fault(
        "functions: language",
        "schema.functions.language",
        "objects.same(integer, text)",
        "create or replace function objects.same(int, text) returns bool language plpgsql immutable"
        " as 'begin return $1::text = $2; end'",
    ),
    fault(
        "functions: body",
        "schema.functions.body",
        "objects.same(integer, text)",
        "create or replace function objects.same(int, text) returns bool language sql immutable"
        " as 'select true'",
    ),
    fault(
        "functions: body in standard SQL",
        "schema.functions.body",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'create or replace function objects."Weird ""name"" 100%"("a b" int default 1) returns int'
        ' language sql return "a b" + 1',
    ),
    in_catalog("library", FUNCTION, "library", "pg_proc", "probin = '$libdir/other'", _IS_LISTED),
    _listed("volatility", "volatility", "immutable"),
    _listed("security definer", "security definer", "security definer"),
    _listed("strict", "strict", "strict"),
    _listed("leakproof", "leakproof", "leakproof"),
    _listed("parallel", "parallel", "parallel safe"),
    _listed("cost", "cost", "cost 4"),
    _listed("rows", "rows", "rows 8"),
    _listed("setting", "settings", "set work_mem = '2MB'"),
    _listed("setting lost", "settings", "reset all"),
    _listed("an application's own setting", "secret settings", "set \"objects.key\" = 'other'"),
    fault(
        "functions: support function",
        "schema.functions.support_function",
        "objects.same(integer, text)",
        "alter function objects.same support objects.like_support",
    ),
    fault(
        "functions: transforms",
        "schema.functions.transforms",
        "objects.transformed(integer)",
        "create or replace function objects.transformed(int) returns int language internally"
        " as 'begin return $1; end'",
    ),
    fault(
        "functions: goes with an extension",
        "schema.functions.depends_on_extensions",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'alter function objects."Weird ""name"" 100%" no depends on extension plpgsql',
    ),
    fault(
        "functions: execute for everybody",
        "schema.functions.acl",
        LISTED,
        "grant execute on function objects.listed to public",
    ),
)


def _aggregate(prop: str, change: str, of: str = "smallest") -> Fault:
    subject = SMALLEST if of == "smallest" else MEAN
    return fault(
        f"aggregates: {prop}",
        AGGREGATE.check(prop),
        subject,
        f"update pg_aggregate set {change} where aggfnoid = 'objects.{of}'::regproc",
    )


def _aggregate_function(prop: str, change: str) -> Fault:
    return fault(
        f"aggregates: {prop}",
        AGGREGATE.check(prop),
        SMALLEST,
        f"update pg_proc set {change} where oid = 'objects.smallest'::regproc",
    )


AGGREGATES: tuple[Fault, ...] = (
    _aggregate_function("result", "prorettype = 'bigint'::regtype"),
    _aggregate_function("volatility", "provolatile = 'v'"),
    _aggregate_function("security definer", "prosecdef = true"),
    _aggregate_function("strict", "proisstrict = true"),
    _aggregate_function("leakproof", "proleakproof = true"),
    _aggregate_function("parallel", "proparallel = 's'"),
    _aggregate_function("settings", "proconfig = array['work_mem=1MB']"),
    _aggregate_function("secret settings", "proconfig = array['objects.key=hunter2']"),
    fault(
        "aggregates: kind",
        AGGREGATE.check("kind"),
        "objects.middle(double precision ORDER BY anyelement)",
        "update pg_aggregate set aggkind = 'h' where aggfnoid = 'objects.middle'::regproc",
    ),
    _aggregate("direct arguments", "aggnumdirectargs = 1"),
    _aggregate("transition function", "aggtransfn = 'int4larger'::regproc"),
    _aggregate("state type", "aggtranstype = 'bigint'::regtype"),
    _aggregate("state size", "aggtransspace = 99"),
    _aggregate("initial value", "agginitval = '8'"),
    _aggregate("final function", "aggfinalfn = 'int4abs'::regproc"),
    _aggregate("final function extra", "aggfinalextra = true"),
    _aggregate("final function modifies", "aggfinalmodify = 'w'"),
    _aggregate("combine function", "aggcombinefn = 0", "mean"),
    _aggregate("serial function", "aggserialfn = 0", "mean"),
    _aggregate("deserial function", "aggdeserialfn = 0", "mean"),
    _aggregate("moving transition function", "aggmtransfn = 'int4mi'::regproc"),
    _aggregate("moving inverse function", "aggminvtransfn = 'int4pl'::regproc"),
    _aggregate("moving state type", "aggmtranstype = 'bigint'::regtype"),
    _aggregate("moving state size", "aggmtransspace = 99"),
    _aggregate("moving initial value", "aggminitval = '4'"),
    _aggregate("moving final function", "aggmfinalfn = 0", "mean"),
    _aggregate("moving final function extra", "aggmfinalextra = true"),
    _aggregate("moving final function modifies", "aggmfinalmodify = 'w'"),
    _aggregate("sort operator", "aggsortop = '>(int,int)'::regoperator"),
)
