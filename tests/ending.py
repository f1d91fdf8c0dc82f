"""Programs that a test starts by itself: none outlives the tests, however these end.

What is started through a guardian ends with its run. A cloud that is started as an operator would
is nobody's: a killed pytest tears nothing down, and the cloud would serve for ever.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def ends_with_us() -> Callable[[], None] | None:
    """A `preexec_fn`: the program is told SIGTERM when this process ends. None where only Linux
    could (prctl(2)): there an end of the tests by SIGKILL leaves it.

    The kernel means the *thread* that starts the program: a fixture's or a test's own, which pytest
    runs in the main one.
    """
    if sys.platform != "linux":
        return None
    libc, us = ctypes.CDLL(None), os.getpid()

    def before_it() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != us:  # killed before there was a signal to be sent
            os._exit(1)

    return before_it
