"""`python -m benchmarks [--only NAME]… [--json FILE]`: measure, print one table. Ends with 1 only where something could
not be measured."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import browser, memory, protocol
from benchmarks.figures import Figure
from benchmarks.stage import machine
from benchmarks.table import as_json, table

MEASUREMENTS: Mapping[str, Callable[[], list[Figure]]] = {
    "new_session": protocol.new_session,
    "ready_session": protocol.ready_session,
    "tiny_session": protocol.tiny_session,
    "kernel_start": protocol.kernel_start,
    "input_change": protocol.input_change,
    "first_input": protocol.first_input,
    "page_open": browser.page_open,
    "key_press": browser.key_press,
    "twenty_sessions": protocol.twenty_sessions,
    "passive_viewers": memory.passive_viewers,
    "session_memory": memory.session_memory,
    "edit": protocol.edit,
}
"""Name for `--only` → what gives its lines of the table."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Vernissage on this machine.")
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), metavar="NAME", help="only this; may be "
                        f"given again: {', '.join(MEASUREMENTS)}")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    chosen = parser.parse_args(arguments)
    before = machine()
    figures: list[Figure] = []
    failed: list[str] = []
    for name in chosen.only or MEASUREMENTS:
        begun = time.monotonic()
        try:
            figures += MEASUREMENTS[name]()
        except Exception as error:  # noqa: BLE001  The other measurements are worth having; this one is told below.
            traceback.print_exc()
            failed.append(f"{name}: {error}")
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    after = machine()
    if figures:
        print(table(figures))
    print(f"\n{before['processors']} processors, {before['memory_gb']} GB, Linux {before['kernel']}; "
          f"load {before['load']} before, {after['load']} after.")  # fmt: skip
    if chosen.json is not None:
        chosen.json.write_bytes(as_json(figures, {**before, "load_after": after["load"]}))
    for sentence in failed:
        print(f"Not measured: {sentence}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
