"""An OpenID provider for tests: a real server on loopback with keys of its own, which asks nobody and says what it is
told.

    with Provider() as provider:
        provider.person = {"sub": "1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
        …a browser is sent to `provider.issuer`, and comes back signed in

`twist` changes what it says on its way out, `sign` how it signs that, to see that what does not fit is refused.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Twist = Callable[[dict[str, Any]], None]
Sign = Callable[[dict[str, Any]], str]
"""Claims → ID token."""


class Provider:
    """See the head of this module."""

    def __init__(self, client: str = "vernissage", secret: str = "a secret & more") -> None:
        self.client, self.secret = client, secret
        self.person: dict[str, Any] = {}
        self.twist: Twist = lambda _: None
        self.sign: Sign = self.honest
        self.refuses = ""
        """An `error` to send people back with; "" = they are let through."""
        self.in_userinfo: dict[str, Any] = {}
        """What is told of the person apart from the ID token."""
        self.asked: list[dict[str, str]] = []
        """The queries with which browsers came."""
        self._codes: dict[str, dict[str, str]] = {}
        self.new_key()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nothing is said on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="openid provider", daemon=True)

    def __enter__(self) -> Provider:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self) -> dict[str, str]:
        """The environment of a server that knows this provider."""
        return {
            "VERNISSAGE_OIDC_ISSUER": self.issuer,
            "VERNISSAGE_OIDC_CLIENT_ID": self.client,
            "VERNISSAGE_OIDC_CLIENT_SECRET": self.secret,
            "VERNISSAGE_OIDC_NAME": "Example",
        }

    def new_key(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})

    def reset(self) -> None:
        """As at first, but for its keys."""
        self.twist, self.sign = lambda _: None, self.honest
        self.refuses, self.in_userinfo, self.person = "", {}, {}

    def honest(self, claims: dict[str, Any]) -> str:
        """An ID token signed with the present key."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    # --- what it answers

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(handler, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "response_types_supported": ["code"],
            })  # fmt: skip
        elif parts.path == "/keys":
            self._json(handler, KeySet([self.key]).as_dict(private=False))
        elif parts.path == "/authorize":
            self._authorize(handler, query)
        elif parts.path == "/userinfo" and handler.headers["Authorization"] == "Bearer of the person":
            self._json(handler, self.in_userinfo)
        else:
            self._json(handler, {"error": "unknown"}, 404)

    def _authorize(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        self.asked.append(query)
        back: dict[str, str] = {"state": query["state"]}
        if self.refuses:
            back["error"] = self.refuses
        else:
            back["code"] = secrets.token_urlsafe(16)
            self._codes[back["code"]] = query
        handler.send_response(302)
        handler.send_header("Location", f"{query['redirect_uri']}?{urlencode(back)}")
        handler.end_headers()

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        basic = base64.b64decode(handler.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        name, _, secret = basic.partition(":")
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or (unquote(name), unquote(secret)) != (self.client, self.secret)
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            self._json(handler, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims |= self.person
        self.twist(claims)
        token = self.sign(claims)
        self._json(handler, {"access_token": "of the person", "token_type": "Bearer", "id_token": token})

    @staticmethod
    def _json(handler: BaseHTTPRequestHandler, body: Any, status: int = 200) -> None:
        data = msgspec.json.encode(body)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
