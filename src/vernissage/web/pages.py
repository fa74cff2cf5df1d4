"""The pages: two HTML shells from the front-end build, with what they need to show at once put into them.

The app's page carries its published results in the first response; the editors' pages carry who is signed in. Every
page has a policy with a nonce of its own; nothing inline runs.
"""

from __future__ import annotations

import gzip
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import Cookie

from vernissage.actors.room import Room
from vernissage.actors.rooms import fitting, summary_of
from vernissage.core import access as policy
from vernissage.core.document import ButtonInput, inputs_in_app, variables
from vernissage.core.embedding import Pass, frame_ancestors
from vernissage.core.links import read_query
from vernissage.core.room import Notice
from vernissage.ports import RunRecord
from vernissage.web.encodings import accepts
from vernissage.web.errors import MISSING
from vernissage.web.guard import Seen, is_version, project_id, see_project
from vernissage.web.identity import Identity, by_key, cookie, csrf_token, identify, visitor
from vernissage.web.keys import (
    IN_ADDRESS,
    PASS_LIVES,
    key_for_guest,
    key_for_user,
    key_for_visitor,
    new_pass,
    sealed,
    take_pass,
)
from vernissage.web.runs import past_run, restorable, trigger_name
from vernissage.web.services import Services, services_of
from vernissage.web.times import stamp
from vernissage.wire.boot import AppBoot, EarlierSession, EditorBoot, EmbedBoot, EmbedDoor, Handover, PastRun, SignIn
from vernissage.wire.socket import Snapshot

STATIC = Path(__file__).parent / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {frames}"
)

_ESCAPED = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
"""What of JSON means something to HTML, in the spelling that only JSON reads."""

NOT_BUILT = "The front end is not built. Run `make build`, then start the server again."


class NotBuilt(RuntimeError):
    def __init__(self) -> None:
        super().__init__(NOT_BUILT)


@cache
def _shell(name: str) -> str:
    try:
        return (STATIC / f"{name}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotBuilt from None


def built() -> None:
    """Whether the front end is there. Raises NotBuilt."""
    for name in ("app", "editor", "docs"):
        _shell(name)


def _page(
    request: Request[Any, Any, Any],
    name: str,
    boot: Any,
    *,
    status: int = 200,
    cookies: tuple[Cookie, ...] = (),
    frames: str = "'none'",
    window: bool = False,
) -> Response[bytes]:
    """`frames`: whose pages may show it in a frame. `window`: it was opened by a frame and speaks with it."""
    nonce = secrets.token_urlsafe(16)
    json = msgspec.json.encode(boot).decode().translate(_ESCAPED)
    html = _shell(name).replace("__NONCE__", nonce)
    html = html.replace("<!--boot-->", f'<script type="application/json" id="boot">{json}</script>')
    body = html.encode()
    headers = {
        "Content-Security-Policy": POLICY.format(nonce=nonce, frames=frames),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "unsafe-none" if window else "same-origin",
        "Vary": "Accept-Encoding",
    }
    if accepts(request.headers.get("accept-encoding", ""), "gzip"):
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="text/html", status_code=status, headers=headers, cookies=list(cookies))


def editor_page(
    request: Request[Any, Any, Any],
    identity: Identity,
    *,
    missing: bool = False,
    unpublished: bool = False,
    trouble: str = "",
    window: bool = False,
) -> Response[bytes]:
    """The shell of the editors' pages. `missing`: it leads nowhere; `unpublished`: to an app that is not published now;
    `trouble`: the sign-in page, with that sentence; `window`: a frame opened it."""
    services = services_of(request)
    boot = EditorBoot(
        person=None if trouble else identity.person,
        workspace=services.workspace,
        workspace_name=services.workspace_name,
        csrf=csrf_token(services.key, identity.secret),
        sign_in=SignIn(services.openid.name if services.openid else "", trouble, identity.by == "proxy"),
        missing=missing,
        unpublished=unpublished,
    )
    status = 404 if missing and (identity.person or unpublished) else 401 if missing else 200
    return _page(request, "editor", boot, status=status, window=window)


@get("/", opt={"act": "open_page"}, include_in_schema=False)
async def home(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The projects that I may see; signed out: the sign-in page."""
    return editor_page(request, await identify(request))


@get("/settings/{page:str}", opt={"act": "open_page"}, include_in_schema=False)
async def settings_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The pages of the workspace and of one's own account; what they show comes through acts of its own."""
    return editor_page(request, await identify(request))


@get("/api/docs", opt={"act": "read_openapi"}, include_in_schema=False)
async def api_docs(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The API, described for people; the same for everybody."""
    return _page(request, "docs", None)


@get(
    [
        "/{workspace:str}/project/{project:str}",
        "/{workspace:str}/project/{project:str}/{page:str}",
    ],
    opt={"act": "open_page"},
    include_in_schema=False,
)
async def project_page(request: Request[Any, Any, Any], workspace: str, project: str) -> Response[bytes]:
    """The editors' pages of a project; one page for *does not exist* and *not shared with you*."""
    identity = await identify(request)
    seen = await see_project(request, project) if workspace == services_of(request).workspace else None
    allowed = seen is not None and policy.includes(seen.access, "CAN_VIEW")
    return editor_page(request, identity, missing=not allowed)


@get("/{workspace:str}/hex/{project:str}/latest", opt={"act": "open_page"}, include_in_schema=False)
async def from_hex(request: Request[Any, Any, Any], project: str) -> Response[Any]:
    """[URL20] A link that was made for Hex leads to the same app, its query kept byte for byte."""
    return await _redirect(request, "app", project, "latest")


@get("/{workspace:str}/hex/{project:str}/draft/logic", opt={"act": "open_page"}, include_in_schema=False)
async def from_hex_draft(request: Request[Any, Any, Any], project: str) -> Response[Any]:
    """A link to a draft that was made for Hex leads to the logic view."""
    return await _redirect(request, "project", project, "logic")


async def _redirect(request: Request[Any, Any, Any], kind: str, project: str, page: str) -> Response[Any]:
    id = project_id(project)
    if id is None:
        return await missing_page(request)
    query = request.scope["query_string"].decode("latin-1")
    location = f"/{services_of(request).workspace}/{kind}/{id}/{page}"
    return Response(None, status_code=307, headers={"Location": f"{location}?{query}" if query else location})


@get("/{workspace:str}/app/{project:str}/latest", opt={"act": "open_page"}, include_in_schema=False)
async def app_page(request: Request[Any, Any, Any], workspace: str, project: str) -> Response[bytes]:
    """The published app, its results in the page."""
    return await _app(request, workspace, project, None)


@get("/{workspace:str}/app/{project:str}/v/{version:int}", opt={"act": "open_page"}, include_in_schema=False)
async def version_page(request: Request[Any, Any, Any], workspace: str, project: str, version: int) -> Response[bytes]:
    """One version as an app (Can view)."""
    return await _app(request, workspace, project, version)


@get("/{workspace:str}/app/{project:str}/runs/{run:str}", opt={"act": "open_page"}, include_in_schema=False)
async def run_page(request: Request[Any, Any, Any], workspace: str, project: str, run: str) -> Response[bytes]:
    """[API7] The app as a past run left it."""
    services = services_of(request)
    identity = await identify(request)
    still = services.passes.use(request.query_params.get("pass", ""), run)
    seen: Seen | None
    if still:
        seen, record = await _by_pass(services, project, run)
    else:
        seen = await see_project(request, project) if workspace == services.workspace else None
        record = await past_run(services, seen, identity, run) if seen is not None else None
    room = await services.rooms.past_run(record) if record is not None else None
    if seen is None or record is None or room is None:
        return editor_page(request, identity, missing=True)
    editor = policy.includes(seen.access, "CAN_VIEW")
    by = await services.store.user(record.by) if record.by else None
    published = seen.project.published
    can_edit = policy.includes(seen.access, "CAN_EDIT")
    boot = AppBoot(
        person=identity.person,
        workspace=workspace,
        project=seen.project.id,
        csrf=csrf_token(services.key, identity.secret),
        snapshot=room.snapshot(seen.access),
        parameters=(),
        notices=(),
        can_edit=can_edit,
        past=PastRun(
            run=record.id,
            status=record.status,
            trigger=trigger_name(record),
            version=record.version,
            at=stamp(record.ended_at or record.started_at or record.created_at),
            by=by.name if by is not None else "",
            inputs=summary_of(room.document, room.state.inputs),
            message=record.message,
            published=published is not None,
            runs_url=f"/{workspace}/project/{seen.project.id}/runs#{record.id}" if editor else "",
            restorable=can_edit and restorable(record, room.document, seen.project),
        ),
        still=still,
    )
    return _page(request, "app", boot)


async def _by_pass(services: Services, project: str, run: str) -> tuple[Seen | None, RunRecord | None]:
    """[NOT16] What a pass opens: the run as somebody with App only sees it."""
    record = await services.store.run(run)
    found = await services.store.project(record.project) if record is not None else None
    if found is None or found.id != project_id(project):
        return None, None
    return Seen(found, "APP_ONLY"), record


async def _app(request: Request[Any, Any, Any], workspace: str, project: str, version: int | None) -> Response[bytes]:
    services = services_of(request)
    embed = _parameter(request, "embed") if version is None else ""
    if embed == "true":
        return await _embed(request, workspace, project)
    if embed == "sign-in":
        return await _hand_over(request, workspace, project)
    identity = await identify(request)
    seen = await see_project(request, project) if workspace == services.workspace else None
    if seen is None:
        return editor_page(request, identity, missing=True)
    if version is not None and version != seen.project.published and not policy.includes(seen.access, "CAN_VIEW"):
        return editor_page(request, identity, missing=True)
    cookies: tuple[Cookie, ...] = ()
    if not identity.viewer.id:  # a visitor from the web: their sessions are bound to this browser
        identity = visitor()
        cookies = (cookie(request, identity.secret),)
    boot = await _boot(request, identity, seen, version)
    if boot:
        return _page(request, "app", boot, cookies=cookies)
    unpublished = version is None and seen.project.published is None  # they may know of it: it says so
    return editor_page(request, identity, missing=True, unpublished=unpublished)


async def _boot(
    request: Request[Any, Any, Any],
    identity: Identity,
    seen: Seen,
    version: int | None,
    embed: EmbedBoot | None = None,
    passed: Pass | None = None,
) -> AppBoot | None:
    """What the page of an app carries; None where there is nothing to show."""
    services = services_of(request)
    number = version if version is not None else seen.project.published
    joined, room = await _named_session(request, identity, seen)
    if room is not None:
        number = room.version
    if number is None or not is_version(number):
        return None
    document = await services.rooms.version_document(seen.project.id, number)
    if document is None:
        return None
    query = "" if joined else request.scope["query_string"].decode("utf-8", "surrogateescape")
    read = read_query(document, query, at=services.clock.now())
    inputs = document.inputs()
    buttons = {name for name, cell in inputs.items() if isinstance(cell.input, ButtonInput)}
    values = {name: value for name, value in read.values.items() if name not in buttons}
    presses = tuple(name for name, value in read.values.items() if name in buttons and value is True)
    if passed is not None:  # what the server says that made the embed counts more than what stands in the address
        values |= fitting(document, passed.inputs)
    published = number == seen.project.published
    earlier = None
    snapshot: Snapshot | None
    if room is not None:
        snapshot = room.snapshot(seen.access)
    elif values or presses or identity.viewer.guest:
        room = await services.rooms.app(
            seen.project,
            number,
            identity.viewer,
            inputs=values,
            presses=presses,
            published=published,
        )
        snapshot = room.snapshot(seen.access) if room is not None else None
    else:
        snapshot = await services.rooms.first_look(seen.project, number, seen.access, published=published)
        plain = version is None and not joined and embed is None
        left = await services.rooms.earlier(seen.project, identity.viewer) if plain else None
        earlier = EarlierSession(left[0], left[1], stamp(left[2])) if left is not None else None
    if snapshot is None:
        return None
    editor = policy.includes(seen.access, "CAN_EDIT")
    return AppBoot(
        person=identity.person,
        workspace=services.workspace,
        project=seen.project.id,
        csrf=csrf_token(services.key, identity.secret),
        snapshot=snapshot,
        parameters=tuple(f"_{name}" for cell in inputs_in_app(document).values() for name in variables(cell)),
        notices=_ignored(read.invalid, editor=editor),
        can_edit=editor,
        embed=embed,
        earlier=earlier,
    )


# --- embeds -----------------------------------------------------------------------------------------

USED_UP = "The address of this embed has been used, or has expired. Reload the page that shows it."


async def _embed(request: Request[Any, Any, Any], workspace: str, project: str) -> Response[bytes]:
    """[EMB2] The app in a frame of another page, for whoever holds a pass or is known here; else a door where one signs
    in, which looks the same whether the app is there or not."""
    services = services_of(request)
    now = services.clock.now()
    origins = await services.store.embed_origins()
    id = project_id(project) if workspace == services.workspace else None
    secret = _parameter(request, IN_ADDRESS)
    passed = await take_pass(services, secret, id) if secret and id else None
    known = await identify(request)
    if passed is not None and not passed.user:
        key = key_for_guest(passed, now)
    elif passed is not None:
        key = key_for_user(passed.project, passed.user, passed.sign_in, now)
    elif known.user is not None and not secret:
        key = key_for_user(id or "", known.user.id, known.sign_in.hash if known.sign_in else "", now)
    else:
        key = key_for_visitor(id or "", now)
    identity = await by_key(services, key)
    found = await services.store.project(id) if id and not (secret and passed is None) else None
    access = await services.permissions.level(found, identity.viewer) if found is not None else None
    boot: AppBoot | EmbedDoor | None = None
    if found is not None and access is not None:
        embed = EmbedBoot(sealed(services.key, key), origins, tuple(key.locked))
        boot = await _boot(request, identity, Seen(found, access), None, embed, passed)
    if boot is None:
        door = f"/{workspace}/app/{project}/latest?embed=sign-in"
        sentence = USED_UP if secret and passed is None else MISSING if known.user else ""
        boot = EmbedDoor(door, origins, sentence)
    return _page(request, "app", boot, frames=frame_ancestors(origins))


async def _hand_over(request: Request[Any, Any, Any], workspace: str, project: str) -> Response[bytes]:
    """[EMB5] The window that a frame's door opens: signed out it asks to sign in; then it hands the frame a pass. What
    it hands over reaches pages of this very server only, and those stand in frames of allowed origins only."""
    services = services_of(request)
    identity = await identify(request)
    seen = await see_project(request, project) if workspace == services.workspace else None
    if seen is None or identity.user is None:
        return editor_page(request, identity, missing=identity.user is not None, window=True)
    sign_in = identity.sign_in.hash if identity.sign_in else ""
    content = Pass(seen.project.id, identity.user.id, sign_in)
    secret = await new_pass(services, content, services.clock.now() + PASS_LIVES)
    return _page(request, "app", Handover(secret), window=True)


def _parameter(request: Request[Any, Any, Any], name: str) -> str:
    """The last value of a parameter that is none of an input; "" = it is not there."""
    pairs = parse_qsl(request.scope["query_string"].decode("utf-8", "replace"))
    return next((value for key, value in reversed(pairs) if key == name), "")


async def _named_session(request: Request[Any, Any, Any], identity: Identity, seen: Seen) -> tuple[bool, Room | None]:
    """[LIV3] Whether the address names a session, and that session where this person may go on with it or join it. The
    input values in such an address are passed over."""
    id = _parameter(request, "session")
    if not id or seen.project.published is None:
        return False, None
    return True, await services_of(request).rooms.find_app(seen.project, id, identity.viewer, seen.access)


def _ignored(invalid: tuple[tuple[str, str], ...], *, editor: bool) -> tuple[Notice, ...]:
    """[URL7] Which inputs' values in the address could not be used; editors read why."""
    if not invalid:
        return ()
    names = ", ".join(dict.fromkeys(name for name, _ in invalid))
    why = " " + " ".join(sentence for _, sentence in invalid) if editor else ""
    return (Notice("ignored_parameters", f"The address has values that could not be used for: {names}.{why}"),)


async def missing_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """One page for *does not exist* and *not shared with you*."""
    return editor_page(request, await identify(request), missing=True)
