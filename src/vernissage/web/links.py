"""Links to an app, made for people to pass on.

A link grants nothing: whoever opens it needs access to the app all the same.
"""

# ruff: noqa: ARG001 - an address names its project; the guard has found it.

from __future__ import annotations

from typing import Any, assert_never

from litestar import Request, post

from vernissage.core.document import ButtonInput, Document
from vernissage.core.inputs import Invalid, Value, accept
from vernissage.core.links import MAX_LINK, TooLong, not_carried, write_query
from vernissage.web.errors import ApiError
from vernissage.web.guard import seen_of
from vernissage.web.services import services_of
from vernissage.wire.rest import LinkBody, LinkRequest


@post("/api/v1/projects/{project:str}/links", opt={"act": "see_app"}, status_code=200)
async def make_link(request: Request[Any, Any, Any], project: str, data: LinkRequest) -> LinkBody:
    """[LIV6] A link to the published app, or to it with these values of its inputs."""
    services, seen = services_of(request), seen_of(request)
    if data.kind == "CURRENT_INPUTS" and not services.current_inputs_links:
        raise ApiError(
            403, "An admin has switched off links that carry inputs.", "Share the app's address.", code="LINKS_OFF"
        )
    published = seen.project.published
    document = await services.rooms.version_document(seen.project.id, published) if published is not None else None
    if document is None:
        raise ApiError(409, "This app is not published now.", "Ask its authors.", code="NOT_PUBLISHED")
    base = services.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    address = f"{base}/{services.workspace}/app/{seen.project.id}/latest"
    match data.kind:
        case "PUBLISHED":
            return LinkBody(address, ())
        case "CURRENT_INPUTS":
            pass
        case never:
            assert_never(never)
    values = _values(document, data.inputs)
    query = write_query(document, values, address=address)
    labels = {name: cell.label or name for name, cell in document.inputs().items()}
    if isinstance(query, TooLong):
        sentence = f"{labels[query.name]} is too long for a link, which has at most {MAX_LINK:,} characters."
        raise ApiError(422, sentence, "Share a live session instead.", code="TOO_LONG", field=query.name)
    left_out = tuple(labels[name] for name in not_carried(document, values))
    return LinkBody(f"{address}?{query}" if query else address, left_out)


def _values(document: Document, given: dict[str, Any]) -> dict[str, Value]:
    """The values as the codec reads them; names that are no input are passed over. A press is an event and no value to
    be given: run buttons stand in each link, as `false`."""
    inputs = document.inputs()
    values: dict[str, Value] = {name: False for name, cell in inputs.items() if isinstance(cell.input, ButtonInput)}
    for name, json in given.items():
        if name in inputs and name not in values:
            value = accept(inputs[name].input, json)
            if isinstance(value, Invalid):
                raise ApiError(422, value.sentence, "Choose a value that the input takes.", field=name)
            values[name] = value
    return values
