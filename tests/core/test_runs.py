"""What may be said of a run, and done with one that has ended."""

from __future__ import annotations

import pytest

from vernissage.core.operations import Refused
from vernissage.core.runs import RunStatus, default_inputs, may_restore
from vernissage.formats import project_file

DOCUMENT = project_file.read("""
vernissage: 1
title: Two inputs
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - {id: since, type: input, kind: date, name: since, relative: true, default: 7 days ago}
""")


@pytest.mark.parametrize(
    ("inputs", "defaults"),
    [
        ({}, True),
        ({"n": 20}, True),
        ({"n": 20, "since": "7 days ago"}, True),
        ({"n": 21}, False),
        ({"since": "8 days ago"}, False),
        ({"n": "twenty"}, False),
        ({"gone": 1}, False),
    ],
)
def test_run10_a_run_with_default_inputs(inputs: dict[str, object], defaults: bool) -> None:
    assert default_inputs(DOCUMENT, inputs) is defaults


@pytest.mark.parametrize(
    ("status", "version", "published", "defaults", "why"),
    [
        ("COMPLETED", 3, 3, True, None),
        ("ERRORED", 3, 3, True, None),
        ("PENDING", 3, 3, True, "has not ended"),
        ("RUNNING", 3, 3, True, "has not ended"),
        ("KILLED", 3, 3, True, "cut off"),
        ("COMPLETED", 2, 3, True, "never cross versions"),
        ("COMPLETED", None, 3, True, "no number"),
        ("COMPLETED", 3, None, True, "not published"),
        ("COMPLETED", 3, 3, False, "inputs of its own"),
    ],
)
def test_run11_which_runs_may_be_restored(
    status: RunStatus, version: int | None, published: int | None, defaults: bool, why: str | None
) -> None:
    refused = may_restore(status, version, published, defaults=defaults)
    if why is None:
        assert refused is None
    else:
        assert isinstance(refused, Refused)
        assert why in refused.sentence
