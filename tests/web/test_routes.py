"""Every route passes through the one table, for everybody, by cookie and by token; and so does every room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, get_args

import httpx2
import msgspec
import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler

from tests.support.app import PLAIN, Site
from tests.support.canaries import variants
from vernissage.core.access import (
    NEEDS,
    OPERATION_NEEDS,
    QUESTION_NEEDS,
    ROOM_NEEDS,
    Access,
    Role,
    RoomKind,
    includes,
    may,
)
from vernissage.core.operations import DraftOperation
from vernissage.core.room import EndLive, RoomOperation
from vernissage.core.session import SessionOperation
from vernissage.settings import RESERVED, Settings
from vernissage.web import server
from vernissage.web.server import ROUTES
from vernissage.web.static_files import _files

ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.fn.__name__)
HTTP_ROUTES = tuple(route for route in ROUTES if isinstance(route, HTTPRouteHandler))


@ROUTE
def test_web1_every_route_names_an_act_of_the_table(route: Any) -> None:
    assert route.opt["act"] in NEEDS


def test_web1_a_route_without_an_act_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/api/v1/backdoor")
    async def backdoor() -> None: ...

    monkeypatch.setattr(server, "ROUTES", (*ROUTES, backdoor))
    with pytest.raises(AssertionError, match="/api/v1/backdoor"):
        server.web_app(lambda: pytest.fail("it started"))


def test_web1_every_act_that_names_a_level_stands_at_an_address_with_a_project() -> None:
    for route in HTTP_ROUTES:
        if NEEDS[route.opt["act"]].project is not None:
            assert all("{project:str}" in path for path in route.paths), route.paths


ROWS: dict[str, set[str]] = {
    "anybody": {
        "healthz", "readyz", "home", "sign_in_page", "to_provider", "from_provider", "settings_page", "project_page",
        "app_page", "version_page", "run_page", "from_hex", "from_hex_draft", "elsewhere", "serve_static",
        "serve_output", "room_socket", "sign_in", "api_docs",
    },
    "signed in": {
        "sign_out", "change_password", "list_projects", "list_tokens", "create_token", "revoke_token", "request_access",
        "list_my_requests", "list_trash",
    },
    "editor": {
        "create_project", "import_project", "list_users", "find_principals", "list_groups", "list_members",
    },
    "admin": {
        "add_user", "change_user", "disable_user", "enable_user", "make_sign_in_link", "add_group", "rename_group",
        "remove_group", "add_member", "remove_member", "list_workspace_tokens", "create_workspace_token",
        "revoke_workspace_token", "list_all_projects", "take_access", "list_audit", "metrics", "list_workspace_secrets",
        "set_workspace_secret", "remove_workspace_secret", "show_embedding", "set_embedding",
        "list_addresses", "allow_address", "forbid_address",
    },
    "APP_ONLY": {"show_project", "start_run", "show_run", "cancel_run", "kill_run", "make_link", "upload_file",
                 "download_csv"},
    "CAN_VIEW": {
        "export_project", "list_versions", "show_version", "list_edits", "show_difference", "show_outputs_difference",
        "show_shown", "show_version_logic", "list_runs", "show_sharing", "list_schedules",
    },
    "CAN_EDIT": {
        "save_version", "name_version", "revert", "begin_publish", "show_publish", "confirm_publish", "cancel_publish",
        "unpublish", "restore_run", "remove_file", "set_sharing", "list_secrets", "set_secret", "remove_secret",
        "create_presigned_url",
        "show_notification_settings", "check_notifications", "try_notification",
        "add_schedule", "preview_schedule", "change_schedule", "remove_schedule",
        "run_schedule", "count_sessions", "end_sessions",
    },
    "FULL_ACCESS": {"trash_project", "restore_project", "set_owner", "list_requests", "decide_request"},
}  # fmt: skip
"""What each route takes, as the product promises it: who, or the level on the project that its address names. Pages
decide by themselves what they show."""


def test_web2_every_route_has_a_row_and_takes_what_it_says() -> None:
    taken = {}
    for route in ROUTES:
        need = NEEDS[route.opt["act"]]
        who = need.role or ("signed in" if need.signed_in else "anybody")
        taken[route.fn.__name__] = need.project or who
    assert taken == {name: row for row, names in ROWS.items() for name in names}


def test_web51_no_workspace_is_named_like_another_address() -> None:
    paths = [path for route in ROUTES for path in route.paths] + ["/api/openapi.json"]
    words = {path.split("/")[1] for path in paths}
    taken = {word for word in words if word and not word.startswith("{")}
    assert taken <= RESERVED
    assert Settings().workspace not in RESERVED


@dataclass(frozen=True)
class Somebody:
    name: str
    """In `site.people`; "" = without an account."""
    access: Access | None
    role: Role | None
    web: bool = False
    """True: asks about the project that is open to the web."""


PEOPLE = {
    "nobody": Somebody("", None, None),
    "a visitor from the web": Somebody("", "APP_ONLY", None, web=True),
    "a viewer of the workspace with a grant to edit": Somebody("vera", "APP_ONLY", "viewer"),
    "App only": Somebody("apple", "APP_ONLY", "editor"),
    "Can view": Somebody("victor", "CAN_VIEW", "editor"),
    "Can edit": Somebody("edith", "CAN_EDIT", "editor"),
    "no grant": Somebody("sam", None, "editor"),
    "an admin without a grant": Somebody("admin", None, "admin"),
    "Full access": Somebody("olga", "FULL_ACCESS", "editor"),
}


@pytest.fixture(scope="module")
def targets(site: Site) -> dict[bool, str]:
    """Two projects for these tests alone: one shared with people, one open to the web too."""
    found = {}
    for web in (False, True):
        project = site.project(PLAIN, "olga")
        grants = {"vera": "CAN_EDIT", "apple": "APP_ONLY", "victor": "CAN_VIEW", "edith": "CAN_EDIT"}
        site.share(project, grants, web="APP_ONLY" if web else "")
        found[web] = project
    return found


def _destroys(route: HTTPRouteHandler) -> int:
    """Routes that take the others' object away come last."""
    return _LAST.index(route.fn.__name__) + 1 if route.fn.__name__ in _LAST else 0


_LAST = ("unpublish", "trash_project")


def expected(route: HTTPRouteHandler, path: str, method: str, who: Somebody) -> set[int]:
    """[ACC3, WEB2] What the table and the product's words say of a request whose body, where it takes one, is unfit."""
    act = route.opt["act"]
    works = {200, 204, 422}
    if path.startswith("/sign-in/openid"):  # this server has no provider
        return {404 if who.name else 401}
    if act == "open_page":
        if "/hex/" in path:
            return {307}
        views = "/project/" in path or "/runs/" in path  # the run is somebody else's
        need: Access | None = "CAN_VIEW" if views else "APP_ONLY" if "/app/" in path else None
        if path == "/missing" or (need is not None and not includes(who.access, need)):
            return {404 if who.name else 401}
        return {200}
    match may(act, user=who.name, role=who.role, access=who.access):
        case "sign_in":
            return {401}
        case "hidden":
            return {404}
        case "forbidden":
            return {403}
        case "yes":
            pass
    if act == "start_run" and not who.name:
        return {401}
    if act == "see_own_run":  # somebody else's
        if not includes(who.access, "CAN_VIEW"):
            return {404}
        return works if method == "GET" or includes(who.access, "CAN_EDIT") else {403}
    if act == "download_table" or re.search(r"\{(address|user|group|token|asked|name|schedule):", path):
        works.add(404)  # there is no such output, user, group, token, request, session or secret
    if route.fn.__name__ == "restore_run":
        works.add(409)  # the run may have been cut off, by what was asked before
    if act == "embed":
        works.add(201)  # all of its body may be left out
    return works


@pytest.mark.parametrize("by", ["cookie", "bearer"])
@pytest.mark.parametrize("who", PEOPLE)
def test_web2_every_route_answers_everybody_as_the_table_says(
    site: Site, targets: dict[bool, str], who: str, by: str
) -> None:
    somebody = PEOPLE[who]
    project = targets[somebody.web]
    site.program("olga").post(f"/api/v1/projects/{project}/unpublish")
    started = site.program("olga").post(f"/api/v1/projects/{project}/publish", json={"force": True}).json()
    address = f"/api/v1/projects/{project}/publish/{started['publishId']}"
    client: httpx2.Client
    headers = {}
    if by == "bearer":
        client = site.program(somebody.name)
    else:
        browser = site.visitor(project) if somebody.web else site.browser(somebody.name)
        client, headers = browser.http, {"X-CSRF-Token": browser.csrf}
    values = {
        "workspace": "main",
        "project": project,
        "publish": started["publishId"],
        "run": started["runId"],
        "version": str(site.program("olga").get(address).json()["version"]),
        "page": "logic",
        "cell": "twice",
        "path": next(iter(_files())),
        "address": "nothing",
        "user": "nobody",
        "token": "none",
        "session": "none",
        "name": "none",
        "group": "none",
        "asked": "none",
        "schedule": "none",
    }
    wrong = {}
    asked = 0
    for route in sorted(HTTP_ROUTES, key=_destroys):
        if route.opt["act"] == "sign_out" and somebody.name:
            continue  # it would end the test; see test_signing_in
        if route.opt["act"] == "trash" and somebody.access == "FULL_ACCESS" and by == "cookie":
            continue  # by token, at the very end
        for path in route.paths:
            address = re.sub(r"\{(\w+):\w+\}", lambda found: values[found[1]].lstrip("/"), path)
            for method in sorted(route.http_methods):
                body = b'{"inputParams": 1, "force": "x", "grants": 1, "access": 1}' if method != "GET" else b""
                answer = client.request(method, address, content=body, headers=headers, follow_redirects=False)
                asked += 1
                if by == "bearer":
                    client.cookies.clear()
                if answer.status_code not in (fits := expected(route, path, method, somebody)):
                    wrong[method, path] = (answer.status_code, fits, answer.text[:200])
    assert not wrong
    assert asked > 60


@pytest.mark.parametrize("by", ["cookie", "bearer"])
@pytest.mark.parametrize("kind", ROOM_NEEDS)
@pytest.mark.parametrize("who", PEOPLE)
def test_web2_every_room_lets_in_whom_the_table_says(site: Site, who: str, kind: RoomKind, by: str) -> None:
    somebody = PEOPLE[who]
    project = site.web if somebody.web else site.private
    if by == "bearer":
        socket = site.socket(bearer=site.people[somebody.name].token if somebody.name else "")
    else:
        socket = site.socket(somebody.name, site.visitor(project) if somebody.web else None)
    room = {"room": kind, "project": project}
    need_to_enter = ROOM_NEEDS[kind]
    if kind == "preview":
        room["publish"] = "none"
    if kind == "run":  # somebody else's
        need_to_enter = "CAN_VIEW"
        runs = site.program("olga").get(f"/api/v1/projects/{project}/runs", params={"runTriggerFilter": "PREVIEW"})
        room["run"] = runs.json()["runs"][-1]["runId"]
    with socket:
        first = socket.hello(room)
        if includes(somebody.access, need_to_enter) and not (somebody.web and by == "bearer"):
            if kind == "preview":  # let in, but there is no such candidate
                assert first["reason"] == "session_ended"
                return
            assert (first["type"], first["access"]) == ("snapshot", somebody.access)
            code = {"code": "x", "cursor": 1}
            fields: dict[str, dict[str, Any]] = {
                "completion": code,
                "inspection": code,
                "table": {"cell": "twice", "table": "t", "query": {}},
            }
            for ask in QUESTION_NEEDS["logic"]:
                answer = socket.ask({"ask": ask, **fields.get(ask, {})})
                need = QUESTION_NEEDS[kind].get(ask)
                if need is None or not includes(somebody.access, need):
                    assert answer["type"] == "refusal"
                    assert "may not ask" in answer["sentence"], answer
                else:
                    assert "may not ask" not in answer.get("sentence", "")
        else:
            # Nobody is told whether it exists; who has no account may want to sign in.
            assert (first["type"], first["reason"]) == ("ended", "no_access" if somebody.name else "signed_out")
            socket.closed()


OPERATIONS = sorted(
    (
        operation
        for kind in (*get_args(DraftOperation), *get_args(SessionOperation), *get_args(RoomOperation))
        for operation in variants(kind, {})[:1]
    ),
    key=lambda operation: isinstance(operation, EndLive),
)
"""One of each operation that any room knows, those of the server too; the one that may end the room is last."""


@pytest.mark.parametrize("kind", ["app", "logic"])
@pytest.mark.parametrize("who", [who for who, somebody in PEOPLE.items() if somebody.access is not None])
def test_web2_every_operation_in_every_room_answers_everybody_as_the_table_says(
    site: Site, who: str, kind: RoomKind
) -> None:
    somebody = PEOPLE[who]
    if not includes(somebody.access, ROOM_NEEDS[kind]):
        return  # is not let in: see the test above
    project = site.project(PLAIN, "olga")
    site.publish(project)
    shared = {"vera": "CAN_EDIT", "apple": "APP_ONLY", "victor": "CAN_VIEW", "edith": "CAN_EDIT"}
    site.share(project, shared, web="APP_ONLY" if somebody.web else "")
    wrong = []
    with site.socket(somebody.name, site.visitor(project) if somebody.web else None) as socket:
        assert socket.hello({"room": kind, "project": project})["access"] == somebody.access
        for operation in OPERATIONS:
            answer = socket.done(msgspec.to_builtins(operation))
            need = OPERATION_NEEDS[kind].get(type(operation))
            allowed = need is not None and includes(somebody.access, need)
            refused = answer["type"] == "refusal" and REFUSED.search(answer["sentence"]) is not None
            if refused == allowed:  # one that is allowed may still not fit: what it names is not there
                wrong.append((operation, answer))
    assert wrong == []


REFUSED = re.compile("You may not do this here|did not understand a message")


@pytest.mark.parametrize(
    "operation",
    [
        {"do": "set_title", "title": "x"},
        {"do": "edit_text", "cell": "twice", "version": 0, "updates": []},
        {"do": "run_cells", "cells": ["twice"]},
        {"do": "restart_and_run_all"},
        {"do": "stop_kernel"},
        {"do": "clear_outputs"},
        {"do": "set_inputs", "values": {"canary_input": "x"}},
        {"do": "press", "name": "canary_input"},
        {"do": "insert_cell", "cell": {"type": "python", "id": "mine", "source": "1"}, "after": ""},
        {"do": "replace_document", "document": {"title": "x"}},
    ],
    ids=lambda operation: operation["do"],
)
@pytest.mark.parametrize("kind", ["app", "logic"])
def test_web2_no_command_of_an_editor_is_taken_from_others(site: Site, kind: str, operation: dict[str, Any]) -> None:
    with site.socket("apple" if kind == "app" else "victor") as socket:
        assert socket.hello({"room": kind, "project": site.private})["type"] == "snapshot"
        answer = socket.done(operation)
        assert answer["type"] == "refusal", answer


def test_web25_the_openapi_document_lists_every_public_route(site: Site) -> None:
    answer = site.program().get("/api/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    for route in HTTP_ROUTES:
        if not route.resolve_include_in_schema():
            continue
        for path in route.paths:
            plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
            operations = paths[plain]
            assert {method.lower() for method in route.http_methods} <= operations.keys()
            for method in route.http_methods:
                named = {one["name"] for one in operations[method.lower()].get("parameters", ())}
                assert set(re.findall(r"\{(\w+)\}", plain)) <= named
    assert all(path.startswith(("/api", "/healthz", "/readyz", "/metrics")) for path in paths)
