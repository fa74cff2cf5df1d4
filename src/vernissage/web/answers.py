"""Answers to requests that may be sent twice, and lists in pages.

Requests that may be sent twice: under an Idempotency-Key the second gets the answer of the first.

Promises: a key stands for one request of one person; two at the same time do the thing once; a refused request keeps
nothing, so it may be corrected and sent again. A crash between the doing and the keeping of the answer is the one
moment in which a repetition does it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from litestar import Request, Response
from litestar.params import Parameter

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


Limit: TypeAlias = Annotated[int, Parameter(ge=1, le=MOST_IN_A_PAGE)]
"""How many a page holds at most."""

After: TypeAlias = Annotated[str | None, Parameter(description="`pagination.after` of the page before")]

Before: TypeAlias = Annotated[str | None, Parameter(description="`pagination.before` of the page after")]


def paged(
    items: Iterable[Item], mark: Callable[[Item], str], after: str | None, before: str | None, limit: int
) -> tuple[tuple[Item, ...], Pagination]:
    """One page of a list in the order of its marks: it shows each once, also when others come and go."""
    all = list(items)
    asked = [item for item in all if is_asked(mark(item), after, before)]
    page = asked[-limit:] if goes_back(after, before) else asked[:limit]
    if not page:
        return (), Pagination(None, None)
    first, last = mark(page[0]), mark(page[-1])
    return tuple(page), Pagination(
        after=last if mark(all[-1]) > last else None, before=first if mark(all[0]) < first else None
    )


def is_asked(mark: str, after: str | None, before: str | None) -> bool:
    """Whether the item of this mark may stand on the page."""
    return (after is None or mark > after) and (before is None or mark < before)


def goes_back(after: str | None, before: str | None) -> bool:
    """Whether the page ends at a mark, in place of beginning there."""
    return before is not None and after is None
