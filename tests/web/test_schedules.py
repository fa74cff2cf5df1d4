"""Schedules over HTTP (`spec/schedules.md`): what is kept, what is refused, who may."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.app import PLAIN, Site, until

API = "/api/v1/projects"

TWO_INPUTS = PLAIN + "  - {id: hidden, type: input, kind: text, name: word, label: Word, default: a}\n"


def published(site: Site, text: str = PLAIN) -> str:
    project = site.project(text, "olga")
    site.share(project, {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY"})
    site.publish(project)
    return project


def added(site: Site, project: str, **body: Any) -> dict[str, Any]:
    answer = site.program("edith").post(f"{API}/{project}/schedules", json=body)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_sch18_a_schedule_is_kept_as_it_was_given_and_says_when_it_runs(site: Site) -> None:
    project = published(site)
    days = {"cadence": "WEEKLY", "timezone": "Europe/Berlin", "hour": 8, "dayOfWeek": ["FRIDAY", "MONDAY"]}
    weekly = added(site, project, **days, name=" Two  days ")
    assert {name: weekly[name] for name in ("cadence", "cron", "timezone", "minute", "hour", "dayOfWeek", "name")} == {
        "cadence": "WEEKLY",
        "cron": None,
        "timezone": "Europe/Berlin",
        "minute": 0,
        "hour": 8,
        "dayOfWeek": ["MONDAY", "FRIDAY"],
        "name": "Two days",
    }
    assert weekly["words"] == "Every Monday and Friday at 08:00, Europe/Berlin"
    assert weekly["enabled"] is weekly["updatePublishedResults"] is True
    assert (weekly["overlap"], weekly["retries"], weekly["timeLimit"], weekly["flagged"]) == ("SKIP", 0, None, None)
    assert weekly["useCachedSqlResults"] is False
    times = [datetime.fromisoformat(at) for at in weekly["nextRuns"]]
    assert len(times) == 5
    assert times == sorted(times)
    assert times[0] > datetime.now(UTC)
    one = added(site, project, cadence="WEEKLY", dayOfWeek="SUNDAY")
    assert (one["dayOfWeek"], one["timezone"]) == (["SUNDAY"], "UTC")
    victor = site.program("victor").get(f"{API}/{project}/schedules").json()
    assert [schedule["id"] for schedule in victor["values"]] == [weekly["id"], one["id"]]
    body = site.program("olga").get(f"{API}/{project}").json()
    assert [entry["weekly"]["dayOfWeek"] for entry in body["schedules"]] == ["MONDAY", "FRIDAY", "SUNDAY"]

    address = f"{API}/{project}/schedules/{weekly['id']}"
    changed = site.program("edith").patch(address, json={"enabled": False, "retries": 3, "timeLimit": 600}).json()
    assert (changed["enabled"], changed["nextRuns"], changed["retries"], changed["hour"]) == (False, [], 3, 8)
    assert site.program("edith").patch(address, json={"timeLimit": None}).json()["timeLimit"] is None
    assert site.program("edith").delete(address).status_code == 204
    assert site.program("edith").delete(address).status_code == 404
    log = site.program("admin").get("/api/v1/audit", params={"project": project}).json()["values"]
    actions = [entry["action"] for entry in log if entry["action"].endswith("_schedule")]
    assert actions == ["remove_schedule", "change_schedule", "change_schedule", "add_schedule", "add_schedule"]


def test_sch18_what_does_not_fit_is_refused_with_its_field(site: Site) -> None:
    project = published(site, TWO_INPUTS)
    edith = site.program("edith")
    for body, field, code in (
        ({"cadence": "DAILY", "hour": 24}, "hour", "INVALID"),
        ({"cadence": "CUSTOM", "cron": "* * *"}, "cron", "INVALID"),
        ({"cadence": "DAILY", "timezone": "Mars/Olympus"}, "timezone", "INVALID"),
        ({"cadence": "DAILY", "retries": 11}, "retries", "INVALID"),
        ({"cadence": "DAILY", "timeLimit": 0}, "timeLimit", "INVALID"),
        ({"cadence": "DAILY", "inputParams": {"n": 999}}, "inputParams.n", "INVALID"),
        ({"cadence": "DAILY", "inputParams": {"nobody": 1}}, "inputParams.nobody", "INVALID"),
        (
            {"cadence": "DAILY", "inputParams": {"n": 5}, "updatePublishedResults": True},
            "updatePublishedResults",
            "INPUTS_WITH_PUBLISHED_RESULTS",
        ),
    ):
        answer = edith.post(f"{API}/{project}/schedules", json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["field"], error["code"]) == (422, field, code), answer.text
    assert edith.get(f"{API}/{project}/schedules").json()["values"] == []
    own = added(site, project, cadence="DAILY", inputParams={"n": 5, "word": "not in the app"})
    assert own["updatePublishedResults"] is False
    address = f"{API}/{project}/schedules/{own['id']}"
    assert edith.patch(address, json={"updatePublishedResults": True}).status_code == 422
    assert edith.patch(address, json={"updatePublishedResults": True, "inputParams": {}}).status_code == 200


def test_sch17_changing_takes_can_edit_and_seeing_takes_can_view(site: Site) -> None:
    project = published(site)
    one = added(site, project, cadence="HOURLY", notifications=[{"webhookUrl": "https://hooks.example/secret"}])
    address = f"{API}/{project}/schedules"
    for who, sees, changes in (("apple", 403, 403), ("victor", 200, 403), ("edith", 200, 200), ("sam", 404, 404)):
        program = site.program(who)
        seen = program.get(address)
        assert seen.status_code == sees
        assert ("hooks.example/secret" in seen.text) == (who == "edith")
        assert program.patch(f"{address}/{one['id']}", json={"minute": 5}).status_code == changes
        assert program.post(f"{address}/preview", json={"cadence": "DAILY"}).status_code == changes
        if changes != 200:
            assert program.post(address, json={"cadence": "DAILY"}).status_code == changes
            assert program.post(f"{address}/{one['id']}/run").status_code == changes
            assert program.delete(f"{address}/{one['id']}").status_code == changes
    other = published(site)
    assert site.program("olga").patch(f"{API}/{other}/schedules/{one['id']}", json={}).status_code == 404


def test_sch20_a_schedule_that_is_not_kept_tells_its_next_five_times(site: Site) -> None:
    project = published(site)
    address = f"{API}/{project}/schedules"
    body = {"cadence": "CUSTOM", "cron": "*/15 * * * *", "timezone": "Asia/Kathmandu"}
    seen = site.program("edith").post(f"{address}/preview", json=body)
    assert (seen.status_code, seen.json()["words"]) == (200, "Every 15th minute of every hour, Asia/Kathmandu")
    times = [datetime.fromisoformat(at) for at in seen.json()["nextRuns"]]
    assert {b - a for a, b in itertools.pairwise(times)} == {timedelta(minutes=15)}
    assert site.program("edith").get(address).json()["values"] == []
    refused = site.program("edith").post(f"{address}/preview", json={**body, "cron": "61 * * * *"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "cron")


def test_sch21_a_schedule_runs_at_once_on_wish_with_its_own_inputs(site: Site) -> None:
    project = published(site)
    one = added(site, project, cadence="DAILY", inputParams={"n": 7})
    edith, address = site.program("edith"), f"{API}/{project}/schedules"
    started = edith.post(f"{address}/{one['id']}/run")
    assert (started.status_code, started.json()["dueAt"]) == (201, None), started.text

    def last() -> dict[str, Any]:
        found = edith.get(address).json()["values"][0]["lastRuns"][0]
        assert isinstance(found, dict)
        return found

    until(lambda: last()["status"] == "COMPLETED")
    assert last()["runId"] == started.json()["runId"]
    run = edith.get(f"{API}/{project}/runs/{last()['runId']}", params={"outputs": True}).json()
    assert (run["runTrigger"], run["inputParams"], run["projectVersion"]) == ("SCHEDULED", {"n": 7}, 1)
    assert re.search(r"'text/plain': '14'", str(run["cells"]))
    draft = site.project(PLAIN, "olga")
    site.share(draft, {"edith": "CAN_EDIT"})
    unpublished = added(site, draft, cadence="DAILY")
    refused = edith.post(f"{API}/{draft}/schedules/{unpublished['id']}/run")
    assert (refused.status_code, "not published" in refused.text) == (422, True)
