"""The benchmarks count right and can be run: a figure that nobody can trust is worse than none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import protocol
from benchmarks.figures import Figure, median, percentile, spoken
from benchmarks.table import HEAD, as_json, table


@pytest.mark.parametrize(("samples", "middle"), [((3.0,), 3.0), ((9.0, 1.0, 5.0), 5.0), ((4.0, 1.0, 2.0, 100.0), 3.0)])
def test_the_median_is_the_middle_in_whatever_order(samples: tuple[float, ...], middle: float) -> None:
    assert median(samples) == middle


def test_p95_is_a_sample_that_at_most_one_in_twenty_exceeds() -> None:
    assert percentile(tuple(float(one) for one in range(100, 0, -1)), 95) == 95
    assert percentile((7.0,), 95) == 7
    assert percentile((1.0, 2.0, 3.0), 95) == 3


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        _ = Figure("empty", "nothing", "ms", ()).median
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile((), 95)


@pytest.mark.parametrize(
    ("value", "text"), [(0.424, "0.42"), (3.14, "3.1"), (48.4, "48"), (1914.2, "1 914"), (0.0, "0.00")]
)
def test_numbers_are_written_with_the_digits_that_matter(value: float, text: str) -> None:
    assert spoken(value) == text


def test_a_target_is_met_by_the_median_not_by_the_slowest() -> None:
    figure = Figure("one", "one", "ms", (1.0, 2.0, 90.0), 2)
    assert figure.met is True
    assert msgspec.structs.replace(figure, target=1.5).met is False
    assert msgspec.structs.replace(figure, target=None).met is None


def test_the_table_has_a_line_for_each_figure_in_aligned_columns() -> None:
    figures = [
        Figure("short", "a short one", "ms", (1.0, 2.0, 30.0), 3, "others 10.7"),
        Figure("long", "one with a longer name", "kB", (1500.0,)),
    ]
    head, rule, first, second = table(figures).splitlines()
    assert head.split("  ")[0] == HEAD[0]
    assert set(rule) == {"-", " "}
    assert first.split() == ["a", "short", "one", "3.0", "ms", "2.0", "ms", "30", "3", "yes", "others", "10.7"]
    assert second.split() == ["one", "with", "a", "longer", "name", "1", "500", "kB", "1", "500", "1"]
    assert first.index("2.0 ms") + len("2.0 ms") == second.index("1 500 kB") + len("1 500 kB")
    assert table(figures).count("others, measured earlier") == 1


def test_json_carries_every_sample_and_the_machine() -> None:
    found = msgspec.json.decode(as_json([Figure("one", "one", "ms", (1.0, 4.0), 3)], {"processors": 2}))
    assert found["machine"] == {"processors": 2}
    (figure,) = found["figures"]
    assert (figure["samples"], figure["median"], figure["p95"], figure["met"]) == ([1.0, 4.0], 2.5, 4.0, True)


def test_a_measurement_that_fails_is_told_and_the_others_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks() -> list[Figure]:
        raise RuntimeError("the bench is broken")

    one = [Figure("one", "a thing", "ms", (1.0,))]
    monkeypatch.setattr(benchmarks, "MEASUREMENTS", {"breaks": breaks, "works": lambda: one})
    assert benchmarks.main([]) == 1
    printed = capsys.readouterr()
    assert "a thing" in printed.out
    assert "Not measured: breaks: the bench is broken" in printed.err
    assert benchmarks.main(["--only", "works"]) == 0


def test_kernels_are_measured_for_real(tmp_path: Path) -> None:
    took = asyncio.run(protocol.kernel_starts(tmp_path, 2))
    assert len(took) == 2
    assert all(0 < one < 30_000 for one in took)


def test_a_session_is_measured_on_a_real_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmarks, "MEASUREMENTS", {"tiny_session": lambda: protocol.tiny_session(2)})
    assert benchmarks.main(["--json", str(tmp_path / "figures.json")]) == 0
    assert "1 + 1" in capsys.readouterr().out
    (figure,) = msgspec.json.decode((tmp_path / "figures.json").read_bytes())["figures"]
    assert len(figure["samples"]) == 2
    assert min(figure["samples"]) > 0
