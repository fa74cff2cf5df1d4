"""Errors of the HTTP API: one shape for all, sentences for people, codes for programs."""

from __future__ import annotations

import logging
import re
import uuid
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.types import Scope

from vernissage.ports import StoreFull
from vernissage.wire.rest import ErrorBody, ErrorDetail

log = logging.getLogger(__name__)

CODES = {
    400: "BAD_REQUEST",
    401: "SIGN_IN",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE",
    429: "TOO_MANY_REQUESTS",
    503: "UNAVAILABLE",
    507: "DISK_FULL",
}

MISSING = "This does not exist, or it is not shared with you."


class ApiError(Exception):
    """A request that cannot be done; builds the one shape of errors."""

    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        *,
        code: str = "",
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.detail = ErrorDetail(code or CODES.get(status, "ERROR"), message, hint, field)


def missing() -> ApiError:
    """One answer for *does not exist* and *not shared with you*."""
    return ApiError(404, MISSING, "Check the address, or ask its owner for access.")


_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_id(request: Request[Any, Any, Any]) -> str:
    """The id that names this request in logs and answers."""
    return trace_of(request.scope)


def trace_of(scope: Scope) -> str:
    """The same, of a request that is not at hand: made once per request, or taken over from who traces it already (W3C
    Trace Context)."""
    state = scope["state"]
    if "trace_id" not in state:
        headers = dict(scope["headers"])
        given = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
        state["trace_id"] = given[1].decode() if given else uuid.uuid4().hex
    return str(state["trace_id"])


SEE = "See /api/openapi.json for what this call takes."


def _answer(
    request: Request[Any, Any, Any], status: int, detail: ErrorDetail, headers: dict[str, str]
) -> Response[ErrorBody]:
    body = ErrorBody(detail, detail.message, {}, trace_id(request))
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def on_api_error(request: Request[Any, Any, Any], error: ApiError) -> Response[ErrorBody]:
    return _answer(request, error.status, error.detail, error.headers)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """The framework's own refusals, in our shape."""
    status = error.status_code
    if status >= 500:
        return on_crash(request, error)
    message, hint, field = error.detail or "The request could not be done.", "", None
    if isinstance(error, ValidationException):
        status = 422
        extra = error.extra if isinstance(error.extra, list) else []
        if extra and isinstance(extra[0], dict):
            message = str(extra[0].get("message", message))
            key = extra[0].get("key")
            field = str(key) if key and key != "data" else None  # "data" is the framework's name for the whole body
            message = f"{field or 'The body'} does not fit: {message}."
        hint = SEE
    elif status == 400:
        message, hint = f"The request could not be read: {message}.", SEE
    elif isinstance(error, NotAuthorizedException):
        message, hint = "Nobody is signed in.", "Sign in, or send a bearer token."
    elif status == 404:
        message, hint = MISSING, "Check the address, or ask its owner for access."
    elif status == 405:
        message, hint = "This address does not take that method.", "See /api/openapi.json for what it takes."
    elif status == 413:
        message, hint = "The request is larger than this server takes.", "Send less at once."
    detail = ErrorDetail(CODES.get(status, "ERROR"), message.rstrip(".") + ".", hint, field)
    return _answer(request, status, detail, dict(error.headers or {}))


def on_store_full(request: Request[Any, Any, Any], error: StoreFull) -> Response[ErrorBody]:
    return _answer(
        request, 507, ErrorDetail("DISK_FULL", str(error), "Free some space on the server's disk, then try again."), {}
    )


def on_decode_error(request: Request[Any, Any, Any], error: msgspec.DecodeError) -> Response[ErrorBody]:
    sentence = f"The body is no JSON that this call takes: {error}."
    return _answer(request, 400, ErrorDetail("BAD_REQUEST", sentence, SEE), {})


def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """A fault of ours: the log has all of it, the answer only its number."""
    # With the standard library's traceback: one that shows local variables takes minutes, and shows secrets.
    log.error("%s %r failed, trace id %s", request.method, request.url.path, trace_id(request), exc_info=error)
    detail = ErrorDetail(
        "INTERNAL",
        "Something went wrong on the server; nothing that was saved is lost.",
        f"Tell its admin the number {trace_id(request)}.",
    )
    return _answer(request, 500, detail, {})
