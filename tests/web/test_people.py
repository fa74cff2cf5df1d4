"""People, groups, roles, owners, tokens, requests for access, and the record of it all, over HTTP and in open rooms."""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.app import PLAIN, Site, Socket, boot
from tests.support.server import Client
from vernissage.app import opened
from vernissage.settings import Settings

Json = Any


def admin(site: Site, method: str, path: str, body: Json = None, status: int = 0) -> Json:
    """A call of the admin's program."""
    answer = site.program("admin").request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == status if status else answer.is_success, answer.text
    return answer.json() if answer.content else None


def grants(site: Site, project: str, given: dict[str, str], status: int = 200) -> None:
    """Replace the grants by principals, as the owner."""
    body = [{"principal": principal, "access": access} for principal, access in given.items()]
    answer = site.program("olga").put(f"/api/v1/projects/{project}/sharing", json={"grants": body})
    assert answer.status_code == status, answer.text


def level(site: Site, name: str, project: str) -> str | None:
    answer = site.program(name).get(f"/api/v1/projects/{project}")
    return str(answer.json()["access"]) if answer.is_success else None


def enters(site: Site, name: str, project: str) -> Socket:
    """Their tab in the logic view."""
    socket = site.socket(name)
    assert socket.hello({"room": "logic", "project": project})["type"] == "snapshot"
    return socket


# --- groups -----------------------------------------------------------------------------------------


@pytest.fixture
def group(site: Site) -> str:
    """A new group."""
    return str(admin(site, "POST", "/groups", {"name": f"Group {secrets.token_hex(4)}"}, 201)["id"])


def test_web49_groups_are_made_named_filled_and_removed(site: Site, group: str) -> None:
    person = site.newcomer("grouped")
    for who in (person.email, person.id):  # twice is harmless
        admin(site, "PUT", f"/groups/{group}/members/{who}")
    name = f"Analysts {secrets.token_hex(4)}"
    named = admin(site, "PATCH", f"/groups/{group}", {"name": f"  {name} "})
    assert named == {"id": group, "name": name, "members": 1}
    assert [one["email"] for one in admin(site, "GET", f"/groups/{group}/members")["values"]] == [person.email]
    for body, status in (({"name": name.upper()}, 409), ({"name": " "}, 422), ({"name": "x" * 81}, 422)):
        admin(site, "POST", "/groups", body, status)
    admin(site, "PUT", f"/groups/{group}/members/stranger@example.org", status=422)
    admin(site, "PUT", f"/groups/{group}/members/nobody", status=404)
    admin(site, "DELETE", f"/groups/{group}/members/{person.email}")
    assert admin(site, "GET", f"/groups/{group}/members")["values"] == []
    admin(site, "DELETE", f"/groups/{group}", status=204)
    admin(site, "GET", f"/groups/{group}/members", status=404)


@pytest.mark.parametrize("what", ["groups", "users", "principals", "audit", "all-projects"])
def test_web49_lists_come_in_pages_that_show_each_once(site: Site, what: str, group: str) -> None:
    key = {"users": "email", "principals": "principal"}.get(what, "id")
    seen: list[str] = []
    after, page = "", {}
    while not seen or (after and len(seen) < 13):
        page = admin(site, "GET", f"/{what}?limit=2" + (f"&after={after}" if after else ""))
        assert 1 <= len(page["values"]) <= 2
        seen += [one[key] for one in page["values"]]
        after = page["pagination"]["after"]
    assert len(seen) == len(set(seen))
    if what == "groups" and not after:
        assert group in seen
    if what == "audit":
        assert sorted(seen, key=int, reverse=True) == seen
    elif page["pagination"]["before"]:  # and back again
        before = page["pagination"]["before"]
        earlier = admin(site, "GET", f"/{what}?limit=2&before={before}")["values"]
        assert [one[key] for one in earlier] == seen[: -len(page["values"])][-2:]


def test_acc20_whoever_joins_or_leaves_a_group_feels_it_in_open_rooms(site: Site, group: str) -> None:
    project = site.project(PLAIN, "olga")
    person = site.newcomer("in and out")
    grants(site, project, {f"group:{group}": "CAN_EDIT", f"user:{person.email}": "CAN_VIEW"})
    assert level(site, "in and out", project) == "CAN_VIEW"
    with enters(site, "in and out", project) as socket:
        assert socket.done({"do": "set_title", "title": "x"})["type"] == "refusal"
        admin(site, "PUT", f"/groups/{group}/members/{person.id}")
        assert socket.until(lambda message: message["type"] == "snapshot")["access"] == "CAN_EDIT"  # it adds up
        assert socket.done({"do": "set_title", "title": "Of the group"})["type"] == "done"
        admin(site, "DELETE", f"/groups/{group}/members/{person.id}")
        assert socket.until(lambda message: message["type"] == "snapshot")["access"] == "CAN_VIEW"
        assert socket.done({"do": "set_title", "title": "y"})["type"] == "refusal"
    admin(site, "PUT", f"/groups/{group}/members/{person.id}")
    grants(site, project, {f"group:{group}": "CAN_EDIT"})
    with enters(site, "in and out", project) as socket:
        admin(site, "DELETE", f"/groups/{group}")
        assert socket.closed()["reason"] == "no_access"
    assert level(site, "in and out", project) is None
    assert "group:" not in site.program("olga").get(f"/api/v1/projects/{project}/sharing").text


def test_web21_a_project_is_shared_with_groups_that_exist(site: Site, group: str) -> None:
    project = site.project(PLAIN, "olga")
    grants(site, project, {"group:none": "CAN_VIEW"}, 422)
    grants(site, project, {f"group:{group}": "CAN_VIEW"})
    shared = site.program("olga").get(f"/api/v1/projects/{project}/sharing").json()
    (name,) = (one["name"] for one in admin(site, "GET", "/groups?limit=500")["values"] if one["id"] == group)
    assert shared["grants"] == [{"principal": f"group:{group}", "access": "CAN_VIEW", "name": name}]
    assert shared["owner"] == f"user:{site.people['olga'].id}"


def test_web50_people_and_groups_are_found_by_typing(site: Site, group: str) -> None:
    person = site.newcomer("sought")
    found = admin(site, "GET", f"/principals?search={person.email[:5].upper()}")["values"]
    assert {"principal": f"user:{person.id}", "name": "New", "detail": person.email, "kind": "person"} in found
    name = admin(site, "PATCH", f"/groups/{group}", {"name": f"Zebra {secrets.token_hex(4)}"})["name"]
    (one,) = admin(site, "GET", f"/principals?search={name.lower()}")["values"]
    assert one == {"principal": f"group:{group}", "name": name, "detail": "0 people", "kind": "group"}
    admin(site, "POST", f"/users/{person.id}/disable")
    assert admin(site, "GET", f"/principals?search={person.email}")["values"] == []
    assert site.program("vera").get("/api/v1/principals").status_code == 403


# --- roles ------------------------------------------------------------------------------------------


def test_acc20_a_new_role_is_felt_in_open_rooms(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    person = site.newcomer("changing")
    grants(site, project, {f"user:{person.id}": "CAN_EDIT"})
    with enters(site, "changing", project) as socket:
        assert admin(site, "PATCH", f"/users/{person.id}", {"role": "viewer"})["role"] == "viewer"
        assert socket.closed()["reason"] == "no_access"  # App only: the logic view is not theirs
    assert level(site, "changing", project) == "APP_ONLY"
    assert site.program("changing").post("/api/v1/projects", json={"title": "x"}).status_code == 403
    admin(site, "PATCH", f"/users/{person.id}", {"role": "editor"})
    assert level(site, "changing", project) == "CAN_EDIT"
    admin(site, "PATCH", f"/users/{person.id}", {"role": "king"}, 422)


def test_acc20_a_share_after_a_new_role_goes_by_the_new_one(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    person = site.newcomer("shrunk")
    grants(site, project, {f"user:{person.id}": "CAN_EDIT"})
    site.publish(project)
    with site.socket("shrunk") as socket:
        assert socket.hello({"room": "app", "project": project})["access"] == "CAN_EDIT"
        admin(site, "PATCH", f"/users/{person.id}", {"role": "viewer"})
        assert socket.until(lambda message: message["type"] == "snapshot")["access"] == "APP_ONLY"
        grants(site, project, {f"user:{person.id}": "FULL_ACCESS"})
        socket.send({"type": "ping"})
        socket.until(lambda message: message["type"] == "pong")
        assert [one["access"] for one in socket.seen if one["type"] == "snapshot"] == ["CAN_EDIT", "APP_ONLY"]


@pytest.mark.parametrize("how", ["role", "disable"])
def test_acc21_the_last_admin_stays(site: Site, how: str) -> None:
    second = site.newcomer(f"second admin by {how}", "admin")

    def end(of: str) -> int:
        if how == "role":
            return site.program("admin").patch(f"/api/v1/users/{of}", json={"role": "editor"}).status_code
        return site.program("admin").post(f"/api/v1/users/{of}/disable").status_code

    assert end(second.id) in (200, 204)
    assert site.program(f"second admin by {how}").get("/api/v1/audit").status_code in (401, 403)
    assert end(site.people["admin"].id) == 409
    assert site.program("admin").get("/api/v1/audit").status_code == 200


def test_web8_somebody_enabled_again_signs_in_anew(site: Site) -> None:
    person = site.newcomer("back again")
    admin(site, "POST", f"/users/{person.id}/disable", status=204)
    assert site.program("back again").get("/api/v1/projects").status_code == 401
    admin(site, "POST", f"/users/{person.id}/sign-in-link", status=409)
    admin(site, "POST", f"/users/{person.id}/enable", status=204)
    assert site.program("back again").get("/api/v1/projects").status_code == 401  # what ended stays ended
    link = admin(site, "POST", f"/users/{person.id}/sign-in-link", status=201)["url"]
    client, again = Client(site.server.url, link.removeprefix(site.server.url)), Client(site.server.url)
    assert client.call("GET", "/projects").status_code == 200
    assert "used before" in boot(again.http.get(link).text)["sign_in"]["trouble"]
    for one in (client, again):
        one.http.close()


# --- owners and admins ------------------------------------------------------------------------------


def test_acc22_an_admin_sees_that_a_project_exists_and_takes_access_which_is_recorded(site: Site) -> None:
    project = site.project(PLAIN.replace("Plain", "Of nobody else"), "olga")
    assert level(site, "admin", project) is None
    listed = next(one for one in admin(site, "GET", "/all-projects?limit=500")["values"] if one["id"] == project)
    assert (listed["title"], listed["access"], listed["trashedAt"]) == ("Of nobody else", None, None)
    assert listed["owner"]["email"] == site.people["olga"].email
    for name in ("olga", "vera"):
        assert site.program(name).post(f"/api/v1/projects/{project}/take-access", json={}).status_code == 403
    admin(site, "POST", f"/projects/{project}/take-access", {"access": "CAN_VIEW"})
    admin(site, "POST", f"/projects/{project}/take-access", {"access": "APP_ONLY"})  # never less
    assert level(site, "admin", project) == "CAN_VIEW"
    actions = admin(site, "GET", f"/audit?project={project}&action=take_access")["values"]
    assert [one["detail"]["access"] for one in actions] == ["APP_ONLY", "CAN_VIEW"]
    assert {one["person"]["email"] for one in actions} == {site.people["admin"].email}
    for gone in (str(uuid.uuid4()), "nothing"):
        admin(site, "POST", f"/projects/{gone}/take-access", {}, 404)


def test_acc23_a_project_is_handed_over(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    edith, vera = site.people["edith"], site.people["vera"]
    grants(site, project, {f"user:{edith.email}": "CAN_EDIT", f"user:{vera.email}": "APP_ONLY"})
    address = f"/api/v1/projects/{project}/owner"
    assert site.program("edith").put(address, json={"owner": edith.email}).status_code == 403
    olga = site.program("olga")
    for who, why in ((vera.email, "viewer"), ("stranger@example.org", "stranger"), ("nobody", "nobody")):
        answer = olga.put(address, json={"owner": who})
        assert (answer.status_code, why in answer.text) == (422, True)
    with enters(site, "edith", project) as socket:
        answer = olga.put(address, json={"owner": edith.email})
        assert answer.json()["owner"] == f"user:{edith.id}"
        assert socket.until(lambda message: message["type"] == "snapshot")["access"] == "FULL_ACCESS"
    assert level(site, "olga", project) == "FULL_ACCESS"  # by a grant, which the new owner may take away
    body = {"grants": [{"principal": "workspace", "access": "APP_ONLY"}]}
    assert site.program("edith").put(f"/api/v1/projects/{project}/sharing", json=body).status_code == 200
    assert (level(site, "olga", project), level(site, "edith", project)) == ("APP_ONLY", "FULL_ACCESS")


def test_web45_a_project_comes_back_from_the_trash(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    grants(site, project, {f"user:{site.people['edith'].id}": "CAN_EDIT"})
    olga, edith = site.program("olga"), site.program("edith")
    assert olga.delete(f"/api/v1/projects/{project}").status_code == 204
    assert level(site, "olga", project) is None

    def trash(program: Any) -> list[str]:
        return [one["id"] for one in program.get("/api/v1/trash?limit=500").json()["values"]]

    assert project in trash(olga)
    assert project not in trash(edith)
    address = f"/api/v1/projects/{project}/restore"
    assert edith.post(address).status_code == 403
    assert site.program("sam").post(address).status_code == 404
    assert olga.post(f"/api/v1/projects/{project}/publish", json={}).status_code == 404  # nothing else goes
    assert olga.post(address).json()["trashedAt"] is None
    assert (level(site, "edith", project), trash(olga).count(project)) == ("CAN_EDIT", 0)

    async def long_ago() -> None:
        async with opened(Settings(data=site.server.data)) as (store, _):
            await store.trash_project(project, datetime.now(UTC) - timedelta(days=31))

    asyncio.run(long_ago())
    assert project not in trash(olga)
    assert olga.post(address).status_code == 404


# --- requests for access ----------------------------------------------------------------------------


def test_acc24_whoever_asks_learns_nothing(site: Site) -> None:
    private, nothing = site.project(PLAIN, "olga"), str(uuid.uuid4())
    site.newcomer("curious")
    browser = site.browser("curious")
    pages, answers, took = [], [], []
    for project in (private, nothing):
        for address in (f"app/{project}/latest", f"project/{project}/logic"):
            page = browser.http.get(f"/main/{address}")
            carried = {**boot(page.text), "csrf": ""}
            pages.append((page.status_code, carried))
        times = []
        for _ in range(4):
            begun = time.perf_counter()
            asked = browser.call("POST", "/access-requests", {"project": project})
            times.append(time.perf_counter() - begun)
            varying = ("date", "x-request-id", "traceparent", "x-trace-id")
            headers = {name: value for name, value in asked.headers.items() if name not in varying}
            answers.append((asked.status_code, asked.content, headers))
        took.append(sorted(times)[1])
    assert pages.count(pages[0]) == len(pages)
    assert answers.count(answers[0]) == len(answers)
    assert answers[0][0] == 204
    assert abs(took[0] - took[1]) < 0.25
    limited = [browser.call("POST", "/access-requests", {"project": private}) for _ in range(4)]
    assert limited[-1].status_code == 429
    assert int(limited[-1].headers["retry-after"]) >= 1
    assert site.program("sam").post("/api/v1/access-requests", json={"project": "x"}).status_code == 422
    assert site.program("").post("/api/v1/access-requests", json={"project": private}).status_code == 401


def test_acc24_a_request_reaches_those_with_full_access_only(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    grants(site, project, {f"user:{site.people['edith'].id}": "CAN_EDIT"})
    person = site.newcomer("asking")
    for _ in range(2):  # asking twice is one request
        site.program("asking").post("/api/v1/access-requests", json={"project": f"some-title-{project}"})

    def mine(name: str) -> list[Json]:
        values = site.program(name).get("/api/v1/access-requests?limit=500").json()["values"]
        return [one for one in values if one["project"] == project]

    (request,) = mine("olga")
    assert (request["person"]["email"], request["projectTitle"], request["role"]) == (person.email, "Plain", "editor")
    for name in ("edith", "admin", "sam", "asking"):
        assert mine(name) == []
    address = f"/api/v1/projects/{project}/access-requests"
    assert site.program("edith").get(address).status_code == 403
    assert site.program("sam").post(f"{address}/{request['id']}", json={"access": None}).status_code == 404
    assert site.program("olga").get(address).json()["values"] == [request]


def test_acc25_a_request_is_accepted_once_or_declined(site: Site) -> None:
    project = site.project(PLAIN, "olga")
    for name in ("welcome", "unwelcome"):
        site.newcomer(name)
        site.program(name).post("/api/v1/access-requests", json={"project": project})
    olga = site.program("olga")
    address = f"/api/v1/projects/{project}/access-requests"
    by_email = {one["person"]["email"]: one["id"] for one in olga.get(address).json()["values"]}
    welcome, unwelcome = (by_email[site.people[name].email] for name in ("welcome", "unwelcome"))

    def accept(_: int) -> int:
        return olga.post(f"{address}/{welcome}", json={"access": "CAN_VIEW"}).status_code

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(accept, range(3)))
    assert answers.count(204) == 1
    assert set(answers) <= {204, 404, 409}
    assert level(site, "welcome", project) == "CAN_VIEW"
    assert project in [one["id"] for one in site.program("welcome").get("/api/v1/projects").json()["values"]]
    assert olga.post(f"{address}/{unwelcome}", json={"access": None}).status_code == 204
    assert level(site, "unwelcome", project) is None
    assert olga.get(address).json()["values"] == []
    actions = [one["action"] for one in admin(site, "GET", f"/audit?project={project}")["values"]]
    assert sorted(actions) == ["accept_request", "decline_request", "request_access", "request_access"]


# --- tokens -----------------------------------------------------------------------------------------


def test_acc26_a_workspace_token_is_nobodys_and_has_what_is_shared_with_it(site: Site) -> None:
    assert site.program("edith").post("/api/v1/workspace-tokens", json={"name": "x"}).status_code == 403
    name = f"Nightly {secrets.token_hex(4)}"
    made = admin(site, "POST", "/workspace-tokens", {"name": name, "role": "editor", "days": 30}, 201)
    listed = next(one for one in admin(site, "GET", "/workspace-tokens")["values"] if one["id"] == made["id"])
    assert (listed["token"], listed["role"], listed["name"]) == (None, "editor", name)
    assert name not in str(admin(site, "GET", "/users?limit=500"))
    project = site.project(PLAIN, "olga")
    headers = {"Authorization": f"Bearer {made['token']}"}

    def reads() -> int:
        return site.program("").get(f"/api/v1/projects/{project}", headers=headers).status_code

    assert reads() == 404
    (found,) = site.program("olga").get(f"/api/v1/principals?search={name}").json()["values"]
    assert (found["principal"], found["kind"]) == (made["principal"], "token")
    grants(site, project, {found["principal"]: "CAN_VIEW"})
    assert reads() == 200
    with site.socket(bearer=made["token"]) as socket:
        assert socket.hello({"room": "logic", "project": project})["type"] == "snapshot"
        admin(site, "DELETE", f"/workspace-tokens/{made['id']}", status=204)
        assert socket.closed()["reason"] == "signed_out"
    assert reads() == 401
    admin(site, "PATCH", f"/users/{made['principal'].removeprefix('user:')}", {"role": "admin"}, 404)
    admin(site, "DELETE", "/workspace-tokens/none", status=404)


# --- passwords --------------------------------------------------------------------------------------


def test_web48_a_new_password_signs_the_other_browsers_out(site: Site) -> None:
    email = f"{secrets.token_hex(4)}@example.org"
    admin(site, "POST", "/users", {"email": email, "password": "short"}, 422)
    admin(site, "POST", "/users", {"email": email, "password": "right and long"}, 201)
    here, there = Client(site.server.url), Client(site.server.url)
    for client in (here, there):
        client.refresh()
        body = {"email": email, "password": "right and long"}
        assert client.call("POST", "/sign-in", body).status_code == 204
        client.refresh()
    for body, field in (
        ({"new": "another and long", "current": "wrong"}, "current"),
        ({"new": "short", "current": "right and long"}, "password"),
    ):
        answer = here.call("PUT", "/password", body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    body = {"new": "another and long", "current": "right and long"}
    assert here.call("PUT", "/password", body).status_code == 204
    assert here.call("GET", "/projects").status_code == 200
    assert there.call("GET", "/projects").status_code == 401
    assert site.program("edith").put("/api/v1/password", json=body).status_code == 403  # a token changes none
    for client in (here, there):
        client.http.close()


# --- the record -------------------------------------------------------------------------------------


def test_web47_what_is_done_is_recorded_with_who_what_when_and_from_where(site: Site, group: str) -> None:
    person = site.newcomer("recorded")
    project = site.project(PLAIN, "olga")
    admin(site, "PUT", f"/groups/{group}/members/{person.id}")
    grants(site, project, {f"group:{group}": "CAN_VIEW"})
    grants(site, project, {f"group:{group}": "CAN_VIEW"})  # nothing changed, nothing is recorded
    admin(site, "PATCH", f"/users/{person.id}", {"role": "viewer"})
    site.publish(project)
    token = site.program("recorded").post("/api/v1/tokens", json={"name": "mine"}).json()
    site.program("recorded").delete(f"/api/v1/tokens/{token['id']}")
    shared = admin(site, "GET", f"/audit?project={project}")["values"]
    assert [one["action"] for one in shared] == ["publish", "share"]
    assert shared[1]["detail"]["after"] == {f"group:{group}": "CAN_VIEW"}
    assert shared[1]["person"]["email"] == site.people["olga"].email
    (name,) = (one["name"] for one in admin(site, "GET", "/groups?limit=500")["values"] if one["id"] == group)
    assert shared[1]["names"] == {group: name, site.people["olga"].id: site.people["olga"].email, project: "Plain"}
    assert shared[1]["origin"] == "127.0.0.1"
    at = datetime.fromisoformat(shared[1]["at"])
    assert timedelta(0) < datetime.now(UTC) - at < timedelta(minutes=5)
    own = admin(site, "GET", f"/audit?who={person.email}")["values"]
    assert [one["action"] for one in own] == ["revoke_token", "create_token"]
    assert token["token"] not in str(own)
    roles = admin(site, "GET", "/audit?action=set_role")["values"]
    (role,) = (one["detail"] for one in roles if one["detail"]["user"] == person.id)
    assert (role["before"], role["after"]) == ("editor", "viewer")
    since = datetime.now(UTC) + timedelta(hours=1)
    assert admin(site, "GET", f"/audit?since={since.strftime('%Y-%m-%dT%H:%M:%SZ')}")["values"] == []
    for wrong in ("after=x", "after=-1", f"after={9**30}", "since=2026-01-01T00:00:00", "since=yesterday"):
        assert site.program("admin").get(f"/api/v1/audit?{wrong}").status_code == 422, wrong


def test_web47_sign_ins_are_recorded_and_refusals_too(site: Site) -> None:
    email = f"{secrets.token_hex(4)}@example.org"
    added = admin(site, "POST", "/users", {"email": email, "password": "right and long"}, 201)
    client = Client(site.server.url)
    secret = "what I typed into the wrong field"
    for who, password in ((email, "wrong"), (secret, ""), (email, "right and long")):
        client.http.cookies.clear()
        client.http.post("/api/v1/sign-in", json={"email": who, "password": password})
    client.refresh()
    assert client.call("POST", "/sign-out").status_code == 204
    client.http.close()
    found = admin(site, "GET", f"/audit?who={added['id']}")["values"]
    assert [one["action"] for one in found] == ["sign_out", "sign_in", "sign_in_refused"]
    assert found[2]["detail"] == {"by": "password", "email": email}
    assert secret not in site.program("admin").get("/api/v1/audit?limit=1000").text
