"""`python -m reports render JOURNAL [--junit=FILE] …`, `… verify FOLDER`, `… schema`, `… history`
and `… fleet`.

A journal is named by its file, by the folder of its run, or by the folder that holds the runs: then
the newest one is meant.

Exit status: 0 when the report was written (whatever its verdict) or all files are as recorded, 1
when files of the evidence are not as recorded or a fleet is red, 4 when something cannot be read or
written, 141 when whoever reads what is printed has stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from reports import events, evidence, journal
from reports.fleet import command as fleet
from reports.folders import evidence_folders, find_journal
from reports.history import command as history
from reports.history.earlier import read_with_earlier
from reports.journal import JournalError
from reports.renderings import RENDERINGS, SEAL, Written, seal, write, write_all
from reports.run_record import RunRecord

DIFFERS = 1
USAGE = 4
UNREAD = 141
"""As of a program that SIGPIPE ended: nobody read all that it had to say."""
COMMANDS = ("render", "verify", "history", "fleet", "schema")
SCHEMAS = {"journal": events.json_schema, "evidence": evidence.json_schema}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; print results on stdout, what is wrong on stderr; return the exit status."""
    given = _parser().parse_args(_with_command(sys.argv[1:] if arguments is None else arguments))
    try:
        return int(given.perform(given))
    except JournalError as error:
        print(error, file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser(
        "render", help="render a run's journal: the reports that are named, or all beside it"
    )
    render.add_argument(
        "journal", type=Path, help=f"a {journal.NAME}, the folder of its run, or that of all runs"
    )
    for name, one in RENDERINGS.items():
        render.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {one.file} there")
    render.add_argument(
        *(f"--{SEAL}",),
        type=Path,
        metavar="FILE",
        help=f"write {evidence.NAME} there, with the sums of the files beside the journal",
    )
    render.set_defaults(perform=_render)
    verify = commands.add_parser(
        "verify", help=f"compare the files of runs with the sums in their {evidence.NAME}"
    )
    verify.add_argument("folder", type=Path, nargs="+", help="the folder of a run, or of all runs")
    verify.set_defaults(perform=_verify)
    schema = commands.add_parser("schema", help="print the JSON Schema of a file")
    schema.add_argument(
        "--of", choices=SCHEMAS, default="journal", help="a line of the journal, or evidence.json"
    )
    schema.set_defaults(perform=_schema)
    history.add_to(commands)
    fleet.add_to(commands)
    return parser


def _with_command(arguments: Sequence[str]) -> list[str]:
    """`python -m reports JOURNAL` renders it."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        return ["render", *arguments]
    return list(arguments)


def _render(given: argparse.Namespace) -> int:
    path = find_journal(given.journal)
    run = read_with_earlier(path)
    options = {name: getattr(given, name.replace("-", "_")) for name in (*RENDERINGS, SEAL)}
    named = {name: file for name, file in options.items() if file is not None}
    done = _written(run, named, path.parent) if named else write_all(run, path.parent)
    for written in done.paths:
        print(written)
    for refusal in done.refusals:
        print(refusal, file=sys.stderr)
    return USAGE if done.refusals else 0


def _written(run: RunRecord, named: Mapping[str, Path], folder: Path) -> Written:
    """The reports that were named, each by itself, the one with the sums last."""
    paths, refusals = [], []
    for name, file in named.items():
        try:
            if name == SEAL:
                paths.append(seal(run, folder, file))
            else:
                paths.append(write(run, name, file))
        except JournalError as refusal:
            refusals.append(refusal)
    return Written(paths, refusals)


def _verify(given: argparse.Namespace) -> int:
    """One line for each file that is not as recorded, one for each folder whose files all are."""
    statuses = {0}
    for folder in [one for place in given.folder for one in evidence_folders(place)]:
        try:
            wrong, sum_of_it = evidence.verify(folder)
        except JournalError as error:  # the other folders are compared all the same
            print(error, file=sys.stderr)
            statuses.add(USAGE)
            continue
        for line in wrong:
            print(f"{folder}: {line}")
            statuses.add(DIFFERS)
        if not wrong:
            print(f"{folder}: as recorded; {evidence.NAME} has SHA-256 {sum_of_it}")
    return max(statuses)


def _schema(given: argparse.Namespace) -> int:
    print(json.dumps(SCHEMAS[given.of](), indent=2))
    return 0


def _main() -> int:
    """`main`, for a pipe whose reader may have read enough: `… history | head`."""
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered has nowhere to go, and Python would say so when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return status


if __name__ == "__main__":
    sys.exit(_main())
