"""The OpenAPI document, `/api/openapi.json`: what the framework reads from the handlers, and what else is known.

What an operation is for stands in its handler's docstring, who may ask in `core.access.NEEDS`, which refusals are
possible follows from both; all of them have one shape. A handler says what the framework cannot see in its `opt`:
`once` (it takes an Idempotency-Key), `body` (media types of a body that is read as it comes), `answer` (media types of
what is no JSON).

Left alone: the page that shows the document (`frontend/src/docs`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

from vernissage import __version__
from vernissage.core.access import NEEDS, Need
from vernissage.web.errors import CODES
from vernissage.web.examples import EXAMPLES
from vernissage.wire.docs import field_docs, own_doc
from vernissage.wire.rest import ErrorBody

ABOUT = """Everything that the pages can do, for programs. Ask with a bearer token; `vernissage token create` makes one.

Projects and runs have the names, envelopes and statuses of Hex's public API, so that its clients work with only the
address and the token changed; our own fields stand beside them. Times are ISO 8601 in UTC. Every answer names its
request in the header `X-Trace-Id`. A token may start 60 runs and read 1 200 times a minute, unless this server is set
otherwise; who asks for more gets 429 with `Retry-After`.

A list comes in pages: `pagination.after` of an answer is the `after` of the next page, null at the end, and
`pagination.before` is the `before` of the page before it, null at the beginning.

Under an `Idempotency-Key` a request is done once within a day: when it comes again it gets the first answer."""

TAGS = {
    "projects": "Projects",
    "publishing": "Publishing",
    "versions": "Versions",
    "runs": "Runs",
    "schedules": "Schedules",
    "links": "Links",
    "sharing": "Sharing",
    "requests": "Sharing",
    "sessions": "Files and tables",
    "downloads": "Files and tables",
    "secrets": "Secrets and connections",
    "connections": "Secrets and connections",
    "people": "People",
    "groups": "People",
    "tokens": "Tokens",
    "audit": "Audit log",
    "signing_in": "Signing in",
    "operations": "Health",
}
"""Module of a handler → the heading under which its operations stand, in this order."""

SAID = {
    400: "The request could not be read.",
    401: "Nobody is signed in, or the token is not one of this server.",
    403: "The project may be seen; this may not be done.",
    404: "It does not exist, or it is not shared with you.",
    409: "The state of things does not allow it.",
    413: "More than this server takes at once.",
    422: "A value does not fit.",
    429: "Asked too often; `Retry-After` says how many seconds to wait.",
    503: "No place is free now.",
    507: "The server's disk is full.",
}

_WRITES = frozenset({"post", "put", "patch", "delete"})
_RULES = re.compile(r"\[[A-Z]{2,5}\d+(?:, [A-Z]{2,5}\d+)*\] ?")


class CompletedDocument(JsonRenderPlugin):
    """Serves the document; made at the first request."""

    def __init__(self, routes: Iterable[Any]) -> None:
        super().__init__(path="/openapi.json")
        self._routes = [route for route in routes if isinstance(route, HTTPRouteHandler)]
        self._made = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        if not self._made:
            self._made = msgspec.json.encode(completed(openapi_schema, self._routes))
        return self._made


def completed(document: dict[str, Any], routes: Iterable[HTTPRouteHandler]) -> dict[str, Any]:
    """[API10] The document with all that the framework could not know; `document` is changed."""
    public = [route for route in routes if route.resolve_include_in_schema()]
    paths = {_plain(path) for route in public for path in route.paths}
    older = {_plain(path) for route in public for path in sorted(route.paths, key=len)[:-1]}
    document["paths"] = {
        path: item for path, item in sorted(document["paths"].items(), key=lambda one: one[0] in older) if path in paths
    }
    used: set[str] = set()
    for route in public:
        for place, path in enumerate(sorted(route.paths, key=len, reverse=True)):
            for method in (method.lower() for method in route.http_methods):
                operation = document["paths"][_plain(path)].get(method)
                if operation is not None:
                    _complete(operation, route, method, _plain(path), older=place > 0)
                    used.add(operation["tags"][0])
    document["info"] = {"title": "Vernissage", "version": __version__, "description": ABOUT}
    document["tags"] = [{"name": name} for name in dict.fromkeys((*TAGS.values(), *sorted(used))) if name in used]
    document["servers"] = [{"url": "/"}]
    parts = document["components"]
    (_,), errors = msgspec.json.schema_components([ErrorBody], ref_template="#/components/schemas/{name}")
    parts["schemas"] |= errors
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for name, schema in parts["schemas"].items():
        _describe(name, schema)
    _one_number(document)
    return document


def _plain(path: str) -> str:
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _complete(operation: dict[str, Any], route: HTTPRouteHandler, method: str, path: str, *, older: bool) -> None:
    handler = inspect.unwrap(route.fn)
    name = handler.__name__
    text = _RULES.sub("", inspect.getdoc(handler) or "")
    # The first sentence; what follows in the same line is said in the description.
    summary = re.match(r".*?[.:;](?=\s|$)|.*", text, re.DOTALL)
    operation["summary"] = " ".join((summary[0] if summary else "").split()).rstrip(".:;")
    operation["description"] = text + ("\n\nThe older path of the same." if older else "")
    operation["operationId"] = _camel(name) + ("Older" if older else "")
    module = handler.__module__.rpartition(".")[2]
    operation["tags"] = ["Versions" if "/versions" in path else TAGS.get(module, module.replace("_", " ").capitalize())]
    operation.pop("deprecated", None)
    need = NEEDS[route.opt["act"]]
    asks = need.signed_in or need.project is not None
    operation["security"] = [{"token": []}] if asks else []
    if route.opt.get("once"):
        operation.setdefault("parameters", []).append(KEY)
    for parameter in operation.get("parameters", ()):
        for extra in ("deprecated", "allowEmptyValue", "allowReserved"):
            parameter.pop(extra, None)
    media = route.opt.get("body")
    if media:
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": _BYTES} for kind in media}}
    (status,) = (status for status in operation["responses"] if status.startswith("2"))
    if answers := route.opt.get("answer"):
        operation["responses"][status]["content"] = {kind: {} for kind in answers}
    if status == "204":
        operation["responses"][status].pop("content", None)
    body = operation.get("requestBody")
    if body and not media and inspect.signature(handler).parameters["data"].default is None:
        body["required"] = False
    operation["responses"] = {
        status: operation["responses"][status],
    } | {str(other): _refusal(other) for other in sorted(set(_refusals(operation, method, path, need)))}
    for answer in operation["responses"].values():
        answer["headers"] = answer.get("headers") or {}
        answer["headers"]["X-Trace-Id"] = {"schema": {"type": "string"}, "description": "Names the request."}
    example = EXAMPLES.get(name)
    if example is not None:
        if body and example.request is not None:
            body["content"]["application/json"]["example"] = example.request
        if example.answer is not None:
            operation["responses"][status]["content"]["application/json"]["example"] = example.answer


KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own: what is sent again under it is done once.",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"},
}

_BYTES = {"type": "string", "format": "binary"}


def _refusals(operation: dict[str, Any], method: str, path: str, need: Need) -> Iterator[int]:
    """The statuses of all that an operation may be refused for."""
    body = "requestBody" in operation
    writes = method in _WRITES
    asks = need.signed_in or need.project is not None
    if body or operation.get("parameters"):
        yield from (400, 422)
    if asks:
        yield from (401, 429)
    if need.role is not None or need.project is not None or writes:
        yield 403
    if "{" in path or any(one["name"] == "project" for one in operation.get("parameters", ())):
        yield 404
    if writes:
        yield from (409, 507)
    if body:
        yield 413
    if writes and path.endswith(("/run", "/runs", "/publish", "/sign-in", "/password", "/users")):
        yield 503


def _refusal(status: int) -> dict[str, Any]:
    headers = {"Retry-After": {"schema": {"type": "integer"}}} if status in (429, 503) else {}
    example = {
        "error": {
            "code": CODES[status],
            "message": SAID[status].replace("`", ""),
            "hint": "What to do.",
            "field": None,
        },
        "reason": SAID[status].replace("`", ""),
        "details": {},
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}, "example": example}}
    return {"description": SAID[status], "headers": headers, "content": content}


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _one_number(part: Any) -> None:
    """Let a value that is an integer or a number be a number: 1 is both, and `oneOf` takes what is one of them only."""
    match part:
        case {"oneOf": [*kinds]} if {"type": "integer"} in kinds and {"type": "number"} in kinds:
            kinds.remove({"type": "integer"})
            part["oneOf"] = kinds
            if len(kinds) == 1:
                part |= part.pop("oneOf")[0]
        case dict():
            for inner in part.values():
                _one_number(inner)
        case list():
            for inner in part:
                _one_number(inner)
        case _:
            pass


def _describe(name: str, schema: dict[str, Any]) -> None:
    """Put what the source says of a struct and its fields into its schema."""
    properties = schema.get("properties", {})
    for cls in _structs(name):
        fields = {field.encode_name: field.name for field in msgspec.structs.fields(cls)}
        if not fields.keys() <= properties.keys():  # another of that name
            continue
        docs = field_docs(cls)
        if text := own_doc(cls):
            schema["description"] = text
        for encoded, own in fields.items():
            if encoded in properties and own in docs:
                properties[encoded]["description"] = inspect.cleandoc(docs[own])


def _structs(name: str, base: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    for cls in base.__subclasses__():
        if cls.__name__ == name and cls.__module__.startswith("vernissage"):
            yield cls
        yield from _structs(name, cls)
