"""What commands share: failing with a sentence, reading settings."""

from __future__ import annotations

import argparse
from pathlib import Path

from vernissage.settings import BadSetting, Settings, load


class CommandFailed(Exception):
    """The command did not do what it was asked; the text says why and what to do."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


def add_common(command: argparse.ArgumentParser) -> None:
    """The options that every command takes."""
    command.add_argument("--data", type=Path, help="the data directory (default: data)")
    command.add_argument("--json", action="store_true", help="answer for machines")


def settings_of(chosen: argparse.Namespace) -> Settings:
    """The settings, with what the command line says on top."""
    fields = ("data", "host", "port")
    try:
        return load({name: getattr(chosen, name, None) for name in fields})
    except BadSetting as error:
        raise CommandFailed(str(error), 2) from None
