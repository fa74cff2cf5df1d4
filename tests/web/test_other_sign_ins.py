"""Signing in with an OpenID provider, and by a proxy in front: real servers on loopback, real keys, real redirects."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.support.app import boot
from tests.support.openid import Provider, Sign
from tests.support.server import Client, RunningServer
from vernissage.web.openid import Attempt, NotSignedIn, OpenID, opened, sealed
from vernissage.web.proxies import Proxies

HEADER = "X-Forwarded-Email"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[RunningServer]:
    """A server that knows the provider, and lets in two domains by it."""
    environ = {**provider.settings(), "VERNISSAGE_OIDC_DOMAINS": "example.org, example.net"}
    with RunningServer(tmp_path_factory.mktemp("openid") / "data", environ=environ) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Client:
    return server.client()


@pytest.fixture
def said(provider: Provider) -> Iterator[dict[str, Any]]:
    """What the provider says of somebody new."""
    name = secrets.token_hex(4)
    provider.reset()
    provider.person = {
        "sub": f"sub-{name}", "email": f"{name}@Example.org", "email_verified": True, "name": "Ada Nova",
    }  # fmt: skip
    yield provider.person
    provider.reset()


def browser(server: RunningServer) -> Client:
    client = Client(server.url)
    server.clients.append(client)
    return client


def sign_in(server: RunningServer, client: Client, next: str = "/") -> httpx2.Response:
    """Press the button, go to the provider, come back."""
    assert client.http.base_url == server.url
    return client.http.get("/sign-in/openid", params={"next": next})


def trouble(answer: httpx2.Response) -> str:
    """The sentence on the sign-in page."""
    carried = boot(answer.text)
    assert carried["person"] is None
    assert carried["sign_in"]["provider"] == "Example"
    return str(carried["sign_in"]["trouble"])


def last(admin: Client, action: str) -> Any:
    return admin.call("GET", f"/audit?action={action}&limit=1").json()["values"][0]


def test_web43_the_first_sign_in_makes_a_viewer_the_next_finds_them(
    server: RunningServer, admin: Client, provider: Provider, said: dict[str, Any]
) -> None:
    client = browser(server)
    assert boot(client.http.get("/").text)["sign_in"] == {"provider": "Example", "trouble": "", "by_proxy": False}
    answer = sign_in(server, client, "/settings/account?x=1#y")
    assert (answer.status_code, str(answer.url)) == (200, f"{server.url}/settings/account?x=1#y")
    person = boot(answer.text)["person"]
    assert (person["email"], person["name"], person["role"]) == (said["email"].lower(), "Ada Nova", "viewer")
    asked = provider.asked[-1]
    assert asked["scope"] == "openid email profile"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    assert client.http.cookies.get("vernissage_openid") is None  # of no use any more
    # The provider's subject is who they are: a new e-mail there changes nothing here.
    said["email"] = f"{secrets.token_hex(4)}@example.org"
    assert boot(sign_in(server, browser(server)).text)["person"] == person
    signed = last(admin, "sign_in")
    assert (signed["user"], signed["detail"]) == (person["id"], {"by": "openid"})
    assert last(admin, "add_user")["detail"]["by"] == "openid"


def test_web43_somebody_known_is_found_by_the_verified_e_mail(
    server: RunningServer, admin: Client, said: dict[str, Any]
) -> None:
    added = admin.call("POST", "/users", {"email": said["email"], "role": "editor", "name": "Known"}).json()
    person = boot(sign_in(server, browser(server)).text)["person"]
    assert (person["id"], person["role"], person["name"]) == (added["id"], "editor", "Known")
    # Somebody else at the provider got that address: it opens nobody's account.
    said["sub"] = "somebody else"
    assert "somebody else signs in to" in trouble(sign_in(server, browser(server)))
    assert last(admin, "sign_in_refused")["detail"]["by"] == "openid"


def test_web43_who_is_disabled_stays_out(server: RunningServer, admin: Client, said: dict[str, Any]) -> None:
    assert said
    person = boot(sign_in(server, browser(server)).text)["person"]
    assert admin.call("POST", f"/users/{person['id']}/disable").status_code == 204
    assert "Your account is disabled." in trouble(sign_in(server, browser(server)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email_verified": False}, "has not verified the e-mail address"),
        ({"email_verified": None}, "has not verified the e-mail address"),
        ({"email": ""}, "told no e-mail address"),
        ({"email": "ada@elsewhere.example"}, "Use an address of example.net, example.org."),
        ({"email": "no address"}, "may not sign in here"),
        ({"nonce": "of another attempt"}, "cannot be trusted"),
        ({"nonce": None}, "cannot be trusted"),
        ({"aud": "another program"}, "cannot be trusted"),
        ({"aud": ["vernissage", "another program"]}, "cannot be trusted"),
        ({"azp": "another program"}, "cannot be trusted"),
        ({"iss": "https://elsewhere.example"}, "cannot be trusted"),
        ({"exp": int(time.time()) - 3600}, "cannot be trusted"),
        ({"exp": None}, "cannot be trusted"),
        ({"sub": None}, "cannot be trusted"),
    ],
    ids=str,
)
def test_web43_a_token_that_does_not_fit_signs_nobody_in(
    server: RunningServer, admin: Client, provider: Provider, said: dict[str, Any], change: Any, sentence: str
) -> None:
    def twist(claims: dict[str, Any]) -> None:
        claims.update(change)
        for name, value in change.items():
            if value is None:
                del claims[name]

    provider.twist = twist
    client = browser(server)
    assert sentence in trouble(sign_in(server, client))
    assert client.call("GET", "/projects").status_code == 401
    refused = last(admin, "sign_in_refused")
    assert refused["detail"]["why"] and refused["detail"]["by"] == "openid"
    provider.twist = lambda _: None
    assert boot(sign_in(server, client).text)["person"]["email"] == said["email"].lower()  # nothing else was wrong


@pytest.mark.parametrize("lie", ["another's key", "a shared secret", "no signature", "no token", "noise"])
def test_web43_only_the_providers_own_keys_sign(
    server: RunningServer, provider: Provider, said: dict[str, Any], lie: str
) -> None:
    assert said["email_verified"]  # nothing else is wrong
    kid = str(provider.key.kid)
    lies: dict[str, Sign] = {
        "another's key": lambda claims: jwt.encode(
            {"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048, {"kid": kid})
        ),
        "a shared secret": lambda claims: jwt.encode(
            {"alg": "HS256", "kid": kid}, claims, OctKey.import_key(provider.secret), algorithms=["HS256"]
        ),
        "no signature": lambda claims: f"eyJhbGciOiJub25lIn0.{provider.honest(claims).split('.')[1]}.",
        "no token": lambda _: "",
        "noise": lambda _: "a.b.c",
    }
    provider.sign = lies[lie]
    assert "cannot be trusted" in trouble(sign_in(server, browser(server)))


@pytest.mark.anyio
async def test_web43_a_new_key_of_the_provider_is_read_when_it_is_met() -> None:
    now = [0.0]
    with Provider() as provider:
        provider.person = {"sub": "1", "email": "ada@example.org", "email_verified": True}
        async with httpx2.AsyncClient() as http:
            openid = OpenID(
                http, issuer=provider.issuer, client_id=provider.client, client_secret=provider.secret,
                name="Example", clock=lambda: now[0],
            )  # fmt: skip

            async def come_in() -> str:
                address, attempt = await openid.begin("http://here/back", "/")
                back = (await http.get(address)).headers["location"]
                code = parse_qs(urlsplit(back).query)["code"][0]
                return (await openid.finish(attempt, code, "http://here/back")).subject

            assert await come_in() == "1"
            provider.new_key()
            with pytest.raises(NotSignedIn, match="cannot be trusted"):  # not read again for each forged one
                await come_in()
            now[0] = 11.0
            assert await come_in() == "1"


def test_web43_an_attempt_is_of_one_browser_and_ends(
    server: RunningServer, provider: Provider, said: dict[str, Any]
) -> None:
    assert said
    first, other = browser(server), browser(server)
    back = first.http.get("/sign-in/openid", follow_redirects=False).headers["location"]
    back = httpx2.get(back).headers["location"]  # with a code, for the browser that began
    assert "not begun in this browser" in trouble(other.http.get(back))
    assert "not begun in this browser" in trouble(first.http.get(back.replace("state=", "state=x")))
    # The cookie went with the refusal, so that the code is of no use any more.
    assert "not begun in this browser" in trouble(first.http.get(back))
    assert boot(sign_in(server, first).text)["person"] is not None
    provider.refuses = "access_denied"
    assert trouble(sign_in(server, other)) == "The sign-in was cancelled. Nothing was changed."


def test_web43_what_a_browser_remembers_cannot_be_changed() -> None:
    key, attempt = secrets.token_bytes(32), Attempt("s", "n", "v", "/", time.time() + 9)
    cookie = sealed(key, attempt)
    assert opened(key, cookie) == attempt
    assert opened(b"x" * 32, cookie) is None
    for broken in ("", ".", "x", f"x{cookie}", f"{cookie}0", cookie.partition(".")[0], "é.é"):
        assert opened(key, broken) is None
    assert opened(key, sealed(key, Attempt("s", "n", "v", "/", time.time() - 1))) is None


@pytest.mark.parametrize("next", ["https://else.example/", "//else.example", "/\\else.example", "x", "/sign-in"])
def test_web43_nobody_is_led_to_another_site(server: RunningServer, said: dict[str, Any], next: str) -> None:
    assert said
    assert str(sign_in(server, browser(server), next).url) == f"{server.url}/"


def test_web43_an_e_mail_that_is_told_beside_the_token_counts(
    server: RunningServer, provider: Provider, said: dict[str, Any]
) -> None:
    email = said.pop("email")
    provider.in_userinfo = {"sub": said["sub"], "email": email, "email_verified": True}
    assert boot(sign_in(server, browser(server)).text)["person"]["email"] == email.lower()
    provider.in_userinfo = {"sub": "somebody else", "email": "ada@example.org", "email_verified": True}
    assert "cannot be trusted" in trouble(sign_in(server, browser(server)))


def test_web43_a_provider_that_is_gone_is_said_in_a_sentence(tmp_path: Any) -> None:
    with Provider() as gone:
        environ = gone.settings()
    with RunningServer(tmp_path / "data", environ=environ) as server:
        assert "cannot be reached" in trouble(sign_in(server, browser(server)))
        assert server.client().call("GET", "/projects").status_code == 200  # the other ways are there


# --- a proxy in front -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that believes what comes from this machine."""
    environ = {"VERNISSAGE_PROXIES": "127.0.0.1,10.0.0.0/8", "VERNISSAGE_SIGN_IN_HEADER": HEADER}
    environ["VERNISSAGE_FIRST_ROLE"] = "editor"
    with RunningServer(tmp_path_factory.mktemp("proxied") / "data", environ=environ) as server:
        server.client()
        yield server


def test_web42_a_proxy_signs_people_in(behind: RunningServer) -> None:
    admin = behind.clients[0]
    client = browser(behind)
    client.http.headers[HEADER] = "Grace@Example.org"
    page = boot(client.http.get("/").text)
    assert (page["person"]["email"], page["person"]["role"]) == ("grace@example.org", "editor")
    assert page["sign_in"]["by_proxy"] is True
    assert client.call("POST", "/projects", {"title": "x"}).status_code == 403  # without the token of a page
    client.csrf = page["csrf"]
    assert client.call("POST", "/projects", {"title": "x"}).status_code == 201
    other = browser(behind)
    other.http.headers[HEADER] = "mary@example.org"
    other.csrf = page["csrf"]
    assert other.call("POST", "/projects", {"title": "x"}).status_code == 403  # the token of another's page
    assert browser(behind).call("GET", "/projects").status_code == 401
    added = admin.call("GET", "/audit?action=add_user").json()["values"]
    assert {one["detail"]["by"] for one in added} == {"proxy"}
    signed = admin.call("GET", "/audit?action=sign_in&who=grace@example.org").json()["values"]
    assert [one["detail"] for one in signed] == [{"by": "proxy"}]  # once, and not for each request
    admin.call("POST", f"/users/{page['person']['id']}/disable")
    assert client.call("GET", "/projects").status_code == 401
    for wrong in ("no address", "", "a@b@c"):
        client.http.headers[HEADER] = wrong
        assert client.call("GET", "/projects").status_code == 401


def test_web41_the_address_that_a_proxy_names_is_recorded(behind: RunningServer) -> None:
    client = browser(behind)
    for forwarded, origin in (
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.8, 10.1.2.3", "203.0.113.8"),  # what a client wrote itself stands further left
    ):
        client.http.headers["X-Forwarded-For"] = forwarded
        client.http.post("/api/v1/sign-in", json={"email": "x@example.org", "password": "y"})
        assert last(behind.clients[0], "sign_in_refused")["origin"] == origin


def test_web41_what_others_say_of_themselves_does_not_count(server: RunningServer, admin: Client) -> None:
    client = browser(server)
    client.http.headers |= {HEADER: "grace@example.org", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    assert client.call("GET", "/projects").status_code == 401
    answer = client.http.post("/api/v1/sign-in", json={"email": "x@example.org", "password": "y"})
    assert answer.status_code == 401
    assert last(admin, "sign_in_refused")["origin"] == "127.0.0.1"


def test_web41_a_proxy_is_known_by_its_address() -> None:
    proxies = Proxies(("10.0.0.0/8", "::1", "192.0.2.5"), HEADER)
    assert all(proxies.trusts(one) for one in ("10.9.8.7", "::1", "192.0.2.5", "::ffff:10.1.1.1"))
    assert not any(proxies.trusts(one) for one in ("11.0.0.1", "", "localhost", "192.0.2.6", "unix:"))
    assert not Proxies().trusts("127.0.0.1")

    def scope(peer: str, scheme: str = "http") -> Any:
        headers = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-email", b"a@b.c"), (b"x-forwarded-for", b"1.2.3.4")]
        return {"type": "http", "client": (peer, 1), "scheme": scheme, "headers": headers}

    near, far, socket = scope("10.0.0.1"), scope("11.0.0.1"), scope("::1", "ws")
    for one in (near, far, socket):
        proxies.seen_through(one)
    assert (near["scheme"], near["client"][0], len(near["headers"])) == ("https", "1.2.3.4", 3)
    assert (far["scheme"], far["client"][0], far["headers"]) == ("http", "11.0.0.1", [])
    assert socket["scheme"] == "wss"


def test_web46_many_attempts_from_one_address_have_to_wait(tmp_path: Any) -> None:
    with RunningServer(tmp_path / "data") as server:
        client = browser(server)

        def attempt(number: int) -> httpx2.Response:
            return client.http.post("/api/v1/sign-in", json={"email": f"nobody{number}@example.org", "password": "x"})

        with ThreadPoolExecutor(30) as threads:  # at once: few passwords are checked, and all are counted
            tried = list(threads.map(attempt, range(60)))
        assert "Too many attempts" not in "".join(one.text for one in tried)
        answer = attempt(60)
        assert answer.status_code == 429
        assert answer.json()["error"]["message"] == "Too many attempts from where you are."
        assert 0 < int(answer.headers["retry-after"]) <= 301
