"""Is the copy isolated? Every danger that nothing provably holds is a finding (DESIGN 5).

```
danger                               held by
archives                             another archive than the source's, or the provider's own
enabled subscription                 max_logical_replication_workers=0, no egress
primary_conninfo                     promotion, no egress
foreign server                       no user mapping, no handler, leading to itself, no egress
call of dblink, http, aws_s3 …       extension missing, worker not preloaded, no egress
program, untrusted language          no egress
job of pg_cron and the like          not preloaded, jobs of another database, switched off
event trigger on login               event_triggers=off, session_replication_role
worker, follower, reader of a slot, session of a stranger, standby to wait for      nothing
```
None of these checks can be waived.
"""

from __future__ import annotations

from itertools import chain

from checks.asking import Unseen
from checks.isolation.archiving import CHECK as ARCHIVING
from checks.isolation.archiving import archive_text, archive_unknown, judge_archiving
from checks.isolation.bodies import judge_bodies
from checks.isolation.danger import OPEN, Fact, Quarantine, judgement
from checks.isolation.event_triggers import judge_event_triggers
from checks.isolation.following import judge_following
from checks.isolation.foreign import judge_foreign
from checks.isolation.observation import (
    ClusterIsolation,
    DatabaseIsolation,
    IsolationObservation,
)
from checks.isolation.replication import judge_slots, judge_subscriptions
from checks.isolation.schedulers import judge_jobs, judge_workers
from checks.isolation.sessions import judge_listening, judge_strangers
from checks.judgement import Judgement


def judge_isolation(
    seen: IsolationObservation,
    *,
    source_archive: str | None = None,
    quarantine: Quarantine = OPEN,
    same_server: bool = False,
) -> Judgement:
    """The cluster and the one database that was observed; see the two functions below."""
    return judge_cluster(
        seen.cluster,
        source_archive=source_archive,
        quarantine=quarantine,
        same_server=same_server,
    ) + judge_database(seen.database, quarantine=quarantine)


def judge_cluster(
    seen: ClusterIsolation,
    *,
    source_archive: str | None = None,
    quarantine: Quarantine = OPEN,
    same_server: bool = False,
) -> Judgement:
    """What the server as a whole could reach.

    source_archive  `archive_of` the source, or its digest; "" where the source archives nowhere;
                    None where that is not known
    same_server     the copy is a database beside its source on one server (`checks.identity` says
                    so). Then archive, slots, standbys and workers are the source's own and do what
                    they must: there is nothing that could be isolated, which is told as a fact. No
                    gap: nothing is missing, and nothing that could be supplied would change it.
    """
    if same_server:
        said = "not applicable: the copy is a database on the source's own server"
        return judgement([Fact("isolation.cluster", "", said)])
    unseen = list(seen.unseen)
    if archive_unknown(seen.archiving, source_archive):
        why = (
            "the copy archives, and the source's archive is not known: give the login on the "
            "source pg_read_all_settings, or start the copy with archive_mode=off"
        )
        unseen.append(Unseen(ARCHIVING, "archive_command", why))
    told = chain(
        judge_archiving(seen.archiving, source_archive),
        judge_following(seen.following, quarantine),
        # Those of the observed database are judged with it.
        judge_subscriptions(
            seen.subscriptions, seen.parameters, quarantine, of_others_than=seen.database
        ),
        judge_slots(seen.slots),
        judge_workers(seen.workers, seen.parameters),
        judge_listening(seen.parameters),
    )
    return judgement(told, unseen)


def judge_database(seen: DatabaseIsolation, *, quarantine: Quarantine = OPEN) -> Judgement:
    """What one database of the copy could reach."""
    parameters = seen.parameters
    told = chain(
        judge_subscriptions(seen.subscriptions, parameters, quarantine, of=seen.database),
        judge_foreign(seen.foreign, parameters, quarantine),
        judge_bodies(seen.bodies, parameters, quarantine),
        judge_jobs(seen.jobs, parameters, quarantine, seen.database),
        judge_event_triggers(seen.event_triggers, parameters),
        judge_strangers(seen.strangers),
    )
    return judgement(told, seen.unseen, within=seen.database)


def archive_of(seen: ClusterIsolation) -> str | None:
    """The archive of an observed *source*, to be handed to `judge_isolation`; never to be shown.

    "" where it archives nowhere; None where this login may not see it.
    """
    if seen.archiving.mode == "off":
        return ""
    return archive_text(seen.parameters)
