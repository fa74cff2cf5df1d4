"""A stage: a server process of its own with the apps that are measured, published and shared with its admin.

The app is the one that the peers were measured with: pandas and numpy, 100 000 rows, a table, a chart, a number; and a
slider on which a second, trivial number depends.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psutil

from tests.support.server import Client, RunningServer

ROWS = 100_000
PUBLISHED_WITHIN = 60.0
"""Seconds for the preview run of an app: the first one on a server may wait for the first kernel."""

AppName = Literal["results", "run", "ready", "tiny"]
"""results: the app, opens with its published results. run: the same app, opens by running. ready: the same, with ready
kernels. tiny: one cell, runs."""

READY = 8
"""Kernels that the app of that name keeps ready."""

_APP = """\
vernissage: 1
title: Orders
settings: {{on_open: {on_open}, on_interaction: auto, ready_kernels: {ready}}}
cells:
  - {{id: n, type: input, kind: slider, name: n, label: Amount, min: 0, max: 1000, step: 1, default: 20}}
  - id: load
    type: python
    source: |
      import numpy as np
      import pandas as pd
      rng = np.random.default_rng(7)
      orders = pd.DataFrame({{
          "region": rng.choice(["north", "south", "east", "west"], {rows}),
          "amount": rng.gamma(2.0, 30.0, {rows}),
          "quantity": rng.integers(1, 9, {rows}),
      }})
  - {{id: number, type: value, label: Mean of an order, value: "round(float(orders['amount'].mean()), 2)"}}
  - {{id: twice, type: value, label: Twice the amount, value: n * 2}}
  - {{id: rows, type: table, dataframe: orders}}
  - {{id: chart, type: chart, dataframe: orders, spec: {{mark: bar, x: region, y: amount}}}}
"""

_TINY = """\
vernissage: 1
title: One cell
settings: {on_open: run, on_interaction: auto}
cells:
  - {id: number, type: value, label: Number, value: 1 + 1}
"""

_FILES: dict[AppName, str] = {
    "results": _APP.format(on_open="published_results", rows=ROWS, ready=0),
    "run": _APP.format(on_open="run", rows=ROWS, ready=0),
    "ready": _APP.format(on_open="run", rows=ROWS, ready=READY),
    "tiny": _TINY,
}


MANY_KERNELS = {"VERNISSAGE_KERNELS": "64", "VERNISSAGE_KERNELS_PER_USER": "64"}
"""One member opens all sessions here; the usual limit would let some of them wait in line."""


class MeasurementFailed(Exception):
    """A measurement did not run as it must; the text says why."""


class Stage:
    """A running server, and the ids of the apps on it."""

    def __init__(self, server: RunningServer, client: Client, apps: dict[AppName, str]) -> None:
        assert server.process is not None
        self.url = server.url
        self.cookie = str(client.http.cookies["vernissage"])
        self.apps = apps
        self._client = client
        self.server = psutil.Process(server.process.pid)

    def address(self, app: AppName) -> str:
        """Where people open the app."""
        return f"{self.url}/main/app/{self.apps[app]}/latest"

    def until_ready(self, count: int) -> None:
        """Until so many kernels have run their app and wait for a session."""
        deadline = time.monotonic() + PUBLISHED_WITHIN
        while f"vernissage_kernels_ready {count}.0" not in self._client.http.get("/metrics").text:
            if time.monotonic() > deadline:
                raise MeasurementFailed(f"There were not {count} ready kernels within {PUBLISHED_WITHIN:.0f} s.")
            time.sleep(0.02)

    def kernels(self) -> list[psutil.Process]:
        """The processes in which cells run now."""
        zygotes = [child for child in self.server.children() if "vernissage_kernel.zygote" in child.cmdline()]
        return [kernel for zygote in zygotes for kernel in zygote.children()]


@contextmanager
def stage(*names: AppName) -> Iterator[Stage]:
    """A server with these apps published, gone at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="vernissage-benchmark-") as directory,
        RunningServer(Path(directory) / "data", environ=MANY_KERNELS) as server,
    ):
        client = server.client()
        yield Stage(server, client, {name: _publish(client, _FILES[name]) for name in names})


def _publish(client: Client, file: str) -> str:
    """A new project from the file, published after its preview run; its id."""
    made = client.call("POST", "/projects/import", content=file.encode())
    if made.status_code != 201:
        raise MeasurementFailed(f"The app could not be imported: {made.text}")
    project = str(made.json()["id"])
    begun = client.call("POST", f"/projects/{project}/publish", {}).json()
    address = f"/projects/{project}/publish/{begun['publishId']}"
    deadline = time.monotonic() + PUBLISHED_WITHIN
    while (state := client.call("GET", address).json())["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"The preview run of the app did not end within {PUBLISHED_WITHIN:.0f} s.")
        time.sleep(0.02)
    if state["status"] != "READY":
        raise MeasurementFailed(f"The preview run of the app failed: {state['errors']}")
    confirmed = client.call("POST", f"{address}/confirm", {})
    if confirmed.status_code != 200:
        raise MeasurementFailed(f"The app could not be published: {confirmed.text}")
    return project


def private_memory(process: psutil.Process) -> float:
    """Megabytes that this process shares with no other."""
    kilobytes = 0
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Clean:", "Private_Dirty:")):
            kilobytes += int(line.split()[1])
    return kilobytes / 1024


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "processors": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": [round(one, 2) for one in os.getloadavg()],
        "kernel": os.uname().release,
    }
