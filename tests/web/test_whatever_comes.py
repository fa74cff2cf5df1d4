"""Whatever a browser or a program sends, the server answers in its own words and goes on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.app import PLAIN, Site, Socket
from tests.support.documents import json_values
from vernissage.wire.rest import ErrorBody


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    return site.project(PLAIN, "olga")


WORDS = st.sampled_from(
    ["type", "do", "id", "operation", "question", "ask", "cell", "cells", "values", "n", "twice", "version", "updates",
     "set_inputs", "edit_text", "insert_cell", "configure_cell", "move_cell", "set_layout", "set_title", "set_settings",
     "delete_cell", "restore_cell", "run_cells", "press", "table", "query", "after", "input", "kind", "slider",
     "source", "set_presence", "cursor", "layout", "tabs", "rows", "columns", "elements", "start", "end", "sort"]
)  # fmt: skip

MESSY = st.recursive(
    json_values | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)

OPERATIONS = st.fixed_dictionaries(
    {"do": WORDS},
    optional={
        "cell": WORDS | st.fixed_dictionaries({"type": WORDS, "id": WORDS}, optional={"source": MESSY, "input": MESSY}),
        "values": st.dictionaries(WORDS, json_values, max_size=3),
        "updates": st.lists(st.fixed_dictionaries({"client": WORDS, "changes": MESSY}), max_size=3),
        "version": st.integers(-(2**70), 2**70),
        "after": WORDS,
        "title": MESSY,
        "layout": MESSY,
        "cells": MESSY,
        "name": WORDS,
    },
)

MESSAGES = st.one_of(
    st.text(max_size=50),
    st.binary(max_size=50),
    MESSY.map(lambda value: msgspec.json.encode(value).decode()),
    st.fixed_dictionaries({"type": st.just("do"), "id": st.integers(1, 2**40), "operation": OPERATIONS}),
    st.fixed_dictionaries(
        {"type": st.just("ask"), "id": st.integers(1, 2**40)},
        optional={"question": st.fixed_dictionaries({"ask": WORDS}, optional={"cell": WORDS, "query": MESSY})},
    ),
    st.fixed_dictionaries({"type": st.just("set_presence"), "cursor": MESSY}),
)


def alive(socket: Socket) -> None:
    socket.send({"type": "ping"})
    socket.until(lambda message: message["type"] in ("pong", "ended"))


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(messages=st.lists(MESSAGES, min_size=5, max_size=19))
def test_web26_a_room_bears_whatever_its_members_send(site: Site, project: str, messages: list[Any]) -> None:
    with site.socket("olga") as hostile, site.socket("olga") as other:
        for socket in (hostile, other):
            assert socket.hello({"room": "logic", "project": project})["type"] == "snapshot"
        expected = {message["id"] for message in messages if isinstance(message, dict) and "id" in message}
        for message in messages:
            hostile.send(message)
        alive(hostile)
        alive(other)
        answered = {message["id"] for message in hostile.seen if message["type"] in ("done", "refusal", "answer")}
        assert expected <= answered | {message["id"] for message in messages if _asks(message)}
        for message in hostile.seen:
            if message["type"] == "refusal":
                assert message["sentence"].endswith((".", "!", "?"))


def _asks(message: Any) -> bool:
    """Answered in its own time."""
    return isinstance(message, dict) and message["type"] == "ask"


PATHS = st.sampled_from(
    ["/projects", "/projects/import", "/projects/{}/publish", "/projects/{}/runs", "/projects/{}/sharing", "/tokens",
     "/projects/{}/export", "/projects/{}/versions", "/projects/{}", "/users", "/project/{}/run", "/sign-in"]
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "offset", "after", "version", "format", "statusFilter", "name", "outputs"]),
    st.text(max_size=8) | st.integers(-(2**70), 2**70).map(str),
    max_size=3,
)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.dictionaries(
        st.sampled_from(
            ["title", "force", "version", "inputParams", "grants", "name", "days", "email", "password", "viewId"]
        ),
        MESSY,
        max_size=5,
    ).map(msgspec.json.encode),
)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(path=PATHS, method=st.sampled_from(["GET", "POST", "PUT", "PATCH"]), query=QUERIES, body=BODIES)
def test_web10_whatever_is_asked_the_answer_has_the_one_shape(
    site: Site, project: str, path: str, method: str, query: dict[str, str], body: bytes
) -> None:
    client = site.program("sam" if path.endswith(("publish", "runs", "run")) else "olga")
    answer = client.request(method, "/api/v1" + path.format(project), params=query, content=body)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        error = msgspec.json.decode(answer.content, type=ErrorBody).error
        assert error.message[-1] in ".!?"


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(query=st.text(max_size=40) | st.sampled_from(["_n=1e999", "_n=%ff", "_n==[[[[", "&&&==%", "_n=" + "[" * 3000]))
def test_web11_an_app_opens_whatever_its_address_says(site: Site, query: str) -> None:
    answer = site.program("apple").get(f"/main/app/{site.web}/latest?{quote(query, safe='=&%[]')}")
    assert answer.status_code == 200


def test_web10_none_of_it_was_a_fault_of_the_server(site: Site) -> None:
    """What this server met in the tests before stands in its log."""
    assert "Traceback" not in site.server.log()
