"""Secrets in real kernels: which a project's code reads, and that no value comes out again."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.support.worlds import Tab, World
from vernissage.actors.secrets import WORKSPACE, Secrets
from vernissage.core.document import PythonCell
from vernissage.core.operations import Refused
from vernissage.core.outputs import DisplayOutput, ErrorOutput, StreamOutput
from vernissage.core.secrets import Redactor
from vernissage.core.session import RestartAndRunAll, RunAll
from vernissage.ports import AuditQuery, KernelSpec, Project, Store
from vernissage.store import KeyVault
from vernissage.wire.rest import NewSecret
from vernissage.wire.socket import TableQuestion, VariablesQuestion
from vernissage_kernel.control import Prelude
from vernissage_kernel.frames import TABLE_MIME, TableQuery

pytestmark = pytest.mark.anyio

HUSH = "hush-0417-hush"


def py(id: str, source: str) -> PythonCell:
    return PythonCell(id, source=source)


async def run(world: World, *cells: Any) -> tuple[Tab, Project]:
    """The logic view of a project that has the secret DB, all run."""
    project = await world.project(*cells)
    assert not isinstance(await world.secrets.set(project.id, "DB", HUSH, world.ana.id, "test"), Refused)
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await tab.runs(RunAll())
    return tab, project


def everything(tab: Tab) -> str:
    """All that the room and the tab hold."""
    return str(tab.room.state.cells) + str(tab.messages)


async def test_sec3_code_reads_the_projects_secrets_and_the_workspaces(world: World) -> None:
    names = ["DB", "SHARED", "NO"]
    cell = py("a", f"import vernissage\n[(n, len(vernissage.secrets.get(n, ''))) for n in {names}]")
    for name, value in (("DB", "everybody's password"), ("SHARED", "four")):
        await world.secrets.set(WORKSPACE, name, value, world.ana.id, "test")
    tab, project = await run(world, cell)
    assert tab.shows("a") == f"[('DB', {len(HUSH)}), ('SHARED', 4), ('NO', 0)]"
    other = await world.project(cell)
    stranger = Tab.in_room(await world.rooms.logic(other.id), world.ana)
    await stranger.runs(RunAll())
    assert stranger.shows("a") == "[('DB', 20), ('SHARED', 4), ('NO', 0)]"
    assert await world.secrets.remove(project.id, "DB", world.ana.id, "test")
    await tab.runs(RestartAndRunAll())
    assert tab.shows("a") == "[('DB', 20), ('SHARED', 4), ('NO', 0)]"


async def test_sec3_a_secret_that_is_not_there_says_where_to_add_it(world: World) -> None:
    tab, _ = await run(world, py("a", "import vernissage\nvernissage.secrets['NO']"))
    (error,) = tab.room.state.cells["a"].outputs
    assert isinstance(error, ErrorOutput)
    assert "no secret named 'NO'. Add it under Secrets" in error.evalue


async def test_sec7_a_secret_of_another_key_says_so_and_other_cells_run(world: World) -> None:
    strange = Secrets(cast(Store, world.store), KeyVault(b"o" * 32), world.clock)
    project = await world.project(py("a", "import vernissage\nvernissage.secrets['OLD']"), py("b", "1 + 1"))
    await strange.set(project.id, "OLD", HUSH, world.ana.id, "test")
    (kept,) = await world.secrets.listed(project.id)
    assert strange.trouble(kept) == ""
    assert world.secrets.trouble(kept).startswith("OLD cannot be read: it was kept with another server key (")
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await tab.runs(RunAll())
    (error,) = tab.room.state.cells["a"].outputs
    assert isinstance(error, ErrorOutput)
    assert "The secret 'OLD' cannot be read: it was kept with another server key" in error.evalue
    assert tab.shows("b") == "2"


async def test_sec4_no_environment_holds_a_secret_and_no_other_process_either(world: World) -> None:
    source = "import os, vernissage\nhush = vernissage.secrets['DB']\n[n for n, v in os.environ.items() if hush in v]"
    parents = "open('/proc/self/environ').read().count(hush)"
    tab, _ = await run(world, py("a", source), py("b", parents))
    assert (tab.shows("a"), tab.shows("b")) == ("[]", "0")


SAYS = {
    "print": "print('it is', hush)",
    "standard error": "import sys\nprint(hush, file=sys.stderr)",
    "a subprocess": "import subprocess, sys\nsubprocess.run(['echo', hush])",
    "the last expression": "hush",
    "a dict": "{'url': f'postgresql://u:{hush}@h/d', hush: 1}",
    "json": "import json\nprint(json.dumps({'k': hush}))",
    "base64": "import base64\nprint(base64.b64encode(('user:' + hush).encode()).decode())",
    "html": "display({'text/html': f'<p>{hush}</p>'}, raw=True)",
    "an update": "h = display('x', display_id=True)\nh.update({'a': hush})",
    "an error": "raise RuntimeError('cannot connect with ' + hush)",
    "an error for everybody": "raise vernissage.AppError('not ' + hush)",
    "the error's name": "raise type(hush, (Exception,), {})('x')",
    "a cause": "try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError(hush) from e",
    "a chart": "import altair as alt, pandas as pd\nalt.Chart(pd.DataFrame({'a': [hush]})).mark_bar().encode(x='a')",
    "a table": "import pandas as pd\npd.DataFrame({'a': [hush] * 3})",
}


@pytest.mark.parametrize("way", SAYS)
async def test_sec5_a_value_never_comes_out_of_a_kernel(world: World, way: str) -> None:
    tab, _ = await run(world, py("a", f"import vernissage\nhush = vernissage.secrets['DB']\n{SAYS[way]}"))
    blobs = [
        (await world.blobs.get(blob.hash) or b"").decode()
        for output in tab.room.state.cells["a"].outputs
        for blob in getattr(output, "blobs", {}).values()
    ]
    seen = everything(tab) + "".join(blobs)
    assert "[secret DB]" in seen
    assert HUSH not in seen


async def test_sec5_answers_about_variables_and_tables_hold_none(world: World) -> None:
    cells = (
        py("a", "import vernissage, pandas as pd\nhush = vernissage.secrets['DB']"),
        py("t", "pd.DataFrame({'a': [hush + str(i) for i in range(200)]})"),
    )
    tab, _ = await run(world, *cells)
    answer = await tab.room._answer(TableQuestion("t", table_of(tab, "t"), TableQuery(offset=100, limit=5)))
    assert "[secret DB]100" in str(answer)
    variables = await tab.room._answer(VariablesQuestion())
    assert HUSH not in str(variables) and "[secret DB]" in str(variables)


def table_of(tab: Tab, cell: str) -> str:
    (output,) = tab.room.state.cells[cell].outputs
    return str(cast(Any, output).data[TABLE_MIME]["table"])


async def test_sec5_a_download_holds_none(world: World) -> None:
    value = f'{HUSH} "quoted"'
    project = await world.project(
        py("a", "import pandas as pd, vernissage\npd.DataFrame({'t': [vernissage.secrets['DB'] + '!'] * 60})")
    )
    await world.secrets.set(project.id, "DB", value, world.ana.id, "test")
    tab = Tab.in_room(await world.rooms.logic(project.id), world.ana)
    await tab.runs(RunAll())
    (output,) = tab.room.state.cells["a"].outputs
    assert isinstance(output, DisplayOutput)
    pieces = await tab.room.csv("a", output.data[TABLE_MIME]["table"], TableQuery(), "CAN_VIEW")
    assert not isinstance(pieces, Refused)
    text = b"".join([piece async for piece in pieces]).decode()
    assert text.split("\r\n") == ['"t"', *['"[secret DB]!"'] * 60, ""]


async def test_sec5_what_is_recorded_and_kept_holds_none(world: World) -> None:
    cells = (
        py("a", "import vernissage, pandas as pd\nhush = vernissage.secrets['DB']\nprint(hush)"),
        py("t", "pd.DataFrame({'a': [hush + str(i) for i in range(200)]})"),
    )
    project = await world.project(*cells)
    await world.secrets.set(project.id, "DB", HUSH, world.ana.id, "test")
    record = await world.published(project)
    run = await world.store.run(record.run)
    assert HUSH not in run.cells.decode() and "[secret]" in run.cells.decode()
    found = await world.rooms.results(record.run)
    table = cast(Any, found[0]["t"].outputs[0])
    rows, total = await world.rooms.tables.page(table.blobs[TABLE_MIME].hash, TableQuery(offset=150, limit=2))
    assert (rows, total) == ((("[secret]150",), ("[secret]151",)), 200)
    assert HUSH not in str(await world.store.audit(AuditQuery(project.id), 99))


async def test_sec6_a_value_that_arrives_in_pieces_is_replaced_and_the_order_stays(world: World) -> None:
    source = (
        "import vernissage, sys, time\nhush = vernissage.secrets['DB']\n"
        "for letter in hush:\n    print(letter, end='', flush=True)\n    time.sleep(0.02)\n"
        "print(hush[:4], end='')\ndisplay(1)\n"
        "print(hush[:4], end='')\nprint(2, file=sys.stderr)\nprint(hush[:3], end='')"
    )
    tab, _ = await run(world, py("a", source))
    outputs = tab.room.state.cells["a"].outputs
    seen = [one.text if isinstance(one, StreamOutput) else "1" for one in outputs]
    assert seen == ["[secret DB]hush", "1", "hush", "2\n", "hus"]


async def test_sec8_no_text_about_what_holds_a_value_shows_it(world: World) -> None:
    project = await world.project(py("a", "1"))
    await world.secrets.set(project.id, "DB", HUSH, world.ana.id, "test")
    given = await world.secrets.of(project.id)
    assert given.values == {"DB": HUSH}
    spec = KernelSpec("k" * 24, secrets=given.values)
    prelude = Prelude("/d", (), (), (), 1, 1, secrets=given.values)
    for thing in (given, spec, prelude, NewSecret("DB", HUSH), Redactor(given.values)):
        assert HUSH not in repr(thing) + str(thing)
