"""Answers to requests that may be sent twice, and lists in pages.

Requests that may be sent twice: under an Idempotency-Key the second gets the answer of the first.

Promises: a key stands for one request of one person; two at the same time do the thing once; a refused request keeps
nothing, so it may be corrected and sent again. A crash between the doing and the keeping of the answer is the one
moment in which a repetition does it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from vernissage.web.errors import ApiError
from vernissage.web.identity import identify
from vernissage.web.services import services_of
from vernissage.wire.rest import Pagination

Body = TypeVar("Body")
Item = TypeVar("Item")

LONGEST_KEY = 200


async def created(
    request: Request[Any, Any, Any], parts: Iterable[bytes], make: Callable[[], Awaitable[Body]], status: int = 201
) -> Response[Body]:
    """Do it once. `parts`: what was asked, so that a key that is used for something else is refused."""
    key = request.headers.get("idempotency-key", "")
    owner = (await identify(request)).viewer.id
    if not key or not owner:
        return Response(await make(), status_code=status)
    if len(key) > LONGEST_KEY:
        raise ApiError(422, f"An Idempotency-Key has at most {LONGEST_KEY} characters.", "Use a shorter one.")
    if not (key.isascii() and key.isprintable()):
        raise ApiError(422, "An Idempotency-Key has printable ASCII characters only.", "Use another one.")
    services = services_of(request)
    asked = hashlib.sha256(f"{request.method} {request.url.path}".encode())
    for part in (request.scope["query_string"], *parts):
        asked.update(hashlib.sha256(part).digest())
    fingerprint = asked.hexdigest()
    async with services.once.lock(owner, key):
        known = await services.store.remembered_answer(owner, key, services.clock.now())
        if known is not None:
            if known[0] != fingerprint:
                sentence = "That Idempotency-Key was used for another request."
                raise ApiError(409, sentence, "Use a new key for a new request.", code="KEY_USED")
            return Response(msgspec.Raw(known[2]), status_code=known[1], media_type="application/json")  # type: ignore[arg-type]
        body = await make()
        kept = msgspec.json.encode(body)
        await services.store.remember_answer(owner, key, fingerprint, status, kept, services.clock.now())
    return Response(body, status_code=status)


MOST_IN_A_PAGE = 500


def paged(
    items: Iterable[Item], mark: Callable[[Item], str], after: str | None, limit: int
) -> tuple[tuple[Item, ...], Pagination]:
    """One page of a list in the order of its marks: it shows each once, also when others come and go."""
    rest = [item for item in items if after is None or mark(item) > after]
    page = rest[: max(1, min(limit, MOST_IN_A_PAGE))]
    return tuple(page), Pagination(mark(page[-1]) if len(rest) > len(page) else None, None)
