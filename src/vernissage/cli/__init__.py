"""The command line: one module per command, each with `add(parsers)` and an async function that does it.

Exit status: 0 done; 1 it did not work out (a cell failed, a file is broken), with a sentence on stderr; 2 wrong usage.
Every command takes `--json`: the answer for machines, on stdout, and errors as `{"error": …}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from vernissage import __version__
from vernissage.cli import serve
from vernissage.cli.common import CommandFailed

COMMANDS = (serve,)


def parser() -> argparse.ArgumentParser:
    """What the command line understands."""
    root = argparse.ArgumentParser(prog="vernissage", description="Turns notebooks into apps.")
    root.add_argument("--version", action="version", version=f"vernissage {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and answer its exit status."""
    chosen = parser().parse_args(arguments)
    try:
        return int(asyncio.run(chosen.run(chosen)))
    except CommandFailed as error:
        if getattr(chosen, "json", False):
            print(json.dumps({"error": str(error)}))
        print(str(error), file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
