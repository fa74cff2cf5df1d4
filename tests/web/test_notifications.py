"""Notifications over HTTP: set, refused, tried out, told of; and letters that tell nobody too much."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.support.app import Site, until
from tests.support.post import MailServer, Receiver
from tests.support.server import RunningServer
from vernissage.delivery import find_chromium


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
    """A server of its own: it sends letters."""
    environ = {**post.settings(), "VERNISSAGE_WEBHOOK_PRIVATE": "true"}
    with RunningServer(tmp_path_factory.mktemp("office") / "data", environ=environ) as server:
        site = Site(server)
        try:
            site.settle()
            yield site
        finally:
            site.close()


def call(site: Site, name: str, method: str, path: str, body: Any = None) -> httpx2.Response:
    return site.program(name).request(method, f"/api/v1/projects/{site.private}{path}", json=body)


def run(site: Site, *notifications: dict[str, Any], name: str = "olga") -> dict[str, Any]:
    """A run with these notifications, once it has ended."""
    started = call(site, name, "POST", "/runs", {"notifications": list(notifications)})
    assert started.status_code == 201, started.text
    id = started.json()["runId"]
    until(lambda: call(site, name, "GET", f"/runs/{id}").json()["status"] not in ("PENDING", "RUNNING"))
    found: dict[str, Any] = call(site, name, "GET", f"/runs/{id}").json()
    return found


def told(site: Site, id: str, name: str = "olga") -> list[dict[str, Any]]:
    """What became of a run's letters, once each is settled."""

    def deliveries() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = call(site, name, "GET", f"/runs/{id}").json()["notifications"]
        return found

    until(lambda: all(one["status"] != "PENDING" for one in deliveries()), within=90)
    return deliveries()


@pytest.mark.slow
def test_not16_a_letter_holds_a_picture_of_the_app_and_nothing_hidden(
    office: Site, post: MailServer, hook: Receiver
) -> None:
    """[NOT10, NOT16, NOT18] In the e-mail and its files, in the webhook, and in the page that the picture is of."""
    begun = len(post.seen)
    people = [office.people["apple"], office.people["victor"]]
    done = run(
        office,
        {"emails": [one.email for one in people], "includeSuccessScreenshot": True, "tables": ["rows"]},
        {"webhookUrl": hook.url},
    )
    deliveries = told(office, done["runId"])
    assert [one["status"] for one in deliveries] == ["SENT"] * 3
    mails = {mail.to[0]: mail for mail in post.wait(begun + 2)[begun:]}
    theirs = mails[people[0].email]
    assert list(theirs.files()) == ["All-rows.csv"]
    assert len(theirs.files()["All-rows.csv"].splitlines()) == 3001
    for text in (theirs.text, theirs.html, theirs.files()["All-rows.csv"].decode(), hook.wait(1)[0].body.decode()):
        assert "canary" not in text
    assert "canary_exception" not in mails[people[1].email].text
    if find_chromium("") is None:
        assert "there is no Chromium on the server" in theirs.text
        pytest.skip("there is no Chromium here: the letter went without its picture, and said so")
    data = theirs.picture()
    assert data is not None and data == mails[people[1].email].picture()
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    assert picture.size[0] == 1200 and picture.size[1] > 800
    colours = picture.getcolors(1 << 24)
    assert colours is not None and len(colours) > 30, "the picture is blank"
    # Words and lines all the way down, not only at the top.
    for part in range(3):
        height = picture.size[1] // 3
        strip = picture.crop((0, part * height, 1200, (part + 1) * height)).getcolors(1 << 24)
        assert strip is not None and len(strip) > 5, part


def test_not16_a_pass_opens_one_runs_page_and_nobody_can_guess_one(office: Site) -> None:
    id = call(office, "olga", "GET", "/runs").json()["runs"][0]["runId"]
    page = f"/main/app/{office.private}/runs/{id}"
    assert office.program().get(page, params={"pass": "guess"}, follow_redirects=False).status_code == 401
    assert office.program().get(page, params={"pass": ""}, follow_redirects=False).status_code == 401


def test_not11_recipients_without_access_are_named_before_anything_is_set(office: Site) -> None:
    """[NOT11, NOT12] And whoever asks can be told whom to grant what."""
    sam = office.people["sam"]
    wanted = {"notifications": [{"emails": [sam.email, "ida@example.net"]}]}
    refused = call(office, "olga", "POST", "/runs", wanted)
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "RECIPIENT_WITHOUT_ACCESS"
    assert "have none: Sam" in refused.json()["error"]["message"]
    doubts = call(office, "edith", "POST", "/notifications/check", wanted).json()
    assert doubts["withoutAccess"] == [{"principal": f"user:{sam.id}", "access": "APP_ONLY", "name": "Sam"}]
    assert doubts["notAllowed"] == ["ida@example.net"]
    outside = {"notifications": [{"emails": ["Ida@example.net"]}]}
    refused = call(office, "olga", "POST", "/runs", outside)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ADDRESS_NOT_ALLOWED")
    addresses = "/api/v1/outside-addresses"
    assert office.program("olga").post(addresses, json={"address": "ida@example.net"}).status_code == 403
    assert office.program("admin").post(addresses, json={"address": "ida"}).status_code == 422
    assert office.program("admin").post(addresses, json={"address": "Ida@example.net"}).status_code == 201
    assert office.program("admin").get(addresses).json() == {"values": [{"address": "ida@example.net"}]}
    assert call(office, "olga", "POST", "/runs", outside | {"dryRun": True}).status_code == 201
    assert office.program("admin").delete(f"{addresses}/ida@example.net").status_code == 204
    assert office.program("admin").delete(f"{addresses}/ida@example.net").status_code == 404
    assert call(office, "olga", "POST", "/runs", outside).status_code == 422


@pytest.mark.parametrize(
    ("notification", "said"),
    [
        ({"emails": []}, "for nobody"),
        ({"emails": ["sam"]}, "no e-mail address"),
        ({"userIds": ["nobody"]}, "There is nobody nobody"),
        ({"groupIds": ["none"]}, "There is no group none"),
        ({"slackChannelIds": ["C01"]}, "cannot be named by their id"),
        ({"webhookUrl": "ftp://x"}, "https://"),
        ({"webhookUrl": "https://x.example", "type": "CONDITION"}, "takes a condition"),
        ({"webhookUrl": "https://x.example", "screenshotFormat": "pdf"}, "PNG"),
    ],
)
def test_not6_the_api_says_what_is_wrong_with_a_notification(
    office: Site, notification: dict[str, Any], said: str
) -> None:
    refused = call(office, "olga", "POST", "/runs", {"notifications": [notification]})
    assert refused.status_code == 422, refused.text
    assert said in refused.json()["error"]["message"]
    assert refused.json()["error"]["field"] == "notifications"


def test_not41_a_run_tells_of_its_letters_to_those_who_may_know(office: Site, hook: Receiver) -> None:
    """[NOT15, NOT41] In the shape of Hex's API; App only reads nothing of it, Can view no webhook's address."""
    address = f"{hook.url}/canary_secret"
    done = run(
        office,
        {"userIds": [office.people["edith"].id], "type": "SUCCESS", "subject": "Good"},
        {"webhookUrl": address, "type": "FAILURE"},
    )
    hooked, mailed = told(office, done["runId"])
    assert (hooked["status"], hooked["cause"], hooked["recipientType"]) == ("SENT", "FAILURE", "WEBHOOK")
    assert hooked["recipient"]["id"] == address and hooked["sentAt"] is not None
    assert (mailed["type"], mailed["recipientType"], mailed["status"]) == ("SUCCESS", "USER", None)
    assert mailed["recipient"] == {"id": office.people["edith"].id, "name": "Edith", "isPrivate": False}
    assert (mailed["subject"], mailed["body"], mailed["includeSuccessScreenshot"]) == ("Good", None, False)
    seen = call(office, "victor", "GET", f"/runs/{done['runId']}")
    assert "canary_secret" not in seen.text and len(seen.json()["notifications"]) == 2
    assert "canary_secret" not in call(office, "victor", "GET", "/runs").text
    refused = call(office, "apple", "POST", "/runs", {"notifications": [{"webhookUrl": hook.url}]})
    assert refused.status_code == 403


def test_not40_a_test_goes_to_whoever_asks_whomever_it_names(office: Site, post: MailServer, hook: Receiver) -> None:
    begun = len(post.seen)
    tried = call(
        office, "edith", "POST", "/notifications/test",
        {"notification": {"emails": [office.people["apple"].email], "tables": ["rows"]}},
    )  # fmt: skip
    assert tried.status_code == 200, tried.text
    (delivery,) = tried.json()["deliveries"]
    assert (delivery["status"], delivery["cause"], delivery["recipient"]["name"]) == ("SENT", "TEST", "Edith")
    (mail,) = post.wait(begun + 1)[begun:]
    assert mail.to == [office.people["edith"].email] and "This is a test" in mail.text
    hook.answers = [500]
    tried = call(office, "edith", "POST", "/notifications/test", {"notification": {"webhookUrl": hook.url}})
    (delivery,) = tried.json()["deliveries"]
    assert (delivery["status"], delivery["error"]) == ("FAILED", "127.0.0.1 answered 500.")


def test_not30_only_those_with_can_edit_read_with_what_webhooks_are_signed(office: Site) -> None:
    found = call(office, "edith", "GET", "/notifications").json()
    assert found["webhookSecret"].startswith("whsec_") and found["mailReady"] is True and found["mayAllow"] is False
    assert call(office, "victor", "GET", "/notifications").status_code == 403
    other = office.program("olga").get(f"/api/v1/projects/{office.web}/notifications").json()
    assert other["webhookSecret"] != found["webhookSecret"]


def test_a_run_that_was_sent_to_somebody_with_app_only_is_theirs_to_see(office: Site) -> None:
    """[WEB23] And no other is."""
    done = run(office, {"userIds": [office.people["apple"].id]})
    assert call(office, "apple", "GET", f"/runs/{run(office)['runId']}").status_code == 404
    told(office, done["runId"])
    seen = call(office, "apple", "GET", f"/runs/{done['runId']}")
    assert seen.status_code == 200 and seen.json()["notifications"] == []
    page = office.browser("apple").http.get(f"/main/app/{office.private}/runs/{done['runId']}")
    assert page.status_code == 200
    assert "canary_source" not in page.text


def test_notifications_of_the_api_are_readable_json(office: Site) -> None:
    """What a dry run would tell is said, recipient by recipient."""
    answer = call(
        office, "olga", "POST", "/runs",
        {"dryRun": True, "notifications": [{"userIds": [office.people["apple"].id], "type": "ALL"}]},
    )  # fmt: skip
    (one,) = json.loads(answer.text)["notifications"]
    assert (one["type"], one["recipientType"], one["recipient"]["name"], one["status"]) == (
        "ALL",
        "USER",
        "Apple",
        None,
    )
