"""docs/rehearsal-cloud.md, from the tables of what is offered and from the tests' marks.

To renew it: python -m tests.rehearsal.page > docs/rehearsal-cloud.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from fixtures.rehearsal.rds.action import Action
from fixtures.rehearsal.rds.reaching import KEPT_BACK
from fixtures.rehearsal.rds.table import ACTIONS
from fixtures.rehearsal.services.dynamodb.offered import OFFERED as OF_DYNAMODB
from fixtures.rehearsal.services.offered import OFFERED, Offered
from tests.rehearsal.behaviours import Behaviour, behaviours

_HEAD = """\
# The rehearsal cloud

<!-- Generated: python -m tests.rehearsal.page > docs/rehearsal-cloud.md -->

A cloud on this machine that answers as AWS does, with real Postgres servers behind its RDS API: for
drills, the AWS CLI, boto3 and Terraform. A rehearsal that is kinder than AWS teaches the wrong
drill, so what AWS refuses is refused here, and what AWS resets on a restore is reset. Every
rehearsal starts one for itself; it also runs by itself:

```
.venv/bin/python -m fixtures.rehearsal [--port=N] [--engine=auto|embedded|system|container]
    [--restorable-lag=SECONDS] [--retention-day=SECONDS] [--load=FILE] [--work-dir=DIR]
endpoint=http://127.0.0.1:40123
```

The first line is printed once it answers; with `--load` a second one follows, a `dsn=` without a
password that works as it stands. It serves until Ctrl-C or SIGTERM and leaves nothing; after
`kill -9` its guardian stops the servers, and the next start removes the folder. It listens on
loopback only. Any credentials do.

`--restorable-lag=300` makes LatestRestorableTime as late as on AWS. `--retention-day=60` lets a day
of BackupRetentionPeriod pass in a minute, to live through the pruning of backups.

```
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=eu-west-1
aws --endpoint-url http://127.0.0.1:40123 rds describe-db-clusters
```

Pass `--endpoint-url`: version 1 of the CLI ignores `AWS_ENDPOINT_URL` for `rds` in us-east-1 and
would reach AWS.

## How real it is

- **Every cluster and single instance is a Postgres server** of the version that this machine has.
  It listens on 127.0.0.1 only, on a port of its own: the port asked for is not used. One server
  stands for the writer and all readers of a cluster. The master user is no superuser, but a member
  of `rds_superuser`; other helper roles of RDS are absent. No TLS: `sslmode=require` fails.
- **Restores restore bytes**: base backups and a WAL archive, replayed to the second asked for. A
  snapshot is a base backup in files of its own; every base backup is an automated snapshot.
- **States take their time**: what Postgres does shows as `creating`, `stopping` and so on, then as
  `available`, or as `failed` with the reason in an event and in the server's log.
- **Nothing comes by itself but** base backups (each day with changes, and as the WAL grows), their
  pruning to the retention, and the restart of a server that died. No maintenance window comes: what
  waits for one stays in PendingModifiedValues. A stopped cluster is not started after seven days.
- **No data is encrypted**, though keys are checked, and a cluster that lost its key answers nobody.
- **Quotas are not enforced**, nor are subnets and security groups: nothing is filtered.
- **An action that is not listed below** answers `NotImplemented` in the form of an AWS error.
- A fault of the cloud itself answers `InternalFailure` with status 400, not 500: SDKs repeat a
  request on 500, and would hide the fault. `cloud.log` in its folder has the traceback.

The described EarliestRestorableTime is rounded up to a whole second, so that it is always accepted;
LatestRestorableTime is absent until the window has opened.

## The control API

`GET /rehearsal/`, `GET /rehearsal/clusters/REGION/ID` (or `instances`) and `POST …/backup` tell, as
JSON, what AWS never would: where a server's socket and log are, and why a cluster failed. The
rehearsal's incident uses them; no proof does.

## What each action does

*real*: what it says about the data happens. *metadata*: it is recorded and described as AWS does,
and nothing else stands behind it. Each name leads to AWS's page about the action.
"""


_MISSING = """\
read replicas and their
promotion, global clusters, Multi-AZ DB clusters, custom endpoints, blue/green deployments,
snapshots and backups in other regions, exports to and restores from S3, option groups of one's own,
DB security groups, event subscriptions, activity streams, zero-ETL integrations, shard groups,
tenant databases, custom engine versions, reserved instances, capacity reservations, maintenance."""


def page() -> str:
    """The whole page, in Markdown."""
    shown = behaviours()
    return "\n".join(
        [
            _HEAD,
            "## RDS",
            "",
            *_table(_of_rds(action) for action in sorted(ACTIONS, key=lambda one: one.name)),
            "",
            "### What RDS has and this cloud has not",
            "",
            "Whatever is not in the table answers `NotImplemented`, and says so: " + _MISSING,
            "",
            "### Parameters that do not reach the server",
            "",
            "All others that this PostgreSQL knows, and anybody may set, do.",
            "",
            "| parameter | why not |",
            "|---|---|",
            *(f"| `{name}` | {reason} |" for name, reason in sorted(KEPT_BACK.items())),
            "",
            *_services(),
            "## The rules, each shown by a test",
            "",
            f"{len(shown)} behaviours, with where AWS documents them.",
            "",
            *_rules(shown),
            "",
        ]
    )


def _of_rds(action: Action) -> Offered:
    return (action.name, action.depth.value, action.note, action.source)


def _table(rows: Iterable[Offered]) -> Iterator[str]:
    yield "| action | | what is real, what is missing |"
    yield "|---|---|---|"
    for name, depth, note, source in rows:
        yield f"| [{name}]({source}) | {depth} | {note} |"


def _services() -> Iterator[str]:
    dynamodb = tuple((one.action, one.depth, one.note, one.url) for one in OF_DYNAMODB)
    for service, rows in {"DynamoDB": dynamodb, **OFFERED}.items():
        yield f"## {service}"
        yield ""
        yield from _table(rows)
        yield ""


def _rules(shown: list[Behaviour]) -> Iterator[str]:
    yield "| service | action | rule | AWS |"
    yield "|---|---|---|---|"
    for one in shown:
        yield f"| {one.service} | {one.action} | {one.rule} | [source]({one.source}) |"


if __name__ == "__main__":
    sys.stdout.write(page())
