"""The outbox: letters reach a real mail server and a real receiver, however often it takes, and nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.support.post import Arrival, Call, MailServer, Receiver
from tests.support.worlds import WAITS, World
from vernissage.actors.letters import Letters
from vernissage.actors.outbox import Limits, Outbox
from vernissage.actors.passes import Passes
from vernissage.actors.runner import Runner
from vernissage.core.document import (
    Column,
    Document,
    Element,
    InputCell,
    Layout,
    NumberInput,
    PythonCell,
    Row,
    Tab,
    TableCell,
    ValueCell,
)
from vernissage.core.notifications import (
    EmailNotification,
    Notification,
    OnCondition,
    OnEnd,
    ToPerson,
    WebhookNotification,
)
from vernissage.delivery import Chromium, Smtp, Webhooks
from vernissage.delivery.smtp import Server
from vernissage.ports import AuditEntry, Grant, Group, Letter, OutsideAddress, Project, RunRecord, Store, User
from vernissage.web.tables import StoredTables

pytestmark = pytest.mark.anyio

LOAD = """
import pandas as pd
canary_frame = pd.DataFrame({"x": range(n), "y": ["a,b"] * n})
if n == 13:
    raise ValueError("canary_exception")
"""

DOCUMENT = Document(
    title="Penguins",
    cells=(
        InputCell("n", label="N", input=NumberInput(name="n", default=3)),
        PythonCell("load", "Hidden canary", LOAD),
        TableCell("rows", "All rows", "canary_frame"),
        ValueCell("count", "Count", "len(canary_frame)"),
    ),
    app=Layout((Tab("", (Row((Column(0, 120, (Element("n"), Element("rows"), Element("count"))),)),)),)),
)


@dataclass
class Office:
    """A project with an app, its runs, and where their letters go."""

    world: World
    post: MailServer
    hook: Receiver
    outbox: Outbox
    runner: Runner
    project: Project

    async def run(self, *notifications: Notification, n: int = 3) -> RunRecord:
        """A run of the published version, once it has ended."""
        project = await self.world.read(self.project)
        assert project.published is not None
        record = await self.runner.start(
            project.id, project.published, DOCUMENT, {"n": n}, self.world.ana, notifications=notifications
        )
        async with asyncio.timeout(WAITS):
            await asyncio.wait(set(self.runner._tasks.values()))
        return record

    async def letters(self, run: RunRecord, *, settled: bool = True) -> tuple[Letter, ...]:
        """The run's letters, once each has been tried."""
        async with asyncio.timeout(WAITS):
            while True:
                count = self.world.store.calls["settle_letter"]
                found = tuple(await self.world.store.letters([run.id]))
                if not settled or all(one.status != "PENDING" or one.error for one in found):
                    return found
                await self.world.store.until("settle_letter", count + 1)

    async def arrived(self, where: MailServer | Receiver, count: int) -> list[Any]:
        return await asyncio.to_thread(where.wait, count)

    async def share(self, *grants: tuple[str, Any]) -> None:
        entry = AuditEntry(self.world.clock.now(), "", "share", self.project.id, {}, "test")
        await self.world.store.set_grants(self.project.id, tuple(Grant(*one) for one in grants), entry)


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def opened(world: World, post: MailServer, hook: Receiver, **limits: Any) -> AsyncIterator[Office]:
    store = cast(Store, world.store)
    outbox = Outbox(
        store=store,
        rooms=world.rooms,
        tables=StoredTables(world.blobs),
        permissions=world.permissions,
        passes=Passes(world.clock),
        letters=Letters(store, world.rooms),
        mail=Smtp(Server("127.0.0.1", post.port, "none", sender="Vernissage <post@v.example>")),
        webhooks=Webhooks(private=True),
        camera=Chromium(None),
        clock=world.clock,
        chance=lambda: 0.5,
        key=b"k" * 32,
        server="here",
        limits=Limits(**{"base_url": "https://v.example", "own_url": "", **limits}),
    )
    runner = Runner(store, world.rooms, world.clock, outbox.wake)
    project = await world.project(document=DOCUMENT)
    await world.published(project)
    sending = asyncio.create_task(outbox.run())
    try:
        yield Office(world, post, hook, outbox, runner, project)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await outbox.close()
        await runner.close()


@pytest.fixture
async def office(world: World, post: MailServer, hook: Receiver) -> AsyncIterator[Office]:
    async with opened(world, post, hook) as made:
        yield made


def to_ben(world: World, **more: Any) -> EmailNotification:
    return EmailNotification(users=(world.ben.user,), **more)


async def test_not1_success_and_failure_reach_whom_they_are_for(office: Office) -> None:
    """[NOT1, NOT5] By e-mail and by webhook."""
    await office.share((f"user:{office.world.ben.user}", "APP_ONLY"))
    told = (to_ben(office.world), WebhookNotification(on=OnEnd("FAILURE"), url=office.hook.url))
    good = await office.run(*told)
    (mail,) = await office.arrived(office.post, 1)
    assert (mail.to, str(mail.message["Subject"])) == (["ben@example.org"], "Penguins: new results")
    assert f"https://v.example/main/app/{office.project.id}/runs/{good.id}" in mail.text
    bad = await office.run(*told, n=13)
    mail = (await office.arrived(office.post, 2))[1]
    assert str(mail.message["Subject"]) == "Penguins: the run failed"
    (call,) = await office.arrived(office.hook, 1)
    body = json.loads(call.body)
    assert (body["type"], body["run"]["id"]) == ("run.failed", bad.id)
    assert len(await office.letters(good)) == 1
    letters = await office.letters(bad)
    assert [letter.status for letter in letters] == ["SENT", "SENT"]
    assert [f"<{letter.id}@v.example>" for letter in letters[:1]] == [mail.id]


async def test_not10_no_letter_holds_source_or_an_exception(office: Office) -> None:
    """[NOT10] Not even for somebody with Full access, and nothing of hidden cells for others."""
    await office.share((f"user:{office.world.ben.user}", "APP_ONLY"))
    told = EmailNotification(users=(office.world.ben.user, office.world.ana.user))
    await office.run(told, WebhookNotification(url=office.hook.url), n=13)
    mails = {mail.to[0]: mail for mail in await office.arrived(office.post, 2)}
    (call,) = await office.arrived(office.hook, 1)
    theirs = mails["ben@example.org"]
    for text in (theirs.text, theirs.html, call.body.decode()):
        assert "canary" not in text
        assert "part of this app" in text
    own = mails["ana@example.org"].text
    assert "Hidden canary: This part could not be computed." in own
    assert "canary_exception" not in own and "canary_frame" not in own
    assert "/runs#" in own and "/runs#" not in theirs.text


async def test_not3_a_condition_that_is_met_is_told_with_its_number(office: Office) -> None:
    told = EmailNotification(on=OnCondition("count", "value", ">", 4), users=(office.world.ana.user,))
    rows = EmailNotification(on=OnCondition("rows", "rows", "=", 5), users=(office.world.ana.user,))
    few = await office.run(told, rows, n=3)
    assert await office.letters(few) == ()
    await office.run(told, rows, n=5)
    subjects = {str(mail.message["Subject"]) for mail in await office.arrived(office.post, 2)}
    assert subjects == {
        "Penguins: Count is 5, which is above 4",
        "Penguins: All rows has 5 rows, which is equal to 5",
    }


async def test_not4_a_condition_on_a_cell_that_is_gone_shows_on_the_run(office: Office) -> None:
    gone = EmailNotification(on=OnCondition("gone", "value", ">", 4), users=(office.world.ana.user,))
    (letter,) = await office.letters(await office.run(gone))
    assert (letter.status, letter.error) == ("FAILED", "The cell of the condition is not in the version that ran.")


async def test_not17_tables_come_along_whole_or_are_named_as_left_out(
    world: World, post: MailServer, hook: Receiver
) -> None:
    """[NOT13, NOT16, NOT17] So is a picture that could not be taken."""
    async with opened(world, post, hook, bytes_along=5_000) as office:
        told = EmailNotification(users=(world.ana.user,), tables=("rows",), picture=True)
        run = await office.run(told, n=60)
        (mail,) = await office.arrived(post, 1)
        files = mail.files()
        assert list(files) == ["All-rows.csv"]
        lines = files["All-rows.csv"].decode().splitlines()
        assert lines[0] == '"x","y"' and lines[60] == '59,"a,b"' and len(lines) == 61
        assert "- All-rows.csv (60 rows)" in mail.text
        assert "The picture of the app was left out: there is no Chromium on the server." in mail.text
        (letter,) = await office.letters(run)
        assert letter.left_out == ("The picture of the app was left out: there is no Chromium on the server.",)
        run = await office.run(told, n=2000)
        mail = (await office.arrived(post, 2))[1]
        assert mail.files() == {}
        assert "All rows (2\u202f000 rows) was left out: it is too large for an e-mail." in mail.text


async def test_not14_who_lost_access_gets_nothing_and_the_run_says_so(office: Office) -> None:
    """[NOT14] Asked at sending: no grant, or a disabled account."""
    world = office.world
    ben = to_ben(world)
    assert await office.letters(await office.run(ben)) != ()
    (letter,) = await office.letters(await office.run(ben))
    assert (letter.status, letter.error) == ("WITHHELD", "Ben has no access to the app.")
    await office.share((f"user:{world.ben.user}", "APP_ONLY"))
    (letter,) = await office.letters(await office.run(ben))
    assert letter.status == "SENT"
    entry = AuditEntry(world.clock.now(), "", "disable_user", "", {}, "test")
    await world.store.disable_user(world.ben.user, entry)
    (letter,) = await office.letters(await office.run(ben))
    assert (letter.status, letter.error) == ("WITHHELD", "Their account is disabled.")
    assert len(office.post.seen) == 1


async def test_not14_an_older_version_is_for_those_with_can_view(office: Office) -> None:
    """[NOT14] A letter that waits while another version is published tells App only nothing of the old one."""
    world = office.world
    await office.share((f"user:{world.ben.user}", "APP_ONLY"))
    office.hook.answers = [503]
    run = await office.run(WebhookNotification(url=office.hook.url))
    await office.letters(run)
    await world.store.unpublish(
        office.project.id, AuditEntry(world.clock.now(), "", "unpublish", office.project.id, {}, "test")
    )
    await world.turned.turn(40)
    async with asyncio.timeout(WAITS):
        while (letter := (await office.letters(run))[0]).status == "PENDING":
            await world.store.until("settle_letter", world.store.calls["settle_letter"] + 1)
    assert letter.status == "WITHHELD" and "not the published one any more" in letter.error
    assert len(office.hook.seen) == 1


async def test_not5_a_groups_members_at_the_end_of_the_run_get_letters(office: Office) -> None:
    world = office.world
    entry = AuditEntry(world.clock.now(), "", "add_group", "", {}, "test")
    await world.store.add_group(Group("g1", "Team", world.clock.now()), entry)
    await world.store.set_member("g1", world.ben.user, True, entry)
    await office.share(("group:g1", "APP_ONLY"))
    await office.run(EmailNotification(groups=("g1",), users=(world.ben.user,)))
    (mail,) = await office.arrived(office.post, 1)
    assert mail.to == ["ben@example.org"]
    await world.store.set_member("g1", world.ben.user, False, entry)
    assert await office.letters(await office.run(EmailNotification(groups=("g1",)))) == ()


async def test_not12_an_address_outside_gets_letters_once_an_admin_allows_it(office: Office) -> None:
    told = EmailNotification(addresses=("ida@example.net",))
    (letter,) = await office.letters(await office.run(told))
    assert letter.status == "WITHHELD" and "an admin has to allow it first" in letter.error
    world = office.world
    entry = AuditEntry(world.clock.now(), "", "allow_address", "", {}, "test")
    await world.store.allow_address(OutsideAddress("ida@example.net", world.ana.user, world.clock.now()), entry)
    (letter,) = await office.letters(await office.run(told))
    assert letter.status == "SENT"
    assert office.post.seen[0].to == ["ida@example.net"]


async def test_not22_a_letter_that_waits_is_the_same_letter_when_it_comes(office: Office) -> None:
    """[NOT22, NOT23] Tried again by the clock: one Message-ID, one Idempotency-Key."""
    world = office.world
    office.post.answers = ["451 Try later", "451 Try later", ""]
    office.hook.answers = [500, 429]
    run = await office.run(EmailNotification(users=(world.ana.user,)), WebhookNotification(url=office.hook.url))
    letters = await office.letters(run)
    assert [one.status for one in letters] == ["PENDING", "PENDING"]
    assert letters[0].error == "The mail server refused the letter: 451 Try later"
    assert letters[1].error == "127.0.0.1 answered 500."
    assert [one.next_attempt - world.clock.now() for one in letters] == [timedelta(seconds=30)] * 2
    for seconds, settled in ((31, 4), (61, 6)):
        assert len(office.post.seen) == len(office.hook.seen) == settled // 2 - 1
        await world.turned.turn(seconds)
        await world.store.until("settle_letter", settled)
    mails: list[Arrival] = await office.arrived(office.post, 3)
    calls: list[Call] = await office.arrived(office.hook, 3)
    assert [one.status for one in await office.letters(run)] == ["SENT", "SENT"]
    assert {mail.id for mail in mails} == {f"<{letters[0].id}@v.example>"}
    assert {call.headers["idempotency-key"] for call in calls} == {letters[1].id}
    assert len({call.body for call in calls}) == 1
    await world.turned.turn(100_000)
    assert (len(office.post.seen), len(office.hook.seen)) == (3, 3)


async def test_not24_what_the_receiver_will_never_take_is_given_up_at_once(office: Office) -> None:
    world = office.world
    office.post.recipients["ana@example.org"] = "550 No such user"
    office.hook.answers = [404]
    run = await office.run(EmailNotification(users=(world.ana.user,)), WebhookNotification(url=office.hook.url))
    mail, hook = await office.letters(run)
    assert (mail.status, mail.error) == ("FAILED", "The mail server refused ana@example.org: 550 No such user")
    assert (hook.status, hook.error) == ("FAILED", "127.0.0.1 answered 404.")


async def test_not23_after_a_day_a_letter_is_given_up(office: Office) -> None:
    world = office.world
    office.hook.answers = [500] * 100
    run = await office.run(WebhookNotification(url=office.hook.url))
    (letter,) = await office.letters(run)
    while letter.status == "PENDING":
        settled = world.store.calls["settle_letter"]
        await world.turned.turn((letter.next_attempt - world.clock.now()).total_seconds() + 1)
        await world.store.until("settle_letter", settled + 1)
        (letter,) = await office.letters(run)
    assert letter.status == "FAILED"
    assert 20 < letter.attempts < 40
    assert timedelta(hours=22) < world.clock.now() - letter.created_at <= timedelta(days=1, minutes=1)


async def test_not2_a_run_that_somebody_cancelled_tells_nobody(office: Office) -> None:
    project = await office.world.read(office.project)
    slow = Document(title="Slow", cells=(PythonCell("a", "", "import time\ntime.sleep(100)"),))
    other = await office.world.project(document=slow)
    await office.world.published(other, force=True)
    started = office.world.store.calls["start_run"]
    record = await office.runner.start(
        other.id, 1, slow, {}, office.world.ana, notifications=(WebhookNotification(url=office.hook.url),)
    )
    await office.world.store.until("start_run", started + 1)
    await office.runner.cancel(record)
    found = await office.world.store.run(record.id)
    assert found is not None and found.status == "KILLED"
    assert await office.letters(record) == ()
    assert project.published == 1


async def test_not20_a_run_that_a_stop_cut_off_tells_of_it_after_the_start(office: Office) -> None:
    """[NOT20] Its end is recorded then, and its letters with it."""
    world = office.world
    project = await world.read(office.project)
    record = RunRecord(
        id="cut", project=project.id, version=1, trigger="api", status="RUNNING", inputs={}, by=world.ana.user,
        created_at=world.clock.now(), notifications=(EmailNotification(users=(world.ana.user,)),),
    )  # fmt: skip
    await world.store.add_run(record)
    await office.runner.recover()
    (mail,) = await office.arrived(office.post, 1)
    assert "A run of Penguins was cut off." in mail.text


async def test_not40_a_test_goes_out_once_and_says_how_it_went(office: Office) -> None:
    world = office.world
    project = await world.read(office.project)
    letters = await office.outbox.try_out(
        project, project.results_run, EmailNotification(users=(world.ana.user,), tables=("rows",))
    )
    assert [(one.status, one.recipient) for one in letters] == [("SENT", ToPerson(world.ana.user))]
    (mail,) = await office.arrived(office.post, 1)
    assert "This is a test" in mail.text and list(mail.files()) == ["All-rows.csv"]
    office.hook.answers = [500]
    (letter,) = await office.outbox.try_out(project, None, WebhookNotification(url=office.hook.url))
    assert (letter.status, letter.error) == ("FAILED", "127.0.0.1 answered 500.")


async def test_a_user_without_an_account_any_more_is_not_written_to(office: Office) -> None:
    """A recipient whom nobody knows is withheld, not an error."""
    (letter,) = await office.letters(await office.run(EmailNotification(users=("nobody",))))
    assert letter.status == "WITHHELD"
    assert isinstance(await office.world.store.user(office.world.ana.user), User)
