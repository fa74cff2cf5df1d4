"""Proxies in front of this server: what they say about whom they ask for counts, what others say does not.

A request that comes from one of the named addresses is taken as of the client that `X-Forwarded-For` names, over what
`X-Forwarded-Proto` says, and of the person in the sign-in header. From anywhere else those headers are taken away
before anything reads them.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import TypeAlias

from litestar.types import Scope

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

AGAIN = timedelta(hours=12)
"""Who asks nothing for so long has signed in anew when they come again."""

_FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"forwarded")


class Proxies:
    """The proxies that are trusted."""

    def __init__(self, networks: tuple[str, ...] = (), sign_in_header: str = "") -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(one) for one in networks)
        self.sign_in_header = sign_in_header.lower()
        self._seen: dict[str, datetime] = {}
        """User → when they asked last."""
        self._theirs = frozenset((*_FORWARDED, *([self.sign_in_header.encode()] if sign_in_header else [])))

    def first_sight(self, user: str, now: datetime) -> bool:
        """Whether somebody comes in by a proxy for the first time in a while: it does not say when they signed in."""
        before = self._seen.get(user)
        self._seen[user] = now
        return before is None or now - before > AGAIN

    def trusts(self, address: str) -> bool:
        """Whether a proxy has that address."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in network for network in self._networks)

    def seen_through(self, scope: Scope) -> None:
        """[WEB41] Make a request's scope say who asks: what a proxy says, else nothing but the connection."""
        peer = scope["client"][0] if scope["client"] else ""
        if not self.trusts(peer):
            if any(name in self._theirs for name, _ in scope["headers"]):
                scope["headers"] = [header for header in scope["headers"] if header[0] not in self._theirs]
            return
        said = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _FORWARDED}
        if said.get(b"x-forwarded-proto", "").strip() == "https":
            scope["scheme"] = "wss" if scope["scheme"] in ("ws", "wss") else "https"
        client = peer
        # From the right: each proxy adds whom it speaks for, and what a client wrote itself stands further left.
        for hop in reversed(said.get(b"x-forwarded-for", "").split(",")):
            address = hop.strip()
            if not address:
                break
            client = address
            if not self.trusts(address):
                break
        scope["client"] = (client, 0)
