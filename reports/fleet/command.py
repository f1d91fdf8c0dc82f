"""`python -m reports fleet --expect=clusters/ [--within=26h] EVIDENCE… [--html=…] [--junit=…]`.

Exit status: 0 when all expected clusters are green, 1 when something is red, 4 for bad input.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.files import put
from reports.fleet import junit, page
from reports.fleet.expected import BadExpectation, expected_clusters, parse_within
from reports.fleet.standing import fleet_of
from reports.fleet.terminal import lines
from reports.history.read import read_folders
from reports.journal import JournalError

RED = 1
USAGE = 4
WITHIN = "26h"
"""A day, and two hours for a night that began later or took longer."""


def add_to(commands: Any) -> None:
    """The subcommand and its options; `commands` is what `add_subparsers` returned."""
    fleet = commands.add_parser(
        "fleet", help="many clusters on one page: red where one has no recent success"
    )
    fleet.add_argument(
        "--expect",
        action="append",
        required=True,
        type=Path,
        metavar="DIR",
        help="a folder with a settings file, NAME.toml, of each expected cluster; repeatable",
    )
    fleet.add_argument(
        "--within",
        default=WITHIN,
        metavar="TIME",
        help="how old the last success of a cluster may be: 90m, 26h, 2d (default: %(default)s)",
    )
    fleet.add_argument("--html", type=Path, metavar="FILE", help="write a page there")
    fleet.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML there")
    fleet.add_argument(
        "evidence", nargs="+", type=Path, help="folders with journals, at any depth; or journals"
    )
    fleet.set_defaults(perform=run)


def run(given: argparse.Namespace, now: datetime | None = None) -> int:
    """Perform it; print on stdout, what is wrong on stderr; return the exit status."""
    try:
        within = parse_within(given.within)
        expected = expected_clusters(given.expect)
        evidence = read_folders(given.evidence)
        fleet = fleet_of(expected, evidence, within, now or datetime.now(UTC))
        if given.html is not None:
            put(given.html, page.render(fleet), "--html")
        if given.junit is not None:
            put(given.junit, junit.render(fleet), "--junit")
    except (BadExpectation, JournalError) as error:
        print(error, file=sys.stderr)
        return USAGE
    for line in lines(fleet):
        print(line)
    for path in (given.html, given.junit):
        if path is not None:
            print(path)
    return RED if fleet.is_red else 0
