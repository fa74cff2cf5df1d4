"""Signing in and out: with a password, with a link that works once, with an OpenID provider.

Who tries on and on waits, by account and by address; nobody is told which accounts there are. Each sign-in, and each
refusal, stands in the audit log.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Request, Response, get, post, put
from litestar.datastructures import Cookie
from litestar.params import Parameter
from litestar.response import Redirect

from vernissage.actors import people
from vernissage.core.audit import Action
from vernissage.ports import AuditEntry, Conflict, Identity, User
from vernissage.web import openid
from vernissage.web.audit import entry
from vernissage.web.errors import ApiError
from vernissage.web.identity import cookie, digest, identify, open_sign_in, origin_of
from vernissage.web.pages import editor_page
from vernissage.web.passwords import Busy
from vernissage.web.services import services_of
from vernissage.wire.rest import Credentials, NewPassword

SHORTEST_PASSWORD = 8

ATTEMPT = "vernissage_openid"
"""The cookie of a browser whose person is at the provider."""


@post("/api/v1/sign-in", opt={"act": "sign_in"}, status_code=204)
async def sign_in(request: Request[Any, Any, Any], data: Credentials) -> Response[None]:
    """Sign a browser in by e-mail and password."""
    services, now = services_of(request), services_of(request).clock.now()
    email, address = data.email.strip().lower(), origin_of(request)
    if wait := services.passwords.wait(email, now):
        raise later("Too many attempts for this e-mail.", wait)
    if wait := services.passwords.wait(address, now, "address"):
        raise later("Too many attempts from where you are.", wait)
    user = await services.store.user_by_email(email)
    try:
        fits = await services.passwords.fits(user.password_hash if user else "", data.password)
    except Busy:
        raise later("Many people are signing in at this moment.", 5) from None
    if user is None or not fits or user.disabled:
        # What is no e-mail may be a password in the wrong field.
        known = email if people.EMAIL.fullmatch(email) else ""
        await _record(request, "sign_in_refused", user, by="password", email=known)
        raise ApiError(401, "That e-mail and password do not fit together.", "Check both, or ask an admin.")
    services.passwords.forgive(email)
    services.passwords.take_back(address, now)
    return Response(None, status_code=204, cookies=[await _signed_in(request, user, "password")])


@post("/api/v1/sign-out", opt={"act": "sign_out"}, status_code=204)
async def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
    """End this browser's session, at once and for good."""
    await services_of(request).store.add_audit(await entry(request, "sign_out"))
    await end_sign_in(request)
    return Response(None, status_code=204, cookies=[cookie(request, "")])


@put("/api/v1/password", opt={"act": "change_password"}, status_code=204)
async def change_password(request: Request[Any, Any, Any], data: NewPassword) -> None:
    """Change my password; my other browsers are signed out."""
    services, identity = services_of(request), await identify(request)
    user = identity.user
    assert user is not None
    if identity.by == "bearer":
        raise ApiError(403, "A token changes no password.", "Change it on the page of your account.")
    if wait := services.passwords.wait(user.email, services.clock.now()):
        raise later("Too many attempts.", wait)
    check_password(data.new)
    try:
        if user.password_hash and not await services.passwords.fits(user.password_hash, data.current):
            raise ApiError(422, "That is not your present password.", "Type it again.", field="current")
        hash = await services.passwords.hash(data.new)
    except Busy:
        raise later("Many people are signing in at this moment.", 5) from None
    services.passwords.forgive(user.email)
    here = identity.sign_in.id if identity.sign_in else ""
    await services.store.set_password(user.id, hash, here)
    await services.store.add_audit(await entry(request, "set_password", user=user.id))
    services.attendance.end(user=user.id, but=identity.sign_in.hash if identity.sign_in else "")


def check_password(password: str) -> None:
    """Raises ApiError where it is too short to be one."""
    if len(password) < SHORTEST_PASSWORD:
        sentence = f"A password has at least {SHORTEST_PASSWORD} characters."
        raise ApiError(422, sentence, "Use a longer one; a few words do well.", field="password")


@get("/sign-in", opt={"act": "sign_in"}, include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any], token: str | None = None) -> Response[Any]:
    """The sign-in page; with a one-time token the browser is signed in and goes home."""
    services, identity = services_of(request), await identify(request)
    if not token:
        return editor_page(request, identity)
    now = services.clock.now()
    found = await services.store.token_by_hash(digest(token))
    if found is not None and found.kind == "sign_in" and not found.revoked:
        user = await services.store.user(found.user)
        fresh = found.expires_at is None or found.expires_at > now
        if fresh and user is not None and not user.disabled and await services.store.use_token(found.id, now):
            return await _home(request, user, "link", "/")
    if identity.user is not None:
        return editor_page(request, identity)
    return editor_page(request, identity, trouble="That link was used before, or has ended. Ask for a new one.")


@get("/sign-in/openid", opt={"act": "sign_in"}, include_in_schema=False)
async def to_provider(request: Request[Any, Any, Any], next: str = "/") -> Response[Any]:
    """On to the OpenID provider, and from there to `next`."""
    services = services_of(request)
    if services.openid is None:
        return editor_page(request, await identify(request), missing=True)
    try:
        address, attempt = await services.openid.begin(_back(request), _inside(next))
    except openid.NotSignedIn as problem:
        return await _refused(request, problem)
    return Redirect(
        address,
        status_code=303,
        cookies=[_attempt(request, openid.sealed(services.key, attempt))],
        headers={"Cache-Control": "no-store"},
    )


@get("/sign-in/openid/back", opt={"act": "sign_in"}, include_in_schema=False)
async def from_provider(
    request: Request[Any, Any, Any],
    code: str = "",
    named: Annotated[str, Parameter(query="state")] = "",
    error: str = "",
) -> Response[Any]:
    """[WEB43] Back from the OpenID provider."""
    services = services_of(request)
    if services.openid is None:
        return editor_page(request, await identify(request), missing=True)
    attempt = openid.opened(services.key, request.cookies.get(ATTEMPT, ""))
    try:
        if attempt is None or attempt.state != named:
            sentence = "This sign-in was not begun in this browser, or it took too long. Start again."
            raise openid.NotSignedIn(sentence, "unknown state")
        if error or not code:
            raise openid.NotSignedIn("The sign-in was cancelled. Nothing was changed.", f"error {error[:60]}")
        claims = await services.openid.finish(attempt, code, _back(request))
        user = await _known(request, claims)
    except openid.NotSignedIn as problem:
        return await _refused(request, problem)
    return await _home(request, user, "openid", attempt.next)


async def _known(request: Request[Any, Any, Any], claims: openid.Claims) -> User:
    """The user whom the provider means: the one of its subject, else the one of the verified e-mail, else a new one."""
    services = services_of(request)
    identity = await services.store.identity(claims.issuer, claims.subject)
    if identity is not None:
        user = await services.store.user(identity.user)
    else:
        now, origin = services.clock.now(), origin_of(request)
        name, role = claims.name, services.first_role
        user = await people.arrived(services.store, claims.email, name, role, now, origin, "openid")
        if user is not None:
            try:
                await services.store.add_identity(Identity(claims.issuer, claims.subject, user.id))
            except Conflict:
                sentence = f"{claims.email} belongs to an account here that somebody else signs in to. Ask an admin."
                raise openid.NotSignedIn(sentence, f"another subject has {claims.email}") from None
    if user is None or user.service:
        raise openid.NotSignedIn("That e-mail address cannot be used here. Ask an admin.", "no such user")
    if user.disabled:
        raise openid.NotSignedIn("Your account is disabled. Ask an admin.", f"{user.email} is disabled")
    return user


async def _refused(request: Request[Any, Any, Any], problem: openid.NotSignedIn) -> Response[bytes]:
    """The sign-in page with the sentence."""
    await _record(request, "sign_in_refused", None, by="openid", why=problem.why)
    page = editor_page(request, await identify(request), trouble=str(problem))
    page.set_cookie(_attempt(request, ""))
    return page


async def _home(request: Request[Any, Any, Any], user: User, by: str, next: str) -> Response[Any]:
    """Signed in, and on to where they wanted to go."""
    kept = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    cookies = [await _signed_in(request, user, by)]
    if by == "openid":
        cookies.append(_attempt(request, ""))
    return Redirect(next, status_code=303, cookies=cookies, headers=kept)


async def _signed_in(request: Request[Any, Any, Any], user: User, by: str) -> Cookie:
    """The cookie of a new sign-in; the one before it, whosever it was, ends."""
    await end_sign_in(request)
    _, secret = await open_sign_in(services_of(request), user.id)
    await _record(request, "sign_in", user, by=by)
    return cookie(request, secret)


async def _record(request: Request[Any, Any, Any], action: Action, user: User | None, **detail: str) -> None:
    services = services_of(request)
    told = {name: text for name, text in detail.items() if text}
    who = user.id if user else ""
    await services.store.add_audit(AuditEntry(services.clock.now(), who, action, "", told, origin_of(request)))


async def end_sign_in(request: Request[Any, Any, Any]) -> None:
    """End the sign-in of this browser, and its open sockets."""
    services, sign_in = services_of(request), (await identify(request)).sign_in
    if sign_in is not None:
        await services.store.revoke_sign_in(sign_in.id)
        services.attendance.end(sign_in=sign_in.hash)


def later(sentence: str, seconds: int) -> ApiError:
    """Try again later."""
    return ApiError(429, sentence, f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def base_of(request: Request[Any, Any, Any]) -> str:
    """How people reach this server, without a slash at the end."""
    return services_of(request).base_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _back(request: Request[Any, Any, Any]) -> str:
    return f"{base_of(request)}/sign-in/openid/back"


def _inside(next: str) -> str:
    """The address, where it is a path of this server, else home."""
    parts = urlsplit(next)
    safe = next.startswith("/") and not next.startswith(("//", "/\\")) and next.isprintable()
    return next if safe and not parts.netloc and not next.startswith("/sign-in") else "/"


def _attempt(request: Request[Any, Any, Any], value: str) -> Cookie:
    """Lax: the way back from the provider is a link on another site's page."""
    secure = base_of(request).startswith("https:")
    age = 600 if value else 0
    return Cookie(key=ATTEMPT, value=value, path="/sign-in", httponly=True, samesite="lax", secure=secure, max_age=age)
