"""Every message that crosses the border between server and browser, declared once.

`socket` is the protocol of rooms, `rest` the bodies of the HTTP API, `boot` what a page carries inside its first
response. The types of the browser (`frontend/src/wire`) are generated from `TYPES` by `scripts/codegen.py`.

Operations, events and documents are those of `core`: a reducer's input, the message, the generated type and the
record in the log are one struct.
"""

from __future__ import annotations

from typing import Any

from vernissage.core import diff, document, operations, outputs, room, session
from vernissage.wire import boot, rest, socket
from vernissage_kernel import frames

TYPES: dict[str, Any] = {
    "Document": document.Document,
    "Cell": document.Cell,
    "Input": document.Input,
    "Layout": document.Layout,
    "DraftOperation": operations.DraftOperation,
    "DraftEvent": operations.DraftEvent,
    "SessionOperation": session.SessionOperation,
    "SessionEvent": session.SessionEvent,
    "AnyOutput": outputs.AnyOutput,
    "CellRun": outputs.CellRun,
    "Difference": diff.Difference,
    "OutputDifference": diff.OutputDifference,
    "TableHead": frames.TableHead,
    "TableQuery": frames.TableQuery,
    "ClientMessage": socket.ClientMessage,
    "ServerMessage": socket.ServerMessage,
    "RoomEvent": room.RoomEvent,
    "AppBoot": boot.AppBoot,
    "EditorBoot": boot.EditorBoot,
    "EmbedDoor": boot.EmbedDoor,
    "Handover": boot.Handover,
} | {name: getattr(rest, name) for name in rest.__all__}
"""Name → struct or union: what the browser's code may use; what these refer to is generated with them."""
