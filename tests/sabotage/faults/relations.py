"""What can be lost, added or changed around tables (R34), one property after the other."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

PLAIN = "relations.plain"
CHILD = "relations.child"
ODD_NAME = 'relations."Ünïcode 100%s ""x"".y"'


def _again(table: str, constraint: str, definition: str) -> tuple[str, str]:
    """A constraint dropped and made again in another way."""
    return (
        f"alter table {table} drop constraint {constraint}",
        f"alter table {table} add constraint {constraint} {definition}",
    )


SCHEMAS = (
    fault(
        "a schema's privileges",
        "schema.schemas.acl",
        "relations",
        "revoke usage on schema relations from pg_monitor",
    ),
    fault(
        "a schema's comment",
        "schema.schemas.comment",
        "relations",
        "comment on schema relations is null",
    ),
    fault(
        "a schema left its owner",
        "schema.schemas.owner",
        "relations",
        "alter schema relations owner to pg_monitor",
    ),
)

TABLES = (
    fault("table lost among many", "schema.tables", ODD_NAME, f"drop table {ODD_NAME}"),
    fault(
        "a partitioned table became a table",
        "schema.tables.kind",
        "relations.listed_a",
        "drop table relations.listed_a",
        "create table relations.listed_a partition of relations.listed for values in ('a')",
    ),
    fault(
        "table privilege lost",
        "schema.tables.acl",
        PLAIN,
        f"revoke select on {PLAIN} from pg_monitor",
    ),
    fault(
        "table privilege for everybody",
        "schema.tables.acl",
        CHILD,
        f"grant select on {CHILD} to public",
    ),
    fault(
        "table privilege with grant option",
        "schema.tables.acl",
        PLAIN,
        f"grant select on {PLAIN} to pg_monitor with grant option",
    ),
    fault(
        "the owner's own privilege revoked",
        "schema.tables.acl",
        CHILD,
        f"revoke delete on {CHILD} from current_user",
    ),
    fault(
        "every privilege revoked",
        "schema.tables.acl",
        CHILD,
        f"revoke all on {CHILD} from current_user",
    ),
    fault("table comment", "schema.tables.comment", PLAIN, f"comment on table {PLAIN} is 'other'"),
    fault(
        "comment of a partitioned table",
        "schema.tables.comment",
        "relations.parted",
        "comment on table relations.parted is null",
    ),
    fault(
        "access method",
        "schema.tables.access_method",
        "relations.odd",
        "drop table relations.odd",
        "create table relations.odd (id int)",
    ),
    fault("fill factor", "schema.tables.options", PLAIN, f"alter table {PLAIN} reset (fillfactor)"),
    fault(
        "a partition's fill factor",
        "schema.tables.options",
        "relations.parted_1",
        "alter table relations.parted_1 set (fillfactor = 61)",
    ),
    fault(
        "autovacuum of TOAST",
        "schema.tables.toast_options",
        PLAIN,
        f"alter table {PLAIN} reset (toast.autovacuum_enabled)",
    ),
    fault(
        "table moved to another tablespace",
        "schema.tables.tablespace",
        CHILD,
        "update pg_class set reltablespace ="
        " (select oid from pg_tablespace where spcname = 'pg_global')"
        f" where oid = '{CHILD}'::regclass",
    ),
    fault(
        "typed table became an ordinary one",
        "schema.tables.of_type",
        "relations.typed",
        "alter table relations.typed not of",
    ),
    fault(
        "partition key",
        "schema.tables.partition_key",
        "relations.listed_a",
        "drop table relations.listed_a",
        "create table relations.listed_a partition of relations.listed"
        " for values in ('a') partition by list (id)",
    ),
    fault(
        "default partition became a list of values",
        "schema.tables.partition_bound",
        "relations.parted_rest",
        "alter table relations.parted detach partition relations.parted_rest",
        "alter table relations.parted attach partition relations.parted_rest"
        " for values from ('2026-01-01') to ('2027-01-01')",
    ),
    fault(
        "default partition detached",
        "schema.tables.parents",
        "relations.parted_rest",
        "alter table relations.parted detach partition relations.parted_rest",
    ),
    fault(
        "inheritance of another parent",
        "schema.tables.parents",
        "relations.derived",
        "alter table relations.derived no inherit relations.base",
    ),
    fault(
        "row security off",
        "schema.tables.row_security",
        "relations.guarded",
        "alter table relations.guarded disable row level security",
    ),
    fault(
        "row security not forced",
        "schema.tables.row_security_forced",
        "relations.guarded",
        "alter table relations.guarded no force row level security",
    ),
    fault(
        "replica identity by default",
        "schema.tables.replica_identity",
        CHILD,
        f"alter table {CHILD} replica identity default",
    ),
    fault(
        "replica identity by another index",
        "schema.tables.replica_identity",
        CHILD,
        "create unique index child_other_idx on relations.child (self)",
        f"alter table {CHILD} replica identity using index child_other_idx",
    ),
    fault(
        "no longer clustered",
        "schema.tables.clustered_on",
        CHILD,
        f"alter table {CHILD} set without cluster",
    ),
    fault(
        "clustered on another index",
        "schema.tables.clustered_on",
        CHILD,
        f"alter table {CHILD} cluster on child_b_idx",
    ),
    fault(
        "unlogged table became logged",
        "schema.tables.persistence",
        "relations.volatile",
        "alter table relations.volatile set logged",
    ),
    fault(
        "owner of a partition",
        "schema.tables.owner",
        "relations.parted_1",
        "alter table relations.parted_1 owner to pg_monitor",
    ),
    fault(
        "table became an extension's",
        "schema.tables.extension",
        PLAIN,
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

COLUMNS = (
    fault(
        "column privilege",
        "schema.columns.acl",
        f"{PLAIN}.tag",
        f"revoke update (tag) on {PLAIN} from pg_monitor",
    ),
    fault(
        "column privilege added",
        "schema.columns.acl",
        f"{PLAIN}.amount",
        f"grant select (amount) on {PLAIN} to public",
    ),
    fault(
        "column comment",
        "schema.columns.comment",
        f"{PLAIN}.tag",
        f"comment on column {PLAIN}.tag is null",
    ),
    fault(
        "comment of a view's column",
        "schema.columns.comment",
        "relations.narrow.tag",
        "comment on column relations.narrow.tag is 'other'",
    ),
    fault(
        "storage",
        "schema.columns.storage",
        f"{PLAIN}.big",
        f"alter table {PLAIN} alter big set storage extended",
    ),
    fault(
        "storage of another column",
        "schema.columns.storage",
        f"{PLAIN}.code",
        f"alter table {PLAIN} alter code set storage plain",
    ),
    fault(
        "compression",
        "schema.columns.compression",
        f"{PLAIN}.big",
        f"alter table {PLAIN} alter big set compression pglz",
    ),
    fault(
        "statistics target",
        "schema.columns.statistics_target",
        f"{PLAIN}.big",
        f"alter table {PLAIN} alter big set statistics -1",
    ),
    fault(
        "statistics target 0",
        "schema.columns.statistics_target",
        f"{PLAIN}.code",
        f"alter table {PLAIN} alter code set statistics 0",
    ),
    fault(
        "n_distinct",
        "schema.columns.options",
        f"{PLAIN}.tag",
        f"alter table {PLAIN} alter tag reset (n_distinct)",
    ),
    fault(
        "foreign column's options",
        "schema.columns.foreign_options",
        "core.remote.id",
        "alter foreign table core.remote alter id options (column_name 'x')",
    ),
    fault(
        "precision",
        "schema.columns.type",
        f"{PLAIN}.amount",
        f"alter table {PLAIN} alter amount type numeric(12, 3)",
    ),
    fault(
        "default of a view's column",
        "schema.columns.default",
        "relations.narrow.tag",
        "alter view relations.narrow alter tag drop default",
    ),
    fault(
        "default with a percent sign",
        "schema.columns.default",
        f'{ODD_NAME}."a.b"',
        f"alter table {ODD_NAME} alter \"a.b\" set default '%s'",
    ),
    fault(
        "generated in another way",
        "schema.columns.generated",
        f"{CHILD}.both_",
        f"alter table {CHILD} drop both_",
        f"alter table {CHILD} add both_ text generated always as (b || '?') stored",
    ),
    fault(
        "identity by default",
        "schema.columns.identity",
        f"{CHILD}.id",
        f"alter table {CHILD} alter id set generated by default",
    ),
    fault(
        "collation lost",
        "schema.columns.collation",
        "relations.numbered.label",
        'alter table relations.numbered alter label type text collate "POSIX"',
    ),
    fault(
        "nullable",
        "schema.columns.not_null",
        f"{PLAIN}.tag",
        f"alter table {PLAIN} alter tag drop not null",
    ),
    fault(
        "no longer nullable",
        "schema.columns.not_null",
        f"{PLAIN}.amount",
        f"alter table {PLAIN} alter amount set not null",
    ),
    fault(
        "inherited column of its own too",
        "schema.columns.inherited",
        "relations.derived.id",
        "alter table relations.derived no inherit relations.base",
    ),
    fault(
        "column added in the middle of a view",
        "schema.columns.after",
        "relations.joined.a",
        "drop view relations.joined",
        "create view relations.joined as select p.id, p.tag, c.a,"
        " sum(c.a) over (partition by p.tag order by c.id) as running"
        " from relations.plain p join relations.child c on c.plain_id = p.id",
    ),
    fault(
        "column of a partition's parent",
        "schema.columns",
        "relations.parted.ref",
        "alter table relations.parted drop ref",
    ),
    fault(
        "column with a strange name renamed",
        "schema.columns",
        f'{ODD_NAME}."Größe %"',
        f'alter table {ODD_NAME} rename "Größe %" to "Größe %%"',
    ),
    fault(
        "columns became an extension's",
        "schema.columns.extension",
        f"{PLAIN}.tag",
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

CONSTRAINTS = (
    fault(
        "constraint comment",
        "schema.constraints.comment",
        f"{PLAIN}.plain_tag_check",
        f"comment on constraint plain_tag_check on {PLAIN} is null",
    ),
    fault(
        "check lost",
        "schema.constraints",
        f"{PLAIN}.plain_tag_check",
        f"alter table {PLAIN} drop constraint plain_tag_check",
    ),
    fault(
        "a value more in a check",
        "schema.constraints.definition",
        f"{PLAIN}.plain_code_check",
        *_again(PLAIN, "plain_code_check", "check (code in ('a', 'b', 'c')) no inherit"),
    ),
    fault(
        "check inherited",
        "schema.constraints.definition",
        f"{PLAIN}.plain_code_check",
        *_again(PLAIN, "plain_code_check", "check (code in ('a', 'b'))"),
    ),
    fault(
        "exclusion by another operator",
        "schema.constraints.definition",
        f"{PLAIN}.plain_valid_excl",
        *_again(PLAIN, "plain_valid_excl", "exclude using gist (valid with -|-)"),
    ),
    fault(
        "exclusion lost",
        "schema.constraints",
        f"{PLAIN}.plain_valid_excl",
        f"alter table {PLAIN} drop constraint plain_valid_excl",
    ),
    fault(
        "inherited check lost",
        "schema.constraints",
        "relations.base_note_check".replace("base_note_check", "derived.base_note_check"),
        "alter table relations.base drop constraint base_note_check",
    ),
    fault(
        "unique constraint not deferrable",
        "schema.constraints.deferrable",
        f"{PLAIN}.plain_amount_key",
        *_again(PLAIN, "plain_amount_key", "unique (amount)"),
    ),
    fault(
        "foreign key on delete",
        "schema.constraints.definition",
        f"{CHILD}.child_plain_fkey",
        *_again(
            CHILD,
            "child_plain_fkey",
            f"foreign key (plain_id) references {PLAIN}"
            " on delete cascade deferrable initially deferred",
        ),
    ),
    fault(
        "foreign key to itself lost",
        "schema.constraints",
        f"{CHILD}.child_self_fkey",
        f"alter table {CHILD} drop constraint child_self_fkey",
    ),
    fault(
        "foreign key NOT VALID",
        "schema.constraints.validated",
        f"{CHILD}.child_self_fkey",
        *_again(CHILD, "child_self_fkey", f"foreign key (self) references {CHILD} not valid"),
    ),
    fault(
        "NOT VALID check was validated",
        "schema.constraints.validated",
        "relations.unvalidated.unvalidated_check",
        "alter table relations.unvalidated validate constraint unvalidated_check",
    ),
    fault(
        "inherited check of its own",
        "schema.constraints.inherited",
        "relations.derived.base_note_check",
        "alter table relations.derived no inherit relations.base",
    ),
    fault(
        "row 18: the side that refers",
        "schema.constraints.triggers",
        f"{CHILD}.child_plain_fkey",
        f"alter table {CHILD} disable trigger all",
    ),
    fault(
        "row 18: the side that is referred to",
        "schema.constraints.referenced_triggers",
        f"{CHILD}.child_plain_fkey",
        f"alter table {PLAIN} disable trigger all",
    ),
    fault(
        "row 18: one trigger of two",
        "schema.constraints.triggers",
        f"{CHILD}.child_self_fkey",
        "update pg_trigger set tgenabled = 'D' where tgconstraint = (select oid from"
        " pg_constraint where conname = 'child_self_fkey') and tgfoid ="
        " '\"RI_FKey_check_ins\"'::regproc",
    ),
    fault(
        "row 18: a partition that is referred to",
        "schema.constraints.referenced_triggers",
        "relations.refers.refers_fkey",
        "alter table relations.parted_2_0 disable trigger all",
    ),
    fault(
        "a unique constraint's trigger",
        "schema.constraints.triggers",
        f"{PLAIN}.plain_amount_key",
        f"alter table {PLAIN} disable trigger all",
    ),
    fault(
        "constraints became an extension's",
        "schema.constraints.extension",
        f"{PLAIN}.plain_tag_check",
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

INDEXES = (
    fault(
        "index comment",
        "schema.indexes.comment",
        "relations.child_a_idx",
        "comment on index relations.child_a_idx is null",
    ),
    fault(
        "index options",
        "schema.indexes.definition",
        "relations.child_a_idx",
        "alter index relations.child_a_idx set (fillfactor = 71)",
    ),
    *(
        fault(
            f"index without its {what}",
            "schema.indexes.definition",
            f"relations.{name}",
            f"drop index relations.{name}",
            f"create {definition}",
        )
        for what, name, definition in (
            (
                "INCLUDE",
                "child_a_idx",
                "index child_a_idx on relations.child using btree (a desc nulls last)"
                " with (fillfactor = 70) where b is not null",
            ),
            (
                "direction",
                "child_a_idx",
                "index child_a_idx on relations.child using btree (a) include (b)"
                " with (fillfactor = 70) where b is not null",
            ),
            (
                "place of NULLs",
                "child_a_idx",
                "index child_a_idx on relations.child using btree (a desc) include (b)"
                " with (fillfactor = 70) where b is not null",
            ),
            (
                "predicate",
                "child_a_idx",
                "index child_a_idx on relations.child using btree (a desc nulls last) include (b)"
                " with (fillfactor = 70)",
            ),
            (
                "uniqueness",
                "child_b_idx",
                'index child_b_idx on relations.child (b collate "C" text_pattern_ops)',
            ),
            (
                "operator class",
                "child_b_idx",
                'unique index child_b_idx on relations.child (b collate "C")',
            ),
            (
                "collation",
                "child_b_idx",
                "unique index child_b_idx on relations.child (b text_pattern_ops)",
            ),
            ("method", "child_hash_idx", "index child_hash_idx on relations.child (a)"),
            (
                "second column",
                "child_lower_idx",
                "index child_lower_idx on relations.child (lower(b))",
            ),
        )
    ),
    fault(
        "index with a strange name",
        "schema.indexes",
        'relations."Ïndex %s"',
        'drop index relations."Ïndex %s"',
    ),
    fault(
        "index not clustered",
        "schema.indexes.clustered",
        "relations.child_lower_idx",
        f"alter table {CHILD} set without cluster",
    ),
    fault(
        "index no replica identity",
        "schema.indexes.replica_identity",
        "relations.child_pkey",
        f"alter table {CHILD} replica identity full",
    ),
    fault(
        "index of a partition on its own",
        "schema.indexes.partition_of",
        "relations.parted_rest_ref_idx",
        "alter table relations.parted detach partition relations.parted_rest",
    ),
    fault(
        "statistics target of an expression",
        "schema.indexes.statistics_targets",
        "relations.child_lower_idx",
        "alter index relations.child_lower_idx alter column 1 set statistics -1",
    ),
    fault(
        "index moved to another tablespace",
        "schema.indexes.tablespace",
        "relations.child_b_idx",
        "update pg_class set reltablespace ="
        " (select oid from pg_tablespace where spcname = 'pg_global')"
        " where oid = 'relations.child_b_idx'::regclass",
    ),
    fault(
        "index no longer the primary key's",
        "schema.indexes.primary",
        "core.events_pkey",
        *_again("core.events", "events_pkey", "unique (id, at)"),
    ),
    fault(
        "index checked at once",
        "schema.indexes.immediate",
        "relations.plain_amount_key",
        *_again(PLAIN, "plain_amount_key", "unique (amount)"),
    ),
    fault(
        "row 10: invalid index of a partitioned table",
        "schema.indexes.valid",
        "relations.parted_ref_idx",
        "drop index relations.parted_ref_idx",
        "create index parted_ref_idx on only relations.parted (ref)",
    ),
    fault(
        "row 10: unique index not ready",
        "schema.indexes.ready",
        "relations.child_b_idx",
        "update pg_index set indisready = false"
        " where indexrelid = 'relations.child_b_idx'::regclass",
    ),
    fault(
        "row 10: unique index half dropped",
        "schema.indexes.live",
        "relations.child_b_idx",
        "update pg_index set indislive = false"
        " where indexrelid = 'relations.child_b_idx'::regclass",
    ),
    fault(
        "indexes became an extension's",
        "schema.indexes.extension",
        "relations.plain_pkey",
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

SEQUENCES = (
    *(
        fault(
            f"sequence's {prop}: {words}",
            f"schema.sequences.{prop}",
            "relations.numbers",
            f"alter sequence relations.numbers {words}",
        )
        for prop, words in (
            ("type", "as int"),
            ("start", "start 10"),
            ("increment", "increment -5"),
            ("minimum", "minvalue 1"),
            ("maximum", "maxvalue 505"),
            ("cache", "cache 1"),
            ("cycle", "no cycle"),
            ("owned_by", "owned by relations.numbered.n"),
            ("table", "owned by relations.numbered.n"),
            ("owner", "owner to pg_monitor"),
        )
    ),
    fault(
        "sequence privileges",
        "schema.sequences.acl",
        "relations.numbers",
        "revoke usage on sequence relations.numbers from pg_monitor",
    ),
    fault(
        "sequence comment",
        "schema.sequences.comment",
        "relations.numbers",
        "comment on sequence relations.numbers is null",
    ),
    fault(
        "sequence unlogged",
        "schema.sequences.persistence",
        "relations.numbers",
        "update pg_class set relpersistence = 'u' where oid = 'relations.numbers'::regclass",
    ),
    fault(
        "identity column's increment",
        "schema.sequences.increment",
        "relations.child_id_seq",
        f"alter table {CHILD} alter id set increment 1",
    ),
    fault(
        "identity column's cycle",
        "schema.sequences.cycle",
        "relations.child_id_seq",
        f"alter table {CHILD} alter id set no cycle",
    ),
    fault(
        "serial column became an identity",
        "schema.sequences.identity",
        "relations.numbered_id_seq",
        "drop sequence relations.numbered_id_seq cascade",
        "alter table relations.numbered alter id add generated always as identity",
    ),
    fault(
        "sequence became an extension's",
        "schema.sequences.extension",
        "relations.numbers",
        "alter extension plpgsql add sequence relations.numbers",
    ),
)

VIEWS = (
    fault(
        "view privileges",
        "schema.views.acl",
        "relations.narrow",
        "revoke select on relations.narrow from pg_monitor",
    ),
    fault(
        "view comment",
        "schema.views.comment",
        "relations.narrow",
        "comment on view relations.narrow is null",
    ),
    fault(
        "view owner",
        "schema.views.owner",
        "relations.joined",
        "alter view relations.joined owner to pg_monitor",
    ),
    fault(
        "view's security barrier",
        "schema.views.options",
        "relations.narrow",
        "alter view relations.narrow reset (security_barrier)",
    ),
    fault(
        "view's check option",
        "schema.views.options",
        "relations.narrow",
        "alter view relations.narrow set (check_option = cascaded)",
    ),
    fault(
        "view's window",
        "schema.views.definition",
        "relations.joined",
        "create or replace view relations.joined as select p.id, c.a,"
        " sum(c.a) over (partition by p.tag order by c.id desc) as running"
        " from relations.plain p join relations.child c on c.plain_id = p.id",
    ),
    fault(
        "view's outer join",
        "schema.views.definition",
        "relations.joined",
        "create or replace view relations.joined as select p.id, c.a,"
        " sum(c.a) over (partition by p.tag order by c.id) as running"
        " from relations.plain p left join relations.child c on c.plain_id = p.id",
    ),
    fault(
        "materialised view became a view",
        "schema.views.kind",
        "relations.empty",
        "drop materialized view relations.empty",
        "create view relations.empty as select 1 as one",
    ),
    fault(
        "materialised view's fill factor",
        "schema.views.options",
        "relations.kept",
        "alter materialized view relations.kept reset (fillfactor)",
    ),
    fault(
        "materialised view's TOAST",
        "schema.views.toast_options",
        "relations.kept",
        "alter materialized view relations.kept reset (toast.autovacuum_enabled)",
    ),
    fault(
        "row 20: materialised view was populated",
        "schema.views.populated",
        "relations.empty",
        "refresh materialized view relations.empty",
    ),
    fault(
        "materialised view's access method",
        "schema.views.access_method",
        "relations.empty",
        "drop materialized view relations.empty",
        "create materialized view relations.empty using heap2 as select 1 as one with no data",
    ),
    fault(
        "materialised view's tablespace",
        "schema.views.tablespace",
        "relations.kept",
        "update pg_class set reltablespace ="
        " (select oid from pg_tablespace where spcname = 'pg_global')"
        " where oid = 'relations.kept'::regclass",
    ),
    fault(
        "materialised view not clustered",
        "schema.views.clustered_on",
        "relations.kept",
        "alter materialized view relations.kept set without cluster",
    ),
    fault(
        "view became an extension's",
        "schema.views.extension",
        "relations.joined",
        "alter extension plpgsql add view relations.joined",
    ),
)

RULES = (
    fault("rule lost", "schema.rules", f"{PLAIN}.plain_quiet", f"drop rule plain_quiet on {PLAIN}"),
    fault(
        "rule of a view lost",
        "schema.rules",
        "relations.narrow.narrow_log",
        "drop rule narrow_log on relations.narrow",
    ),
    fault(
        "rule's condition",
        "schema.rules.definition",
        f"{PLAIN}.plain_quiet",
        f"create or replace rule plain_quiet as on delete to {PLAIN} do instead nothing",
    ),
    fault(
        "rule switched off",
        "schema.rules.enabled",
        f"{PLAIN}.plain_quiet",
        f"alter table {PLAIN} disable rule plain_quiet",
    ),
    fault(
        "rule comment",
        "schema.rules.comment",
        f"{PLAIN}.plain_quiet",
        f"comment on rule plain_quiet on {PLAIN} is null",
    ),
    fault(
        "rules became an extension's",
        "schema.rules.extension",
        f"{PLAIN}.plain_quiet",
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

TRIGGERS = (
    fault(
        "trigger's condition",
        "schema.triggers.definition",
        f"{PLAIN}.plain_note",
        "create or replace trigger plain_note before insert or update of tag"
        f" on {PLAIN} for each row execute function relations.note('a', 'b')",
    ),
    fault(
        "trigger's arguments",
        "schema.triggers.definition",
        f"{PLAIN}.plain_note",
        "create or replace trigger plain_note before insert or update of tag"
        f" on {PLAIN} for each row when (new.tag <> 'none')"
        " execute function relations.note('a')",
    ),
    fault(
        "constraint trigger at once",
        "schema.triggers.definition",
        f"{PLAIN}.plain_late",
        f"drop trigger plain_late on {PLAIN}",
        f"create constraint trigger plain_late after insert on {PLAIN}"
        " deferrable for each row execute function relations.note()",
    ),
    fault(
        "replica trigger always",
        "schema.triggers.enabled",
        f"{PLAIN}.plain_replica",
        f"alter table {PLAIN} enable always trigger plain_replica",
    ),
    fault(
        "replica trigger on the origin",
        "schema.triggers.enabled",
        f"{PLAIN}.plain_replica",
        f"alter table {PLAIN} enable trigger plain_replica",
    ),
    fault(
        "trigger of one partition switched off",
        "schema.triggers.enabled",
        "relations.parted_1.parted_note",
        "alter table relations.parted_1 disable trigger parted_note",
    ),
    fault(
        "trigger of a partition on its own",
        "schema.triggers.partition_of",
        "relations.parted_1.parted_note",
        "alter table relations.parted detach partition relations.parted_1",
        "create or replace trigger parted_note before insert on relations.parted_1"
        " for each row execute function relations.note()",
    ),
    fault(
        "INSTEAD OF trigger of a view lost",
        "schema.triggers",
        "relations.narrow.narrow_instead",
        "drop trigger narrow_instead on relations.narrow",
    ),
    fault(
        "trigger comment",
        "schema.triggers.comment",
        f"{PLAIN}.plain_note",
        f"comment on trigger plain_note on {PLAIN} is null",
    ),
    fault(
        "triggers became an extension's",
        "schema.triggers.extension",
        f"{PLAIN}.plain_note",
        f"alter extension plpgsql add table {PLAIN}",
    ),
)

EVENT_TRIGGERS = (
    fault(
        "event trigger lost",
        "schema.event_triggers",
        "relations_watch",
        "drop event trigger relations_watch",
    ),
    fault(
        "event trigger switched off",
        "schema.event_triggers.enabled",
        "relations_watch",
        "alter event trigger relations_watch disable",
    ),
    fault(
        "event trigger's owner",
        "schema.event_triggers.owner",
        "relations_watch",
        "create role chief superuser",
        "alter event trigger relations_watch owner to chief",
    ),
    fault(
        "event trigger's event",
        "schema.event_triggers.event",
        "relations_watch",
        "drop event trigger relations_watch",
        "create event trigger relations_watch on ddl_command_start"
        " when tag in ('DROP TABLE', 'CREATE TABLE') execute function relations.watch()",
    ),
    fault(
        "event trigger's tags",
        "schema.event_triggers.tags",
        "relations_watch",
        "drop event trigger relations_watch",
        "create event trigger relations_watch on ddl_command_end"
        " when tag in ('DROP TABLE') execute function relations.watch()",
    ),
    fault(
        "event trigger's function",
        "schema.event_triggers.function",
        "relations_watch",
        "drop event trigger relations_watch",
        "create function relations.blind() returns event_trigger language plpgsql"
        " as $$ begin end $$",
        "create event trigger relations_watch on ddl_command_end"
        " when tag in ('DROP TABLE', 'CREATE TABLE') execute function relations.blind()",
    ),
    fault(
        "event trigger comment",
        "schema.event_triggers.comment",
        "relations_watch",
        "comment on event trigger relations_watch is null",
    ),
    fault(
        "event trigger became an extension's",
        "schema.event_triggers.extension",
        "relations_watch",
        "alter extension plpgsql add event trigger relations_watch",
    ),
)

POLICIES = (
    fault(
        "policy lost",
        "schema.policies",
        "relations.guarded.guarded_own",
        "drop policy guarded_own on relations.guarded",
    ),
    fault(
        "policy for others",
        "schema.policies.roles",
        "relations.guarded.guarded_own",
        "alter policy guarded_own on relations.guarded to pg_monitor",
    ),
    fault(
        "policy for everybody",
        "schema.policies.roles",
        "relations.guarded.guarded_own",
        "alter policy guarded_own on relations.guarded to public",
    ),
    fault(
        "policy shows more",
        "schema.policies.using",
        "relations.guarded.guarded_own",
        "alter policy guarded_own on relations.guarded using (true)",
    ),
    fault(
        "policy lets more in",
        "schema.policies.check",
        "relations.guarded.guarded_own",
        "alter policy guarded_own on relations.guarded with check (true)",
    ),
    fault(
        "policy permissive",
        "schema.policies.permissive",
        "relations.guarded.guarded_own",
        "drop policy guarded_own on relations.guarded",
        "create policy guarded_own on relations.guarded for update"
        " to pg_monitor, pg_read_all_stats"
        " using (who = current_user) with check (kind <> 'locked')",
    ),
    fault(
        "policy of another command",
        "schema.policies.command",
        "relations.guarded.guarded_see",
        "drop policy guarded_see on relations.guarded",
        "create policy guarded_see on relations.guarded for delete using (true)",
    ),
    fault(
        "policy comment",
        "schema.policies.comment",
        "relations.guarded.guarded_own",
        "comment on policy guarded_own on relations.guarded is null",
    ),
    fault(
        "policies became an extension's",
        "schema.policies.extension",
        "relations.guarded.guarded_own",
        "alter extension plpgsql add table relations.guarded",
    ),
)

RELATIONS: tuple[Fault, ...] = (
    *SCHEMAS,
    *TABLES,
    *COLUMNS,
    *CONSTRAINTS,
    *INDEXES,
    *SEQUENCES,
    *VIEWS,
    *RULES,
    *TRIGGERS,
    *EVENT_TRIGGERS,
    *POLICIES,
)

RELATIONS_18: tuple[Fault, ...] = (
    fault(
        "NOT NULL not validated",
        "schema.columns.not_null",
        f"{PLAIN}.amount",
        f"alter table {PLAIN} add constraint amount_there not null amount not valid",
    ),
    fault(
        "NOT NULL not inherited",
        "schema.columns.not_null_inherited",
        "relations.base.id",
        "alter table relations.base alter id drop not null",
        "alter table relations.base add constraint id_there not null id no inherit",
    ),
    fault(
        "NOT NULL's comment",
        "schema.columns.not_null_comment",
        f"{PLAIN}.tag",
        f"comment on constraint plain_tag_not_null on {PLAIN} is 'other'",
    ),
    fault(
        "check not enforced",
        "schema.constraints.enforced",
        f"{CHILD}.child_self_fkey",
        f"alter table {CHILD} alter constraint child_self_fkey not enforced",
    ),
)
"""What only PostgreSQL 18 has."""
