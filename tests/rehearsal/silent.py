"""A program that never says its endpoint, whatever its options."""

from __future__ import annotations

import signal

if __name__ == "__main__":
    print("thinking", flush=True)  # noqa: T201
    signal.pause()
