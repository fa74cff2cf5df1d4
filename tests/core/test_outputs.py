"""What a store keeps of a run's cells comes back as it was."""

from __future__ import annotations

import pytest

from tests.support.canaries import variants
from vernissage.core.outputs import FORMAT, CellRun, decode_cells, encode_cells


def test_drf18_stored_cells_come_back() -> None:
    cells = {f"c{i}": run for i, run in enumerate(variants(CellRun, {}))}
    assert len(cells) == 7  # one of each state
    assert decode_cells(encode_cells(cells)) == cells
    assert decode_cells(encode_cells({})) == {}
    assert decode_cells(b"") == {}


def test_drf18_newer_or_broken_stored_cells_are_refused() -> None:
    with pytest.raises(ValueError, match=rf"format {FORMAT + 1}.*up to {FORMAT}\. Upgrade"):
        decode_cells(b'{"format":%d,"cells":{"a":{"state":"dreaming"}}}' % (FORMAT + 1))
    for data in (b'{"format":1,"cells":{"a":{"state":"dreaming"}}}', b'{"cells":{}}', b'{"format":1'):
        with pytest.raises(ValueError):
            decode_cells(data)
