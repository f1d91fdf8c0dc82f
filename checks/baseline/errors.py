"""What can be wrong with a baseline file, each error named for what the operator must do next.

Each is one line that names the file. None quotes what stands in it.
"""

from __future__ import annotations

from pathlib import Path

from checks.database import CheckError


class BaselineError(CheckError):
    """A baseline that cannot be read or written; bad input, so the run exits 4."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class NameExistingBaseline(BaselineError):
    """There is no such file."""


class MakeBaselineReadable(BaselineError):
    """The file is there, and the system does not let us read it."""


class NameBaselineFile(BaselineError):
    """The file is something else than a baseline."""


class UpdateHarness(BaselineError):
    """The baseline was written by a newer version of this harness."""


class FetchBaselineAgain(BaselineError):
    """The file is not what was written: cut short, or changed since."""


class NameAnotherBaseline(BaselineError):
    """Writing here would overwrite what is no baseline."""


class NameWritableBaseline(BaselineError):
    """The system does not let us write there."""
