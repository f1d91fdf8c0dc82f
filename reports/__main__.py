"""`python -m reports render JOURNAL [--junit=FILE] …` and `… schema`.

Exit status: 0 when the report was written (whatever its verdict), 4 when it could not be.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reports import journal
from reports.events import json_schema
from reports.history.earlier import read_with_earlier
from reports.renderings import RENDERINGS, write, write_all

USAGE = 4
COMMANDS = ("render", "schema")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; print results on stdout, what is wrong on stderr; return the exit status."""
    given = _parser().parse_args(_with_command(sys.argv[1:] if arguments is None else arguments))
    if given.command == "schema":
        print(json.dumps(json_schema(), indent=2))
        return 0
    try:
        for path in _render(given):
            print(path)
    except journal.JournalError as error:
        print(error, file=sys.stderr)
        return USAGE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser(
        "render", help="render a run's journal: the reports that are named, or all beside it"
    )
    render.add_argument("journal", type=Path, help=f"a {journal.NAME}, or the folder it is in")
    for name, one in RENDERINGS.items():
        render.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {one.file} there")
    commands.add_parser("schema", help="print the JSON Schema of a journal's lines")
    return parser


def _with_command(arguments: Sequence[str]) -> list[str]:
    """`python -m reports JOURNAL` renders it."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        return ["render", *arguments]
    return list(arguments)


def _render(given: argparse.Namespace) -> Sequence[Path]:
    path = given.journal / journal.NAME if given.journal.is_dir() else given.journal
    run = read_with_earlier(path)
    named = {name: file for name in RENDERINGS if (file := getattr(given, name)) is not None}
    if not named:
        return write_all(run, path.parent)
    return [write(run, name, file) for name, file in named.items()]


if __name__ == "__main__":
    sys.exit(main())
