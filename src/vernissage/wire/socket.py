"""The protocol of rooms, over one WebSocket at `/api/socket`: JSON text messages, tagged by `type`.

    browser                                   server
    Hello{room, session, seen}        →
                                      ←       Snapshot{seq, …}      or, where `seen` is recent:  Events{…}
    Do{id, operation}                 →
                                      ←       Events{seq, events}   to every member, each what its level sees
                                      ←       Done{id}  or  Refusal{id, sentence}
    Ask{id, question}                 →
                                      ←       Answer{id, answer}    or  Refusal
    SetPresence{cursor}               →
                                      ←       Presence{members}
                                      ←       Ended{reason, sentence}   and the socket closes

`seq` numbers the events of a room without holes; a member who sees only some of them still gets every number,
in the `seq` of the next message. A slow browser gets a snapshot later instead of a queue without end.

What is no message raises ValueError where it is decoded: msgspec's errors are of that kind, and so is that of bytes
which are no UTF-8.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from vernissage.core.access import Access, RoomKind
from vernissage.core.app import AppView
from vernissage.core.document import Document, Struct
from vernissage.core.operations import DraftOperation
from vernissage.core.outputs import CellRun
from vernissage.core.room import LiveView, Notice, PublishingView, ResultsView, RoomEvent, RoomOperation
from vernissage.core.session import KernelStatus, RunProgress, SessionOperation
from vernissage_kernel.frames import TableQuery

# --- what a room shows ------------------------------------------------------------------------------


class Cursor(Struct, frozen=True):
    """Where a member's caret is in the logic view."""

    cell: str
    anchor: int | None = None
    """UTF-16 code units into the cell's source; None = the cell is selected, not its text."""
    head: int | None = None


class Member(Struct, frozen=True):
    id: str
    """One per person in this room, however many tabs."""
    name: str
    """What others call them; for web visitors "Visitor 3". Never an e-mail."""
    color: int
    """1…4: which of the people's colours."""
    cursor: Cursor | None = None
    you: bool = False


# --- browser → server -------------------------------------------------------------------------------


class Room(Struct, frozen=True, tag_field="room"):
    """Which room a socket enters."""


class LogicRoom(Room, frozen=True, tag="logic"):
    """The draft of a project with its logic session (Can view)."""

    project: str


class AppRoom(Room, frozen=True, tag="app"):
    """A session of the published app, or of one version."""

    project: str
    version: int | None = None
    """None = the published one."""


class PreviewRoom(Room, frozen=True, tag="preview"):
    """The preview session of a candidate (Can edit)."""

    project: str
    publish: str


class RunRoom(Room, frozen=True, tag="run"):
    """A past run, as it left the app (Can view; one's own: App only)."""

    project: str
    run: str


AnyRoom: TypeAlias = LogicRoom | AppRoom | PreviewRoom | RunRoom


class ClientMessageBase(Struct, frozen=True, tag_field="type"):
    pass


class Hello(ClientMessageBase, frozen=True, tag="hello"):
    """The first message of every connection; nothing else is taken before."""

    room: AnyRoom
    session: str = ""
    """The session to go on with, as a Snapshot named it; "" = a new one (or the room's only one)."""
    seen: int = 0
    """The last `seq` that arrived; 0 = none, send a snapshot."""
    client: str = ""
    """The browser tab's own random id; stays the same over reconnects."""
    key: str = ""
    """Of an embed (`EmbedBoot.key`): who looks; "" = as the cookie says."""


class Do(ClientMessageBase, frozen=True, tag="do"):
    id: int
    """Of the tab's own counting; its Done or Refusal carries it. Sent again after a reconnect, it is applied once."""
    operation: DraftOperation | SessionOperation | RoomOperation


class CompletionQuestion(Struct, frozen=True, tag_field="ask", tag="completion"):
    code: str
    cursor: int
    """Unicode code points."""


class InspectionQuestion(Struct, frozen=True, tag_field="ask", tag="inspection"):
    code: str
    cursor: int


class VariablesQuestion(Struct, frozen=True, tag_field="ask", tag="variables"):
    pass


class TableQuestion(Struct, frozen=True, tag_field="ask", tag="table"):
    cell: str
    table: str
    """`TableHead.table` of an output that the cell shows."""
    query: TableQuery


Question: TypeAlias = CompletionQuestion | InspectionQuestion | VariablesQuestion | TableQuestion


class Ask(ClientMessageBase, frozen=True, tag="ask"):
    id: int
    """Shares the tab's counting with `Do.id`."""
    question: Question


class SetPresence(ClientMessageBase, frozen=True, tag="set_presence"):
    cursor: Cursor | None


class Ping(ClientMessageBase, frozen=True, tag="ping"):
    """A sign of life; answered by Pong."""


ClientMessage: TypeAlias = Hello | Do | Ask | SetPresence | Ping

# --- server → browser -------------------------------------------------------------------------------


class ServerMessageBase(Struct, frozen=True, tag_field="type"):
    pass


class Snapshot(ServerMessageBase, frozen=True, tag="snapshot"):
    """All that this member may see of the room, now."""

    seq: int
    session: str
    """Its id: unguessable; what a reload says in Hello to come back."""
    kind: RoomKind
    access: Access
    """The member's level on the project."""
    members: tuple[Member, ...]
    document: Document | None
    """The whole document; None in an app or preview session."""
    texts: dict[str, int]
    """Cell id → version of its text; empty without `document`."""
    app: AppView | None
    """The app's page; None in the logic view."""
    version: int | None
    """The version that the session runs; None for a draft or candidate."""
    inputs: dict[str, Any]
    """Input name → value safe for JavaScript; only those that this member may see."""
    waiting: tuple[str, ...]
    """Run buttons whose press waits or runs."""
    cells: dict[str, CellRun]
    kernel: KernelStatus
    run: RunProgress | None
    results: ResultsView | None
    live: LiveView | None
    """In an app session that several people share; else None."""
    publishing: PublishingView | None
    """For editors; None below Can view and in apps."""
    notices: tuple[Notice, ...] = ()


class Events(ServerMessageBase, frozen=True, tag="events"):
    seq: int
    """The number of the last event up to here, seen or not."""
    events: list[RoomEvent]


class Done(ServerMessageBase, frozen=True, tag="done"):
    id: int


class Refusal(ServerMessageBase, frozen=True, tag="refusal"):
    id: int
    """0 = the message had none that could be read."""
    sentence: str


class CompletionAnswer(Struct, frozen=True, tag_field="ask", tag="completion"):
    matches: tuple[str, ...]
    kinds: tuple[str, ...]
    start: int
    end: int


class InspectionAnswer(Struct, frozen=True, tag_field="ask", tag="inspection"):
    text: str
    """"" = nothing is known."""


class VariableView(Struct, frozen=True):
    name: str
    type: str
    summary: str


class VariablesAnswer(Struct, frozen=True, tag_field="ask", tag="variables"):
    variables: tuple[VariableView, ...]


class TableAnswer(Struct, frozen=True, tag_field="ask", tag="table"):
    rows: tuple[tuple[Any, ...], ...]
    total: int


class Answer(ServerMessageBase, frozen=True, tag="answer"):
    id: int
    answer: CompletionAnswer | InspectionAnswer | VariablesAnswer | TableAnswer


class Presence(ServerMessageBase, frozen=True, tag="presence"):
    members: tuple[Member, ...]


class Pong(ServerMessageBase, frozen=True, tag="pong"):
    pass


class Ended(ServerMessageBase, frozen=True, tag="ended"):
    """The last message before the server closes the socket."""

    reason: Literal["no_access", "signed_out", "session_ended", "server_stops", "protocol", "slow"]
    """slow, server_stops: come back at once or soon. session_ended: keep what is on the page; a new Hello starts
    anew."""
    sentence: str


ServerMessage: TypeAlias = Snapshot | Events | Done | Refusal | Answer | Presence | Pong | Ended
