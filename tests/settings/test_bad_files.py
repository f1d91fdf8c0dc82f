"""Every mistake in a file gets one line that names file, table, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.settings import FixSettings
from tests.settings.helpers import BACKUP, SOURCE, load

NO_DURATION = 'is not a duration; write a number and a unit: "30s", "15m", "2h", "7d"'
NO_SIZE = 'is not a size; write a number and a unit: "64kB", "500MB", "2TB"'
NO_ENDPOINT = "write one like http://127.0.0.1:4566"
NO_ACTION = (
    'is neither a command nor SQL; write ["systemctl", "stop", "ingest"], a list of its words, or '
    '"update jobs set paused = true"'
)
WAYS = "secret:ARN, env:NAME, service=NAME or iam:ROLE"
WAIVER = '[[waiver]]\nobject = "o"\nproperty = "p"\nreason = "r"\nby = "b"\n'

# What the file says · the lines it gets, each after "clusters/core.toml: ".
MISTAKES = {
    # names
    "a misspelt key": (
        '[proof]\nmust_have_table = ["rules"]',
        ["[proof] must_have_table: unknown key; did you mean must_have_tables?"],
    ),
    "a misspelt table": ("[objectivs]", ["[objectivs]: unknown table; did you mean [objectives]?"]),
    "a misspelt repeated table": (
        "[[expects]]",
        ["[expects]: unknown table; did you mean [[expect]]?"],
    ),
    "a table like no other": (
        "[database]",
        [
            "[database]: unknown table; there are [source], [backup], [dump], [cumulus], "
            "[restore], [proof], [content], [[expect]], [migrations], [objectives], "
            "[readiness], [limits], [access], [ingest], [terraform], [dynamodb], [clients], "
            "[plan], [verify], [rehearsal], [container], [[waiver]]",
        ],
    ),
    # ingest
    "ingest of no source": (
        '[ingest]\nhalt = ["select 1"]\nresume = ["select 1"]',
        ["[ingest]: needs a [source]; a rehearsal halts what it writes with itself"],
    ),
    "ingest that is halted by nothing": (
        f'{SOURCE}\n[ingest]\nquiet = ["select 0"]',
        ["[ingest]: says nothing that halts; write halt and resume, or [cumulus]"],
    ),
    "ingest that is not resumed": (
        f'{SOURCE}\n[ingest]\nhalt = ["select 1"]',
        ["[ingest] halt: needs resume, which undoes it"],
    ),
    "a command that is none": (
        f'{SOURCE}\n[ingest]\nhalt = [[]]\nresume = [["", "x"]]',
        [f"[ingest] halt, item 1: {NO_ACTION}", f"[ingest] resume, item 1: {NO_ACTION}"],
    ),
    "schedules of no archive": (
        f'{SOURCE}\n[ingest]\nhalt = ["select 1"]\nresume = ["select 1"]\nschedules = ["a"]',
        ["[ingest] schedules: goes with [cumulus]; a command in halt can disable them"],
    ),
    # names again
    "a key like no other": (
        "[content]\nshape = 1",
        ["[content] shape: unknown key; there are proof, frozen, heartbeat"],
    ),
    "a key in the wrong table": (
        '[proof]\ntarget = "latest"',
        ["[proof] target: unknown key; did you mean [restore] target?"],
    ),
    "a key outside any table": (
        'target = "latest"',
        ["target: unknown key; did you mean [restore] target?"],
    ),
    "a strange key outside any table": (
        "xyzzy = 1",
        ["xyzzy: unknown key; every key stands in a table"],
    ),
    "a key that needs quotes": (
        '[limits]\n"<b>\\n" = 1',
        [
            '[limits] "<b>\\n": unknown key; there are expire_after, instance_hours, '
            "restored_bytes, prices"
        ],
    ),
    "a password of its own": (
        SOURCE + 'password = "hunter2"',
        [f"[source] password: unknown key; a secret is referred to in [source] login, as {WAYS}"],
    ),
    # access
    "access without a source": (
        '[access]\nmethod = "connection-limit"',
        ["[access]: needs a [source]; a rehearsal removes access as [rehearsal] access says"],
    ),
    "a method that there is not": (
        SOURCE + '[access]\nmethod = "prayer"',
        ['[access] method: is not "connection-limit", "security-group" or "command"'],
    ),
    "groups that keep nobody": (
        SOURCE + '[access]\nmethod = "security-group"',
        [
            "[access] keep: missing; the runner has to stay admitted; write one like "
            'keep = ["10.1.2.0/24"]'
        ],
    ),
    "everybody kept": (
        SOURCE + '[access]\nmethod = "security-group"\nkeep = ["0.0.0.0/0"]',
        ["[access] keep, item 1: is everybody; name the runner's network"],
    ),
    "somebody kept who is nobody": (
        SOURCE + '[access]\nmethod = "security-group"\nkeep = ["runner"]',
        [
            "[access] keep, item 1: is neither a network, a security group nor a prefix list; "
            'write some like "10.1.2.0/24", "sg-0runner", "pl-0runner"'
        ],
    ),
    "a command without a way back": (
        SOURCE + '[access]\nmethod = "command"\nremove = ["./close.sh"]',
        ['[access] restore: missing; a recovery that is taken back runs it; write restore = ["…"]'],
    ),
    "a command that no method runs": (
        SOURCE + '[access]\nremove = ["./close.sh"]',
        [
            '[access] remove: is read with method "command" alone, and method is '
            '"connection-limit"; leave it out'
        ],
    ),
    # types
    "text for a number": (
        '[restore]\ninstances = "1"',
        ["[restore] instances: is text; a whole number is wanted"],
    ),
    "true for a number": (
        "[rehearsal]\nscale = true",
        ["[rehearsal] scale: is true; a whole number is wanted"],
    ),
    "a number for text": (
        SOURCE.replace('"123456789012"', "123456789012"),
        ["[source] account: is a number; text in quotes is wanted"],
    ),
    "text for a list": (
        '[proof]\nmust_have_tables = "rules"',
        ["[proof] must_have_tables: is text; a list is wanted"],
    ),
    "a number in a list of text": (
        '[proof]\nmust_have_tables = ["rules", 7]',
        ["[proof] must_have_tables, item 2: is a number; text in quotes is wanted"],
    ),
    "one bracket for two": (
        '[expect]\nname = "x"',
        ["[expect]: is a table; write [[expect]] with two brackets"],
    ),
    "two brackets for one": (
        '[[restore]]\ntarget = "latest"',
        ["[restore]: is a list; write [restore] with one bracket"],
    ),
    "one bracket within": (
        '[content.frozen]\ntable = "granules"',
        ["[content.frozen]: is a table; write [[content.frozen]] with two brackets"],
    ),
    # shapes
    "what is missing": (
        "[source]",
        [
            '[source] cluster: missing; write one like cluster = "core-prod"',
            '[source] account: missing; write one like account = "123456789012"',
            '[source] region: missing; write one like region = "us-east-1"',
        ],
    ),
    "a short account": (
        SOURCE.replace("123456789012", "12345"),
        ["[source] account: is not an AWS account: 12 digits"],
    ),
    "a role that is none": (
        SOURCE + 'role = "restore-drill"',
        [
            "[source] role: is not the ARN of a role; write one like "
            '"arn:aws:iam::123456789012:role/restore-drill"'
        ],
    ),
    "a role of another account": (
        SOURCE + 'role = "arn:aws:iam::999999999999:role/drill"',
        [
            "[source] role: is a role of account 999999999999 and [source] account is "
            "123456789012; name a role of the source's account, which other accounts may be let "
            "assume"
        ],
    ),
    "a zone for a region": (
        SOURCE.replace("us-east-1", "us-east-1a"),
        ['[source] region: is not an AWS region; write one like "us-east-1"'],
    ),
    "an illegal identifier": (
        SOURCE.replace("core-prod", "core--prod"),
        [
            "[source] cluster: is not a cluster identifier or resource id: letters, digits and "
            "single hyphens, a letter first, at most 63"
        ],
    ),
    "an instance class without db": (
        '[restore]\ninstance_class = "r6g.large"',
        ['[restore] instance_class: is not an instance class; write one like "db.r6g.large"'],
    ),
    "a security group's name": (
        '[restore]\nquarantine_security_group = "drill"',
        [
            "[restore] quarantine_security_group: is not a security group id; write one like "
            '"sg-0123456789abcdef0"'
        ],
    ),
    "a host's name": (
        '[restore]\nquarantine_admits = ["runner.example"]',
        [
            "[restore] quarantine_admits, item 1: is neither a network nor a security group; "
            'write some like "10.1.2.0/24", "sg-0runner"'
        ],
    ),
    "the whole world": (
        '[restore]\nquarantine_admits = ["10.1.2.0/24", "::/0"]',
        ["[restore] quarantine_admits, item 2: lets everybody in; name the runner's network"],
    ),
    "no instance": ("[restore]\ninstances = 0", ["[restore] instances: must be at least 1"]),
    "too many instances": (
        "[restore]\ninstances = 17",
        ["[restore] instances: must be at most 16"],
    ),
    "another reader": (
        SOURCE + 'read_from = "replica"',
        ['[source] read_from: is not "reader" or "writer"'],
    ),
    "no database": (
        SOURCE + "databases = []",
        ["[source] databases: is empty; name at least one, or leave the key out"],
    ),
    "a database twice": (
        SOURCE + 'databases = ["core", "core"]',
        ["[source] databases: names the database 'core' twice"],
    ),
    "a blank text": (
        '[proof]\nmust_have_tables = [" "]',
        ["[proof] must_have_tables, item 1: is empty"],
    ),
    "an unknown tool": (
        '[backup]\nkind = "wal-g"',
        ['[backup] kind: is not "plain", "pgbackrest" or "barman"'],
    ),
    "pgBackRest without a stanza": (
        '[backup]\nkind = "pgbackrest"',
        [
            "[backup] stanza: missing; pgbackrest keeps clusters apart by it, write one like "
            'stanza = "core"'
        ],
    ),
    "a vague pick": (
        BACKUP + 'pick = "random"',
        [
            '[backup] pick: is not a choice of a backup; write "latest", a backup\'s name, or '
            '"random within 7d"'
        ],
    ),
    "another comparison": (
        '[proof]\ncontent = "ranges:0%"',
        [
            '[proof] content: is not one of "full", "ranges:P%" (P from 1 to 100) or "counts"',
        ],
    ),
    "a module's address": (
        '[terraform]\ndir = "infra"\ncluster_address = "module.rds_cluster"',
        [
            "[terraform] cluster_address: is not a resource address; write one like "
            '"module.rds_cluster.aws_rds_cluster.cumulus"'
        ],
    ),
    "an empty path": (
        '[restore]\nwork_dir = ""',
        ["[restore] work_dir: is empty; write a path, or leave it out"],
    ),
    # durations and amounts
    "a duration without a unit": (
        "[objectives]\ndata_loss = 15",
        [f"[objectives] data_loss: {NO_DURATION}"],
    ),
    "a duration in words": (
        '[objectives]\nretention = "7 days"',
        [f"[objectives] retention: {NO_DURATION}"],
    ),
    "no duration": ('[limits]\nexpire_after = "0h"', [f"[limits] expire_after: {NO_DURATION}"]),
    "no limit at all": (
        "[limits]\ninstance_hours = inf",
        ["[limits] instance_hours: must be a finite number"],
    ),
    "a free instance": (
        '[limits.prices]\n"db.r6g.large" = 0',
        ["[limits.prices] db.r6g.large: must be greater than 0"],
    ),
    "the price of something else": (
        '[limits.prices]\n"r6g.large" = 1',
        ['[limits.prices] r6g.large: is not an instance class; write one like "db.r6g.large"'],
    ),
    "a size without a unit": (
        "[proof]\nmax_source_bytes = 500000000",
        [f"[proof] max_source_bytes: {NO_SIZE}"],
    ),
    "a size in words": (
        '[proof]\nmax_source_bytes = "500 megabytes"',
        [f"[proof] max_source_bytes: {NO_SIZE}"],
    ),
    "a size of nothing": (
        '[proof]\nmax_source_bytes = "0GB"',
        [f"[proof] max_source_bytes: {NO_SIZE}"],
    ),
    # what a copy is compared with
    "another demand": (
        '[content]\nproof = "roughly"',
        ['[content] proof: is not "exact" or "bounded"'],
    ),
    "half a heartbeat": (
        '[content.heartbeat]\ntable = "beats"\nevry = "1m"',
        [
            '[content.heartbeat] column: missing; write one like column = "beat_at"',
            "[content.heartbeat] evry: unknown key; did you mean every?",
        ],
    ),
    "a heartbeat without end": (
        '[content.heartbeat]\ntable = "beats"\ncolumn = "at"\nevery = "0m"',
        [f"[content.heartbeat] every: {NO_DURATION}"],
    ),
    "migrations without their table": (
        '[migrations]\nnewset = "x"',
        [
            '[migrations] table: missing; write one like table = "knex_migrations"',
            "[migrations] newset: unknown key; did you mean newest?",
        ],
    ),
    "a host for a login": (
        '[verify]\nrestored = "db.example.org"\nsource = "service=core"',
        [f"[verify] restored: is not a login; write {WAYS}"],
    ),
    "a misspelt database": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nequals = 1\ndatabse = "core"',
        ["[[expect]] number 1, databse: unknown key; did you mean database?"],
    ),
    # rehearsal
    "an endpoint elsewhere": (
        '[rehearsal]\nendpoint = "https://rds.us-east-1.amazonaws.com:443"',
        [
            "[rehearsal] endpoint: is not a loopback address; a rehearsal talks to this machine "
            f"only, {NO_ENDPOINT}"
        ],
    ),
    "an endpoint without a port": (
        '[rehearsal]\nendpoint = "http://127.0.0.1"',
        [f"[rehearsal] endpoint: is not a URL with a scheme, a host and a port; {NO_ENDPOINT}"],
    ),
    "an endpoint with a password": (
        '[rehearsal]\nendpoint = "http://me:hunter2@127.0.0.1:1"',
        [
            "[rehearsal] endpoint: must have a scheme, a host and a port and nothing more; "
            f"{NO_ENDPOINT}"
        ],
    ),
    # expectations and waivers
    "an expectation of nothing": (
        '[[expect]]\nname = "x"\nsql = "select 1"',
        ["[[expect]] number 1: write either equals, or at_least and at_most, or one of the two"],
    ),
    "an expectation of two things": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nequals = 1\nat_most = 2',
        ["[[expect]] number 1: write either equals, or at_least and at_most, or one of the two"],
    ),
    "an impossible expectation": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nat_least = 3\nat_most = 2',
        ["[[expect]] number 1, at_least: is greater than at_most"],
    ),
    "an expectation of a list": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nequals = [1]',
        [
            "[[expect]] number 1, equals: is not a number, a text, true or false; a query is "
            "compared with one value"
        ],
    ),
    "two expectations of one name": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nequals = 1\n' * 2,
        ["[[expect]] number 2, name: 'x' is the name of two expectations"],
    ),
    "the second of two": (
        '[[expect]]\nname = "x"\nsql = "select 1"\nequals = 1\n[[expect]]\nname = "y"\nequals = 1',
        ['[[expect]] number 2, sql: missing; write one like sql = "select count(*) from granules"'],
    ),
    "half a frozen range": (
        '[[content.frozen]]\ntable = "granules"',
        [
            "[[content.frozen]] number 1, where: missing; write one like "
            "where = \"created_at < :t - interval '1 day'\""
        ],
    ),
    "a waiver of isolation": (
        WAIVER + 'check = "isolation.network"\nexpires = 2027-01-01',
        [
            "[[waiver]] number 1, check: cannot be waived: isolation is never waived; fix what "
            "the check found"
        ],
    ),
    "a waiver of plan safety": (
        WAIVER + 'check = "plan-safety"\nexpires = 2027-01-01',
        [
            "[[waiver]] number 1, check: cannot be waived: plan is never waived; fix what the "
            "check found"
        ],
    ),
    "a waiver of identity": (
        WAIVER + 'check = "configuration.identity"\nexpires = 2027-01-01',
        [
            "[[waiver]] number 1, check: cannot be waived: identity is never waived; fix what the "
            "check found"
        ],
    ),
    "a waiver of a waiver": (
        WAIVER + 'check = "waivers"\nexpires = 2027-01-01',
        [
            "[[waiver]] number 1, check: cannot be waived: remove the waiver that is not needed, "
            "or correct it"
        ],
    ),
    "a waiver until some time": (
        WAIVER + 'check = "configuration"\nexpires = "soon"',
        ["[[waiver]] number 1, expires: is not a day; write one like 2027-01-31"],
    ),
    "a waiver for ever": (
        WAIVER + 'check = "configuration"',
        ['[[waiver]] number 1, expires: missing; write one like expires = "2027-01-31"'],
    ),
    # what does not go together
    "two subjects": (
        SOURCE + BACKUP,
        ["[backup]: stands beside [source]; a file is about one cluster, keep one"],
    ),
    "instances without a cluster": (
        BACKUP + '[restore]\ninstances = 1\ninstance_class = "db.serverless"',
        [
            "[restore] instance_class: needs a [source]; a [backup] is restored without a cluster",
            "[restore] instances: needs a [source]; a [backup] is restored without a cluster",
        ],
    ),
    "two quarantines": (
        SOURCE
        + '[restore]\nquarantine_security_group = "sg-0a"\nquarantine_admits = ["sg-0runner"]',
        [
            "[restore] quarantine_admits: is about the group that a run makes for itself; leave it "
            "out, or quarantine_security_group"
        ],
    ),
    "an LSN on RDS": (
        SOURCE + '[restore]\ntarget = "lsn:0/16B3748"',
        [
            "[restore] target: 'lsn:0/16B3748' needs a [backup]; RDS restores to a time or to the "
            "latest"
        ],
    ),
    "a rehearsal's target on a source": (
        SOURCE + '[restore]\ntarget = "before-disaster"',
        [
            "[restore] target: 'before-disaster' is known in a rehearsal only; write a time with "
            "its zone"
        ],
    ),
    "a later baseline alone": (
        '[proof]\nbaseline_after = "after.json"',
        ["[proof] baseline_after: needs baseline, the one recorded before the target"],
    ),
    "a copy without a truth": (
        '[verify]\nrestored = "env:RESTORED"',
        [
            "[verify] restored: has nothing to be compared with; name [verify] source "
            "(--source-dsn) or [proof] baseline (--baseline)"
        ],
    ),
    "a login to nowhere": (
        '[verify]\nsource = "iam"\nrestored = "env:RESTORED"',
        [
            "[verify] source: iam says how to log in and not where; write a connection string "
            "without a password, env:NAME or service=NAME"
        ],
    ),
    "a lock's column without the lock": (
        '[migrations]\ntable = "m"\nlock_column = "locked"',
        ["[migrations] lock_column: needs lock, the table that it is a column of"],
    ),
    "frozen before a target that is no time": (
        BACKUP
        + '[restore]\ntarget = "xid:7342"\n'
        + '[[content.frozen]]\ntable = "a"\nwhere = "at < now()::timestamptz"\n'
        + '[[content.frozen]]\ntable = "b"\nwhere = "at < :t"\n',
        [
            "[[content.frozen]] number 2, where: holds :t, the target's time, and the target "
            "'xid:7342' has none; restore to a time, or write one here"
        ],
    ),
    # several at once
    "all of it": (
        SOURCE
        + BACKUP
        + '[restore]\ntarget = "name:x"\ntragte = "x"\n[objectives]\ndata_loss = "x"',
        [
            "[restore] tragte: unknown key; did you mean target?",
            f"[objectives] data_loss: {NO_DURATION}",
            "[backup]: stands beside [source]; a file is about one cluster, keep one",
        ],
    ),
    # clients
    "clients of no cluster": (
        '[clients]\nsecrets = ["core_db_login"]',
        [
            "[clients]: needs a [source]: a recovery tells its clients; a rehearsal moves clients "
            "of its own"
        ],
    ),
    "clients that name nobody": (
        SOURCE + '[clients]\nsilence = "1m"',
        ["[clients]: names nobody; write one of secrets, application, redeploy, references"],
    ),
    "references to no outputs": (
        SOURCE + '[[clients.references]]\nfile = "a.tfvars"\nvariable = "arn"\noutput = "arn"',
        ["[clients.references]: needs [terraform], whose outputs they are compared with"],
    ),
    "a secret that is none": (
        SOURCE + '[clients]\nsecrets = ["core db login"]',
        [
            "[clients] secrets, item 1: is neither the name of a secret nor its ARN; write one "
            'like "core-prod_db_login"'
        ],
    ),
    "a command without a program": (
        SOURCE + '[[clients.redeploy]]\nname = "cumulus"\ncommand = []\ndir = "."',
        [
            "[[clients.redeploy]] number 1, command: is empty; name at least one, or leave the key "
            "out"
        ],
    ),
    "two commands of one name": (
        SOURCE + '[[clients.redeploy]]\nname = "cumulus"\ncommand = ["true"]\ndir = "."\n' * 2,
        ["[[clients.redeploy]] number 2, name: 'cumulus' is the name of two commands"],
    ),
    "a variable's value for its name": (
        SOURCE
        + '[[clients.redeploy]]\nname = "cumulus"\ncommand = ["true"]\ndir = "."\n'
        + 'environment = ["TOKEN=hunter2"]',
        [
            "[[clients.redeploy]] number 1, environment, item 1: is not the name of a variable; "
            'write one like "AWS_PROFILE", or "TF_VAR_*" for all that begin so'
        ],
    ),
}

NOT_TOML = {
    "a key without a value": (
        b'[source]\ncluster\nregion = "x"',
        "line 2, column 8: not TOML: expected '=' after a key in a key/value pair",
    ),
    "a list that ends the file": (b"[proof]\nx = [1, 2", "line 2: not TOML: unclosed array"),
    "an open list": (b"[proof]\nmust_have_tables = [\n\n", "line 2: not TOML: invalid value"),
    "a key twice": (
        b"[rehearsal]\nscale = 1\nscale = 2\n",
        "line 3, column 10: not TOML: cannot overwrite a value",
    ),
    "another encoding": (
        b'[source]\ncluster = "core"\n# caf\xe9\n',
        "line 3: not UTF-8; save the file as UTF-8",
    ),
}


@pytest.mark.parametrize(("text", "lines"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_gets_its_own_line(text: str, lines: list[str], tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, text)
    expected = [f"clusters/core.toml: {line}" for line in lines]
    assert expected == list(caught.value.problems)
    assert "\n".join(expected) == str(caught.value)


@pytest.mark.parametrize(("content", "line"), NOT_TOML.values(), ids=list(NOT_TOML))
def test_what_is_not_toml_is_told_with_its_line(content: bytes, line: str, tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, content)
    assert (f"clusters/core.toml: {line}",) == caught.value.problems


def test_there_are_many_mistakes() -> None:
    """A guard on the table itself: at least 25 kinds of bad file are told apart."""
    assert len(MISTAKES) + len(NOT_TOML) >= 25
