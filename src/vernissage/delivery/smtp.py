"""E-mail by SMTP: one attempt for one letter.

Promises: the Message-ID is made of the letter's id, so that a letter sent twice is one e-mail to its reader. What the
mail server will never take is told apart from what may go better later. An attempt that is cancelled leaves nothing
running behind.
"""

from __future__ import annotations

import asyncio
import contextlib
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime, parseaddr
from typing import Literal

import aiosmtplib
import msgspec

from vernissage.ports import Mail, NotSent

Security = Literal["starttls", "tls", "none"]

PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}

LONGEST = 120.0
"""Seconds of an attempt."""


class Server(msgspec.Struct, frozen=True):
    """The mail server, and as whom we speak to it."""

    host: str = ""
    """"" = there is none."""
    port: int = 0
    """0 = the usual one of `security`."""
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    """`Name <address>` or an address."""


class Smtp:
    """Keeps the promise of `ports.MailSender`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._address = parseaddr(server.sender)[1]

    @property
    def ready(self) -> bool:
        """A mail server and a sender are set."""
        return bool(self._server.host and self._address)

    async def send(self, mail: Mail) -> None:
        """Hand it to the mail server."""
        if not self.ready:
            raise NotSent(
                "No mail server is set. An admin sets VERNISSAGE_SMTP_HOST and VERNISSAGE_MAIL_FROM.", again=True
            )
        message = self.message(mail)
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port or PORTS[server.security],
            timeout=LONGEST / 2,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
        )
        try:
            async with asyncio.timeout(LONGEST):
                await client.connect()
                if server.user:
                    await client.login(server.user, server.password)
                await client.send_message(message, sender=self._address, recipients=[mail.to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[0].code, error.recipients[0].message
            raise NotSent(f"The mail server refused {mail.to}: {_said(code, said)}", again=code < 500) from None
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            sentence = f"The mail server refused the letter: {_said(error.code, error.message)}"
            raise NotSent(sentence, again=error.code < 500) from None
        except aiosmtplib.SMTPResponseException as error:  # a greeting, a login: that is for an admin to put right
            raise NotSent(f"The mail server refused us: {_said(error.code, error.message)}", again=True) from None
        except aiosmtplib.SMTPNotSupported as error:
            raise NotSent(f"The mail server cannot take the letter: {_line(str(error))}", again=False) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            why = _line(str(error)) or "it took too long"
            raise NotSent(f"The mail server cannot be reached: {why}", again=True) from None
        finally:
            # What it says to our goodbye means nothing: the letter was accepted before, or not.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                if client.is_connected:
                    async with asyncio.timeout(2):
                        await client.quit()
            client.close()

    def message(self, mail: Mail) -> EmailMessage:
        """The e-mail itself: text, HTML with the picture inside, files."""
        message = EmailMessage(policy=LINES)
        message["From"] = self._server.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.at)
        message["Message-ID"] = f"<{mail.id}@{self._address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.plain)
        message.add_alternative(mail.html, subtype="html")
        if mail.picture is not None:
            html = message.get_payload(1)
            assert isinstance(html, EmailMessage)
            html.add_related(
                mail.picture, "image", "png", cid="<picture>", filename="picture.png", disposition="inline"
            )
        for file in mail.attachments:
            kind, _, subtype = file.type.partition("/")
            message.add_attachment(file.data, kind, subtype, filename=file.name)
        return message


def _said(code: int, text: str) -> str:
    return f"{code} {_line(text)}".strip()


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
