"""The outbox: sends the letters that are due, one long-lived task.

    due ──claim──► in hand ──attempt──► SENT | WITHHELD | FAILED
                      ▲                   │ later may do
                      └──── next attempt ─┘

Each attempt begins with the question whether the recipient may have the letter *now*; what it says is written then,
from what the run left. A letter is settled as soon as its receiver has accepted it: only a crash between those two
sends it again, under the same id. While it is in hand no other server takes it.

Left alone: what calls for letters (`letters`, `core.notifications`), their text (`core.letters`), the protocols
(`delivery`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from vernissage.actors.connection import Viewer
from vernissage.actors.letters import Letters
from vernissage.actors.passes import Passes
from vernissage.actors.permissions import Permissions
from vernissage.actors.rooms import Rooms
from vernissage.core.access import Access, includes, see_cells
from vernissage.core.document import Cell, Document, placed
from vernissage.core.letters import (
    Facts,
    caption,
    compose,
    csv_name,
    facts,
    grouped,
    moment,
    table_of,
    webhook,
)
from vernissage.core.notifications import (
    TABLE_MIME,
    Call,
    EmailNotification,
    Leave,
    Notification,
    OnCondition,
    ToAddress,
    ToPerson,
    ToWebhook,
    WebhookNotification,
    next_attempt,
)
from vernissage.core.operations import Refused
from vernissage.core.outputs import CellRun, DisplayOutput, decode_cells
from vernissage.ports import (
    Attachment,
    Camera,
    Clock,
    Letter,
    Mail,
    MailSender,
    NoPicture,
    NotSent,
    Project,
    RunRecord,
    Store,
    StoreFull,
    TableReader,
    WebhookSender,
)
from vernissage_kernel.frames import TableQuery

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Letters in hand at the same time."""

IN_HAND = timedelta(minutes=10)
"""How long a claim holds: longer than any attempt takes."""

LOOK = 30.0
"""Seconds between two looks for letters that another server's run has called for."""

MOST_ROWS = 100_000
"""Rows of a table that comes along as CSV."""

PICTURES_KEPT = 4


class Limits(msgspec.Struct, frozen=True):
    """How letters are sent here; settings say."""

    base_url: str
    """How people reach this server."""
    own_url: str
    """How this server reaches itself."""
    workspace: str = "main"
    workspace_name: str = "Workspace"
    bytes_along: int = 10_000_000
    """Of picture and tables of one letter together."""
    first_wait: float = 30.0
    """Seconds before the second attempt."""
    outside: bool = True
    """Addresses outside that an admin has allowed get letters."""


class Outbox:
    def __init__(
        self,
        *,
        store: Store,
        rooms: Rooms,
        tables: TableReader,
        permissions: Permissions,
        passes: Passes,
        letters: Letters,
        mail: MailSender,
        webhooks: WebhookSender,
        camera: Camera,
        clock: Clock,
        chance: Callable[[], float],
        key: bytes,
        server: str,
        limits: Limits,
    ) -> None:
        """`server`: the same at each start on the same data; what it had in hand at its end is taken up again."""
        self._store = store
        self._rooms = rooms
        self._tables = tables
        self._permissions = permissions
        self._passes = passes
        self._letters = letters
        self._mail = mail
        self._webhooks = webhooks
        self._camera = camera
        self._clock = clock
        self._chance = chance
        self._key = key
        self._server = server
        self._limits = limits
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._pictures: dict[str, bytes] = {}
        self._taking = asyncio.Lock()

    # --- the task

    def wake(self) -> None:
        """There may be letters that are due."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        await self._store.release_letters(self._server, self._clock.now())
        while True:
            self._wake.clear()
            await self._claim()
            await self._rest()

    async def _claim(self) -> None:
        free = AT_ONCE - len(self._sending)
        if free <= 0:
            return
        now = self._clock.now()
        try:
            found = await self._store.claim_letters(self._server, now, now + IN_HAND, free)
        except StoreFull:
            log.exception("letters wait until the disk has room")
            await self._clock.sleep(5)
            return
        for letter in found:
            task = asyncio.create_task(self._send(letter), name=f"letter {letter.id[:8]}")
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a letter could not be dealt with; it comes due again", exc_info=error)

    async def _rest(self) -> None:
        """Until there may be something to do."""
        due = await self._store.next_letter()
        wait = LOOK if due is None else min(LOOK, (due - self._clock.now()).total_seconds())
        if wait <= 0:
            if len(self._sending) < AT_ONCE:
                return
            wait = LOOK  # one of those in hand wakes us
        waiting = asyncio.create_task(self._wake.wait())
        sleeping = asyncio.create_task(self._clock.sleep(wait))
        try:
            await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (waiting, sleeping):
                one.cancel()
            await asyncio.gather(waiting, sleeping, return_exceptions=True)

    async def close(self) -> None:
        """The server stops: what is in hand has a moment to be settled, else it comes due again."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=5)
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    # --- one letter

    async def try_out(self, project: Project, run: str | None, notification: Notification) -> tuple[Letter, ...]:
        """[NOT40] Send a test letter to everybody whom a notification means, once; how each went."""
        now = self._clock.now()
        made = await self._letters.made(project.id, run, notification, Call("TEST"), now)
        held = tuple(
            msgspec.structs.replace(one, next_attempt=now + IN_HAND, attempts=1, claimed_by=self._server)
            for one in made
        )
        await self._store.add_letters(held)
        await asyncio.gather(*(self._send(letter) for letter in held))
        return tuple([found for one in held if (found := await self._store.letter(one.id)) is not None])

    async def _send(self, letter: Letter) -> None:
        """One attempt."""
        left_out: tuple[str, ...] = ()
        try:
            refused, left_out = await self._attempt(letter)
        except NotSent as error:
            await self._failed(letter, error)
            return
        if refused is not None:
            await self._settle(letter, "WITHHELD", refused.sentence)
            return
        await self._settle(letter, "SENT", "", left_out=left_out)

    async def _failed(self, letter: Letter, error: NotSent) -> None:
        now = self._clock.now()
        again = None
        if error.again and letter.cause != "TEST":
            again = next_attempt(letter.attempts, letter.created_at, now, self._limits.first_wait, self._chance())
            if again is not None and error.after:
                again = max(again, now + timedelta(seconds=error.after))
        if again is not None:
            await self._settle(letter, "PENDING", str(error), next_attempt=again)
        else:
            await self._settle(letter, "FAILED", str(error))

    async def _settle(
        self,
        letter: Letter,
        status: str,
        error: str,
        *,
        next_attempt: datetime | None = None,
        left_out: tuple[str, ...] = (),
    ) -> None:
        """Say how it went, and go on saying so while the disk takes nothing: a letter that was sent is not sent again
        for want of a note."""
        while True:
            try:
                await self._store.settle_letter(
                    letter.id, status, self._clock.now(), error, next_attempt, left_out  # type: ignore[arg-type]
                )  # fmt: skip
            except StoreFull:
                await self._clock.sleep(5)
            else:
                return

    async def _attempt(self, letter: Letter) -> tuple[Refused | None, tuple[str, ...]]:
        """Why it may not be had, or (None, what was left out) once it is accepted. Raises NotSent."""
        project = await self._store.project(letter.project)
        if project is None or project.trashed_at is not None:
            return Refused("The project is in the trash."), ()
        access = await self._access(project, letter)
        if isinstance(access, Refused):
            return access, ()
        run = await self._store.run(letter.run) if letter.run is not None else None
        if run is not None and run.version != project.published and not includes(access, "CAN_VIEW"):
            return Refused(
                "The version that ran is not the published one any more, which is all that they may see."
            ), ()
        document = await self._document(project, run)
        if document is None:
            return Refused("The version that ran cannot be read any more."), ()
        cells = decode_cells(run.cells) if run is not None else {}
        known = self._facts(project, document, run, cells, letter, access)
        match letter.notification, letter.recipient:
            case EmailNotification() as notification, ToPerson(id):
                user = await self._store.user(id)
                assert user is not None
                return None, await self._mail_to(user.email, letter, notification, known, document, run, cells)
            case EmailNotification() as notification, ToAddress(address):
                return None, await self._mail_to(address, letter, notification, known, document, run, cells)
            case WebhookNotification() as notification, ToWebhook(url):
                await self._post_to(url, letter, notification, known)
                return None, ()
            case _:
                return Refused("The letter is of a kind that goes nowhere."), ()

    async def _access(self, project: Project, letter: Letter) -> Access | Refused:
        """[NOT14] What the recipient may see of the project now."""
        match letter.recipient:
            case ToPerson(id):
                user = await self._store.user(id)
                if user is None or user.disabled:
                    return Refused("Their account is disabled.")
                viewer = Viewer(user.id, user.name, user.id, user.email, user.role)
                access = await self._permissions.level(project, viewer)
                return access or Refused(f"{user.name} has no access to the app.")
            case ToAddress(address):
                refused = (await self.leave()).refuses(address)
                return refused or "APP_ONLY"
            case ToWebhook():
                return "APP_ONLY"
            case never:
                assert_never(never)

    async def leave(self) -> Leave:
        """Which addresses outside may get letters now."""
        known = await self._store.outside_addresses()
        return Leave(self._limits.outside, frozenset(one.address for one in known))

    async def _document(self, project: Project, run: RunRecord | None) -> Document | None:
        version = run.version if run is not None else project.published
        if version is None:
            return await self._rooms.draft_document(project.id) if run is None else None
        return await self._rooms.version_document(project.id, version)

    def _facts(
        self,
        project: Project,
        document: Document,
        run: RunRecord | None,
        cells: Mapping[str, CellRun],
        letter: Letter,
        access: Access,
    ) -> Facts:
        limits = self._limits
        here = f"{limits.base_url}/{limits.workspace}"
        on = letter.notification.on
        about: dict[str, object] = {"app_url": f"{here}/app/{project.id}/latest"}
        if run is not None:
            about |= {"status": run.status, "message": run.message, "version": run.version}
            about["run_url"] = f"{here}/app/{project.id}/runs/{run.id}"
            if includes(access, "CAN_VIEW"):
                about["log_url"] = f"{here}/project/{project.id}/runs#{run.id}"
            if run.ended_at is not None:
                about["at"] = moment(run.ended_at, document.timezone)
                if run.started_at is not None:
                    about["seconds"] = (run.ended_at - run.started_at).total_seconds()
        return facts(
            document,
            cells,
            access,
            on=on if isinstance(on, OnCondition) else None,
            workspace=limits.workspace_name,
            cause=letter.cause,
            **about,
        )

    # --- e-mail

    async def _mail_to(
        self,
        address: str,
        letter: Letter,
        notification: EmailNotification,
        known: Facts,
        document: Document,
        run: RunRecord | None,
        cells: Mapping[str, CellRun],
    ) -> tuple[str, ...]:
        """Write it and hand it over; what was left out."""
        if not self._mail.ready:
            raise NotSent("This server sends no e-mail: an admin has to set a mail server and a sender.", again=True)
        left_out: list[str] = []
        room = self._limits.bytes_along
        picture = await self._picture(notification, run, room, left_out)
        room -= len(picture or b"")
        files, lines = await self._files(notification, document, cells, room, left_out)
        text = compose(
            known, notification, attached=lines, left_out=tuple(left_out), picture=picture is not None
        )  # fmt: skip
        await self._mail.send(
            Mail(letter.id, address, letter.created_at, text.subject, text.plain, text.html, picture, files)
        )
        return tuple(left_out)

    async def _picture(
        self, notification: EmailNotification, run: RunRecord | None, room: int, left_out: list[str]
    ) -> bytes | None:
        """[NOT16] The app as the run left it, as somebody with App only sees it."""
        if not notification.picture:
            return None
        if run is None or not run.cells:
            left_out.append("The picture of the app was left out: there are no results to show.")
            return None
        try:
            found = await self._taken(run)
        except NoPicture as error:
            left_out.append(f"The picture of the app was left out: {error}.")
            return None
        if len(found) > room:
            left_out.append("The picture of the app was left out: it is too large for an e-mail.")
            return None
        return found

    async def _taken(self, run: RunRecord) -> bytes:
        """The picture of a run, which all its letters share. Raises NoPicture."""
        async with self._taking:
            if run.id not in self._pictures:
                page = f"{self._limits.own_url}/{self._limits.workspace}/app/{run.project}/runs/{run.id}"
                taken = await self._camera.take(f"{page}?pass={self._passes.give(run.id)}")
                self._pictures[run.id] = taken
                while len(self._pictures) > PICTURES_KEPT:
                    del self._pictures[next(iter(self._pictures))]
            return self._pictures[run.id]

    async def _files(
        self,
        notification: EmailNotification,
        document: Document,
        cells: Mapping[str, CellRun],
        room: int,
        left_out: list[str],
    ) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
        """[NOT17] The tables that come along, and a line for each. Only those that the app shows, as it shows them."""
        seen = see_cells("app", document, cells, "APP_ONLY")
        shown = placed(document)
        files: list[Attachment] = []
        lines: list[str] = []
        for id in dict.fromkeys(notification.tables):
            cell = document.cell(id)
            if cell is None or id not in shown:
                left_out.append("A table was left out: the app does not show it any more.")
                continue
            name = caption(cell)
            table = table_of(seen, id)
            if table is None:
                left_out.append(f"{name} was left out: it shows no table now.")
                continue
            total = int(table.data[TABLE_MIME]["total"])
            if total > MOST_ROWS:
                left_out.append(f"{name} was left out: it has {grouped(total)} rows, more than {grouped(MOST_ROWS)}.")
                continue
            try:
                data = await self._csv(table, total, room)
            except KeyError:
                left_out.append(f"{name} was left out: its rows are not kept any more.")
                continue
            if data is None:
                left_out.append(f"{name} ({grouped(total)} rows) was left out: it is too large for an e-mail.")
                continue
            room -= len(data)
            files.append(self._file(cell, data, files))
            lines.append(f"{files[-1].name} ({grouped(total)} {'row' if total == 1 else 'rows'})")
        return tuple(files), tuple(lines)

    async def _csv(self, table: DisplayOutput, total: int, room: int) -> bytes | None:
        """All rows; None where they take more than `room` bytes. Raises KeyError where they are gone."""
        head, kept = table.data[TABLE_MIME], table.blobs.get(TABLE_MIME)
        if kept is None and len(head["rows"]) < total:
            raise KeyError(total)
        query = TableQuery()
        data = bytearray()
        async for piece in self._tables.csv(kept.hash, query) if kept else self._tables.csv_of_head(head, query):
            data += piece
            if len(data) > room:
                return None
        return bytes(data)

    def _file(self, cell: Cell, data: bytes, before: list[Attachment]) -> Attachment:
        return Attachment(csv_name(cell, frozenset(file.name for file in before)), "text/csv", data)

    # --- webhooks

    def secret(self, project: str) -> bytes:
        """[NOT30] With what this project's webhooks are signed. It is made of the server's key, and kept nowhere."""
        return hmac.digest(self._key, b"webhook:" + project.encode(), hashlib.sha256)

    async def _post_to(self, url: str, letter: Letter, notification: WebhookNotification, known: Facts) -> None:
        body = webhook(
            known,
            notification,
            letter=letter.id,
            project=letter.project,
            run=letter.run,
            created_at=letter.created_at.isoformat(),
        )
        await self._webhooks.post(
            url,
            msgspec.json.encode(body),
            id=letter.id,
            at=self._clock.now(),
            secret=self.secret(letter.project),
        )
