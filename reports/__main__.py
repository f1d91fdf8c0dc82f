"""`python -m reports render JOURNAL [--junit=FILE]` and `… schema`.

Exit status: 0 when the report was written (whatever its verdict), 4 when it could not be.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reports import journal, junit
from reports.events import json_schema

USAGE = 4


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; print results on stdout, what is wrong on stderr; return the exit status."""
    parser = _Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser("render", help="render a run's journal as JUnit XML")
    render.add_argument("journal", type=Path, help=f"a {journal.NAME}, or the folder it is in")
    render.add_argument(
        "--junit", type=Path, metavar="FILE", help=f"default: {junit.NAME} beside it"
    )
    commands.add_parser("schema", help="print the JSON Schema of a journal's lines")
    given = parser.parse_args(arguments)
    if given.command == "schema":
        print(json.dumps(json_schema(), indent=2))
        return 0
    path = given.journal / journal.NAME if given.journal.is_dir() else given.journal
    try:
        print(junit.write_junit(path, given.junit))
    except journal.JournalError as error:
        print(error, file=sys.stderr)
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
