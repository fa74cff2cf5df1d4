"""Files of inputs in a confined kernel: what the host puts there can be read, in every form that an input takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.support.kernels import Watched
from vernissage.core.document import FileInput, FileRef
from vernissage.core.inputs import for_kernel, kernel_path
from vernissage.kernels import ForkKernels
from vernissage_kernel import frames

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 31, tzinfo=UTC)


async def test_cel44_a_confined_kernel_reads_what_the_host_has_put_there(kernels: ForkKernels) -> None:
    watched = await Watched.start(kernels)
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    for place, ending in enumerate(("csv", "parquet", "xlsx", "bin")):
        file = FileRef(f"stores.{ending}", f"{place}" * 64, 1)
        path = watched.kernel.directory() / "work" / kernel_path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        match ending:
            case "csv":
                frame.to_csv(path, index=False)
            case "parquet":
                frame.to_parquet(path)
            case "xlsx":
                with path.open("wb") as target:
                    frame.to_excel(target, index=False, engine="openpyxl")
            case _:
                path.write_bytes(b"\x00")
        watched.kernel.send(frames.SetVariables(for_kernel(FileInput(name=ending), file, AT)))
    printed = await watched.run(
        "import os; os.chdir('/')\n"
        "print(csv.a.sum(), parquet.b.tolist(), xlsx['Sheet1'].shape, bin, sep='\\n')\n"
        "print(csv.equals(parquet))"
    )
    assert printed.splitlines() == ["3", "['x', 'y']", "(2, 2)", "b'\\x00'", "True"]
    await watched.kernel.stop()
