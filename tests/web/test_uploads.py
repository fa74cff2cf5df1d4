"""Files over HTTP: to a session, to a project; what is refused leaves the session as it was."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.support.app import Site

FILES = """
vernissage: 1
title: Files
cells:
  - {id: data, type: input, kind: file, name: data, label: Data, accept: [.csv], max_bytes: 1000000}
  - {id: a, type: python, source: "None if data is None else int(data.x.sum())"}
"""
CSV = b"x\n20\n22\n"


@pytest.fixture(scope="module")
def files(site: Site) -> str:
    project = site.project(FILES, "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY"}, web="APP_ONLY")
    site.publish(project)
    return project


def send(client: Any, project: str, content: Any, name: str = "stores.csv", session: str = "", **rest: Any) -> Any:
    params = {"name": name} | ({"session": session} if session else {})
    headers = {"X-CSRF-Token": client.csrf} | rest
    return client.http.post(f"/api/v1/projects/{project}/files", params=params, content=content, headers=headers)


def error(answer: Any) -> tuple[int, str]:
    body = answer.json()["error"]
    assert body["message"].endswith(".")
    return answer.status_code, body["message"]


def app(project: str) -> dict[str, Any]:
    return {"room": "app", "project": project}


@pytest.mark.parametrize("who", ["apple", "a visitor"])
def test_liv11_a_file_that_was_sent_is_read_by_the_app(site: Site, files: str, who: str) -> None:
    client = site.visitor(files) if who == "a visitor" else site.browser(who)
    with site.socket(client=client) as socket:
        session = socket.hello(app(files))["session"]
        answer = send(client, files, CSV, session=session)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body == {"name": "stores.csv", "hash": hashlib.sha256(CSV).hexdigest(), "size": len(CSV)}
        assert socket.done({"do": "set_inputs", "values": {"data": body}})["type"] == "done"
        socket.event(lambda event: event["event"] == "output_added" and "42" in str(event["output"]))


def test_liv8_what_is_refused_is_a_sentence_and_the_session_goes_on(site: Site, files: str) -> None:
    client = site.browser("apple")
    with site.socket("apple") as socket:
        session = socket.hello(app(files))["session"]
        for name in ("../x.csv", "a/b.csv", "a\\b.csv", ".hidden.csv", "a\x00.csv", "a\n.csv", "x" * 201 + ".csv", ""):
            assert error(send(client, files, CSV, name, session))[0] == 422, name
        status, sentence = error(send(client, files, b"x" * 1_000_001, session=session))
        assert status == 413
        assert "1,000,000 bytes" in sentence
        chunks = (b"x" * 100_000 for _ in range(20))  # no length is said beforehand
        assert error(send(client, files, chunks, session=session))[0] == 413
        body = send(client, files, CSV, "stores.txt", session).json()
        refused = socket.done({"do": "set_inputs", "values": {"data": body}})
        assert "takes files of type .csv" in refused["sentence"]
        good = send(client, files, CSV, session=session).json()
        assert socket.done({"do": "set_inputs", "values": {"data": good}})["type"] == "done"


def test_liv10_only_who_is_in_the_session_gives_it_files_and_a_hash_is_no_right(site: Site, files: str) -> None:
    mine, others = site.browser("apple"), site.browser("victor")
    with site.socket("apple") as socket, site.socket("victor") as other:
        session = socket.hello(app(files))["session"]
        theirs = other.hello(app(files))["session"]
        assert error(send(others, files, CSV, session=session))[0] == 404
        assert error(send(mine, files, CSV, session="no-session"))[0] == 404
        secret = send(others, files, b"x\n777\n", session=theirs).json()
        assert "not uploaded" in socket.done({"do": "set_inputs", "values": {"data": secret}})["sentence"]
        run = site.program("edith").post(f"/api/v1/projects/{files}/runs", json={"inputParams": {"data": secret}})
        assert run.status_code == 422
        assert send(mine, files, CSV, session=session, **{"X-CSRF-Token": "no"}).status_code == 403
        assert send(mine, files, CSV, session=session, Origin="https://elsewhere.example").status_code == 403
        assert site.program("sam").post(f"/api/v1/projects/{site.private}/files?name=a").status_code == 404
    with site.socket("apple") as plain:  # an app without a file input
        session = plain.hello(app(site.private))["session"]
        assert error(send(mine, site.private, CSV, session=session))[0] == 422


def test_liv9_editors_add_and_remove_files_of_the_project(site: Site) -> None:
    project = site.project(FILES, "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW"})
    editor = site.browser("edith")
    with site.socket("olga") as socket:
        assert socket.hello({"room": "logic", "project": project})["document"].get("files", []) == []
        for content in (b"x\n1\n", CSV):
            assert send(editor, project, content, "base.csv").status_code == 201
        named = socket.event(lambda event: event["event"] == "files_changed")
        assert [one["name"] for one in named["files"]] == ["base.csv"]

        assert error(send(site.browser("victor"), project, CSV))[0] == 403
        assert error(send(editor, project, CSV, ".env"))[0] == 422
        path = f"/projects/{project}/files"
        assert site.browser("victor").call("DELETE", path, params={"name": "base.csv"}).status_code == 403
        assert editor.call("DELETE", path, params={"name": "base.csv"}).status_code == 204
        assert editor.call("DELETE", path, params={"name": "base.csv"}).status_code == 404
        socket.event(lambda event: event["event"] == "files_changed" and event["files"] == [])
