"""Webhooks: one signed POST for one letter.

Headers as Standard Webhooks has them: `webhook-id` (the letter's), `webhook-timestamp`, `webhook-signature`; and
`Idempotency-Key`, the same id once more. The signature is HMAC-SHA256 over `id.timestamp.body`.

Promises: the address is looked up once, every address that the name has must be one of the public network (unless a
setting allows others), and exactly the one that was checked is connected to: a name that answers differently the second
time leads nowhere else. Redirects are not followed. Of the answer only the status is read.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import socket
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from vernissage.ports import NotSent

LONGEST = 30.0
"""Seconds of an attempt."""

LATER = frozenset({408, 409, 425, 429})
"""Statuses below 500 after which a receiver may think otherwise."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def signature(secret: bytes, id: str, timestamp: int, body: bytes) -> str:
    """What the header `webhook-signature` says."""
    signed = hmac.digest(secret, f"{id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def is_public(address: IpAddress) -> bool:
    """Whether an address lies in the public network, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class Webhooks:
    """Keeps the promise of `ports.WebhookSender`."""

    def __init__(self, *, private: bool = False) -> None:
        """`private`: addresses of this machine and of private networks may be asked too."""
        self._private = private

    async def post(self, url: str, body: bytes, *, id: str, at: datetime, secret: bytes) -> None:
        """Post it, signed."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        timestamp = int(at.timestamp())
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "Vernissage",
            "Idempotency-Key": id,
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, id, timestamp, body),
        }
        try:
            async with asyncio.timeout(LONGEST):
                address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
                there = f"[{address}]" if address.version == 6 else str(address)
                pinned = parts._replace(netloc=there + (f":{parts.port}" if parts.port else ""))
                async with (
                    httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=LONGEST) as client,
                    client.stream(
                        "POST", pinned.geturl(), content=body, headers=headers, extensions={"sni_hostname": host}
                    ) as answer,
                ):
                    status, wait = answer.status_code, answer.headers.get("retry-after", "")
        except (httpx2.HTTPError, TimeoutError, OSError, ValueError) as error:
            why = " ".join(str(error).split())[:200] or "it took too long"
            raise NotSent(f"{host} cannot be reached: {why}", again=True) from None
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise NotSent(f"{host} answered {status}, and redirects are not followed.", again=False)
        again = status >= 500 or status in LATER
        after = float(min(int(wait), 3600)) if wait.isascii() and wait.isdigit() else 0.0
        raise NotSent(f"{host} answered {status}.", again=again, after=after)

    async def _address(self, host: str, port: int) -> IpAddress:
        """The address to connect to. Raises NotSent where one of the host's is not of the public network."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotSent(f"There is no host {host} just now.", again=True) from None
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not self._private and not all(map(is_public, addresses)):
            raise NotSent(
                f"{host} lies in this machine's or a private network, where no webhook is sent. "
                "An admin can allow it with VERNISSAGE_WEBHOOK_PRIVATE.",
                again=False,
            )
        return addresses[0]
