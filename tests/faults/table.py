"""Faults of AWS, and what must come of each. The source is as it was after every one of them, and
nothing is left of the copy unless the row says what.
"""

from __future__ import annotations

from tests.faults.red import RED
from tests.faults.retried import RETRIED

TABLE = (*RETRIED, *RED)
