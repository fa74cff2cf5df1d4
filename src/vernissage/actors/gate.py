"""The gate: how many kernels there are at once, for everybody and for each person.

Who asks for a kernel takes a *turn*, which lasts until that kernel is gone. Turns come in the order in which they were
asked for; one whose person has as many kernels as one may have lets those behind it go first. Who waits is told their
position whenever it changes.

Promises: never more kernels than the limits say; a turn that is left at any moment gives its place to the next one;
nobody waits while a session that nobody looks at keeps an idle kernel (`make_room`).

Left alone: starting and stopping kernels (`driver`), which sessions are idle (`rooms`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from vernissage.ports import NoKernel

WAITING = 200
"""Turns that may wait; more are refused."""

FOR_PEOPLE = 4
"""One place in so many is never taken by a kernel that nobody asked for."""


class Turn:
    """One kernel's place, from being asked for until the kernel is gone."""

    def __init__(self, gate: Gate, who: str, moved: Callable[[int], None]) -> None:
        self._gate = gate
        self.who = who
        self.moved = moved
        self.position = 0
        """As it was told last; 0 = it does not wait."""
        self.granted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def come(self) -> bool:
        """Wait for the turn: True when it has come, False when it was left before."""
        return await self.granted

    def leave(self) -> None:
        """Give the place back, or no longer wait for one. Harmless twice."""
        self._gate.leave(self)


class Gate:
    """See the head of this module. All methods are called on the event loop."""

    def __init__(self, *, at_once: int, each: int) -> None:
        self._at_once = at_once
        self._each = each
        self._inside: set[Turn] = set()
        self._count: Counter[str] = Counter()
        self._waiting: list[Turn] = []
        self._telling = False
        self._closed = False
        self.make_room: Callable[[str | None], object] = lambda _: None
        """Stops the idle kernel of a session that nobody looks at; the argument: only one of this person."""

    @property
    def inside(self) -> int:
        """Turns whose kernel is starting or there."""
        return len(self._inside)

    @property
    def waiting(self) -> int:
        """Turns that wait."""
        return len(self._waiting)

    def enter(self, who: str, moved: Callable[[int], None]) -> Turn:
        """[LIV12] Take a turn. `moved`: called with the position, from 1, while it waits, and with 0 when it has come
        after a wait. Raises NoKernel where too many wait already."""
        if self._closed:
            raise NoKernel("The server is stopping, so it starts no kernels. Try again when it is back.")
        turn = Turn(self, who, moved)
        if not self._waiting and self._fits(turn):
            self._admit(turn)
            return turn
        if len(self._waiting) >= WAITING:
            raise NoKernel(
                f"The machine is full, and {WAITING} sessions wait for a kernel already. Try again in some minutes."
            )
        self._waiting.append(turn)
        self._advance()
        if not turn.granted.done():
            self.press(turn)
        return turn

    @property
    def at_ease(self) -> bool:
        """Nobody waits, and there is room left for who may come: a kernel that nobody asked for may start."""
        return not self._waiting and not self._closed and len(self._inside) < self._at_once * (1 - 1 / FOR_PEOPLE)

    def enter_at_ease(self, who: str) -> Turn:
        """[RDY5] A turn that does not wait. Raises NoKernel where one would have to."""
        turn = Turn(self, who, lambda _: None)
        if not (self.at_ease and self._fits(turn)):
            raise NoKernel("The machine has no kernel to spare.")
        self._admit(turn)
        return turn

    def may_have(self, who: str) -> bool:
        """Whether this person may have one kernel more."""
        return self._count[who] < self._each

    def hand_over(self, turn: Turn, who: str) -> bool:
        """The kernel of this turn counts to this person from now on; False where they may have no more."""
        if turn not in self._inside or not self.may_have(who):
            return False
        self._uncount(turn.who)
        turn.who = who
        self._count[who] += 1
        self._advance()
        return True

    def press(self, turn: Turn | None = None) -> None:
        """Have room made for one that waits; None = for the first."""
        turn = turn or next(iter(self._waiting), None)
        if turn is not None:
            self.make_room(turn.who if self._count[turn.who] >= self._each else None)

    def leave(self, turn: Turn) -> None:
        if turn in self._inside:
            self._inside.discard(turn)
            self._uncount(turn.who)
        elif turn in self._waiting:
            self._waiting.remove(turn)
            turn.granted.set_result(False)
        else:
            return
        self._advance()

    def close(self) -> None:
        """The server stops: nobody gets a turn any more."""
        self._closed = True
        for turn in tuple(self._waiting):
            self.leave(turn)

    def _uncount(self, who: str) -> None:
        self._count[who] -= 1
        if not self._count[who]:
            del self._count[who]

    def _fits(self, turn: Turn) -> bool:
        return len(self._inside) < self._at_once and self.may_have(turn.who)

    def _admit(self, turn: Turn) -> None:
        self._inside.add(turn)
        self._count[turn.who] += 1
        turn.granted.set_result(True)

    def _advance(self) -> None:
        """Let in whose turn has come, and tell the others how far they are."""
        if not self._closed:
            for turn in tuple(self._waiting):
                if self._fits(turn):
                    self._waiting.remove(turn)
                    self._admit(turn)
                    if turn.position:
                        turn.position = 0
                        turn.moved(0)
        if not self._telling and self._waiting:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        # Later, so that nobody is told in the middle of what moved them.
        self._telling = False
        for position, turn in enumerate(tuple(self._waiting), 1):
            if turn.position != position and not turn.granted.done():
                turn.position = position
                turn.moved(position)
