"""How the server's log is written: one line for each thing that happened, on standard error.

Each line has the time, the level, what happened, and `trace_id`: the number that the answer of a request carried, which
every line has that came of it, down to the cells that ran. What people typed and computed is never in it.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import structlog

from vernissage.ports import TRACE

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def write_logs(level: str, form: Literal["text", "json"]) -> None:
    """From now on, with the standard library's own tracebacks: richer ones show local variables, and take minutes."""
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ExtraAdder(),
                _with_trace,
                *([structlog.processors.format_exc_info] if form == "json" else []),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=LEVELS[level], handlers=[handler], force=True)


def _with_trace(_: Any, __: str, event: Any) -> Any:
    # What a room logs names what it was done for; anything else is for what is going on right now.
    trace = event.pop("trace", "") or TRACE.get()
    if trace:
        event["trace_id"] = trace
    return event
