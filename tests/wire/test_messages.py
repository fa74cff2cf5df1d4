"""The messages between server and browser: each comes through as it was sent, and nothing else comes in."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any, Union

import msgspec
import pytest

from tests.support.canaries import variants
from vernissage import wire
from vernissage.core.session import ServerOperation
from vernissage.wire import boot, rest, socket

CLIENT = msgspec.json.Decoder(socket.ClientMessage)
SERVER = msgspec.json.Decoder(socket.ServerMessage)


@pytest.mark.parametrize("kind", typing.get_args(socket.ClientMessage), ids=lambda kind: kind.__name__)
def test_what_a_browser_sends_comes_through(kind: type) -> None:
    for message in variants(kind, {}):
        assert CLIENT.decode(msgspec.json.encode(message)) == message


@pytest.mark.parametrize("kind", typing.get_args(socket.ServerMessage), ids=lambda kind: kind.__name__)
def test_what_the_server_sends_comes_through(kind: type) -> None:
    for message in variants(kind, {}):
        assert SERVER.decode(msgspec.json.encode(message)) == message


@pytest.mark.parametrize("name", sorted(wire.TYPES))
def test_everything_that_the_browser_knows_can_be_read_and_written(name: str) -> None:
    kind = wire.TYPES[name]
    decoder = msgspec.json.Decoder(kind)
    for value in variants(kind, {}):
        assert decoder.decode(msgspec.json.encode(value)) == value


@pytest.mark.parametrize("kind", typing.get_args(ServerOperation), ids=lambda kind: kind.__name__)
def test_no_member_can_send_what_the_server_reports(kind: type) -> None:
    for report in variants(kind, {"KernelTaken.ready": None}):  # a whole session, which is no message at all
        sent = msgspec.json.encode({"type": "do", "id": 1, "operation": msgspec.to_builtins(report)})
        with pytest.raises(msgspec.ValidationError):
            CLIENT.decode(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"type":"snapshot"}',
        b'{"type":"teleport"}',
        b'{"type":"ping","extra":1}',
        b'{"type":"do","id":1}',
        b'{"type":"do","id":"1","operation":{"do":"run_all"}}',
        b'{"type":"do","id":1,"operation":{"do":"rule_the_world"}}',
        b'{"type":"do","id":1,"operation":{"do":"run_all","hard":true}}',
        b'{"type":"do","id":1,"operation":{"do":"run_cells","cells":[1]}}',
        (
            b'{"type":"do","id":1,"operation":{"do":"edit_text","cell":"a","version":0,'
            b'"updates":[{"client":"x","changes":[null]}]}}'
        ),
        b'{"type":"do","id":1,"operation":{"do":"set_title","title":"\\ud800"}}',
        b'{"type":"do","id":1,"operation":{"do":"set_title","title":"\xff"}}',
        b'{"type":"ask","id":1,"question":{"ask":"shell","code":"id"}}',
        b'{"type":"hello","room":{"room":"attic","project":"p"}}',
    ],
)
def test_what_is_no_message_is_refused(sent: bytes) -> None:
    # ValueError holds all: msgspec's own errors, and UnicodeDecodeError for bytes that are no UTF-8.
    with pytest.raises(ValueError):
        CLIENT.decode(sent)


def test_a_message_says_its_kind_first() -> None:
    hello = socket.Hello(socket.AppRoom("p"), "s", 7, "tab")
    assert msgspec.to_builtins(hello) == {
        "type": "hello",
        "room": {"room": "app", "project": "p", "version": None},
        "session": "s",
        "seen": 7,
        "client": "tab",
        "key": "",
    }


# --- what rooms never say ---------------------------------------------------------------------------


def structs_in(kind: Any, seen: set[type]) -> Iterator[type]:
    """Every struct that a message may hold."""
    if typing.get_origin(kind) in (Union, types.UnionType, tuple, list, dict):
        for one in typing.get_args(kind):
            yield from structs_in(one, seen)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        yield kind
        for hint in typing.get_type_hints(kind).values():
            yield from structs_in(hint, seen)


def test_acc17_rooms_name_people_and_never_their_e_mail() -> None:
    found = list(structs_in(socket.ServerMessage, set()))
    assert socket.Member in found
    for kind in found:
        assert not [field.name for field in msgspec.structs.fields(kind) if "mail" in field.name], kind
    with_mail = {
        kind for page in (boot.AppBoot, boot.EditorBoot) for kind in structs_in(page, set())
        if any("mail" in field.name for field in msgspec.structs.fields(kind))
    }  # fmt: skip
    assert with_mail == {boot.Person}  # whose page it is


# --- the HTTP API -----------------------------------------------------------------------------------

HEX_FIELDS = {
    "ProjectBody": "id type title description status creator owner createdAt lastEditedAt lastPublishedAt archivedAt "
    "trashedAt schedules sharing publishedVersion unpublishedChanges inputs",
    "ProjectList": "values pagination",
    "Pagination": "after before",
    "RunStarted": "projectId runId runUrl runStatusUrl traceId projectVersion notifications ignoredInputParams",
    "RunBody": "projectId projectVersion runId runUrl status startTime endTime elapsedTime traceId runTrigger "
    "inputParams notifications stateEvents cells",
    "RunList": "runs nextPage previousPage traceId",
    "RunRequest": "inputParams dryRun updatePublishedResults useCachedSqlResults notifications updateCache viewId",
    "CellResult": "id name state outputs error",
    "ErrorBody": "error reason details traceId",
    "PublishRequest": "force expectedPublished version",
    "PublishStarted": "publishId runId status",
    "PublishConfirm": "acceptErrors force",
}


@pytest.mark.parametrize("name", sorted(HEX_FIELDS))
def test_the_api_has_the_field_names_of_the_contract(name: str) -> None:
    kind = getattr(rest, name)
    assert set(HEX_FIELDS[name].split()) <= {field.encode_name for field in msgspec.structs.fields(kind)}


def test_what_the_api_may_leave_out_is_left_out() -> None:
    (run, *_) = variants(rest.RunBody, {"RunBody.cells": msgspec.UNSET})
    assert "cells" not in msgspec.to_builtins(run)
    (run, *_) = variants(rest.RunBody, {"RunBody.cells": ()})
    assert msgspec.to_builtins(run)["cells"] == ()


def test_a_publish_request_tells_nothing_seen_from_nothing_said() -> None:
    said = msgspec.json.Decoder(rest.PublishRequest)
    assert said.decode(b"{}").expected_published is msgspec.UNSET
    assert said.decode(b'{"expectedPublished":null}').expected_published is None
    assert said.decode(b'{"expectedPublished":3}').expected_published == 3


def test_requests_of_hexs_clients_are_read() -> None:
    """They send what we do not know of; it is passed over."""
    body = b'{"inputParams":{"since":"7 days ago"},"dryRun":false,"updateCache":true,"somethingNew":[1]}'
    request = msgspec.json.decode(body, type=rest.RunRequest)
    assert request == rest.RunRequest({"since": "7 days ago"}, update_cache=True)
