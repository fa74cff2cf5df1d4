"""The secrets of projects and of the workspace: set, listed, removed, and handed to kernels.

Promise: a value goes in here, and comes out only for a kernel of its project (`of`). Every change is recorded by name.

Left alone: who may (`core.access`), what a name may be and how values are kept out of outputs (`core.secrets`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vernissage.core.operations import Refused
from vernissage.core.secrets import check_name, check_value
from vernissage.ports import AuditEntry, CannotUnseal, Clock, Store, StoredSecret, Vault

WORKSPACE = ""
"""In the place of a project's id: the secrets that every project may read."""


@dataclass(frozen=True)
class Given:
    """What a kernel is given."""

    values: dict[str, str] = field(repr=False)
    """Name → value; an error's text or a log must not show one."""
    unreadable: dict[str, str]
    """Name → why its value cannot be had."""


class Secrets:
    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def listed(self, project: str) -> tuple[StoredSecret, ...]:
        """Of a project, or of the workspace, by name."""
        return await self._store.secrets(project)

    async def readable(self, project: str) -> tuple[StoredSecret, ...]:
        """[SEC3] What code of a project may read, by name: its own secrets, and those of the workspace that none of its
        own hides."""
        found = {one.name: one for one in await self._store.secrets(WORKSPACE, project)}
        return tuple(found[name] for name in sorted(found))

    async def set(self, project: str, name: str, value: str, by: str, origin: str) -> StoredSecret | Refused:
        """[SEC1] Add a secret, or replace its value."""
        refused = check_name(name) or check_value(value)
        if refused is not None:
            return refused
        secret = StoredSecret(project, name, self._vault.seal(value, _place(project, name)), by, self._clock.now())
        await self._store.set_secret(secret, AuditEntry(secret.at, by, "set_secret", project, {"name": name}, origin))
        return secret

    async def remove(self, project: str, name: str, by: str, origin: str) -> bool:
        """False where there is none of that name."""
        entry = AuditEntry(self._clock.now(), by, "remove_secret", project, {"name": name}, origin)
        return await self._store.remove_secret(project, name, entry)

    async def of(self, project: str) -> Given:
        """The values of what code of a project may read."""
        given = Given({}, {})
        for secret in await self.readable(project):
            try:
                given.values[secret.name] = self._opened(secret)
            except CannotUnseal as error:
                given.unreadable[secret.name] = str(error)
        return given

    def trouble(self, secret: StoredSecret) -> str:
        """[SEC7] Why its value cannot be had; "" = it can."""
        try:
            self._opened(secret)
        except CannotUnseal as error:
            return f"{secret.name} cannot be read: {error}."
        return ""

    def _opened(self, secret: StoredSecret) -> str:
        return self._vault.unseal(secret.sealed, _place(secret.project, secret.name))


def _place(project: str, name: str) -> str:
    """What a value is bound to."""
    return f"{project}\0{name}"
