"""What the actors ask of the world: kernels, a store, blobs, a clock.

A port is a promise; `kernels/` and `store/` keep it, `app.py` plugs them in, and one contract suite
in `tests/contracts/` runs over every implementation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from vernissage.core.access import Access, Role
from vernissage.core.audit import Action
from vernissage.core.notifications import Cause, LetterStatus, Notification, Recipient
from vernissage.core.publishing import PublishError, PublishStatus
from vernissage.core.runs import RunEvent, RunStep
from vernissage.core.schedule import Overlap, Timing
from vernissage_kernel import frames

# --- time -------------------------------------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when that much time has passed."""
        ...


# --- telling operators ------------------------------------------------------------------------------

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""What a line of the log was caused by: the id of a request (`traceId` of its answer), of a socket's message, of a run;
"" = by nobody. Set where something comes in; a room hands it on to the cells that run for it."""


class Meter(Protocol):
    """Counts what happens, for whoever watches the server. Never waits, never fails."""

    def request_ended(self, method: str, act: str, status: int, seconds: float) -> None:
        """`act`: of `core.access`; "" where the address led nowhere."""
        ...

    def kernel_started(self, seconds: float) -> None:
        """`seconds`: from when its turn had come until it was ready."""
        ...

    def kernel_ended(self, reason: str) -> None:
        """`reason`: of `Died`."""
        ...

    def cell_ended(self, ok: bool, seconds: float) -> None: ...

    def run_ended(self, trigger: str, status: str, seconds: float) -> None:
        """A run of any session: one cell that reads a changed input, or a whole app. `status`: of `RunProgress`."""
        ...


class Unmetered:
    """Counts nothing."""

    def request_ended(self, method: str, act: str, status: int, seconds: float) -> None: ...
    def kernel_started(self, seconds: float) -> None: ...
    def kernel_ended(self, reason: str) -> None: ...
    def cell_ended(self, ok: bool, seconds: float) -> None: ...
    def run_ended(self, trigger: str, status: str, seconds: float) -> None: ...


# --- kernels ----------------------------------------------------------------------------------------


class Limits(msgspec.Struct, frozen=True):
    """What one kernel may use. A limit that is met ends the cell or the kernel with a plain sentence."""

    memory: int = 4 * 1024**3
    """Bytes of private memory."""
    execution_seconds: float = 600.0
    """Wall clock of one execution."""
    output: int = 10 * 1024**2
    """Bytes of printed text of one execution; what comes after is dropped, and says so."""
    interrupt_seconds: float = 5.0
    """From an interrupt to the kill of a kernel that goes on."""


class KernelFile(msgspec.Struct, frozen=True):
    name: str
    """How user code opens it, relative to its working directory."""
    path: Path
    """The blob: linked read-only into the kernel's own directory."""


class KernelSpec(msgspec.Struct, frozen=True):
    id: str
    """Unguessable, unique."""
    limits: Limits = Limits()
    files: tuple[KernelFile, ...] = ()
    context: frames.Context = frames.Context()
    """What `vernissage.run_context()` answers."""
    secrets: dict[str, str] = {}
    """Name → value of what `vernissage.secrets` holds. What the kernel says is searched for them (`core.secrets`)."""
    unreadable: dict[str, str] = {}
    """Name → why, of those whose value cannot be had."""

    def __repr__(self) -> str:
        return f"KernelSpec({self.id[:8]}…)"  # an error's text or a log must not show a secret


class Died(msgspec.Struct, frozen=True):
    """The last that a listener hears of a kernel, whatever ended it."""

    reason: Literal["stopped", "exited", "killed", "memory", "interrupt", "protocol"]
    """stopped: we asked. exited: user code ended it. killed: a signal from elsewhere. memory: over its limit.
    interrupt: it went on after an interrupt or past its time. protocol: it sent what is no frame."""
    sentence: str
    """For the person at the screen: what happened, what to do."""


KernelReport: TypeAlias = frames.KernelFrame | Died
Listener: TypeAlias = Callable[[KernelReport], None]
"""Called on the event loop, in order; never after `Died`."""


class NoKernel(Exception):
    """No kernel can be had now; the text says why and what to do."""


class Kernel(Protocol):
    """One process that runs cells. Executions are done in the order in which they were sent."""

    @property
    def id(self) -> str: ...

    def send(self, frame: frames.HostFrame) -> None:
        """Hand over work; never waits. Does nothing once the kernel is dead (its listener was told)."""
        ...

    async def request(self, frame: frames.RequestFrame) -> frames.ReplyFrame:
        """Ask and await the answer. `request` of the frame is replaced by a number of the host's own. Answers
        RequestFailed when the kernel dies meanwhile."""
        ...

    def interrupt(self) -> None:
        """KeyboardInterrupt in the running cell; a kernel that goes on after `interrupt_seconds` is killed."""
        ...

    async def stop(self) -> None:
        """End it and all its descendants; returns when they are gone. Harmless twice."""
        ...

    def directory(self) -> Path:
        """The kernel's own directory; gone after the kernel's end. What lies in it is untrusted."""
        ...

    def memory(self) -> int:
        """Bytes of private memory of the process and its descendants, now; 0 once dead."""
        ...


class Kernels(Protocol):
    async def start(self, spec: KernelSpec, listener: Listener) -> Kernel:
        """A new kernel that has said Ready. Raises NoKernel."""
        ...

    async def close(self) -> None:
        """End every kernel and what made them."""
        ...


# --- blobs ------------------------------------------------------------------------------------------


class Blobs(Protocol):
    """Bytes by their SHA-256. Writing what is there already costs nothing; nothing is ever changed."""

    async def put(self, data: bytes) -> str:
        """Keep the bytes and answer their hash (hex). Raises StoreFull where the disk takes no more."""
        ...

    async def put_file(self, path: Path, limit: int) -> tuple[str, int]:
        """The same for a file, read without following links: (hash, bytes). Raises ValueError past `limit` bytes or for
        what is no file."""
        ...

    async def get(self, hash: str) -> bytes | None:
        """The bytes, or None where they are not known."""
        ...

    def path(self, hash: str) -> Path | None:
        """A file that holds them, to be read only; None where they are not known."""
        ...


# --- letters going out ------------------------------------------------------------------------------


class Attachment(msgspec.Struct, frozen=True):
    name: str
    type: str
    """MIME type, such as "text/csv"."""
    data: bytes


class Mail(msgspec.Struct, frozen=True):
    """An e-mail to one person. Sent twice, it is the same e-mail to whoever receives it."""

    id: str
    """Of the letter; its Message-ID is made of it."""
    to: str
    at: datetime
    subject: str
    plain: str
    html: str
    """May show the picture as `cid:picture`."""
    picture: bytes | None = None
    """PNG."""
    attachments: tuple[Attachment, ...] = ()


class NotSent(Exception):
    """An attempt to send failed; the text says why, for those who set the notification."""

    def __init__(self, sentence: str, *, again: bool, after: float = 0.0) -> None:
        super().__init__(sentence)
        self.again = again
        """True: it may go better later. False: the receiver will not have it, or may not be asked."""
        self.after = after
        """Seconds for which the receiver wants to be left alone; 0 = it did not say."""


class MailSender(Protocol):
    @property
    def ready(self) -> bool:
        """Whether e-mail can be sent at all."""
        ...

    async def send(self, mail: Mail) -> None:
        """Return when the mail server has accepted it. Raises NotSent. Given up (cancelled), nothing goes on."""
        ...


class WebhookSender(Protocol):
    async def post(self, url: str, body: bytes, *, id: str, at: datetime, secret: bytes) -> None:
        """Return when the receiver has answered that it accepts it. Raises NotSent. `at`: of this attempt, signed with
        the body and the letter's id."""
        ...


class NoPicture(Exception):
    """No picture could be taken; the text says why."""


class Camera(Protocol):
    @property
    def ready(self) -> bool:
        """Whether there is a browser to take pictures with."""
        ...

    async def take(self, url: str) -> bytes:
        """PNG of the app page at this address of our own server, once everything on it stands. Raises NoPicture."""
        ...


# --- tables of results ------------------------------------------------------------------------------


class TableReader(Protocol):
    """Pages of tables that are kept with results; needs no kernel."""

    async def page(self, hash: str, query: frames.TableQuery) -> tuple[tuple[tuple[Any, ...], ...], int]:
        """(rows, rows after the filter) of the Arrow file in this blob. Raises KeyError where it is gone."""
        ...

    async def page_of_head(
        self, head: dict[str, Any], query: frames.TableQuery
    ) -> tuple[tuple[tuple[Any, ...], ...], int]:
        """The same for a table that stands in its output as a whole (a `frames.TableHead` as a dict)."""
        ...

    def csv(self, hash: str, query: frames.TableQuery) -> AsyncIterator[bytes]:
        """The rows of an order and a filter as CSV, in pieces. Raises KeyError where the file is gone."""
        ...

    def csv_of_head(self, head: dict[str, Any], query: frames.TableQuery) -> AsyncIterator[bytes]:
        """The same for a table that stands in its output as a whole."""
        ...


# --- secrets ----------------------------------------------------------------------------------------


class CannotUnseal(Exception):
    """A value cannot be read with the server's key; the text says why and what to do."""


class Vault(Protocol):
    """Seals values with a key that lies outside the database."""

    def seal(self, value: str, place: str) -> bytes:
        """The value as bytes that say nothing of it. `place`: what it belongs to; it opens nowhere else."""
        ...

    def unseal(self, sealed: bytes, place: str) -> str:
        """The value that was sealed for this place. Raises CannotUnseal."""
        ...


# --- store ------------------------------------------------------------------------------------------


class StoreFull(Exception):
    """The disk or the database takes no more; the text says what was not kept and what to do. Nothing accepted before
    is lost."""


class Conflict(Exception):
    """What a write was based on has changed meanwhile; nothing was written."""


class LastAdmin(Conflict):
    """The workspace would be left without an admin who can sign in; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("This is the only admin. Make somebody else an admin first.")


class User(msgspec.Struct, frozen=True):
    id: str
    email: str
    """Lower case; unique."""
    name: str
    role: Role
    password_hash: str = ""
    """Argon2; "" = no password."""
    disabled: bool = False
    created_at: datetime | None = None
    service: bool = False
    """True: no person, but what a workspace token acts as. It never signs in, and is no admin whom others rely on."""


class Group(msgspec.Struct, frozen=True):
    """Some of the workspace's users, to be given access together as `group:{id}`."""

    id: str
    name: str
    """Unique, in whatever case it is written."""
    created_at: datetime
    members: int = 0
    """How many."""


class Identity(msgspec.Struct, frozen=True):
    """By what a provider of sign-ins knows a user, once they have come by it."""

    issuer: str
    subject: str
    """The provider's own id of the person: an e-mail may be given to somebody else one day, this never is."""
    user: str


class SignIn(msgspec.Struct, frozen=True):
    """A signed-in browser, or a visitor's browser without an account (`user` = "")."""

    id: str
    """Public id, for lists and revocation."""
    hash: str
    """SHA-256 of the cookie's secret; the secret itself is never stored."""
    user: str
    created_at: datetime
    expires_at: datetime
    revoked: bool = False


class Token(msgspec.Struct, frozen=True):
    """A bearer token, or a one-time sign-in link."""

    id: str
    hash: str
    user: str
    kind: Literal["bearer", "sign_in"]
    name: str
    created_at: datetime
    expires_at: datetime | None
    """None = does not end."""
    used_at: datetime | None = None
    revoked: bool = False


class Project(msgspec.Struct, frozen=True):
    id: str
    """A UUID."""
    title: str
    description: str
    creator: str
    """A user's id."""
    owner: str
    created_at: datetime
    last_edited_at: datetime
    last_published_at: datetime | None = None
    published: int | None = None
    """Number of the published version; None = not published."""
    published_hash: str = ""
    """Content hash of the published version; "" = not published."""
    results_run: str | None = None
    """The run whose outputs are the published results; None = there are none."""
    draft_hash: str = ""
    """Content hash of the draft as last saved."""
    trashed_at: datetime | None = None


class StoredOperation(msgspec.Struct, frozen=True):
    seq: int
    """From 1, without holes, per project."""
    operation: bytes
    """JSON of the operation, with its format number."""
    by: str
    """A user's id."""
    at: datetime


class StoredDraft(msgspec.Struct, frozen=True):
    snapshot: bytes
    snapshot_seq: int
    """The operations up to this one are in the snapshot."""
    operations: tuple[StoredOperation, ...]
    """Those after it, in order."""


class Version(msgspec.Struct, frozen=True):
    project: str
    number: int
    hash: str
    title: str
    """What the publisher called the step; may be ""."""
    author: str
    created_at: datetime
    kind: Literal["published", "saved", "imported"]
    run: str | None
    """The run that it was published from."""
    python: str = ""
    packages: tuple[str, ...] = ()
    """`name==version` of what was installed when it ran."""
    personal: bool = False
    """True: its code reads who looks, so it has no published results and every visit runs it (`core.personal`)."""
    edits: int = 0
    """The number of the draft's last edit that is in it."""


RunEnd: TypeAlias = Literal["COMPLETED", "ERRORED", "KILLED"]
"""How a run ended: well; with a failed cell; cut off."""


class RunRecord(msgspec.Struct, frozen=True):
    """One execution of a version or candidate, kept for good."""

    id: str
    project: str
    version: int | None
    """None while the candidate has no number."""
    trigger: Literal["preview", "api", "scheduled", "refresh", "app"]
    status: Literal["PENDING", "RUNNING", "COMPLETED", "ERRORED", "KILLED"]
    inputs: dict[str, Any]
    """Plain JSON, only what differs from the defaults."""
    by: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cells: bytes = b""
    """JSON of the cells' states and outputs (`core.session`), with its format number; b"" until it ended."""
    message: str = ""
    """Why it was killed or could not start, as a sentence."""
    update_results: bool = False
    """True: where it completes, its outputs become the published results in the same step."""
    use_cached: bool = False
    """True: its queries may take results that were kept."""
    schedule: str | None = None
    """The schedule that it belongs to; None = to none."""
    due_at: datetime | None = None
    """The minute for which the schedule made it; None = somebody pressed Run now, or there is no schedule."""
    attempt: int = 1
    """From 1; each retry counts one more."""
    retry_of: str | None = None
    """The run of the attempt before; None = it is the first."""
    time_limit: int | None = None
    """Seconds after which it is killed; None = it may take any time."""
    not_before: datetime | None = None
    """It waits at least until then: the back-off of a retry; None = it may start at once."""
    server: str | None = None
    """The server that has it in hand; None = whichever comes first takes it."""
    notifications: tuple[Notification, ...] = ()
    """Who is told when it has ended; the attempt that follows takes them along."""
    events: tuple[RunEvent, ...] = ()
    """Its log, oldest first."""


class Schedule(msgspec.Struct, frozen=True):
    """When a project's published version runs by itself, and how. It belongs to the project, not to who made it."""

    id: str
    project: str
    name: str
    """For people; may be ""."""
    timing: Timing
    enabled: bool
    inputs: dict[str, Any]
    """Plain JSON, only what differs from the defaults."""
    update_results: bool
    use_cached: bool
    overlap: Overlap
    retries: int
    """Further attempts after a run that failed or was cut off."""
    time_limit: int | None
    """Seconds; None = none."""
    creator: str
    """A user's id."""
    created_at: datetime
    next_due: datetime | None = None
    """The next minute for which it has to run; None = it is paused."""
    flagged: str = ""
    """Why it does not run with the published version, as a sentence; "" = it fits."""
    notifications: tuple[Notification, ...] = ()
    """Who is told when one of its runs has ended."""


class ServerRecord(msgspec.Struct, frozen=True):
    """A server that runs on this store. One whose last sign of life is old has ended, whatever it says."""

    id: str
    """Of this one start of it."""
    home: str
    """Of its data directory, which one server holds at a time: a new start there knows the end of the one before."""
    seen_at: datetime


class Letter(msgspec.Struct, frozen=True):
    """One notification of one run for one recipient, and how far its sending is. The text is written when it is sent,
    from what the run left."""

    id: str
    """A UUID, which every attempt to send it names: the receiver knows a letter that came twice."""
    project: str
    run: str | None
    """None: a test letter of a project without results."""
    notification: Notification
    recipient: Recipient
    cause: Cause
    created_at: datetime
    next_attempt: datetime
    """When it is tried (again). Whoever has it in hand has moved this ahead: after a crash it comes due again."""
    status: LetterStatus = "PENDING"
    attempts: int = 0
    """Begun so far."""
    error: str = ""
    """Why the last attempt failed, or why it is withheld, as a sentence; "" = nothing went wrong."""
    sent_at: datetime | None = None
    """When the receiver accepted it."""
    left_out: tuple[str, ...] = ()
    """What did not come along with it, as sentences."""
    claimed_by: str | None = None
    """The server that has it in hand; None = none has."""


class OutsideAddress(msgspec.Struct, frozen=True):
    """An e-mail address of nobody in the workspace, to which letters may go."""

    address: str
    """In lower case."""
    by: str
    """The admin who allowed it."""
    at: datetime


class PublishRecord(msgspec.Struct, frozen=True):
    """A candidate: the draft frozen at a click on Publish, and what became of it."""

    id: str
    project: str
    document: bytes
    """`document.canonical` of the frozen draft."""
    hash: str
    expected_published: int | None
    """The published version that the dialog was opened against."""
    author: str
    created_at: datetime
    status: PublishStatus
    run: str
    title: str = ""
    forced: bool = False
    """True: published before its run ended."""
    errors: tuple[PublishError, ...] = ()
    version: int | None = None
    republish: int | None = None
    """The older version that is to be published again; None = a new one."""
    personal: bool = False
    """As of `Version`."""
    edits: int = 0
    """The number of the draft's last edit before the freeze; later ones are not in it."""


class StoredSession(msgspec.Struct, frozen=True):
    id: str
    project: str
    kind: Literal["logic", "app"]
    version: int | None
    owner: str
    """A user's id, or the public id of a visitor's SignIn."""
    data: bytes
    """JSON of what `core.session` keeps, with its format number."""
    touched_at: datetime


class Grant(msgspec.Struct, frozen=True):
    principal: str
    """`user:{id}`, `group:{id}`, `workspace` or `web`."""
    access: Access


class StoredSecret(msgspec.Struct, frozen=True):
    project: str
    """"" = the workspace's, which every project of it may read."""
    name: str
    """Unique in its project, or in the workspace."""
    sealed: bytes
    """What `Vault.seal` made of the value; nothing else is kept of it."""
    by: str
    """Who set it last: a user's id; "" = the command line."""
    at: datetime


RequestStatus: TypeAlias = Literal["OPEN", "ACCEPTED", "DECLINED"]


class AccessRequest(msgspec.Struct, frozen=True):
    """Somebody asks for access to a project, which may not exist: they are not told. One per person and project."""

    id: str
    project: str
    user: str
    at: datetime
    status: RequestStatus = "OPEN"
    decided_by: str = ""
    decided_at: datetime | None = None


class EmbedLink(msgspec.Struct, frozen=True):
    """A pass into an embed, which lets one page in, once."""

    hash: str
    """SHA-256 of the secret in its address."""
    project: str
    content: bytes
    """JSON of `core.embedding.Pass`."""
    expires_at: datetime


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that was done. It is written in the transaction that does it, and never changed."""

    at: datetime
    who: str
    """A user's id; "" = somebody unknown, as at a sign-in that was refused."""
    action: Action
    project: str
    """"" = it concerns none."""
    detail: dict[str, Any]
    origin: str
    """Where it came from: an address, or "command line"."""
    ordinal: int = 0
    """Its place in the log, given when it is kept."""


class AuditQuery(msgspec.Struct, frozen=True):
    """Which entries of the audit log: those that fit all of it."""

    project: str | None = None
    who: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Only those whose ordinal is lower: where the page before ended."""


NO_FLAGS: Mapping[str, str] = {}


class Store(Protocol):
    """What must outlive the server. Each call is one transaction: done, or nothing of it. Times are aware and UTC.

    A disk that takes no more raises StoreFull; an id that is not there gives None where the type says so, else
    KeyError.
    """

    async def close(self) -> None: ...

    # people
    async def add_user(self, user: User) -> None:
        """Raises Conflict where the e-mail is taken."""
        ...

    async def user(self, id: str) -> User | None: ...
    async def user_by_email(self, email: str) -> User | None: ...
    async def users(self) -> tuple[User, ...]: ...
    async def set_password(self, user: str, hash: str, keep: str = "") -> None:
        """Also ends their sign-ins at once, but for the one with the id `keep`."""
        ...

    async def set_role(self, user: str, role: Role, audit: AuditEntry) -> None:
        """Raises LastAdmin, however many try at once."""
        ...

    async def disable_user(self, user: str, audit: AuditEntry) -> None:
        """Also ends their sign-ins and tokens at once. Raises LastAdmin, however many try at once."""
        ...

    async def enable_user(self, user: str, audit: AuditEntry) -> None:
        """They may sign in again; what ended stays ended."""
        ...

    async def identity(self, issuer: str, subject: str) -> Identity | None: ...
    async def add_identity(self, identity: Identity) -> None:
        """Raises Conflict where the subject is known, or the user is known to that issuer as another."""
        ...

    # groups
    async def add_group(self, group: Group, audit: AuditEntry) -> None:
        """Raises Conflict where the name is taken."""
        ...

    async def rename_group(self, group: str, name: str, audit: AuditEntry) -> None:
        """Raises Conflict where the name is taken."""
        ...

    async def remove_group(self, group: str, audit: AuditEntry) -> None:
        """With its members' places in it and all that it was given; the people stay."""
        ...

    async def group(self, id: str) -> Group | None: ...
    async def groups(self) -> tuple[Group, ...]:
        """By name."""
        ...

    async def group_members(self, group: str) -> tuple[User, ...]:
        """By e-mail, disabled ones too."""
        ...

    async def set_member(self, group: str, user: str, member: bool, audit: AuditEntry) -> bool:
        """Put somebody in, or out; False where that was so already, and nothing is recorded."""
        ...

    async def groups_of(self, user: str) -> tuple[str, ...]:
        """Ids of the groups that somebody is in."""
        ...

    async def add_sign_in(self, sign_in: SignIn) -> None: ...
    async def sign_in_by_hash(self, hash: str) -> SignIn | None: ...
    async def revoke_sign_in(self, id: str) -> None: ...
    async def add_token(self, token: Token) -> None: ...
    async def token_by_hash(self, hash: str) -> Token | None: ...
    async def use_token(self, id: str, at: datetime) -> bool:
        """Mark it used; for a sign-in link False where it was used before (exactly one caller gets True)."""
        ...

    async def tokens(self, user: str | None = None) -> tuple[Token, ...]:
        """Bearer tokens, newest first."""
        ...

    async def revoke_token(self, id: str) -> bool: ...

    # projects and their drafts
    async def add_project(self, project: Project, snapshot: bytes, grants: tuple[Grant, ...]) -> None: ...
    async def project(self, id: str) -> Project | None: ...
    async def projects(self) -> tuple[Project, ...]:
        """All that are not in the trash, last edited first."""
        ...

    async def trash_project(self, id: str, at: datetime) -> None: ...
    async def trashed_projects(self, since: datetime) -> tuple[Project, ...]:
        """Those put into the trash since then, last trashed first."""
        ...

    async def restore_project(self, id: str, audit: AuditEntry) -> None:
        """Out of the trash again."""
        ...

    async def set_owner(self, project: str, owner: str, audit: AuditEntry) -> None:
        """Hand a project over; who owned it keeps Full access by a grant."""
        ...

    async def draft(self, project: str) -> StoredDraft: ...
    async def append_operations(
        self,
        project: str,
        operations: tuple[StoredOperation, ...],
        title: str,
        description: str,
        draft_hash: str | None,
    ) -> None:
        """Durable when it returns. Raises Conflict where the first seq is not the next one. `draft_hash` None leaves it
        as it is."""
        ...

    async def operations(
        self, project: str, limit: int, *, after: int = 0, before: int | None = None
    ) -> tuple[StoredOperation, ...]:
        """Edits with a number above `after` and below `before`, newest first, compacted ones too."""
        ...

    async def save_snapshot(self, project: str, seq: int, snapshot: bytes, draft_hash: str) -> None:
        """Compact: the log up to `seq` is history from here on, no longer read with the draft."""
        ...

    # versions and publishing
    async def versions(
        self, project: str, limit: int | None = None, *, before: int | None = None, after: int | None = None
    ) -> tuple[Version, ...]:
        """Newest first; `before`, `after`: only those with a lower, a higher number. `after`: the lowest of them."""
        ...

    async def version_with_hash(self, project: str, hash: str) -> int | None:
        """The newest version with that content, by its number."""
        ...

    async def name_version(self, project: str, number: int, title: str, audit: AuditEntry) -> None:
        """Give a version another title. That is a label beside it: its content and its hash stay what they are."""
        ...

    async def steps(
        self, project: str, limit: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[AuditEntry, ...]:
        """What was done with the versions and is no new version: reverts, versions published again, unpublishing, ended
        sessions. Newest first; `since` included, `until` not."""
        ...

    async def version(self, project: str, number: int) -> tuple[Version, bytes] | None:
        """The record and its `document.canonical`."""
        ...

    async def add_version(self, version: Version, document: bytes, audit: AuditEntry | None = None) -> int:
        """Save one without publishing; `number` of the argument is ignored, the next one is given, and noted in the
        `detail` of the audit entry."""
        ...

    async def add_publish(self, record: PublishRecord, run: RunRecord) -> None: ...
    async def publish(self, id: str) -> PublishRecord | None: ...
    async def open_publishes(self, project: str | None = None) -> tuple[PublishRecord, ...]:
        """Those RUNNING, READY or FAILED, and those PUBLISHED by force whose run is still RUNNING; newest first."""
        ...

    async def set_publish(self, id: str, status: PublishStatus, errors: tuple[PublishError, ...]) -> None: ...
    async def promote(
        self,
        publish: str,
        title: str,
        by: str,
        at: datetime,
        packages: tuple[str, ...],
        python: str,
        audit: AuditEntry,
        flags: Mapping[str, str] = NO_FLAGS,
    ) -> int:
        """The one atomic step of publishing: the pointer moves from `expected_published` to the candidate, which gets
        its number (or `republish` keeps its own); its run's outputs become the published results if the run has
        ended, else there are none for a new version (a version published again keeps its last). A personal version has
        none in any case. `flags`: of each schedule why it does not fit what is published now, "" = it does. Raises
        Conflict, moving nothing, where another version is published by now."""
        ...

    async def set_results(self, project: str, version: int, run: str, audit: AuditEntry | None = None) -> bool:
        """Make a finished run's outputs the published results, only where that version is still the published one and
        is not personal; False otherwise. `audit`: recorded in the same step, if they were."""
        ...

    async def unpublish(self, project: str, audit: AuditEntry) -> None: ...

    # runs
    async def add_run(self, run: RunRecord) -> None: ...
    async def run(self, id: str) -> RunRecord | None: ...
    async def run_statuses(self, ids: Collection[str]) -> dict[str, str]:
        """The status of each of these runs that is there."""
        ...

    async def start_run(self, id: str, at: datetime) -> bool:
        """It runs from now on; False where it has ended or started before."""
        ...

    async def finish_run(
        self,
        id: str,
        status: RunEnd,
        at: datetime,
        cells: bytes,
        message: str,
        *,
        step: RunStep = "ended",
        retry: RunRecord | None = None,
        letters: tuple[Letter, ...] = (),
    ) -> bool:
        """The one way in which a run ends: its record, its log, the published results where it completed and was told
        to update them, `retry`, the attempt that follows, and `letters`, which go into the outbox, all in one step.
        False: it had ended before, and nothing was changed."""
        ...

    async def runs(
        self, project: str, limit: int, offset: int, status: str | None = None, trigger: str | None = None
    ) -> tuple[RunRecord, ...]:
        """Newest first, without `cells`."""
        ...

    async def unfinished_runs(self) -> tuple[RunRecord, ...]: ...

    # schedules
    async def add_schedule(self, schedule: Schedule, audit: AuditEntry) -> None: ...
    async def change_schedule(self, schedule: Schedule, audit: AuditEntry) -> None:
        """Put it in the place of the one of that id."""
        ...

    async def remove_schedule(self, id: str, audit: AuditEntry) -> None:
        """Its runs stay."""
        ...

    async def schedule(self, id: str) -> Schedule | None: ...
    async def schedules(self, project: str) -> tuple[Schedule, ...]:
        """Oldest first."""
        ...

    async def claim_schedule(self, server: str, now: datetime, until: datetime) -> Schedule | None:
        """Take one that is due in hand, however many servers ask: no other sees to it before `until`. None = nothing
        is due."""
        ...

    async def fire(
        self, schedule: Schedule, server: str, run: RunRecord, next_due: datetime | None
    ) -> RunRecord | None:
        """Keep the run for which a claimed schedule was due, as skipped where others of it hold it up, and move it on
        to the next, in one step. None: the claim was lost, and nothing is done."""
        ...

    async def pass_over(self, schedule: Schedule, server: str, next_due: datetime | None, flagged: str) -> bool:
        """Move a claimed schedule on without a run; `flagged`: why its inputs do not fit, "" = they do."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next schedule, or run that waits for a time, is due; None = none is."""
        ...

    async def claim_run(self, server: str, now: datetime) -> RunRecord | None:
        """Take a scheduled run in hand that waits, and not for another of its schedule. None = there is none."""
        ...

    async def release_run(self, id: str) -> None:
        """Whoever comes first may take this run that waits."""
        ...

    async def runs_of_schedule(self, schedule: str, limit: int) -> tuple[RunRecord, ...]:
        """Newest first, without `cells`."""
        ...

    # servers
    async def begin_server(self, server: ServerRecord) -> None:
        """It lives from now on; any other of its home has ended."""
        ...

    async def see_server(self, server: ServerRecord, forget: datetime) -> None:
        """A sign of life; those whose last one is before `forget` are forgotten."""
        ...

    async def end_server(self, id: str) -> None: ...
    async def lost_runs(self, since: datetime) -> tuple[RunRecord, ...]:
        """Unfinished runs in the hands of servers that gave no sign of life since then, oldest first."""
        ...

    # the outbox
    async def add_letters(self, letters: tuple[Letter, ...]) -> None: ...
    async def letter(self, id: str) -> Letter | None: ...
    async def claim_letters(self, server: str, at: datetime, until: datetime, limit: int) -> tuple[Letter, ...]:
        """Take what is due by `at` in hand, longest due first; each goes to one caller, however many ask. Each counts
        as an attempt from now on, and comes due again at `until`."""
        ...

    async def release_letters(self, server: str, at: datetime) -> None:
        """What an earlier life of this server had in hand is due at once."""
        ...

    async def settle_letter(
        self,
        id: str,
        status: LetterStatus,
        at: datetime,
        error: str = "",
        next_attempt: datetime | None = None,
        left_out: tuple[str, ...] = (),
    ) -> None:
        """How an attempt went. A letter that was sent stays so."""
        ...

    async def next_letter(self) -> datetime | None:
        """When the next letter comes due; None = none waits."""
        ...

    async def letters(self, runs: Collection[str]) -> tuple[Letter, ...]:
        """The letters of these runs, in the order in which they were made."""
        ...

    async def outside_addresses(self) -> tuple[OutsideAddress, ...]:
        """In alphabetical order."""
        ...

    async def allow_address(self, address: OutsideAddress, audit: AuditEntry) -> None:
        """Harmless where it is allowed already."""
        ...

    async def forbid_address(self, address: str, audit: AuditEntry) -> bool:
        """False where it was not allowed, and nothing is recorded."""
        ...

    # sessions
    async def save_session(self, session: StoredSession) -> None: ...
    async def session(self, id: str) -> StoredSession | None: ...
    async def sessions_left(self, project: str, owner: str, version: int, since: datetime) -> tuple[StoredSession, ...]:
        """The last app sessions of somebody on a version that were touched since then; newest first, a few."""
        ...

    async def drop_sessions(self, untouched_since: datetime) -> int:
        """Forget app sessions that nobody touched since then; logic sessions stay."""
        ...

    # access
    async def grants(self, project: str) -> tuple[Grant, ...]: ...
    async def set_grants(self, project: str, grants: tuple[Grant, ...], audit: AuditEntry) -> None: ...

    # secrets
    async def secrets(self, *projects: str) -> tuple[StoredSecret, ...]:
        """Of these projects, or of the workspace (""), which comes first; each by name."""
        ...

    async def set_secret(self, secret: StoredSecret, audit: AuditEntry) -> None:
        """Add it, or put it in the place of the one of that name. Raises KeyError where there is no such project."""
        ...

    async def remove_secret(self, project: str, name: str, audit: AuditEntry) -> bool:
        """False where there is none of that name; nothing is recorded then."""
        ...

    # what was done
    async def add_grant(self, project: str, grant: Grant, audit: AuditEntry) -> None:
        """Add one, or raise the principal's own to it; a higher one stays."""
        ...

    async def add_audit(self, entry: AuditEntry) -> None: ...
    async def audit(self, query: AuditQuery, limit: int) -> tuple[AuditEntry, ...]:
        """Newest first. Nothing changes or removes an entry, by whatever way into the database."""
        ...

    async def request_access(self, request: AccessRequest, audit: AuditEntry) -> None:
        """Keep a request, whether the project exists or not; one that is open already stays as it is."""
        ...

    async def open_requests(self, project: str | None = None) -> tuple[AccessRequest, ...]:
        """Oldest first."""
        ...

    async def decide_request(
        self, id: str, by: str, at: datetime, access: Access | None, audit: AuditEntry
    ) -> AccessRequest:
        """Accept an open request with that access, which never lowers what was granted; None declines it. Raises
        Conflict where somebody decided it before."""
        ...

    # embeds
    async def embed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may show this workspace's apps (`core.embedding.origin`)."""
        ...

    async def set_embed_origins(self, origins: tuple[str, ...], audit: AuditEntry) -> None: ...
    async def add_embed_link(self, link: EmbedLink, now: datetime, audit: AuditEntry | None) -> None:
        """Keep it until it is used or expires; those that have expired are forgotten."""
        ...

    async def use_embed_link(self, hash: str, at: datetime) -> EmbedLink | None:
        """Take it: exactly one caller gets it, and nobody once it has expired."""
        ...

    # answers to repeated requests
    async def remember_answer(
        self, owner: str, key: str, fingerprint: str, status: int, body: bytes, at: datetime
    ) -> None: ...
    async def remembered_answer(self, owner: str, key: str, at: datetime) -> tuple[str, int, bytes] | None:
        """(fingerprint, status, body) of the first request under that Idempotency-Key, for a day after it."""
        ...
