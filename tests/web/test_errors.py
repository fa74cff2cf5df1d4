"""One shape for every failure: a sentence, a code, a number for the log; never a traceback."""

from __future__ import annotations

import resource
import sqlite3
from typing import Any

import httpx2
import msgspec

from tests.support.app import PLAIN, Site
from tests.support.server import RunningServer
from vernissage.wire.rest import ErrorBody


def sentence_of(answer: httpx2.Response, status: int) -> ErrorBody:
    """[WEB10] The body, where it has the one shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = msgspec.json.decode(answer.content, type=ErrorBody)
    assert msgspec.json.decode(answer.content).keys() == {"error", "reason", "details", "traceId"}
    assert body.error.code.isupper()
    assert body.error.message[-1] in ".!?"
    assert " " in body.error.message
    assert body.reason == body.error.message
    assert body.trace_id == answer.headers["x-trace-id"]
    assert len(body.trace_id) == 32
    for trace in ("Traceback", 'File "', ".py", "sqlalchemy", "litestar", "object at 0x"):
        assert trace not in answer.text
    return body


def test_web10_every_way_to_fail_has_one_shape(site: Site) -> None:
    """[API2]"""
    edith, nobody = site.program("edith"), site.program()
    api = "/api/v1"
    project = f"{api}/projects/{site.private}"
    big: Any = (b"x" * 1_000_000 for _ in range(9))
    form = {"Content-Type": "multipart/form-data; boundary=q"}
    ways: list[tuple[int, httpx2.Response]] = [
        (400, edith.post(f"{api}/projects", content=b"{")),
        (400, edith.post(f"{api}/projects", content=b'{"title": "\\ud800"}')),
        (400, edith.post(f"{api}/projects/import", content=b"--x", headers=form)),
        (422, edith.post(f"{api}/projects/import", content=b"x", headers={"Content-Type": "multipart/form-data"})),
        (401, nobody.get(f"{api}/projects")),
        (401, nobody.get(f"{api}/projects", headers={"Authorization": "Bearer none"})),
        (403, edith.delete(project)),
        (403, nobody.get(f"{api}/projects/{site.web}/sharing")),
        (404, edith.get(f"{api}/projects/00000000-0000-0000-0000-000000000000")),
        (404, edith.get(f"{api}/projects/%00")),
        (404, edith.get(f"{api}/nothing")),
        (404, edith.get("/api/nothing")),
        (404, edith.get(f"{project}/versions/{2**70}")),
        (404, edith.get(f"{project}/export?version={10**9}")),
        (404, edith.get(f"{project}/runs/%F0%9F%92%A9")),
        (404, edith.post(f"{project}/publish", json={"version": 2**70})),
        (405, edith.put(f"{api}/projects")),
        (409, edith.post(f"{project}/publish", json={"expectedPublished": 77})),
        (413, edith.post(f"{api}/projects", content=b"x" * 9_000_000)),
        (413, edith.post(f"{api}/projects", content=big)),
        (422, edith.post(f"{api}/projects", json={"title": 3})),
        (422, edith.post(f"{api}/projects", json={"title": "a\0b"})),
        (422, edith.post(f"{api}/projects", json={"title": " "})),
        (422, edith.get(f"{project}/runs?limit=many")),
        (422, edith.get(f"{project}/runs?offset={2**70}")),
        (422, edith.get(f"{project}/runs?limit=-3")),
        (422, edith.get(f"{project}/versions?limit=0")),
        (422, edith.get(f"{api}/projects?limit=0")),
        (422, edith.get(f"{api}/tokens?limit=501")),
        (422, edith.get(f"{project}/runs?statusFilter=DONE")),
        (422, edith.get(f"{project}/export?format=docx")),
        (422, edith.post(f"{api}/projects/import", content=b"\xff\xfe")),
    ]
    for status, answer in ways:
        sentence_of(answer, status)
    assert sentence_of(ways[1][1], 400).error.code == "BAD_REQUEST"


def test_web10_a_fault_of_the_server_and_a_full_disk_have_the_same_shape(breakable: RunningServer) -> None:
    """Real ones: the disk takes no more, then a table of the database is gone."""
    site = Site(breakable)
    site.meet_admin()
    client = site.browser("admin")
    project = site.project(PLAIN, "admin")
    assert breakable.process is not None
    pid = breakable.process.pid
    log = (breakable.data / "vernissage.db-wal").stat().st_size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (log + 100_000, resource.RLIM_INFINITY))
    full = client.call("POST", "/projects", {"title": "No room"})
    while full.status_code == 201:
        full = client.call("POST", "/projects", {"title": "No room"})
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert sentence_of(full, 507).error.code == "DISK_FULL"
    assert client.call("POST", "/projects", {"title": "Room again"}).status_code == 201

    with sqlite3.connect(breakable.data / "vernissage.db") as database:
        database.execute("ALTER TABLE grants RENAME TO lost")
    database.close()
    broken = client.call("GET", f"/projects/{project}")
    body = sentence_of(broken, 500)
    assert (body.error.code, body.trace_id in body.error.hint) == ("INTERNAL", True)
    assert body.trace_id in breakable.log()
    page = client.http.get(f"/main/app/{project}/latest")
    assert page.status_code == 500
    assert "Traceback" not in page.text
    with sqlite3.connect(breakable.data / "vernissage.db") as database:
        database.execute("ALTER TABLE lost RENAME TO grants")
    database.close()
    assert client.call("GET", f"/projects/{project}").status_code == 200
    site.close()
