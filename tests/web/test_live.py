"""Live sessions over real sockets and pages: joining by the address, leaving, and what strangers are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.app import Site, boot

LIVE = """
vernissage: 1
title: Live
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - {id: twice, type: python, source: "n * 2"}
"""


@pytest.fixture
def shared(site: Site) -> str:
    project = site.project(LIVE, "olga")
    site.share(project, {"edith": "CAN_EDIT", "apple": "APP_ONLY"}, web="APP_ONLY")
    site.publish(project)
    return project


def app(project: str) -> dict[str, Any]:
    return {"room": "app", "project": project}


def result(socket: Any, text: str) -> None:
    """Until the cell shows this."""
    event(socket, lambda event: event["event"] == "output_added" and text in str(event["output"]))


def event(socket: Any, fits: Callable[[Any], bool]) -> Any:
    """An event that has come already, or the next one."""
    came = [one for message in socket.seen if message["type"] == "events" for one in message["events"] if fits(one)]
    return came[-1] if came else socket.event(fits)


def test_liv2_people_join_by_the_address_and_see_one_session(site: Site, shared: str) -> None:
    visitor = site.visitor(shared)
    with site.socket("apple") as apple, site.socket(client=visitor) as guest:
        session = apple.hello(app(shared))["session"]
        assert guest.hello(app(shared), session=session)["reason"] == "session_ended"  # private
        assert apple.done({"do": "go_live"})["type"] == "done"
        live = event(apple, lambda event: event["event"] == "live_changed")["live"]
        assert (live["by"], live["name"]) == (site.people["apple"].id, "Apple")
        assert apple.done({"do": "set_inputs", "values": {"n": 4}})["type"] == "done"
        result(apple, "8")
        page = boot(visitor.http.get(f"/main/app/{shared}/latest?session={session}&_n=9").text)
        assert (page["snapshot"]["session"], page["snapshot"]["inputs"]) == (session, {"n": 4})
        assert page["snapshot"]["live"]["name"] == "Apple"
        assert page["notices"] == []
        with site.socket(client=visitor) as joined:
            snapshot = joined.hello(app(shared), session=session)
            assert snapshot["type"] == "snapshot"
            assert {one["name"] == "Apple" for one in snapshot["members"]} == {True, False}
            assert joined.done({"do": "set_inputs", "values": {"n": 5}})["type"] == "done"
            changed = apple.event(lambda event: event["event"] == "inputs_changed" and event["by"] != "Apple")
            assert (changed["values"], changed["by"][:7]) == ({"n": 5}, "Visitor")
            result(apple, "10")
            assert "Only Apple" in joined.done({"do": "end_live"})["sentence"]
            assert apple.done({"do": "end_live"})["type"] == "done"
            assert joined.closed()["reason"] == "session_ended"
            assert joined.seen[-1]["sentence"].startswith("Apple ended")
        with site.socket(client=visitor) as late:
            ended = late.hello(app(shared), session=session)
            assert ended["reason"] == "session_ended"
            assert "Open the app" in ended["sentence"]
        plain = boot(visitor.http.get(f"/main/app/{shared}/latest?session={session}&_n=9").text)
        assert (plain["snapshot"]["session"], plain["snapshot"]["inputs"]) == ("", {"n": 20})


def test_liv3_a_first_visit_of_a_new_browser_joins_too(site: Site, shared: str) -> None:
    with site.socket("apple") as apple:
        session = apple.hello(app(shared))["session"]
        apple.done({"do": "go_live"})
        with site.program("").__class__(base_url=site.server.url) as fresh:
            page = boot(fresh.get(f"/main/app/{shared}/latest?session={session}").text)
            assert page["snapshot"]["session"] == session
        assert site.program().get(f"/main/app/{site.private}/latest?session={session}").status_code == 401
        assert site.browser("sam").http.get(f"/main/app/{site.private}/latest?session={session}").status_code == 404


def test_liv3_the_session_of_an_older_version_shows_that_version(site: Site, shared: str) -> None:
    with site.socket("apple") as apple, site.socket("olga") as editor:
        session = apple.hello(app(shared))["session"]
        apple.done({"do": "go_live"})
        editor.hello({"room": "logic", "project": shared})
        assert editor.done({"do": "set_title", "title": "Second"})["type"] == "done"
        assert site.publish(shared) == 2
        mine = boot(site.browser("apple").http.get(f"/main/app/{shared}/latest?session={session}").text)
        assert (mine["snapshot"]["version"], mine["snapshot"]["app"]["title"]) == (1, "Live")
        editors = boot(site.browser("edith").http.get(f"/main/app/{shared}/latest?session={session}").text)
        assert editors["snapshot"]["version"] == 1
        others = boot(site.browser("sam").http.get(f"/main/app/{shared}/latest?session={session}").text)
        assert (others["snapshot"]["version"], others["snapshot"]["session"]) == (2, "")


def test_liv14_nobody_learns_whether_a_session_exists(site: Site, shared: str) -> None:
    with site.socket("apple") as apple:
        session = apple.hello(app(shared))["session"]
        answers = []
        for id in (session, "never-was-one", "x" * 5_000, "../..", "logic:" + shared):
            with site.socket("edith") as stranger:
                answers.append(stranger.hello(app(shared), session=id))
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["reason"] == "session_ended"
        with site.socket("sam") as outside:
            assert outside.hello(app(site.private), session=session)["reason"] == "no_access"


def test_liv4_who_loses_access_is_out_and_the_session_goes_on(site: Site, shared: str) -> None:
    with site.socket("apple") as apple, site.socket("edith") as edith:
        session = apple.hello(app(shared))["session"]
        apple.done({"do": "go_live"})
        edith.hello(app(shared), session=session)
        site.share(shared, {"edith": "CAN_EDIT"})
        assert apple.closed()["reason"] == "no_access"
        assert edith.done({"do": "set_inputs", "values": {"n": 7}})["type"] == "done"
        result(edith, "14")


def test_liv13_a_plain_visit_offers_the_session_that_was_left(site: Site, shared: str) -> None:
    browser = site.browser("apple")
    address = f"/main/app/{shared}/latest"
    with site.socket("apple") as apple:
        session = apple.hello(app(shared))["session"]
        apple.done({"do": "set_inputs", "values": {"n": 4}})
        apple.settled()
    with site.socket("edith") as watch:  # the server has seen the other socket go by then
        watch.hello(app(shared))
    earlier = None
    for _ in range(100):
        earlier = boot(browser.http.get(address).text).get("earlier")
        if earlier:
            break
    assert earlier is not None
    assert (earlier["session"], earlier["summary"]) == (session, "Rows: 4")
    assert earlier["at"].endswith("Z")
    assert boot(browser.http.get(f"{address}?_n=5").text).get("earlier") is None
    assert boot(site.browser("edith").http.get(address).text).get("earlier") is None
