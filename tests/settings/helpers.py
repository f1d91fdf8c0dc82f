"""How these tests read a settings file out of a string."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.settings import Settings, load_settings

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SOURCE = '[source]\ncluster = "core-prod"\naccount = "123456789012"\nregion = "us-east-1"\n'
BACKUP = '[backup]\nkind = "plain"\npath = "b"\n'
FILE = Path("clusters", "core.toml")


def load(
    folder: Path,
    text: str | bytes,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    **more: Any,
) -> Settings:
    """Write `text` to clusters/core.toml below `folder` and load it as an operator would."""
    path = folder / FILE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(
        FILE,
        environ=environ or {},
        invocation_dir=folder,
        overrides=overrides or {},
        now=NOW,
        **more,
    )
