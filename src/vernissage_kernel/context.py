"""What a run knows of itself: who looks, why it runs, which secrets it may read.

`run_context()` and `secrets` are what user code sees; `enter` is called once by the kernel, `enter_run` where a later
run in it has another trigger. Outside a kernel (a script that imports `vernissage`) there is a context too: nobody's,
in logic.

Promise: light to import. Left alone: how the server decides any of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any


class AppError(Exception):
    """An error whose text every viewer of the app may read: `raise vernissage.AppError("No data for this day.")`."""


@dataclass(frozen=True)
class RunContext:
    """What `vernissage.run_context()` answers; the same object for the whole of a run."""

    trigger: str = "logic"
    """Why this runs: "logic" (in the logic view), "app" (somebody looks at the app), "scheduled", "api", "preview"
    (before it is published) or "refresh" (published results are computed anew)."""
    viewer: str = ""
    """The e-mail of the person who looks; "" in runs that nobody looks at, and for visitors from the web."""
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What a signed embed declared about its viewer."""
    timezone: str = "UTC"
    """The project's time zone, an IANA name."""
    project: str = ""
    """The project's id."""
    version: int | None = None
    """The version's number; None for a draft or a candidate."""


class UnknownSecret(KeyError):
    """A secret was asked for that this project does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"This project has no secret named {self.name!r}. Add it under Secrets beside the notebook and restart the "
            "kernel, which reads secrets when it starts; or correct the name."
        )


class UnreadableSecret(KeyError):
    """A secret is there, but the server cannot read its value."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        return f"The secret {self.name!r} cannot be read: {self.why}."


class Secrets(Mapping[str, str]):
    """The project's secrets by name. Its repr names them and never shows one."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._unreadable: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name in self._unreadable:
            raise UnreadableSecret(name, self._unreadable[name])
        if name not in self._values:
            raise UnknownSecret(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __repr__(self) -> str:
        return f"<secrets: {', '.join(self._values) or 'none'}>"


secrets = Secrets()
"""The secrets of the project that runs here."""

_current = RunContext()


def run_context() -> RunContext:
    """Why this code runs, for whom, in which project and version."""
    return _current


def enter(context: Mapping[str, Any], values: Mapping[str, str], unreadable: Mapping[str, str]) -> None:
    """Make this process the kernel of one session. `context`: the fields of `RunContext`; `values`: the secrets;
    `unreadable`: why others cannot be read."""
    global _current
    fields = dict(context)
    fields["attributes"] = MappingProxyType(dict(fields.get("attributes", {})))
    _current = RunContext(**fields)
    # In place, because `from vernissage import secrets` must see them too.
    secrets._values = dict(values)
    secrets._unreadable = dict(unreadable)


def enter_run(trigger: str) -> None:
    """From here on another run of the session goes on; whoever holds the context of the last one keeps that."""
    global _current
    _current = replace(_current, trigger=trigger)
