"""Every question of the runbook, in its order, and what the drill's proofs make of the answers."""

from __future__ import annotations

from datetime import datetime

from checks.judgement import Judgement
from checks.readiness.methods import judge_methods
from checks.readiness.network import check_reach, judge_databases, judge_inventory, judge_login
from checks.readiness.quarantine import judge_admittance, judge_egress
from checks.readiness.rights import judge_rights
from checks.readiness.source import SeenSource, check_protection, check_state, judge_keys
from checks.readiness.tools import judge_tools
from fixtures.claims import Withheld
from fixtures.readiness.model import Asked, Place, Road


def judged(asked: Asked, at: datetime) -> Judgement:
    """All that is wrong or was not seen; what is not applicable says nothing."""
    asked.caller()
    seen, rights, kept = asked.source(), asked.rights(), asked.kept(at)
    keys, room, road, place = asked.keys(), asked.room(), asked.road(), asked.place()
    tools, ways = asked.tools(), asked.ways()
    said = [*(one for one in (kept.reach_back, kept.newest, kept.lag, room, ways.wal))]
    if isinstance(seen, SeenSource):
        said.append(Judgement(tuple(check_state(seen))))
        if not seen.is_gone:
            said.append(Judgement(tuple(check_protection(seen))))
    if not isinstance(rights, Withheld):
        said.append(judge_rights(rights))
    if not isinstance(keys, Withheld):
        said.append(judge_keys(keys))
    if isinstance(road, Road):
        said.append(Judgement(tuple(check_reach(road.reach))))
        said += [judge_login(road.reach), judge_databases(road.reach, road.databases)]
        said.append(judge_inventory(road.reach, road.must_have))
    if isinstance(place, Place):
        said.append(judge_admittance(place.group, place.runner, place.port, place.vpc))
        said.append(judge_egress(place.group))
    said += [judge_tools(tools)]
    said.append(judge_methods(ways.methods, ways.target, ways.data_loss, ways.subject))
    return Judgement.all(one for one in said if isinstance(one, Judgement))
