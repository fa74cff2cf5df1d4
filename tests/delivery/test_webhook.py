"""Webhooks: signed, to the public network only, to exactly the address that was checked (`spec/notifications.md`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.support.post import Receiver
from vernissage.delivery import Webhooks
from vernissage.delivery.webhook import is_public
from vernissage.ports import NotSent

pytestmark = pytest.mark.anyio

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


async def posted(webhooks: Webhooks, url: str) -> NotSent | None:
    try:
        await webhooks.post(url, b'{"text":"hi"}', id="l1", at=AT, secret=b"s" * 32)
    except NotSent as error:
        return error
    return None


async def test_not30_a_webhook_is_signed_with_its_id_its_time_and_its_body(hook: Receiver) -> None:
    assert await posted(Webhooks(private=True), hook.url + "?a=b") is None
    (call,) = hook.wait(1)
    assert call.path == "/hook?a=b"
    assert call.headers["idempotency-key"] == call.headers["webhook-id"] == "l1"
    signed = b"l1." + call.headers["webhook-timestamp"].encode() + b"." + call.body
    expected = base64.b64encode(hmac.digest(b"s" * 32, signed, hashlib.sha256)).decode()
    assert call.headers["webhook-signature"] == f"v1,{expected}"
    assert call.headers["webhook-timestamp"] == str(int(AT.timestamp()))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "2002:7f00:1::1",
    ],
)  # fmt: skip
def test_not32_an_address_that_is_not_of_the_public_network_is_none(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_not32_others_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_not32_nothing_of_this_machine_is_asked_however_it_is_spelled(hook: Receiver, host: str) -> None:
    port = hook.url.rpartition(":")[2]
    error = await posted(Webhooks(), f"http://{host}:{port}")
    assert error is not None and hook.seen == []
    if error.again:
        assert "There is no host" in str(error)  # some systems do not read that spelling
    else:
        assert "where no webhook is sent" in str(error)


async def test_not33_a_redirect_leads_nowhere(hook: Receiver) -> None:
    with Receiver() as elsewhere:
        hook.answers = [(307, {"Location": elsewhere.url})]
        error = await posted(Webhooks(private=True), hook.url)
        assert error is not None and not error.again and "redirects are not followed" in str(error)
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("answer", "again", "after"),
    [
        (200, None, 0), (204, None, 0), (400, False, 0), (404, False, 0), (410, False, 0),
        (408, True, 0), (429, True, 0), (500, True, 0), (503, True, 0),
        ((429, {"Retry-After": "120"}), True, 120), ((503, {"Retry-After": "999999"}), True, 3600),
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), True, 0),
    ],
)  # fmt: skip
async def test_not24_the_answers_status_says_whether_to_come_again(
    hook: Receiver, answer: int | tuple[int, dict[str, str]], again: bool | None, after: float
) -> None:
    hook.answers = [answer]
    error = await posted(Webhooks(private=True), hook.url)
    assert (error.again if error else None) == again
    assert (error.after if error else 0) == after


async def test_not24_who_cannot_be_reached_is_asked_again() -> None:
    with Receiver() as gone:
        url = gone.url
    error = await posted(Webhooks(private=True), url)
    assert error is not None and error.again and "cannot be reached" in str(error)
    error = await posted(Webhooks(), "http://no-such-host.invalid/x")
    assert error is not None and error.again and "There is no host no-such-host.invalid" in str(error)
