"""Who sits at an open socket, and by what right: a cookie, a token, an account, a grant.

A right may end while its socket is open: somebody signs out, is disabled, has a token revoked, loses access. The route
that ends it calls `end`, which shows them out at once. The command line changes the same things beside the running
server, so `look` asks the store again every few seconds and shows out, or shows less to, whoever may see less by now.

Left alone: what a level allows (`core.access`), what a member sees of a room (`room`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from vernissage.actors.connection import Connection
from vernissage.actors.permissions import Permissions
from vernissage.actors.room import Room
from vernissage.ports import Clock, Store
from vernissage.wire.socket import Ended

LOOK_EVERY = 2.0
"""Seconds between two looks: how long a right that ended beside the server goes on at most."""

SIGNED_OUT = Ended("signed_out", "You are signed out. Sign in again; what you typed is still on this page.")


@dataclass(frozen=True, eq=False)
class Seat:
    """One open socket."""

    room: Room
    connection: Connection
    sign_in: str = ""
    """Hash of the cookie's secret; "" = another right."""
    token: str = ""
    """Hash of the bearer token; "" = another right."""

    def leave(self, ended: Ended) -> None:
        """Show them out. What they send from now on is not heard."""
        self.room.leave(self.connection)
        self.connection.end(ended)


class Attendance:
    """All open sockets of this server."""

    def __init__(self) -> None:
        self._seats: set[Seat] = set()

    def __len__(self) -> int:
        return len(self._seats)

    def enter(self, seat: Seat) -> None:
        """Somebody has entered a room."""
        self._seats.add(seat)

    def leave(self, seat: Seat) -> None:
        """Their socket is gone."""
        self._seats.discard(seat)

    def end(self, *, user: str = "", sign_in: str = "", token: str = "", but: str = "") -> None:
        """Show out whoever is here by this right: an account's id, or the hash of a cookie's or token's secret. `but`:
        not those who came by this cookie."""
        for seat in tuple(self._seats):
            if but and seat.sign_in == but:
                continue
            if (
                (user and seat.connection.viewer.user == user)
                or (sign_in and seat.sign_in == sign_in)
                or (token and seat.token == token)
            ):
                seat.leave(SIGNED_OUT)

    async def look(self, store: Store, permissions: Permissions, clock: Clock) -> None:
        """Ask once whether everybody still has the right by which they came."""
        seats = tuple(self._seats)
        if not seats:
            return
        now = clock.now()
        ended: set[str] = set()
        for hash in {seat.sign_in for seat in seats} - {""}:
            sign_in = await store.sign_in_by_hash(hash)
            if sign_in is None or sign_in.revoked or sign_in.expires_at <= now:
                ended.add(hash)
        for hash in {seat.token for seat in seats} - {""}:
            token = await store.token_by_hash(hash)
            if token is None or token.revoked or (token.expires_at is not None and token.expires_at <= now):
                ended.add(hash)
        users = {user.id: user for user in await store.users()}
        for seat in seats:
            viewer = seat.connection.viewer
            user = users.get(viewer.user)
            gone = bool(viewer.user) and (user is None or user.disabled)
            if gone or seat.sign_in in ended or seat.token in ended:
                seat.leave(SIGNED_OUT)
        await permissions.regrade()

    async def watch(self, store: Store, permissions: Permissions, clock: Clock) -> None:
        """Until cancelled: look every few seconds. A look that fails is reported; the next one comes all the same."""
        while True:
            await clock.sleep(LOOK_EVERY)
            looking = asyncio.create_task(self.look(store, permissions, clock), name="look who may stay")
            try:
                await asyncio.wait({looking})
            finally:
                looking.cancel()
            if not looking.cancelled() and (error := looking.exception()) is not None:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a look at who may stay failed", "exception": error, "task": looking}
                )
