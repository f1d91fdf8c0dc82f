"""`python -m checks.baseline schema` prints the JSON schema of the file; `check FILE` reads one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from checks.baseline.errors import BaselineError
from checks.baseline.file import load, schema


def main(arguments: list[str] | None = None) -> int:
    """0, or 4 where a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m checks.baseline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("schema", help="print the JSON schema of the file")
    check = commands.add_parser("check", help="read a baseline and say what it holds")
    check.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "schema":
        print(json.dumps(schema(), indent=2))
        return 0
    try:
        baseline = load(given.file)
    except BaselineError as error:
        print(error, file=sys.stderr)
        return 4
    quiet = "quiet" if baseline.quiet else f"not shown to be quiet: {baseline.not_quiet}"
    print(f"recorded {baseline.recorded_at.isoformat()} by {baseline.harness}, {quiet}")
    for name, database in sorted(baseline.databases.items()):
        print(f"{name}: {len(database.content.tables):,} tables, {database.content.rows:,} rows")
    for name, why in sorted(baseline.unreached.items()):
        print(f"{name}: not recorded: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
