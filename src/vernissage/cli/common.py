"""What commands share: failing with a sentence, reading settings, answering as text or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vernissage.settings import BadSetting, Settings, load

if TYPE_CHECKING:
    from vernissage.core.audit import Action
    from vernissage.ports import AuditEntry, Blobs, Store


class CommandFailed(Exception):
    """The command did not do what it was asked; the text says why and what to do."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


class WrongUsage(CommandFailed):
    """The command was given what it cannot take."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, 2)


def settings_of(chosen: argparse.Namespace) -> Settings:
    """The settings, with what the command line says on top."""
    fields = ("data", "host", "port")
    try:
        return load({name: getattr(chosen, name, None) for name in fields})
    except BadSetting as error:
        raise WrongUsage(str(error)) from None


def server_of(chosen: argparse.Namespace) -> str:
    """The address of the server to ask; "" = work on the data directory. `--data` counts more than VERNISSAGE_URL."""
    if chosen.url:
        return str(chosen.url)
    return "" if getattr(chosen, "data", None) else os.environ.get("VERNISSAGE_URL", "")


@asynccontextmanager
async def data_directory(chosen: argparse.Namespace) -> AsyncIterator[tuple[Store, Blobs]]:
    """What is kept in the data directory, which must be there already."""
    settings = settings_of(chosen)
    if not settings.data.is_dir():
        raise CommandFailed(
            f"There is no data directory {settings.data}. Make it with `vernissage init`, name another with --data, "
            "or name a server with --url."
        )
    # Here, because these are the server's parts, which a run of a file does without.
    from vernissage.app import opened
    from vernissage.ports import StoreFull
    from vernissage.store import CannotOpen

    try:
        async with opened(settings) as (store, blobs):
            yield store, blobs
    except (CannotOpen, StoreFull) as error:
        raise CommandFailed(str(error)) from None


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def by_command(action: Action, project: str = "", **detail: Any) -> AuditEntry:
    """What is recorded of a command that does this now. Nobody is signed in at the command line."""
    from vernissage.ports import AuditEntry

    return AuditEntry(now(), "", action, project, detail, "command line")


def stamp(at: datetime | None) -> str | None:
    """An instant as the HTTP API writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def password_from_stdin() -> str:
    """The password on standard input: its first line."""
    password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < 8:
        raise WrongUsage("A password has at least 8 characters. Give it on standard input, on one line.")
    return password


def print_json(answer: Any) -> None:
    """The answer for machines."""
    print(json.dumps(answer, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their heads, columns as wide as they need to be."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    for line in lines:
        print("  ".join(item.ljust(width) for item, width in zip(line, widths, strict=True)).rstrip())


def read_text(path: Path) -> str:
    """A file's text. Raises CommandFailed with a sentence."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandFailed(f"{path} is no UTF-8 text. Give a .vernissage.yaml or .ipynb file.") from None
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read ({error.strerror}). Check its name and rights.") from None
