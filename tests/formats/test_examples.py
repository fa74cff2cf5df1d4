"""The example projects: each file reads, is written for review, and every cell of it runs as its page needs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.vernissage_kernel.lone import LoneKernel, Mother
from vernissage.actors.driver import work_of
from vernissage.core.document import Document, InputCell, layout_of, placed
from vernissage.core.inputs import accept, default, default_problem, for_kernel, options_from_wire
from vernissage.formats.project_file import read, write
from vernissage_kernel import frames
from vernissage_kernel.frames import OPTIONS_MIME, TABLE_MIME, VALUE_MIME

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.vernissage.yaml"))
AT = datetime(2026, 10, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    mother = Mother()
    yield mother
    mother.close()


@pytest.fixture(params=FILES, ids=[path.name.split(".")[0] for path in FILES])
def example(request: pytest.FixtureRequest) -> Document:
    path: Path = request.param
    return read(path.read_text("utf-8"))


def run(kernel: LoneKernel, document: Document, **inputs: Any) -> dict[str, dict[str, Any]]:
    """Top to bottom with these JSON values; cell id → MIME bundle. Fails where a cell fails."""
    values: dict[str, Any] = {}
    for name, input in ((name, cell.input) for name, cell in document.inputs().items()):
        value: Any = accept(input, inputs.pop(name)) if name in inputs else default(input)
        values |= for_kernel(input, value, AT)
    assert not inputs
    kernel.send(frames.SetVariables(values))
    shown: dict[str, dict[str, Any]] = {}
    for cell in document.cells:
        if isinstance(cell, InputCell) and not getattr(cell.input, "options_from", ""):
            continue
        outcome = kernel.run(work_of(cell), cell=cell.id, name=cell.label or cell.id)
        errors = [f"{error.ename}: {error.evalue}" for error in outcome.all(frames.ErrorRaised)]
        assert outcome.finished.ok, f"{cell.id}: {errors}"
        assert not outcome.printed("stderr"), f"{cell.id} warns"
        for display in outcome.all(frames.Display):
            shown[cell.id] = display.data
        if isinstance(cell, InputCell):
            offered = options_from_wire(shown[cell.id][OPTIONS_MIME]["options"])
            assert values[cell.input.name] in offered
    return shown


def text(shown: dict[str, dict[str, Any]], cell: str) -> str:
    return str(shown[cell][VALUE_MIME]["text"])


def kernel_in(mother: Mother, folder: Path, document: Document) -> LoneKernel:
    for file in document.files:
        shutil.copy(EXAMPLES / file.name, folder)
    return mother.kernel(folder, {})


def test_there_are_three_examples() -> None:
    assert [path.name.split(".")[0] for path in FILES] == ["store-sales", "support-desk", "wine-chemistry"]


def test_fmt2_examples_read_back_and_have_all_that_they_name(example: Document) -> None:
    assert read(write(example)) == example
    assert [default_problem(cell.input) for cell in example.inputs().values() if default_problem(cell.input)] == []
    for file in example.files:
        assert (EXAMPLES / file.name).stat().st_size < 300_000
    assert len(layout_of(example).tabs) == 2
    assert all(cell.id in placed(example) for cell in example.inputs().values())
    assert "invented" in example.description.lower() or "wines" in example.description


def test_examples_run_top_to_bottom_and_show_everything_on_the_page(
    example: Document, mother: Mother, tmp_path: Path
) -> None:
    kernel = kernel_in(mother, tmp_path, example)
    shown = run(kernel, example)
    for cell in placed(example):
        found = example.cell(cell)
        assert isinstance(found, InputCell) or cell in shown, f"{cell} shows nothing"
    again = run(kernel, example)
    assert {id: bundle.get(VALUE_MIME) for id, bundle in shown.items()} == {
        id: bundle.get(VALUE_MIME) for id, bundle in again.items()
    }, "two runs differ"
    kernel.close()


def example_named(name: str) -> Document:
    return read((EXAMPLES / f"{name}.vernissage.yaml").read_text("utf-8"))


def test_more_colleagues_answer_more_contacts(mother: Mother, tmp_path: Path) -> None:
    document = example_named("support-desk")
    kernel = kernel_in(mother, tmp_path, document)
    few, many = run(kernel, document, n=5), run(kernel, document, n=12)
    share = "service-level"
    assert few[share][VALUE_MIME]["value"] < 0.3 < 0.9 < many[share][VALUE_MIME]["value"] <= 1
    assert "**5** on shift" in few["summary"]["text/markdown"]
    pressed = run(kernel, document, simulate=True)
    assert text(pressed, "days-played") == "20"
    theory, played = pressed[share][VALUE_MIME]["value"], pressed["simulated-share"][VALUE_MIME]["value"]
    assert abs(theory - played) < 0.1, "the simulation agrees with the formula"
    kernel.close()


def test_sales_follow_country_and_period(mother: Mother, tmp_path: Path) -> None:
    document = example_named("store-sales")
    kernel = kernel_in(mother, tmp_path, document)
    everywhere = run(kernel, document)["revenue"][VALUE_MIME]["value"]
    countries = [
        run(kernel, document, country=one)["revenue"][VALUE_MIME]["value"]
        for one in ("Denmark", "Finland", "Norway", "Sweden")
    ]
    assert sum(countries) == pytest.approx(everywhere, abs=4), "each is rounded to thousands"
    few = run(kernel, document, least_orders=6000, period=["2026-08-03", "2026-08-09"])
    assert few["stores-table"][TABLE_MIME]["total"] == 0
    assert "Press *Run forecast*" in few["forecast-text"]["text/markdown"]
    assert "thousand euro" in run(kernel, document, run_forecast=True, horizon=4)["forecast-text"]["text/markdown"]
    nothing = run(kernel, document, categories=[])
    assert text(nothing, "orders") == "0"
    early = run(kernel, document, period=["2025-10-20", "2025-11-16"])
    assert early["revenue"][VALUE_MIME]["compare"]["delta"] == 0
    kernel.close()


def test_wines_are_told_apart(mother: Mother, tmp_path: Path) -> None:
    document = example_named("wine-chemistry")
    kernel = kernel_in(mother, tmp_path, document)
    scaled = run(kernel, document)["accuracy"][VALUE_MIME]["value"]
    unscaled = run(kernel, document, scaled=False)["accuracy"][VALUE_MIME]["value"]
    assert 0.9 < scaled <= 1 and unscaled < 0.8
    strong = run(kernel, document, least_alcohol=14.5, grapes=["Nebbiolo"], across="hue", up="hue")
    assert int(text(strong, "wines-shown")) < 20
    none = run(kernel, document, grapes=[])
    assert text(none, "wines-shown") == "0"
    kernel.close()


def test_the_data_can_be_made_again(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "make_data.py", tmp_path)
    subprocess.run([sys.executable, "-W", "error", tmp_path / "make_data.py"], check=True)
    made = sorted(path.name for path in tmp_path.glob("*.csv"))
    assert made == ["store-sales.csv", "stores.csv", "support-desk.csv"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()


def test_every_example_and_its_licence_is_named() -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    for path in FILES:
        assert f"`{path.name}`" in page
    assert "CC BY 4.0" in page
