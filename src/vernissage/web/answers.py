"""Requests that may be sent twice: under an Idempotency-Key the second gets the answer of the first."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from vernissage.web.errors import ApiError
from vernissage.web.identity import identify
from vernissage.web.services import services_of

Body = TypeVar("Body")


async def created(
    request: Request[Any, Any, Any], data: Any, make: Callable[[], Awaitable[Body]], status: int = 201
) -> Response[Body]:
    """Do it once. `data`: what was asked, so that a key that is used for something else is refused."""
    key = request.headers.get("idempotency-key", "")
    if not key:
        return Response(await make(), status_code=status)
    services = services_of(request)
    owner = (await identify(request)).viewer.id
    content = data if isinstance(data, bytes) else msgspec.json.encode(data)
    fingerprint = hashlib.sha256(request.url.path.encode() + b"\n" + content).hexdigest()
    known = await services.store.remembered_answer(owner, key[:200])
    if known is not None:
        if known[0] != fingerprint:
            raise ApiError(
                409, "That Idempotency-Key was used for another request.", "Use a new key for a new request."
            )
        return Response(msgspec.Raw(known[2]), status_code=known[1], media_type="application/json")  # type: ignore[arg-type]
    body = await make()
    await services.store.remember_answer(
        owner, key[:200], fingerprint, status, msgspec.json.encode(body), services.clock.now()
    )
    return Response(body, status_code=status)
