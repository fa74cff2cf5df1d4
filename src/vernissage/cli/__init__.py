"""The command line.

`arguments` says what it understands; each command is an async function in a module of its own, loaded only when it is
asked for, so that `vernissage run file` waits for no part of the server.

Exit status: 0 done; 1 it did not work out (a cell failed, a file is broken), with a sentence on stderr; 2 wrong usage.
Every command takes `--json`: the answer for machines, on stdout, and errors as `{"error": …}`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Sequence

from vernissage.cli.arguments import parser
from vernissage.cli.common import CommandFailed

__all__ = ["main", "parser"]

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells expect it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and answer its exit status."""
    chosen = parser().parse_args(arguments)
    module, name = chosen.does.split(":")
    try:
        found = importlib.import_module(f"vernissage.cli.{module}")
        with asyncio.Runner(loop_factory=getattr(found, "new_loop", None)) as runner:
            status = int(runner.run(getattr(found, name)(chosen)))
        sys.stdout.flush()
    except CommandFailed as error:
        if chosen.json:
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(str(error), file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
