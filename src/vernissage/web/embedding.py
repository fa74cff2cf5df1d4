"""Embeds: apps in pages of other sites.

    a server            POST createPresignedUrl ──► an address with a pass, for one page, once, soon
    a person            Sign in, in a window of its own ──► a pass for the frame that asked
    the framed page     its pass is taken ──► a key in its memory, for its requests and its socket

A browser sends no cookies of ours into a page of another site, so a framed page never relies on one. Its key says who
looks and ends with what it came from: the person's sign-in, else after some hours (`keys`). It opens one app, with
App only.

Left alone: what a pass may say (`core.embedding`), whose pages may frame (`store`, set by admins).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, get, post, put

from vernissage.core.document import Document
from vernissage.core.embedding import MAX_ORIGINS, Pass, origin
from vernissage.core.inputs import Invalid, accept, to_json
from vernissage.ports import AuditEntry
from vernissage.web.errors import ApiError
from vernissage.web.guard import seen_of
from vernissage.web.identity import identify, origin_of
from vernissage.web.keys import IN_ADDRESS, new_pass
from vernissage.web.services import services_of
from vernissage.wire.rest import EmbeddingBody, PresignedUrl, PresignRequest

LONGEST_PASS = 300_000
"""Milliseconds."""

MAX_ATTRIBUTES = 16_000
"""Characters of a guest's attributes as JSON."""


@get("/api/v1/embedding", opt={"act": "manage_embedding"}, summary="Whose pages may show this workspace's apps")
async def show_embedding(request: Request[Any, Any, Any]) -> EmbeddingBody:
    """The origins that may embed."""
    return EmbeddingBody(await services_of(request).store.embed_origins())


@put("/api/v1/embedding", opt={"act": "manage_embedding"}, summary="Say whose pages may show this workspace's apps")
async def set_embedding(request: Request[Any, Any, Any], data: EmbeddingBody) -> EmbeddingBody:
    """[EMB1] Replace the origins that may embed."""
    services = services_of(request)
    if len(data.origins) > MAX_ORIGINS:
        raise ApiError(422, f"At most {MAX_ORIGINS} origins can be allowed.", "Take some out.", field="origins")
    origins = []
    for given in data.origins:
        found = origin(given)
        if found is None:
            hint = "Write it as https://intranet.example.com, with a port where it has one, and no path."
            raise ApiError(422, f"{given!r} is no origin of a page.", hint, field="origins")
        origins.append(found)
    kept = tuple(dict.fromkeys(origins))
    before = await services.store.embed_origins()
    who = (await identify(request)).viewer.user
    detail = {"before": before, "after": kept}
    entry = AuditEntry(services.clock.now(), who, "set_embed_origins", "", detail, origin_of(request))
    await services.store.set_embed_origins(kept, entry)
    return EmbeddingBody(kept)


@post(
    "/api/v1/embedding/createPresignedUrl/{project:str}",
    opt={"act": "embed"},
    status_code=201,
    summary="Make an address for one embed of the published app",
)
async def create_presigned_url(request: Request[Any, Any, Any], project: str, data: PresignRequest) -> PresignedUrl:  # noqa: ARG001 - the guard has found it
    """[EMB3] An address that lets one page in, once, as a guest of whom the caller's server says who they are."""
    services, seen = services_of(request), seen_of(request)
    if not 1 <= data.expires_in <= LONGEST_PASS:
        sentence = f"An address for an embed expires within 1 to {LONGEST_PASS:,} milliseconds."
        raise ApiError(422, sentence, "Ask for a new address for each page.", field="expiresIn")
    attributes = {**data.hex_user_attributes, **data.user_attributes}
    if len(msgspec.json.encode(attributes)) > MAX_ATTRIBUTES:
        sentence = f"The attributes of a guest take at most {MAX_ATTRIBUTES:,} characters."
        raise ApiError(422, sentence, "Give an id, and let the code look up the rest.", field="userAttributes")
    published = seen.project.published
    document = await services.rooms.version_document(seen.project.id, published) if published is not None else None
    if document is None:
        raise ApiError(409, "This app is not published now.", "Publish it first.", code="NOT_PUBLISHED")
    inputs = {
        **_checked(document, data.input_parameters, "inputParameters"),
        **_checked(document, data.locked_inputs, "lockedInputs"),
    }
    content = Pass(seen.project.id, attributes=attributes, inputs=inputs, locked=tuple(sorted(data.locked_inputs)))
    now = services.clock.now()
    who = (await identify(request)).viewer.user
    detail = {"attributes": sorted(attributes), "locked": content.locked}
    entry = AuditEntry(now, who, "create_embed", seen.project.id, detail, origin_of(request))
    secret = await new_pass(services, content, now + timedelta(milliseconds=data.expires_in), entry)
    base = services.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return PresignedUrl(f"{base}/{services.workspace}/app/{seen.project.id}/latest?embed=true&{IN_ADDRESS}={secret}")


def _checked(document: Document, given: dict[str, Any], field: str) -> dict[str, Any]:
    """The values as the codec keeps them. A server may set every input, also one that the page does not show."""
    inputs = document.inputs()
    values = {}
    for name, json in given.items():
        if name not in inputs:
            raise ApiError(422, f"The published version has no input {name!r}.", "Correct the name.", field=field)
        value = accept(inputs[name].input, json)
        if isinstance(value, Invalid):
            raise ApiError(422, value.sentence, "Give a value that the input takes.", field=field)
        values[name] = to_json(inputs[name].input, value)
    return values
