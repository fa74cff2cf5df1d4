"""The OpenAPI document, and the whole API held against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import Site
from tests.support.fuzz import fuzzed

ERROR = {"$ref": "#/components/schemas/ErrorBody"}


@pytest.fixture(scope="module")
def document(site: Site) -> Any:
    answer = site.program().get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


def test_api10_every_operation_says_what_it_does_who_may_ask_and_how_it_is_refused(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    seen = set()
    for path, method, one in operations(document):
        where = f"{method} {path}"
        assert one["operationId"] not in seen, where
        seen.add(one["operationId"])
        assert len(one["summary"].split()) > 1, where
        assert one["summary"] != one["operationId"], where
        assert one["tags"][0] in {tag["name"] for tag in document["tags"]}, where
        open_to_all = path in ("/healthz", "/readyz", "/api/v1/sign-in")
        assert one["security"] == ([] if open_to_all else [{"token": []}]), where
        refusals = {status: answer for status, answer in one["responses"].items() if not status.startswith("2")}
        assert len(one["responses"]) == len(refusals) + 1, where
        if not open_to_all:
            assert {"401", "429"} <= refusals.keys(), where
        if "{project}" in path:
            assert {"403", "404"} <= refusals.keys(), where
        for status, answer in refusals.items():
            assert answer["content"]["application/json"]["schema"] == ERROR, (where, status)
            assert answer["content"]["application/json"]["example"]["error"]["message"], (where, status)
        assert all("X-Trace-Id" in answer["headers"] for answer in one["responses"].values()), where
    assert document["components"]["schemas"]["RunBody"]["properties"]["elapsedTime"]["description"]


def test_api10_an_integer_is_a_number_and_not_both_at_once(document: Any) -> None:
    assert document["components"]["schemas"]["SliderInput"]["properties"]["min"] == {"type": "number", "default": 0}
    assert '{"type": "integer"}, {"type": "number"}' not in json.dumps(document)


def test_api10_what_is_done_once_says_so(document: Any) -> None:
    once = {
        path
        for path, _, one in operations(document)
        if any(each["name"] == "Idempotency-Key" for each in one.get("parameters", ()))
    }
    project = "/api/v1/projects/{project}"
    assert once >= {"/api/v1/projects", "/api/v1/projects/import", f"{project}/publish", f"{project}/runs"}


def test_api11_the_whole_api_answers_as_its_document_says(tmp_path: Path) -> None:
    """[API8] A few examples of each operation; `make fuzz` tries many."""
    status, said = fuzzed(tmp_path, 4)
    assert status == 0, said
    assert "No issues found" in said
