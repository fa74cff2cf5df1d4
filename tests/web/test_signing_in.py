"""Signing in and out: cookies, links, tokens, passwords, and pages of other sites."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.app import Site, Socket
from tests.support.server import Client
from vernissage.actors import people
from vernissage.app import opened
from vernissage.cli.common import by_command
from vernissage.ports import Token
from vernissage.settings import Settings
from vernissage.web.identity import csrf_fits, csrf_token
from vernissage.web.pace import Pace
from vernissage.web.passwords import ATTEMPTS, FROM_ONE_ADDRESS, Busy, Passwords


def link(site: Site, user: str, lives: timedelta) -> str:
    """A one-time link, as the start of the server makes it."""

    async def make() -> str:
        async with opened(Settings(data=site.server.data)) as (store, _):
            secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
            token = Token(secrets.token_hex(8), people.digest(secret), user, "sign_in", "", now, now + lives)
            await store.add_token(token)
            return f"/sign-in?token={secret}"

    return asyncio.run(make())


def test_web4_a_change_by_cookie_needs_the_token_of_a_page_of_this_browser(site: Site) -> None:
    edith, victor = site.browser("edith"), site.browser("victor")
    for token in ("", "x", "é", victor.csrf, edith.csrf[:-4] + "AAA="):
        headers = [(b"X-CSRF-Token", token.encode())]
        answer = edith.http.post("/api/v1/projects", json={"title": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CSRF"), token
    assert edith.call("POST", "/projects", {"title": "Mine"}).status_code == 201


def test_web4_each_page_carries_another_token_that_fits() -> None:
    key, secret = secrets.token_bytes(32), "a" * 43
    tokens = {csrf_token(key, secret) for _ in range(5)}
    assert len(tokens) == 5
    assert all(csrf_fits(key, secret, token) for token in tokens)
    assert not any(csrf_fits(key, "b" * 43, token) or csrf_fits(b"x" * 32, secret, token) for token in tokens)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1", "http://[", "file://"])
def test_web5_a_page_of_another_site_changes_nothing_and_opens_no_socket(site: Site, origin: str) -> None:
    edith = site.browser("edith")
    answer = edith.call("POST", "/projects", {"title": "x"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.json()["error"]["message"]
    with pytest.raises(InvalidStatus) as refused:
        site.socket("edith", origin=origin)
    assert refused.value.response.status_code == 403


def test_web5_a_page_of_this_server_does(site: Site) -> None:
    edith = site.browser("edith")
    origin = site.server.url
    assert edith.call("POST", "/projects", {"title": "Mine"}, headers={"Origin": origin}).status_code == 201
    with site.socket("edith", origin=origin) as socket:
        assert socket.hello({"room": "logic", "project": site.private})["type"] == "snapshot"


def test_web6_no_script_reads_the_cookie_and_no_other_site_sends_it(site: Site) -> None:
    client = Client(site.server.url)
    answer = client.http.get(link(site, site.people["sam"].id, timedelta(hours=1)), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    for set_cookie in (
        answer.headers["set-cookie"],
        site.program().get(f"/main/app/{site.web}/latest").headers["set-cookie"],
    ):
        attributes = {part.strip().lower() for part in set_cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert "secure" not in attributes  # this server is reached without TLS
    site.program().cookies.clear()
    client.http.close()


def test_web7_a_link_signs_in_one_browser_once(site: Site) -> None:
    address = link(site, site.people["sam"].id, timedelta(hours=1))
    assert site.program().head(address).status_code == 200  # a look at it uses nothing up

    def follow(_: int) -> str:
        client = Client(site.server.url)
        try:
            return client.http.get(address, follow_redirects=False).headers.get("set-cookie", "")
        finally:
            client.http.close()

    with ThreadPoolExecutor(4) as threads:
        cookies = list(threads.map(follow, range(6)))
    assert sum("vernissage=" in cookie for cookie in cookies) == 1


def test_web7_an_expired_link_signs_nobody_in(site: Site) -> None:
    answer = site.program().get(link(site, site.people["sam"].id, -timedelta(seconds=1)), follow_redirects=False)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


def test_web8_signing_out_ends_the_cookie_and_its_open_pages_at_once(site: Site) -> None:
    person = site.newcomer("leaving")
    browser = site.browser("leaving")
    with site.socket("leaving") as socket, site.socket(bearer=person.token) as program:
        for one in (socket, program):
            assert one.hello({"room": "app", "project": site.web})["type"] == "snapshot"
        assert browser.call("POST", "/sign-out").status_code == 204
        assert socket.closed()["reason"] == "signed_out"
        assert program.done({"do": "set_inputs", "values": {"n": 3}})["type"] == "done"  # another right, which stays
    again = Client(site.server.url)
    again.http.cookies.set("vernissage", person.cookie)
    assert again.call("GET", "/projects").status_code == 401
    again.http.close()
    assert site.program("leaving").get("/api/v1/projects").status_code == 200


def rights_ended(site: Site, name: str, sockets: list[Socket]) -> None:
    for socket in sockets:
        assert socket.closed()["reason"] == "signed_out"
    assert site.program(name).get("/api/v1/projects").status_code == 401
    client = Client(site.server.url)
    client.http.cookies.set("vernissage", site.people[name].cookie)
    assert client.call("GET", "/projects").status_code == 401
    client.http.close()


@pytest.mark.parametrize("how", ["route", "command"])
def test_web8_somebody_disabled_is_out_everywhere(site: Site, how: str) -> None:
    person = site.newcomer(how)
    with site.socket(how) as socket, site.socket(bearer=person.token) as program:
        for one in (socket, program):
            assert one.hello({"room": "app", "project": site.web})["type"] == "snapshot"
        if how == "route":
            assert site.program("admin").post(f"/api/v1/users/{person.id}/disable").status_code == 204
        else:  # beside the running server

            async def disable() -> None:
                async with opened(Settings(data=site.server.data)) as (store, _):
                    await store.disable_user(person.id, by_command("disable_user", user=person.id))

            asyncio.run(disable())
        rights_ended(site, how, [socket, program])


def test_web8_an_admin_cannot_disable_themselves(site: Site) -> None:
    admin = site.people["admin"].id
    assert site.program("admin").post(f"/api/v1/users/{admin}/disable").status_code == 409


def test_web8_a_revoked_token_is_out_at_once(site: Site) -> None:
    person = site.newcomer("tokens")
    program = site.program("tokens")
    made = program.post("/api/v1/tokens", json={"name": "second", "days": 3}).json()
    with site.socket(bearer=made["token"]) as socket:
        assert socket.hello({"room": "app", "project": site.web})["type"] == "snapshot"
        assert program.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
        assert socket.closed()["reason"] == "signed_out"
    answer = site.program().get("/api/v1/projects", headers={"Authorization": f"Bearer {made['token']}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "BAD_TOKEN")
    assert all(one["token"] is None for one in program.get("/api/v1/tokens").json()["values"])
    assert person.token not in program.get("/api/v1/tokens").text
    for days in (0, -1, 10**15):
        assert program.post("/api/v1/tokens", json={"name": "x", "days": days}).status_code == 422


def test_web8_whoever_loses_access_is_shown_out_and_not_heard_any_more(site: Site) -> None:
    project = site.project("vernissage: 1\ntitle: Shared\ncells:\n  - {id: a, type: python, source: '1'}\n", "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW"})
    with site.socket("edith") as edith, site.socket("victor") as victor:
        for socket in (edith, victor):
            socket.hello({"room": "logic", "project": project})
        site.share(project, {"victor": "CAN_VIEW"})
        with contextlib.suppress(ConnectionClosed):  # the server is quick
            for number in range(20):
                edith.do({"do": "set_title", "title": f"From outside {number}"})
        assert edith.closed()["reason"] == "no_access"
        assert not any(message["type"] == "done" for message in edith.seen)
        victor.send({"type": "ping"})
        victor.until(lambda message: message["type"] == "pong")
        assert "From outside" not in "".join(victor.raw)


def test_web9_many_wrong_passwords_have_to_wait(site: Site) -> None:
    admin = site.program("admin")
    new = {"email": "Pat@Example.org", "password": "right and long"}
    assert admin.post("/api/v1/users", json=new).status_code == 201
    right = {"email": "pat@example.org", "password": "right and long"}
    program = site.program()
    answers = [program.post("/api/v1/sign-in", json={**right, "password": "wrong"}) for _ in range(ATTEMPTS)]
    assert {answer.status_code for answer in answers} == {401}
    answer = program.post("/api/v1/sign-in", json=right)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 301
    other = program.post("/api/v1/sign-in", json={"email": "nobody@example.org", "password": "x"})
    assert other.json()["error"] == answers[0].json()["error"]  # who exists is not told
    program.cookies.clear()


def test_web9_a_right_password_clears_the_count_and_ends_nothing_of_others(site: Site) -> None:
    new = {"email": "quinn@example.org", "password": "right and long"}
    site.program("admin").post("/api/v1/users", json=new)
    client = Client(site.server.url)
    for password, status in (("wrong", 401), ("right and long", 204)):
        client.http.cookies.clear()
        body = {"email": "quinn@example.org", "password": password}
        assert client.http.post("/api/v1/sign-in", json=body).status_code == status
    assert client.call("GET", "/projects").status_code == 200
    client.http.close()


def test_web9_attempts_count_per_e_mail_for_some_minutes_until_the_right_password() -> None:
    passwords, now = Passwords(), datetime.now(UTC)
    try:
        assert [passwords.wait("a@b", now) for _ in range(ATTEMPTS + 1)] == [0] * ATTEMPTS + [301]
        assert passwords.wait("c@d", now) == 0
        assert passwords.wait("a@b", now + timedelta(minutes=5, seconds=1)) == 0
        passwords.forgive("c@d")
        assert [passwords.wait("c@d", now) for _ in range(ATTEMPTS + 1)][ATTEMPTS - 1 :] == [0, 301]
    finally:
        passwords.close()


def test_web46_attempts_count_per_address_and_only_a_right_password_is_taken_back() -> None:
    passwords, now = Passwords(), datetime.now(UTC)
    try:
        for number in range(FROM_ONE_ADDRESS):
            assert passwords.wait("192.0.2.1", now + timedelta(milliseconds=number), "address") == 0
        assert passwords.wait("192.0.2.1", now, "address") == 301
        assert passwords.wait("192.0.2.1", now) == 0  # typed as an e-mail it counts by itself
        assert passwords.wait("192.0.2.2", now, "address") == 0
        passwords.take_back("192.0.2.1", now)
        passwords.take_back("192.0.2.1", now + timedelta(hours=1))
        assert [passwords.wait("192.0.2.1", now, "address") for _ in range(2)] == [0, 301]
    finally:
        passwords.close()


@pytest.mark.anyio
async def test_web9_few_passwords_are_checked_at_once() -> None:
    passwords = Passwords(most_waiting=3)
    try:
        hash = await passwords.hash("x")
        found = await asyncio.gather(*(passwords.fits(hash, "x") for _ in range(10)), return_exceptions=True)
        busy = sum(isinstance(one, Busy) for one in found)
        assert busy == 7
        assert found.count(True) == 3
        assert await passwords.fits("", "x") is False
    finally:
        passwords.close()


def test_web22_a_token_that_asks_too_often_waits() -> None:
    now = [0.0]
    pace = Pace({"run": 60, "read": 1_200}, lambda: now[0])
    assert [pace.wait("a", "run") for _ in range(61)] == [0] * 60 + [1]
    assert pace.wait("b", "run") == pace.wait("a", "read") == 0
    now[0] = 1.0
    assert [pace.wait("a", "run") for _ in range(2)] == [0, 1]


def test_web22_runs_of_one_token_are_counted_over_http(site: Site) -> None:
    site.newcomer("busy")
    program = site.program("busy")
    answers = [program.post(f"/api/v1/projects/{site.web}/runs", json={"dryRun": True}) for _ in range(62)]
    assert {answer.status_code for answer in answers[:60]} == {201}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
