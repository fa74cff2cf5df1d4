"""E-mail: what a mail server gets, and what its answers mean (`spec/notifications.md`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.post import MailServer
from vernissage.delivery import Smtp
from vernissage.delivery.smtp import Server
from vernissage.ports import Attachment, Mail, NotSent

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def to(post: MailServer, **more: Any) -> Smtp:
    return Smtp(Server("127.0.0.1", post.port, "none", sender="Vernissage <post@v.example>", **more))


def a_mail(**more: Any) -> Mail:
    fields: dict[str, Any] = {"to": "bo@example.net", "at": datetime(2026, 1, 1, tzinfo=UTC), "subject": "Grüße – neu"}
    return Mail(**{"id": "l1", **fields, "plain": "Größe: 7\n", "html": '<p>7</p><img src="cid:picture">', **more})


async def not_sent(smtp: Smtp, mail: Mail) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await smtp.send(mail)
    return caught.value


async def test_not25_an_email_has_text_html_with_the_picture_in_it_and_files(post: MailServer) -> None:
    rows = Attachment("Zeilen.csv", "text/csv", "a,b\r\nß,1\r\n".encode())
    await to(post).send(a_mail(picture=PNG, attachments=(rows,)))
    (letter,) = await asyncio.to_thread(post.wait, 1)
    assert (letter.sender, letter.to, letter.id) == ("post@v.example", ["bo@example.net"], "<l1@v.example>")
    assert str(letter.message["Subject"]) == "Grüße – neu"
    assert str(letter.message["From"]) == "Vernissage <post@v.example>"
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.text.strip() == "Größe: 7" and 'src="cid:picture"' in letter.html
    assert letter.picture() == PNG
    (inline,) = [part for part in letter.message.walk() if part.get_content_type() == "image/png"]
    assert inline["Content-ID"] == "<picture>"
    assert letter.files() == {"Zeilen.csv": rows.data}


@pytest.mark.parametrize(
    ("answer", "again"),
    [("451 Try later", True), ("452 Full", True), ("552 Too large", False), ("554 No", False)],
)
async def test_not24_what_the_mail_server_says_to_a_letter_counts(post: MailServer, answer: str, again: bool) -> None:
    post.answers = [answer]
    error = await not_sent(to(post), a_mail())
    assert (error.again, str(error)) == (again, f"The mail server refused the letter: {answer}")


@pytest.mark.parametrize(("answer", "again"), [("450 Greylisted", True), ("550 No such user", False)])
async def test_not24_what_it_says_to_an_address_too(post: MailServer, answer: str, again: bool) -> None:
    post.recipients["bo@example.net"] = answer
    error = await not_sent(to(post), a_mail())
    assert (error.again, str(error)) == (again, f"The mail server refused bo@example.net: {answer}")
    assert post.seen == []


async def test_not24_what_an_admin_has_to_put_right_is_tried_again(post: MailServer) -> None:
    """No mail server, none that answers, one that wants no such login or no STARTTLS."""
    error = await not_sent(Smtp(Server()), a_mail())
    assert error.again and "VERNISSAGE_SMTP_HOST" in str(error)
    error = await not_sent(Smtp(Server("127.0.0.1", 1, "none", sender="post@v.example")), a_mail())
    assert error.again and "cannot be reached" in str(error)
    error = await not_sent(to(post, user="u", password="canary_password"), a_mail())
    assert error.again and "canary_password" not in str(error)
    error = await not_sent(Smtp(Server("127.0.0.1", post.port, "starttls", sender="post@v.example")), a_mail())
    assert error.again
    assert post.seen == []


async def test_an_attempt_that_is_given_up_leaves_nothing_behind(post: MailServer) -> None:
    """A mail server that says nothing holds no connection of ours once the attempt is cancelled."""
    post.goes.clear()
    sending = asyncio.create_task(to(post).send(a_mail()))
    await asyncio.to_thread(post.wait, 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
