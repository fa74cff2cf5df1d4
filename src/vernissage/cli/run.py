"""`vernissage run`: a project from top to bottom in a new kernel, its outputs on the terminal as they come.

A file runs here, with no server and no data directory; so does a draft. A published project runs on the server that
has it, as every run over the API does.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from vernissage.cli.common import CommandFailed, WrongUsage, print_json, read_text, server_of, settings_of

if TYPE_CHECKING:
    from vernissage.actors.secrets import Given
    from vernissage.cli.api import Api
    from vernissage.core.document import Document
    from vernissage.core.inputs import Value
    from vernissage.settings import Settings


async def run(chosen: argparse.Namespace) -> int:
    """Run a file here, a draft here, or a published project on its server."""
    given = pairs(chosen.input)
    settings = settings_of(chosen)
    path = Path(chosen.what)
    if _is_file(path):
        return await _run_file(chosen, settings, path, given)
    if chosen.draft:
        return await _run_draft(chosen, settings, given)
    url = server_of(chosen)
    if not url:
        raise WrongUsage(
            f"{chosen.what} is no file here. To run a published project, name its server with --url or VERNISSAGE_URL."
        )
    from vernissage.cli.api import asking

    async with asking(chosen, url) as api:
        return await _run_there(chosen, api, given)


def _is_file(path: Path) -> bool:
    """Whether a file is meant: one that is there, or a name that no project's id has."""
    return path.exists() or path.suffix in (".yaml", ".yml", ".ipynb")


# --- inputs -----------------------------------------------------------------------------------------


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """What was given with -i, by name."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise WrongUsage(f"-i {text!r} sets nothing. Write it like -i name=value.")
        found[name.strip()] = value
    return found


def readings(text: str) -> tuple[Any, ...]:
    """What a text may mean: the JSON value that it is, then the text itself."""
    try:
        return (json.loads(text), text)
    except ValueError:
        return (text,)


def values_of(document: Document, given: Mapping[str, str]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The typed values, and the buttons that are pressed. A text counts as JSON where that fits the input's kind."""
    from vernissage.core.document import ButtonInput
    from vernissage.core.inputs import Invalid, accept

    inputs = document.inputs()
    unknown(given, inputs)
    values: dict[str, Value] = {}
    presses: list[str] = []
    for name, text in given.items():
        tried = [accept(inputs[name].input, reading) for reading in readings(text)]
        fits = [value for value in tried if not isinstance(value, Invalid)]
        if not fits:
            raise WrongUsage(next(one.sentence for one in tried if isinstance(one, Invalid)))
        if not isinstance(inputs[name].input, ButtonInput):
            values[name] = fits[0]
        elif fits[0]:
            presses.append(name)
    return values, tuple(presses)


def unknown(given: Mapping[str, str], names: Mapping[str, Any] | Sequence[str]) -> None:
    """Refuse names that are no input, and say which there are."""
    strange = [name for name in given if name not in names]
    if strange:
        has = f"Its inputs are {', '.join(names)}." if names else "It has no inputs."
        raise WrongUsage(f"This project has no input {', '.join(strange)}. {has}")


# --- here -------------------------------------------------------------------------------------------


async def _run_file(chosen: argparse.Namespace, settings: Settings, path: Path, given: Mapping[str, str]) -> int:
    text = read_text(path)  # before a kernel is started for nothing
    from vernissage.cli.local import local_kernels

    async with local_kernels(settings) as kernels:
        from vernissage.cli.files import beside, read_document  # while the kernel starts

        document = read_document(path, text)
        return await _run_here(chosen, settings, kernels, document, beside(path, document), given)


async def _run_draft(chosen: argparse.Namespace, settings: Settings, given: Mapping[str, str]) -> int:
    from vernissage.cli.local import local_kernels

    with tempfile.TemporaryDirectory(prefix="vernissage-draft-") as folder:
        async with local_kernels(settings) as kernels:
            document, files, secrets = await _draft(chosen, settings, Path(folder))
            return await _run_here(chosen, settings, kernels, document, files, given, secrets)


async def _draft(
    chosen: argparse.Namespace, settings: Settings, folder: Path
) -> tuple[Document, dict[str, Path], Given | None]:
    """A project's draft, its files, and its secrets, which never leave a server."""
    from vernissage.cli.project import document_of, known

    if url := server_of(chosen):
        from vernissage.cli.api import asking, project_path, query
        from vernissage.formats import project_file

        async with asking(chosen, url) as api:
            answer = await api.raw("GET", project_path(chosen.what, "export"), **query(version="draft", format="yaml"))
        document = project_file.read(answer.content.decode())
        if document.files:
            raise CommandFailed(
                f"The draft reads {', '.join(file.name for file in document.files)}, which stays on the server. Export "
                "the project, put the files beside it, and run that file."
            )
        return document, {}, None
    from vernissage.cli.common import data_directory
    from vernissage.cli.secret import secrets_in

    async with data_directory(chosen) as (store, blobs):
        project = await known(store, chosen.what)
        document = await document_of(store, project, "draft")
        files: dict[str, Path] = {}
        for place, file in enumerate(document.files):
            data = await blobs.get(file.hash)
            if data is None:
                raise CommandFailed(f"The content of {file.name} is gone from the data directory.")
            files[file.name] = folder / str(place)
            files[file.name].write_bytes(data)
        secrets = await secrets_in(settings, store).of(project.id)
    return document, files, secrets


async def _run_here(
    chosen: argparse.Namespace,
    settings: Settings,
    kernels: Any,
    document: Document,
    files: Mapping[str, Path],
    given: Mapping[str, str],
    secrets: Given | None = None,
) -> int:
    from vernissage.cli.local import run_document, whole
    from vernissage.cli.progress import Progress
    from vernissage.cli.show import Screen, plain
    from vernissage.core.document import name_of
    from vernissage.core.inputs import to_json
    from vernissage.core.publishing import errors_of

    values, presses = values_of(document, given)
    names = {cell.id: name_of(document, cell) for cell in document.cells}
    screen = Screen(sys.stdout)
    inputs = document.inputs()
    if not chosen.json:
        screen.line(screen.bold(plain(document.title)))
        if values:
            shown = {name: to_json(inputs[name].input, value) for name, value in values.items()}
            screen.line(", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in shown.items()))
    began = time.monotonic()

    async with Progress(sys.stderr, screen, wanted=not chosen.json) as progress:

        def watch(state: Any) -> None:
            if not chosen.json:
                progress.show(names, state.cells)

        state, blobs = await run_document(kernels, settings, document, files, values, presses, watch, secrets)
    took = time.monotonic() - began
    went_well = state.run is None or state.run.status == "done"
    errors = errors_of(document, dict(state.cells))
    if chosen.json:
        said = {error.cell: error.message for error in errors}
        print_json(
            {
                "status": "COMPLETED" if went_well else "ERRORED" if state.kernel.state != "dead" else "KILLED",
                "elapsedTime": round(took * 1000),
                "inputParams": {name: to_json(inputs[name].input, value) for name, value in state.inputs.items()},
                "cells": [
                    {
                        "id": id,
                        "name": name,
                        "state": state.cells[id].state,
                        "outputs": await whole(state.cells[id], blobs),
                        "error": said.get(id),
                    }
                    for id, name in names.items()
                ],
            }
        )
    else:
        screen.line("")
    ran = state.run.finished if state.run is not None else 0
    _conclude(
        [f"{error.name}: {error.message}" for error in errors],
        [names[id] for id, run in state.cells.items() if run.state == "skipped"],
        state.kernel.sentence if state.kernel.state == "dead" else "",
        f"{ran} {'cell' if ran == 1 else 'cells'} in {took:.1f} s.",
        went_well=went_well,
    )
    return 0 if went_well else 1


def _conclude(errors: Sequence[str], skipped: Sequence[str], sentence: str, done: str, *, went_well: bool) -> None:
    """How it ended, on stderr: outputs alone are on stdout."""
    if went_well:
        print(done, file=sys.stderr)
        return
    from vernissage.cli.show import plain

    for line in (sentence, *errors):
        if line:
            print(plain(line), file=sys.stderr)
    if skipped:
        print(plain(f"Skipped, because they need what failed: {', '.join(skipped)}."), file=sys.stderr)
    if not errors and not sentence:
        print("The run was cut off.", file=sys.stderr)


# --- on a server ------------------------------------------------------------------------------------


async def _run_there(chosen: argparse.Namespace, api: Api, given: Mapping[str, str]) -> int:
    from vernissage.cli.api import project_path, query
    from vernissage.cli.progress import Progress
    from vernissage.cli.publish import followed, has_ended, until
    from vernissage.cli.show import Screen, plain
    from vernissage.wire.rest import RunBody

    project = await api.call("GET", project_path(chosen.what))
    unknown(given, [input["name"] for input in project["inputs"]])
    started = await _start(api, project_path(chosen.what, "runs"), given)
    path = project_path(chosen.what, "runs", started["runId"])
    screen = Screen(sys.stdout, api.url)
    if not chosen.json:
        screen.line(screen.bold(plain(project["title"])))
    try:
        if chosen.json:
            await until(api, path, has_ended)
            raw = await api.call("GET", path, **query(outputs="true"))
        else:
            async with Progress(sys.stderr, screen, wanted=True) as progress:
                raw = await followed(api, path, progress)
    except BaseException:  # Ctrl-C, a server that went away: nobody waits for this run any more
        await _give_up(api, path)
        raise
    ended = msgspec.convert(raw, RunBody)
    cells = ended.cells if isinstance(ended.cells, tuple) else ()
    if chosen.json:
        print_json(raw)
    else:
        screen.line("")
    _conclude(
        [f"{cell.name}: {cell.error}" for cell in cells if cell.error],
        [cell.name for cell in cells if cell.state == "skipped"],
        "The run was cut off; see it on the server." if ended.status == "KILLED" else "",
        f"Version {ended.project_version} ran in {(ended.elapsed_time or 0) / 1000:.1f} s.",
        went_well=ended.status == "COMPLETED",
    )
    return 0 if ended.status == "COMPLETED" else 1


async def _give_up(api: Api, path: str) -> None:
    try:
        await api.call("DELETE", path)
    except CommandFailed as error:
        print(f"The run may go on: {error}", file=sys.stderr)


async def _start(api: Api, path: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Start a run. The server knows what its inputs take, so it is asked first, with no run, how to read each text."""
    from vernissage.cli.api import ServerRefused

    reading = {name: list(readings(text)) for name, text in given.items()}
    first: dict[str, str] = {}
    while True:
        body = {"inputParams": {name: tried[0] for name, tried in reading.items()}, "dryRun": True}
        try:
            if given:
                await api.call("POST", path, body)
            started: dict[str, Any] = await api.call("POST", path, {**body, "dryRun": False})
        except ServerRefused as error:
            name = error.field.removeprefix("inputParams.")
            if error.http_status != 422 or name not in reading:
                raise
            first.setdefault(name, str(error))  # about the JSON value, which says more than about its text
            if len(reading[name]) == 1:
                raise WrongUsage(first[name]) from None
            del reading[name][0]
        else:
            return started
