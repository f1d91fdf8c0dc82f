"""A rehearsal cloud with a faulty door: `python -m tests.faults.cloud --requests=FILE`, else as
the true one."""

from __future__ import annotations

from pathlib import Path

from fixtures.rehearsal.server import leave, main, parser
from fixtures.rehearsal.web import WSGI


def run() -> int:
    """The true cloud's options, and --requests."""
    options = parser("python -m tests.faults.cloud")
    options.add_argument("--requests", type=Path, required=True, metavar="FILE")
    given = options.parse_args()

    def door(cloud: WSGI) -> WSGI:
        # Not before the cloud is built: it shuts the surroundings out before moto is imported.
        from tests.faults.door import FaultyDoor

        return FaultyDoor(cloud, given.requests)

    return main(given, door=door)


if __name__ == "__main__":
    leave(run())
