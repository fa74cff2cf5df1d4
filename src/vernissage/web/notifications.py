"""Notifications over HTTP: in the shape of Hex's public API with ours beside, and the addresses that they may go to.

Whoever sets a notification has checked here that everybody it names may get letters; at sending it is asked again.
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import msgspec
from litestar import Request, delete, get, post

from vernissage.core.access import Access, includes
from vernissage.core.document import Document, PythonCell, SqlCell, TableCell, ValueCell, name_of, placed
from vernissage.core.notifications import (
    EMAIL,
    EmailNotification,
    Measure,
    Notification,
    OnCondition,
    OnEnd,
    ToAddress,
    ToPerson,
    ToWebhook,
    WebhookNotification,
    When,
    check,
    group_access,
    hidden_url,
)
from vernissage.ports import Letter, OutsideAddress, RunRecord, Store
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError, missing
from vernissage.web.guard import Seen, seen_of
from vernissage.web.identity import identify, viewer_of
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp_or_none
from vernissage.wire.rest import (
    AddressBody,
    AddressList,
    ConditionBody,
    DeliveryBody,
    DeliveryList,
    GrantBody,
    NotifiableCell,
    NotificationBody,
    NotificationCheck,
    NotificationDoubts,
    NotificationRequest,
    NotificationSettings,
    NotificationTrial,
    NotificationType,
    RecipientBody,
)

# --- what is asked for ------------------------------------------------------------------------------


async def settable(
    services: Services, seen: Seen, wanted: Sequence[NotificationRequest], document: Document
) -> tuple[Notification, ...]:
    """[NOT6, NOT11, NOT12] What was asked for, as it is kept, where all of it may be. Raises ApiError."""
    notifications = await _read(services, wanted)
    refused = check(notifications, document)
    if refused is not None:
        raise ApiError(422, refused.sentence, "Correct the notification.", field="notifications")
    without, outside = await _doubts(services, seen, notifications)
    if without:
        names = ", ".join(one.name for one in without)
        raise ApiError(
            422,
            f"Recipients need access to the app, and these have none: {names}.",
            "Give them App only first, or leave them out.",
            code="RECIPIENT_WITHOUT_ACCESS",
            field="notifications",
        )
    if outside:
        refusal = (await services.outbox.leave()).refuses(outside[0])
        assert refusal is not None
        raise ApiError(
            422, refusal.sentence, "Ask an admin, or leave it out.", code="ADDRESS_NOT_ALLOWED", field="notifications"
        )
    return notifications


async def _read(services: Services, wanted: Sequence[NotificationRequest]) -> tuple[Notification, ...]:
    found: list[Notification] = []
    for one in wanted:
        found.extend(await _read_one(services, one))
    return tuple(found)


async def _read_one(services: Services, one: NotificationRequest) -> tuple[Notification, ...]:
    if one.slack_channel_ids:
        sentence = "Slack channels cannot be named by their id."
        raise ApiError(422, sentence, "Give the channel's incoming webhook as webhookUrl.", field="notifications")
    formats = (one.screenshot_format,) if isinstance(one.screenshot_format, str) else one.screenshot_format or ()
    if any(format != "png" for format in formats):
        raise ApiError(422, "Pictures of the app are PNG.", "Leave screenshotFormat out.", field="notifications")
    on, subject, body = _when(one), one.subject or "", one.body or ""
    found: list[Notification] = []
    if one.webhook_url:
        found.append(WebhookNotification(on=on, url=one.webhook_url, subject=subject, body=body))
    if one.user_ids or one.group_ids or one.emails or not one.webhook_url:
        users, addresses = await _people(services, one)
        groups = tuple(dict.fromkeys(one.group_ids))
        for group in groups:
            if await services.store.group(group) is None:
                raise ApiError(422, f"There is no group {group}.", "Look it up under /groups.", field="notifications")
        found.append(
            EmailNotification(
                on=on,
                users=users,
                groups=groups,
                addresses=addresses,
                picture=one.include_success_screenshot,
                tables=tuple(dict.fromkeys(one.tables)),
                subject=subject,
                body=body,
            )
        )
    return tuple(found)


def _when(one: NotificationRequest) -> When:
    if one.type != "CONDITION":
        return OnEnd(one.type)
    if one.condition is None:
        sentence = "A notification of type CONDITION takes a condition."
        raise ApiError(422, sentence, "Give cell, measure, operator and bound.", field="notifications")
    condition = one.condition
    return OnCondition(condition.cell, condition.measure, condition.operator, condition.bound)


async def _people(services: Services, one: NotificationRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the people who are meant, and the addresses of nobody here."""
    users: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for id in one.user_ids:
        user = await services.store.user(id)
        if user is None or user.disabled or user.service:
            raise ApiError(422, f"There is nobody {id} who gets letters.", "Look it up.", field="notifications")
        users[id] = None
    for email in one.emails:
        user = await services.store.user_by_email(email.strip())
        if user is not None and not user.service:
            users[user.id] = None
        else:
            addresses[email.strip().lower()] = None
    return tuple(users), tuple(addresses)


async def _doubts(
    services: Services, seen: Seen, notifications: Sequence[Notification]
) -> tuple[tuple[GrantBody, ...], tuple[str, ...]]:
    """Who has no access to the app, and which addresses nobody has allowed."""
    without: dict[str, GrantBody] = {}
    outside: dict[str, None] = {}
    pairs: list[tuple[str, Access]] = [
        (grant.principal, grant.access) for grant in await services.store.grants(seen.project.id)
    ]
    leave = await services.outbox.leave()
    for one in notifications:
        if not isinstance(one, EmailNotification):
            continue
        for id in one.users:
            user = await services.store.user(id)
            if user is not None and await services.permissions.level(seen.project, viewer_of(user)) is None:
                without[f"user:{id}"] = GrantBody(f"user:{id}", "APP_ONLY", user.name)
        for id in one.groups:
            group = await services.store.group(id)
            if group is not None and group_access(pairs, id) is None:
                without[f"group:{id}"] = GrantBody(f"group:{id}", "APP_ONLY", group.name)
        outside |= dict.fromkeys(address for address in one.addresses if leave.refuses(address) is not None)
    return tuple(without.values()), tuple(outside)


# --- what is shown ----------------------------------------------------------------------------------


class Names:
    """Recipients by name, each looked up once."""

    def __init__(self, services: Services, access: Access) -> None:
        self._services = services
        self._edits = includes(access, "CAN_EDIT")
        self._known: dict[str, RecipientBody] = {}

    async def user(self, id: str) -> RecipientBody:
        """A person."""
        if id not in self._known:
            user = await self._services.store.user(id)
            self._known[id] = RecipientBody(id, user.name if user is not None else "Somebody who is gone")
        return self._known[id]

    async def group(self, id: str) -> RecipientBody:
        """A group."""
        group = await self._services.store.group(id)
        return RecipientBody(id, group.name if group is not None else "A group that is gone")

    def url(self, url: str) -> str:
        """[NOT15] A webhook's address, as the one who asks may read it."""
        return url if self._edits else hidden_url(url)


async def shown(
    services: Services, access: Access, notifications: Sequence[Notification]
) -> tuple[NotificationBody, ...]:
    """Notifications as they are set, for somebody with this access."""
    names = Names(services, access)
    return tuple([await _shown(names, one) for one in notifications])


async def _shown(names: Names, one: Notification) -> NotificationBody:
    type, condition = _type(one.on)
    match one:
        case EmailNotification():
            people = [await names.user(id) for id in one.users]
            groups = [await names.group(id) for id in one.groups]
            outside = [RecipientBody(address, address) for address in one.addresses]
            return NotificationBody(
                type=type,
                condition=condition,
                user_ids=one.users,
                group_ids=one.groups,
                emails=one.addresses,
                webhook_url="",
                include_success_screenshot=one.picture,
                tables=one.tables,
                subject=one.subject or None,
                body=one.body or None,
                recipients=(*people, *groups, *outside),
            )
        case WebhookNotification():
            url = names.url(one.url)
            return NotificationBody(
                type=type,
                condition=condition,
                user_ids=(),
                group_ids=(),
                emails=(),
                webhook_url=url,
                include_success_screenshot=False,
                tables=(),
                subject=one.subject or None,
                body=one.body or None,
                recipients=(RecipientBody(url, hidden_url(one.url)),),
            )
        case never:
            assert_never(never)


def _type(on: When) -> tuple[NotificationType, ConditionBody | None]:
    match on:
        case OnEnd(outcome):
            return outcome, None
        case OnCondition(cell, measure, operator, bound):
            return "CONDITION", ConditionBody(cell, measure, operator, bound)
        case never:
            assert_never(never)


async def deliveries(
    services: Services, access: Access, runs: Sequence[RunRecord]
) -> Mapping[str, tuple[DeliveryBody, ...]]:
    """[NOT41] Run → its notifications: each letter with what became of it, and those that it has not called for. Nobody
    below Can view reads who is told."""
    if not includes(access, "CAN_VIEW") or not any(run.notifications for run in runs):
        return {}
    names = Names(services, access)
    letters: dict[str, list[Letter]] = {}
    for letter in await services.store.letters([run.id for run in runs]):
        letters.setdefault(letter.run or "", []).append(letter)
    found: dict[str, tuple[DeliveryBody, ...]] = {}
    for run in runs:
        made = letters.get(run.id, [])
        bodies = [await _delivery(names, letter) for letter in made]
        called = [letter.notification for letter in made]
        for one in run.notifications:
            if one not in called:
                bodies.extend(await _waiting(names, one))
        found[run.id] = tuple(bodies)
    return found


async def set_for(
    services: Services, access: Access, notifications: Sequence[Notification]
) -> tuple[DeliveryBody, ...]:
    """Notifications of a run that has called for no letter yet, recipient by recipient."""
    names = Names(services, access)
    return tuple([body for one in notifications for body in await _waiting(names, one)])


async def was_sent(store: Store, run: RunRecord, user: str) -> bool:
    """Whether a letter of this run was sent to somebody: then they may look at it."""
    if not run.notifications:
        return False
    return any(one.status == "SENT" and one.recipient == ToPerson(user) for one in await store.letters([run.id]))


async def _delivery(names: Names, letter: Letter) -> DeliveryBody:
    kind, recipient = await _recipient(names, letter)
    one = letter.notification
    return DeliveryBody(
        type=_type(one.on)[0],
        recipient_type=kind,
        recipient=recipient,
        include_success_screenshot=isinstance(one, EmailNotification) and one.picture,
        subject=one.subject or None,
        body=one.body or None,
        status=letter.status,
        cause=letter.cause,
        sent_at=stamp_or_none(letter.sent_at),
        error=letter.error or None,
        left_out=letter.left_out,
    )


async def _recipient(names: Names, letter: Letter) -> tuple[Any, RecipientBody]:
    match letter.recipient:
        case ToPerson(id):
            return "USER", await names.user(id)
        case ToAddress(address):
            return "EMAIL", RecipientBody(address, address)
        case ToWebhook(url):
            return "WEBHOOK", RecipientBody(names.url(url), hidden_url(url))
        case never:
            assert_never(never)


async def _waiting(names: Names, one: Notification) -> tuple[DeliveryBody, ...]:
    """A notification that has called for no letter."""
    shown = await _shown(names, one)
    kinds: list[Any] = ["WEBHOOK"]
    if isinstance(one, EmailNotification):
        kinds = [*("USER" for _ in one.users), *("GROUP" for _ in one.groups), *("EMAIL" for _ in one.addresses)]
    return tuple(
        DeliveryBody(shown.type, kind, recipient, shown.include_success_screenshot, shown.subject, shown.body)
        for kind, recipient in zip(kinds, shown.recipients, strict=True)
    )


# --- routes -----------------------------------------------------------------------------------------


@get("/api/v1/projects/{project:str}/notifications", opt={"act": "notify"})
async def show_notification_settings(request: Request[Any, Any, Any], project: str) -> NotificationSettings:
    """What notifications of this project can be: what the server can send, to whom, and how webhooks are signed."""
    services, seen = services_of(request), seen_of(request)
    known = await services.store.outside_addresses()
    secret = base64.b64encode(services.outbox.secret(seen.project.id)).decode()
    return NotificationSettings(
        mail_ready=services.mail_ready,
        pictures_ready=services.pictures_ready,
        outside_addresses=services.outside_addresses,
        allowed_addresses=tuple(one.address for one in known),
        may_allow=(await identify(request)).viewer.role == "admin",
        webhook_secret=f"whsec_{secret}",
        cells=_cells(await _published(services, seen)),
    )


def _cells(document: Document) -> tuple[NotifiableCell, ...]:
    """What conditions may be about, and which tables may come along."""
    shown = placed(document)
    found = []
    for cell in document.cells:
        measures: tuple[Measure, ...] = ()
        match cell:
            case ValueCell():
                measures = ("value",)
            case TableCell() | SqlCell() | PythonCell():
                measures = ("rows",)
            case _:
                continue
        table = measures == ("rows",) and cell.id in shown
        found.append(NotifiableCell(cell.id, name_of(document, cell), measures, table))
    return tuple(found)


@post("/api/v1/projects/{project:str}/notifications/check", opt={"act": "notify"}, status_code=200)
async def check_notifications(
    request: Request[Any, Any, Any], project: str, data: NotificationCheck
) -> NotificationDoubts:
    """What stands against setting these: who has no access to the app, which addresses nobody has allowed."""
    services, seen = services_of(request), seen_of(request)
    notifications = await _read(services, data.notifications)
    refused = check(notifications, await _published(services, seen))
    without, outside = await _doubts(services, seen, notifications)
    return NotificationDoubts(refused.sentence if refused is not None else None, without, outside)


@post("/api/v1/projects/{project:str}/notifications/test", opt={"act": "notify", "account": True}, status_code=200)
async def try_notification(request: Request[Any, Any, Any], project: str, data: NotificationTrial) -> DeliveryList:
    """[NOT40] Try one out: a letter about the published results goes to whoever asks, or to the webhook."""
    services, seen = services_of(request), seen_of(request)
    viewer = (await identify(request)).viewer
    wait = services.pace.wait(f"test notification {viewer.user}", "ask")
    if wait:
        sentence = "You have tried many notifications out within the last minute."
        raise ApiError(429, sentence, f"Try again in {wait} s.", headers={"Retry-After": str(wait)})
    own = () if data.notification.webhook_url else (viewer.user,)
    wanted = msgspec.structs.replace(data.notification, user_ids=own, group_ids=(), emails=())
    (notification,) = await settable(services, seen, (wanted,), await _published(services, seen))
    letters = await services.outbox.try_out(seen.project, seen.project.results_run, notification)
    names = Names(services, seen.access)
    return DeliveryList(tuple([await _delivery(names, letter) for letter in letters]))


async def _published(services: Services, seen: Seen) -> Document:
    """The document that notifications speak of: the published version, else the draft."""
    if seen.project.published is not None:
        found = await services.rooms.version_document(seen.project.id, seen.project.published)
        if found is not None:
            return found
    return await services.rooms.draft_document(seen.project.id)


@get("/api/v1/outside-addresses", opt={"act": "manage_people"})
async def list_addresses(request: Request[Any, Any, Any]) -> AddressList:
    """The addresses of nobody here to which letters may go."""
    known = await services_of(request).store.outside_addresses()
    return AddressList(tuple(AddressBody(one.address) for one in known))


@post("/api/v1/outside-addresses", opt={"act": "manage_people"})
async def allow_address(request: Request[Any, Any, Any], data: AddressBody) -> AddressBody:
    """[NOT12] Let letters go to an address of nobody here."""
    services = services_of(request)
    address = data.address.strip().lower()
    if not EMAIL.fullmatch(address):
        raise ApiError(
            422, f"{data.address!r} is no e-mail address.", "Write it like ana@example.com.", field="address"
        )
    who = (await identify(request)).viewer.user
    allowed = OutsideAddress(address, who, services.clock.now())
    await services.store.allow_address(allowed, await entry(request, "allow_address", address=address))
    return AddressBody(address)


@delete("/api/v1/outside-addresses/{address:str}", opt={"act": "manage_people"}, status_code=204)
async def forbid_address(request: Request[Any, Any, Any], address: str) -> None:
    """[NOT12] Let no more letters go there."""
    known = address.strip().lower()
    forbidden = await entry(request, "forbid_address", address=known)
    if not await services_of(request).store.forbid_address(known, forbidden):
        raise missing()
