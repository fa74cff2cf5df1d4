"""A server that is killed while it sends: each letter arrives, as the same letter, and once more only where it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app import PLAIN, Site, until
from tests.support.post import MailServer, Receiver
from tests.support.server import RunningServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, post: MailServer) -> Iterator[Site]:
    """A server to be killed, with a published project."""
    environ = {
        **post.settings(),
        "VERNISSAGE_WEBHOOK_PRIVATE": "true",
        "VERNISSAGE_NOTIFICATION_RETRY_SECONDS": "1",
        "VERNISSAGE_CHROMIUM": "none",
    }
    data: Path = tmp_path_factory.mktemp("office") / "data"
    with RunningServer(data, environ=environ) as server:
        site = Site(server)
        try:
            site.meet_admin()
            answer = site.program("admin").post("/api/v1/projects/import", content=PLAIN.encode())
            site.private = answer.json()["id"]
            site.program("admin").post(f"/api/v1/projects/{site.private}/publish", json={"force": True})
            yield site
        finally:
            site.close()


def run(site: Site, notification: dict[str, str | list[str]]) -> None:
    started = site.program("admin").post(
        f"/api/v1/projects/{site.private}/runs", json={"notifications": [notification]}
    )
    assert started.status_code == 201, started.text


def test_not22_killed_after_a_letter_was_given_and_before_it_was_accepted(office: Site, post: MailServer) -> None:
    """[NOT20, NOT21, NOT22] The mail server has it all and says nothing: after the start it comes again, the same."""
    begun = len(post.seen)
    post.goes.clear()
    run(office, {"emails": [office.people["admin"].email]})
    (first,) = post.wait(begun + 1)[begun:]
    office.server.kill()
    post.goes.set()
    office.server.start()
    again = post.wait(begun + 2)[begun + 1]
    assert again.id == first.id and again.text == first.text
    # Accepted and noted: no start sends it once more.
    _settled(office)
    office.server.kill()
    office.server.start()
    run(office, {"emails": [office.people["admin"].email]})
    other = post.wait(begun + 3)[begun + 2]
    assert other.id != first.id
    _settled(office)
    assert len(post.seen) == begun + 3


def test_not22_killed_while_a_webhook_waits_for_its_next_attempt(office: Site, hook: Receiver) -> None:
    """[NOT21, NOT22] The letter is not lost, and every attempt has its key."""
    begun = len(hook.seen)
    hook.answers = [503]
    run(office, {"webhookUrl": hook.url})
    (first,) = hook.wait(begun + 1)[begun:]
    _settled(office, "PENDING")
    office.server.kill()
    office.server.start()
    second = hook.wait(begun + 2)[begun + 1]
    assert second.headers["idempotency-key"] == first.headers["idempotency-key"]
    assert second.body == first.body
    _settled(office)
    assert len(hook.seen) == begun + 2


def test_not22_killed_in_the_middle_of_a_webhooks_second_attempt(office: Site, hook: Receiver) -> None:
    begun = len(hook.seen)
    hook.answers = [503]
    run(office, {"webhookUrl": hook.url})
    hook.wait(begun + 1)
    hook.goes.clear()
    hook.wait(begun + 2)
    office.server.kill()
    hook.goes.set()
    office.server.start()
    calls = hook.wait(begun + 3)[begun:]
    assert len({call.headers["idempotency-key"] for call in calls}) == 1
    _settled(office)
    assert len(hook.seen) == begun + 3


def _settled(site: Site, status: str = "SENT") -> None:
    """Wait until what became of the latest run's letter is kept."""
    runs = f"/api/v1/projects/{site.private}/runs"

    def state() -> bool:
        (letter,) = (
            site.program("admin").get(runs, params={"runTriggerFilter": "API"}).json()["runs"][0]["notifications"]
        )
        return bool(letter["status"] == status and (status == "SENT" or letter["error"]))

    until(state)
