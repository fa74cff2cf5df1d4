"""What a monitor reads: figures of this server in Prometheus' text format.

Promises: nothing in them names a person, a project or a value; the labels come from closed lists, so their number stays
the same however much happens.

Left alone: who may read them (`core.access`), alarms.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""From an input change that costs nothing to a long run."""


class Census(msgspec.Struct, frozen=True):
    """How many there are, at one moment."""

    kernels: int
    """Starting or there."""
    kernels_waiting: int
    """Sessions that wait for one."""
    kernels_ready: int
    """Of `kernels`, those that have run an app with its defaults and wait for a session."""
    rooms: Mapping[str, int]
    """Open rooms by kind: logic, app, preview."""
    sockets: int
    runs_running: int
    """Of the API and of schedules."""
    runs_waiting: int


class Metrics:
    """A `ports.Meter` that Prometheus reads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"vernissage_{name}_seconds", text, labels, buckets=SECONDS, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"vernissage_{name}", text, labels, registry=registry)

        self._requests = histogram("http_request", "Time to answer HTTP requests.", "method", "act", "status")
        self._kernel_starts = histogram("kernel_start", "From a kernel's turn until it is ready.")
        self._kernel_ends = Counter(
            "vernissage_kernel_ends", "Kernels that have ended.", ("reason",), registry=registry
        )
        self._cells = histogram("cell", "Executions of cells.", "outcome")
        self._runs = histogram("run", "Runs of sessions, of schedules and of the API.", "trigger", "status")
        self._kernels = gauge("kernels", "Kernels that are starting or there.")
        self._kernels_waiting = gauge("kernels_waiting", "Sessions that wait for a kernel.")
        self._kernels_ready = gauge("kernels_ready", "Kernels that have run an app and wait for a session.")
        self._rooms = gauge("sessions", "Open sessions.", "kind")
        self._sockets = gauge("sockets", "Open sockets.")
        self._runs_running = gauge("runs_running", "Runs of schedules and of the API that go on.")
        self._runs_waiting = gauge("runs_waiting", "Runs of schedules and of the API that wait.")

    def request_ended(self, method: str, act: str, status: int, seconds: float) -> None:
        known = method if method in _METHODS else "other"
        self._requests.labels(known, act, f"{status // 100}xx").observe(seconds)

    def kernel_started(self, seconds: float) -> None:
        self._kernel_starts.observe(seconds)

    def kernel_ended(self, reason: str) -> None:
        self._kernel_ends.labels(reason).inc()

    def cell_ended(self, ok: bool, seconds: float) -> None:
        self._cells.labels("done" if ok else "error").observe(seconds)

    def run_ended(self, trigger: str, status: str, seconds: float) -> None:
        self._runs.labels(trigger, status).observe(seconds)

    def write(self, census: Census) -> bytes:
        """Everything, as `CONTENT_TYPE`."""
        self._kernels.set(census.kernels)
        self._kernels_waiting.set(census.kernels_waiting)
        self._kernels_ready.set(census.kernels_ready)
        for kind, count in census.rooms.items():
            self._rooms.labels(kind).set(count)
        self._sockets.set(census.sockets)
        self._runs_running.set(census.runs_running)
        self._runs_waiting.set(census.runs_waiting)
        return generate_latest(self._registry)


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
