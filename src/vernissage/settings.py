"""Every setting, with its default and the reason for it.

Settings come from the environment (`VERNISSAGE_*`) or from `vernissage.toml` in the data directory or the working
directory; the environment counts more. A setting that is not known is an error that names it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: Path = Path("data")
    """The data directory: database, blobs, keys. One server holds it at a time."""
    host: str = "127.0.0.1"
    """Where to listen. On a loopback address the server prints a one-time sign-in link at each start."""
    port: int = 8000
    database_url: str = ""
    """`postgresql://…`; "" = SQLite in the data directory, which needs nothing and serves a team."""
    base_url: str = ""
    """How people reach this server, such as `https://apps.example.com`; "" = as their requests say."""
    workspace: str = "main"
    """The workspace's id in addresses."""
    workspace_name: str = "Workspace"
    """What people read."""
    kernel_memory_mb: int = 4096
    """Private memory of one kernel; a cell that takes more ends it with a sentence."""
    kernel_seconds: float = 600.0
    """Wall clock of one execution of a cell."""
    kernel_output_kb: int = 1024
    """Printed text of one execution; what comes after is dropped, and says so."""
    kernel_reads: tuple[Path, ...] = ()
    """Paths that user code may read beside its own directory: where your data lie."""
    kernel_writes: tuple[Path, ...] = ()
    """Paths that user code may write."""
    log: str = "warning"
    """debug, info, warning or error."""


class BadSetting(ValueError):
    """A setting that is not known or does not fit; the text names it."""


def load(overrides: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. `overrides`: from the command line, which counts most; None there means not given."""
    given = {name: value for name, value in overrides.items() if value is not None}
    values: dict[str, Any] = {}
    data = Path(given.get("data") or environ.get("VERNISSAGE_DATA") or "data")
    for place in (Path("vernissage.toml"), data / "vernissage.toml"):
        if place.is_file():
            try:
                values |= tomllib.loads(place.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise BadSetting(f"{place} is no TOML: {error}. Correct it, or take it away.") from None
    known = {field.name for field in msgspec.structs.fields(Settings)}
    for name, text in environ.items():
        key = name.removeprefix("VERNISSAGE_").lower()
        if not name.startswith("VERNISSAGE_") or key in _NOT_SETTINGS:
            continue
        if key not in known:
            raise BadSetting(f"There is no setting {name}. Look for the right name in docs/settings.md, or unset it.")
        values[key] = [part for part in text.split(":") if part] if key in ("kernel_reads", "kernel_writes") else text
    values |= given
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSetting(f"A setting does not fit: {error}.") from None


_NOT_SETTINGS = frozenset({"url", "token", "test_browser", "email", "password"})
"""Variables of that prefix that are for the command line or for tests."""
