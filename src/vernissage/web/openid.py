"""Signing in with an OpenID provider: the authorization code flow, with PKCE, a state and a nonce.

    browser ── /sign-in/openid ──▶ redirect to the provider; a sealed cookie remembers state, nonce, verifier
            ◀─ the provider asks the person, and redirects back with a code
            ── /sign-in/openid/back ──▶ code and verifier for an ID token, checked against the provider's keys

Promises: only an ID token of this provider, for this server, for this very attempt of this very browser, whose e-mail
the provider says is verified, signs anybody in. A person is known by the provider's own subject from then on, so an
e-mail that is given to somebody else later opens nobody's account.

Left alone: what somebody may do then (`core.access`), the session of the browser (`identity`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""With public keys only: a shared secret, or none, signs nothing here."""

LEEWAY = 60
"""Seconds by which the provider's clock may be off."""

KNOWN_FOR = 3_600.0
"""Seconds after which the provider's addresses and keys are read again."""

AGAIN_AFTER = 10.0
"""Seconds between two readings of its keys for the sake of a key that is not known."""

WITHIN = 10.0
"""Seconds in which the provider has to answer."""


class NotSignedIn(Exception):
    """The attempt did not sign anybody in; the text is for the person at the screen, `why` for the log."""

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


class Attempt(msgspec.Struct, frozen=True):
    """What a browser remembers while its person is at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str
    """Where they wanted to go, a path of this server."""
    ends: float


class Claims(msgspec.Struct, frozen=True):
    """Who the provider says came."""

    issuer: str
    subject: str
    email: str
    name: str


class _Provider(msgspec.Struct, frozen=True):
    """What of the provider's own description is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class OpenID:
    """One provider, as this server's settings name it."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        name: str,
        domains: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._http = http
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._domains = frozenset(domain.lower().lstrip("@") for domain in domains)
        self._clock = clock
        self._provider: _Provider | None = None
        self._keys: KeySet | None = None
        self._read_at = 0.0

    async def begin(self, redirect: str, next: str) -> tuple[str, Attempt]:
        """The provider's address for this attempt, and what the browser has to remember. Raises NotSignedIn."""
        provider, _ = await self._known()
        verifier = secrets.token_urlsafe(48)
        attempt = Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), verifier, next, time.time() + 600)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joined = "&" if "?" in provider.authorization_endpoint else "?"
        return f"{provider.authorization_endpoint}{joined}{urlencode(query)}", attempt

    async def finish(self, attempt: Attempt, code: str, redirect: str) -> Claims:
        """Who came back with that code. Raises NotSignedIn."""
        provider, keys = await self._known()
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": attempt.verifier,
        }
        basic: httpx2.BasicAuth | None = None
        if not self._client_secret:
            body["client_id"] = self._client_id
        elif "client_secret_basic" in provider.token_endpoint_auth_methods_supported:
            basic = httpx2.BasicAuth(quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
        else:
            body |= {"client_id": self._client_id, "client_secret": self._client_secret}
        tokens = await self._json(provider.token_endpoint, body, basic)
        said = await self._checked(str(tokens.get("id_token", "")), keys, attempt.nonce)
        if "email" not in said and provider.userinfo_endpoint:
            more = await self._json(provider.userinfo_endpoint, bearer=str(tokens.get("access_token", "")))
            if more.get("sub") != said["sub"]:
                raise self._untrusted("what it says of the person is of another person")
            said = {**more, **said}
        email = str(said.get("email", "")).strip().lower()
        if not email:
            raise NotSignedIn(f"{self._called} told no e-mail address. Ask its admin to pass it on.", "no e-mail")
        if said.get("email_verified") not in (True, "true"):
            sentence = (
                f"{self._called} has not verified the e-mail address {email}. Verify it there, then sign in again."
            )
            raise NotSignedIn(sentence, f"{email} is not verified")
        if self._domains and email.rpartition("@")[2] not in self._domains:
            sentence = f"{email} may not sign in here. Use an address of {', '.join(sorted(self._domains))}."
            raise NotSignedIn(sentence, f"{email} is of another domain")
        return Claims(self._issuer, str(said["sub"]), email, str(said.get("name", ""))[:200])

    @property
    def _called(self) -> str:
        return self.name[:1].upper() + self.name[1:]

    async def _checked(self, token: str, keys: KeySet, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that is meant for this attempt."""
        try:
            found = self._read(token, keys)
        except (JoseError, ValueError):
            # It may have got a new key since.
            if self._clock() - self._read_at < AGAIN_AFTER:
                raise self._untrusted("its ID token is not signed with one of its keys") from None
            self._provider = None
            _, keys = await self._known()
            try:
                found = self._read(token, keys)
            except (JoseError, ValueError):
                raise self._untrusted("its ID token is not signed with one of its keys") from None
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(found)
        except JoseError as error:
            raise self._untrusted(f"its ID token does not fit: {error}") from None
        party = found.get("azp")
        several = isinstance(found["aud"], list) and len(found["aud"]) > 1
        if (several and party is None) or (party is not None and party != self._client_id):
            raise self._untrusted("its ID token is for another program")
        return dict(found)

    @staticmethod
    def _read(token: str, keys: KeySet) -> dict[str, Any]:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims

    async def _known(self) -> tuple[_Provider, KeySet]:
        """The provider's addresses and keys, read at most once an hour."""
        if self._provider is None or self._keys is None or self._clock() - self._read_at > KNOWN_FOR:
            described = await self._json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            try:
                provider = msgspec.convert(described, _Provider)
            except msgspec.ValidationError as error:
                raise self._untrusted(f"its description does not fit: {error}") from None
            if provider.issuer != self._issuer:
                raise self._untrusted(f"it calls itself {provider.issuer}, not {self._issuer}")
            try:
                self._keys = KeySet.import_key_set(await self._json(provider.jwks_uri))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise self._untrusted(f"its keys cannot be read: {error}") from None
            self._provider, self._read_at = provider, self._clock()
        return self._provider, self._keys

    async def _json(
        self,
        address: str,
        form: dict[str, str] | None = None,
        basic: httpx2.BasicAuth | None = None,
        bearer: str = "",
    ) -> dict[str, Any]:
        """What the provider answers. A refusal of its is said, without what it wrote."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            if form is None:
                answer = await self._http.get(address, headers=headers, timeout=WITHIN)
            else:
                sent = self._http.build_request("POST", address, data=form, headers=headers, timeout=WITHIN)
                answer = await self._http.send(sent, auth=basic)
            found = msgspec.json.decode(answer.content) if answer.is_success else None
        except (httpx2.HTTPError, httpx2.InvalidURL, msgspec.DecodeError) as error:
            sentence = f"{self._called} cannot be reached. Try again in a moment, or sign in with a password."
            raise NotSignedIn(sentence, f"{address}: {type(error).__name__}") from None
        if not isinstance(found, dict):
            sentence = f"{self._called} did not accept this sign-in. Start again."
            raise NotSignedIn(sentence, f"{address} answered {answer.status_code}")
        return found

    def _untrusted(self, why: str) -> NotSignedIn:
        return NotSignedIn(
            f"What {self.name} answered cannot be trusted. Tell an admin, who finds the reason in the log.", why
        )


def sealed(key: bytes, attempt: Attempt) -> str:
    """The attempt as its browser keeps it: readable there, and of no use once it was changed."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(attempt)).decode()
    return f"{body}.{_seal(key, body)}"


def opened(key: bytes, cookie: str) -> Attempt | None:
    """The attempt in a cookie of ours that has not ended; None = it is none."""
    body, _, seal = cookie.rpartition(".")
    if not body or not hmac.compare_digest(_seal(key, body).encode(), seal.encode()):
        return None
    attempt = msgspec.json.decode(base64.urlsafe_b64decode(body), type=Attempt)
    return attempt if attempt.ends > time.time() else None


def _seal(key: bytes, body: str) -> str:
    return hmac.digest(key, b"openid:" + body.encode(), "sha256").hex()
