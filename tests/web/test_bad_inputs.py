"""Inputs that do not fit, from an address or over a socket: each gets its sentence, and the session goes on."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from tests.support.app import Site, boot

INPUTS = """
vernissage: 1
title: Inputs
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 0, max: 9, step: 1, default: 2}
  - {id: count, type: input, kind: number, name: count, label: Count, min: 0, max: 10, default: 1}
  - {id: on, type: input, kind: checkbox, name: on, label: On, default: false}
  - {id: word, type: input, kind: text, name: word, label: Word, default: plain}
  - {id: pick, type: input, kind: dropdown, name: pick, label: Pick, options: [a, 42, "42"], default: a}
  - {id: picks, type: input, kind: multiselect, name: picks, label: Picks, options: [a, b, 9], default: [a]}
  - {id: at, type: input, kind: date, name: at, label: At, time: true, timezone: America/Chicago, relative: true,
     default: "2024-01-01 00:00:00"}
  - {id: span, type: input, kind: date, name: span, label: Span, range: true, default: ["2024-01-01", "2024-02-01"]}
  - id: costs
    type: input
    kind: table
    name: costs
    label: Costs
    columns:
      [{name: what, type: text}, {name: cost, type: number}, {name: paid, type: checkbox}, {name: due, type: date}]
    default: [[rent, 900, true, "2024-01-31"]]
  - {id: file, type: input, kind: file, name: file, label: File, accept: [.csv]}
  - {id: go, type: input, kind: button, name: go, label: Go}
  - {id: out, type: python, source: "(n, count, on, word, pick, picks, len(costs))"}
"""
NAMES = ("n", "count", "on", "word", "pick", "picks", "at", "span_start", "span_end", "span", "costs", "file", "go")


@pytest.fixture(scope="module")
def inputs(site: Site) -> str:
    project = site.project(INPUTS, "olga")
    site.share(project, {"victor": "CAN_VIEW", "apple": "APP_ONLY"}, web="APP_ONLY")
    site.publish(project)
    return project


def app(project: str) -> dict[str, Any]:
    return {"room": "app", "project": project}


# --- addresses --------------------------------------------------------------------------------------

KEYS = st.sampled_from([f"_{name}" for name in NAMES]) | st.sampled_from(["", "_", "__n", "session", "utm", "_nobody"])
HOSTILE = st.sampled_from(
    ["1e999", "NaN", "007", "-0", "9" * 400, "1" + "0" * 5_000, '"\\ud800"', '"%FF"', "%FF", "%", "%zz", "[" * 2_000,
     '{"a":' * 500, '"' + "x" * 3_000 + '"', "null", "true", "[]", "{}", "[[]]", '[["a",1,true,null]]', '{"$int":"x"}',
     '{"name":"../../etc/passwd","hash":"' + "0" * 64 + '","size":1}', '"</script><script>alert(1)</script>"',
     '"2024-02-30"', '"7 days ago America/Nowhere"', '"99999999999 years ago America/Chicago"', "=", "==4", "4", '"a"']
)  # fmt: skip
TEXTS = HOSTILE | st.text(st.characters(codec="utf-8"), max_size=12) | st.binary(max_size=8).map(lambda b: quote(b))
QUERIES = st.lists(st.tuples(KEYS, TEXTS), max_size=8).map(
    lambda parts: "&".join(f"{key}={quote(text, safe='=%[]{}')}" for key, text in parts)
)
TYPES: dict[str, Any] = {
    "n": int, "count": (int, float), "on": bool, "word": str, "picks": list, "at": str, "span": list,
}  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(query=QUERIES)
def test_web11_whatever_its_parameters_are_the_app_opens_with_values_that_fit(
    site: Site, inputs: str, query: str
) -> None:
    answer = site.program("apple").get(f"/main/app/{inputs}/latest?{query}")
    assert answer.status_code == 200
    page = boot(answer.text)
    values = page["snapshot"]["inputs"]
    assert all(isinstance(values[name], kind) for name, kind in TYPES.items())
    assert 0 <= values["n"] <= 9 and 0 <= values["count"] <= 10
    assert values["pick"] in ("a", 42, "42") and set(values["picks"]) <= {"a", "b", 9}
    assert values["costs"] == [["rent", 900, True, "2024-01-31"]], "no table comes by an address"
    assert values["file"] is None
    assert all(notice["text"].endswith(".") for notice in page["notices"])


def test_web11_the_time_for_a_query_grows_no_faster_than_its_length(site: Site, inputs: str) -> None:
    """As long as a request line may be; the longest that are taken are answered about as fast as the empty one."""
    client = site.program("apple")

    def took(query: str) -> float:
        begun = time.perf_counter()
        answer = client.get(f"/main/app/{inputs}/latest?{query}")
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - begun

    took("")
    for pattern in ("&", "_n=4&", "=", "%5B", "%7B%22a%22:", "_word=%22", "_word=+&", "%"):
        once, long = (min(took(pattern * (size // len(pattern))) for _ in range(3)) for size in (6_000, 60_000))
        print(f"{pattern!r}: {1000 * once:.1f} ms for 6 000 characters, {1000 * long:.1f} ms for 60 000")
        assert long < 1.0, pattern


# --- values over a socket ---------------------------------------------------------------------------

REFUSED = (
    ({"nobody": 1}, "no input named 'nobody'"),
    ({"n": "4"}, "n takes a whole number from 0 to 9"),
    ({"n": 10}, "lies outside"),
    ({"n": 2.5}, "is not whole"),
    ({"n": 10**4_200}, "n takes"),
    ({"count": True}, "count takes a number"),
    ({"count": None}, "cannot be empty"),
    ({"on": 1}, "on is true or false"),
    ({"word": 4}, "word takes text"),
    ({"word": "x" * 1_000_001}, "at most 1,000,000 characters"),
    ({"pick": 43}, "pick"),
    ({"picks": ["a", "c"]}, "picks"),
    ({"picks": "a"}, "picks"),
    ({"at": "2024-03-10 02:30:00"}, "at"),
    ({"at": "yesterday"}, "at"),
    ({"span": ["2024-02-01", "2024-01-01"]}, "span"),
    ({"span": "2024-02-01"}, "span"),
    ({"costs": "rent"}, "costs"),
    ({"costs": [["rent", "much", True, None]]}, "Row 1"),
    ({"costs": [["rent", 1, True, None], ["bread", 1, "yes", None]]}, "paid"),
    ({"costs": [["rent", 1, True, "2024-02-30"]]}, "due"),
    ({"costs": [["rent", 1, True]]}, "Row 1"),
    ({"costs": [["rent", 1, True, None]] * 10_001}, "10,000"),
    ({"file": "/etc/passwd"}, "file"),
    ({"file": {"name": "../x.csv", "hash": "0" * 64, "size": 1}}, "name cannot be used"),
    ({"go": True, "n": 3}, "go"),
    ({"n": 3, "count": 11}, "count takes"),
)


def test_liv40_a_value_that_does_not_fit_is_refused_with_a_sentence_and_changes_nothing(
    site: Site, inputs: str
) -> None:
    with site.socket("apple") as socket:
        before = socket.hello(app(inputs))["inputs"]
        for values, part in REFUSED:
            refused = socket.done({"do": "set_inputs", "values": values})
            assert refused["type"] == "refusal", values
            assert part in refused["sentence"] and refused["sentence"].endswith("."), refused["sentence"]
            assert len(refused["sentence"]) < 400
        refused = socket.done({"do": "press", "name": "n"})
        assert "no button named 'n'" in refused["sentence"]
        events = [event for message in socket.seen if message["type"] == "events" for event in message["events"]]
        assert events == [], "nothing has changed, and no kernel was started"
        good = [["rent", 1.5, None, "2024-01-31"], [None, None, False, None]]
        assert socket.done({"do": "set_inputs", "values": {"costs": good, "n": 4}})["type"] == "done"
        shown = socket.event(lambda event: event["event"] == "output_added" and event["cell"] == "out")
        assert shown["output"]["data"]["text/plain"] == "(4, 1, False, 'plain', 'a', ['a'], 2)"
    with site.socket("apple") as socket:
        assert socket.hello(app(inputs))["inputs"] == before, "another visit starts from the defaults"


def test_liv40_a_socket_that_dies_amid_a_message_takes_nothing_with_it(site: Site, inputs: str) -> None:
    client = site.browser("apple")
    with site.socket(client=client) as other:
        session = ""
        with site.socket(client=client) as socket:
            session = socket.hello(app(inputs), client="tab")["session"]
            assert socket.done({"do": "set_inputs", "values": {"n": 5}})["type"] == "done"
            # The beginning of a frame that promises more, then nothing.
            protocol = socket.connection.protocol
            half = b'{"type":"do","id":9,"operation":{"do":"set_inputs","values":{"n":'
            with socket.connection.protocol_mutex:
                protocol.writes.append(bytes([0x80 | Opcode.TEXT, 0x80 | len(half) + 20]) + bytes(4) + half)
                socket.connection.send_data()
            socket.cut()
        snapshot = other.hello(app(inputs), session=session)
        assert (snapshot["session"], snapshot["inputs"]["n"]) == (session, 5)
        assert other.done({"do": "set_inputs", "values": {"n": 6}})["type"] == "done"
        other.settled()


def test_liv40_the_id_of_another_persons_session_opens_nothing(site: Site, inputs: str) -> None:
    with site.socket("victor") as owner:
        session = owner.hello(app(inputs))["session"]
        assert owner.done({"do": "set_inputs", "values": {"word": "private words"}})["type"] == "done"
        for thief in (site.browser("apple"), site.browser("sam"), site.visitor(inputs)):
            with site.socket(client=thief) as socket:
                found = socket.hello(app(inputs), session=session)
                assert found["type"] == "ended"
                assert found["sentence"].endswith(".")
                assert "private words" not in "".join(socket.raw)
            page = thief.http.get(f"/main/app/{inputs}/latest?session={session}")
            assert "private words" not in page.text
        assert owner.done({"do": "set_inputs", "values": {"n": 7}})["type"] == "done"


def test_liv40_none_of_it_was_a_fault_of_the_server(site: Site) -> None:
    assert "Traceback" not in site.server.log()
