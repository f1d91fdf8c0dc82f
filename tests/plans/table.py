"""The table of plans: every row of every module of ``tests/plans/rows``.

Each row is one plan that real Terraform made (`python -m tests.plans.make`, which writes
``made/*.json``) and what the judges of ``checks/plan`` must say of it.
"""

from __future__ import annotations

from tests.plans.row import Row
from tests.plans.rows.around import AROUND
from tests.plans.rows.cluster import CLUSTERS
from tests.plans.rows.gates import GATES
from tests.plans.rows.good import GOOD
from tests.plans.rows.snapshot import SNAPSHOTS
from tests.plans.rows.state import STATE
from tests.plans.rows.v2 import SECOND_GENERATION

ROWS: tuple[Row, ...] = GOOD + GATES + STATE + CLUSTERS + AROUND + SNAPSHOTS + SECOND_GENERATION
