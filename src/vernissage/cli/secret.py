"""`vernissage secret`: the secrets of a project or of the workspace, in the data directory or on a server.

A value comes from standard input only: what stands in a command's arguments, everybody on the machine may read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vernissage.cli.api import asking, project_path
from vernissage.cli.common import (
    CommandFailed,
    WrongUsage,
    data_directory,
    print_json,
    print_table,
    server_of,
    settings_of,
    stamp,
)
from vernissage.core.operations import Refused

if TYPE_CHECKING:
    from vernissage.actors.secrets import Secrets
    from vernissage.ports import Store, StoredSecret
    from vernissage.settings import Settings

ORIGIN = "command line"


async def set_one(chosen: argparse.Namespace) -> int:
    """Add a secret, or replace its value."""
    if not chosen.value_stdin:
        raise WrongUsage('Give the value on standard input, with --value-stdin: printf %s "$VALUE" | vernissage …')
    try:
        value = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CommandFailed("The value is no text. Encode it first, such as with base64.") from None
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            made = await api.call("POST", _path(chosen), {"name": chosen.name, "value": value})
    else:
        async with _kept(chosen) as (secrets, project, _):
            done = await secrets.set(project, chosen.name, value, "", ORIGIN)
            if isinstance(done, Refused):
                raise CommandFailed(done.sentence)
            made = _shown(done, {}, "")
    if chosen.json:
        print_json(made)
    else:
        print(f"{chosen.name} is kept. Kernels that run read it when they start again.")
    return 0


async def list_all(chosen: argparse.Namespace) -> int:
    """List names, who set them and when."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            found = (await api.call("GET", _path(chosen)))["values"]
    else:
        async with _kept(chosen) as (secrets, project, store):
            names = {user.id: user.name for user in await store.users()}
            kept = await (secrets.readable(project) if project else secrets.listed(project))
            found = [_shown(one, names, secrets.trouble(one)) for one in kept]
    if chosen.json:
        print_json(found)
    else:
        rows = [(one["name"], one["scope"].lower(), one["setAt"][:10], one["setBy"]["name"]) for one in found]
        print_table(("NAME", "OF", "SET", "BY"), rows)
        for one in found:
            if one["trouble"]:
                print(one["trouble"], file=sys.stderr)
    return 0


async def remove(chosen: argparse.Namespace) -> int:
    """Remove a secret."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            await api.call("DELETE", f"{_path(chosen)}/{quote(chosen.name, safe='')}")
    else:
        async with _kept(chosen) as (secrets, project, _):
            if not await secrets.remove(project, chosen.name, "", ORIGIN):
                raise CommandFailed(f"There is no secret {chosen.name} here. See `vernissage secret list`.")
    if chosen.json:
        print_json({"name": chosen.name, "removed": True})
    else:
        print(f"{chosen.name} is removed.")
    return 0


def _path(chosen: argparse.Namespace) -> str:
    return project_path(chosen.project, "secrets") if chosen.project else "/secrets"


@asynccontextmanager
async def _kept(chosen: argparse.Namespace) -> AsyncIterator[tuple[Secrets, str, Store]]:
    """The secrets in the data directory, and the project's id; "" = the workspace."""
    from vernissage.cli.project import known

    async with data_directory(chosen) as (store, _):
        project = (await known(store, chosen.project)).id if chosen.project else ""
        yield secrets_in(settings_of(chosen), store), project, store


def secrets_in(settings: Settings, store: Store) -> Secrets:
    """The secrets in the data directory of these settings. Raises CommandFailed where its key cannot be read."""
    from vernissage.actors.secrets import Secrets
    from vernissage.app import SystemClock
    from vernissage.store import CannotOpen, KeyVault, server_key

    try:
        key = server_key(settings.data, settings.server_key)
    except CannotOpen as error:
        raise CommandFailed(str(error)) from None
    return Secrets(store, KeyVault(key), SystemClock())


def _shown(secret: StoredSecret, names: dict[str, str], trouble: str) -> dict[str, Any]:
    """A secret in the HTTP API's words."""
    return {
        "name": secret.name,
        "scope": "PROJECT" if secret.project else "WORKSPACE",
        "setAt": stamp(secret.at),
        "setBy": {"email": "", "name": names.get(secret.by, ORIGIN)},
        "trouble": trouble,
    }
