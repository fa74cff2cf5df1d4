"""`vernissage user`: people of the workspace, in the data directory or on a server."""

from __future__ import annotations

import argparse
from typing import Any

from vernissage.actors import people
from vernissage.cli.api import asking
from vernissage.cli.common import (
    CommandFailed,
    WrongUsage,
    by_command,
    data_directory,
    now,
    password_from_stdin,
    print_json,
    print_table,
    server_of,
)
from vernissage.ports import Conflict, LastAdmin, Store, User
from vernissage.web.passwords import Passwords


async def add(chosen: argparse.Namespace) -> int:
    """Add somebody."""
    password = password_from_stdin() if chosen.password_stdin else ""
    if url := server_of(chosen):
        body = {"email": chosen.email, "role": chosen.role, "name": chosen.name, "password": password}
        async with asking(chosen, url) as api:
            added = await api.call("POST", "/users", body)
    else:
        async with data_directory(chosen) as (store, _):
            added = _shown(await _add(store, chosen, password))
    if chosen.json:
        print_json(added)
    else:
        print(f"{added['email']} is added as {added['role']}.")
        if not password:
            print("They have no password: an admin hands them a sign-in link from the page of people.")
    return 0


async def _add(store: Store, chosen: argparse.Namespace, password: str) -> User:
    passwords = Passwords()
    try:
        hash = await passwords.hash(password) if password else ""
    finally:
        passwords.close()
    try:
        user = await people.add_user(store, chosen.email, chosen.role, chosen.name, hash, now())
    except people.NotAPerson as error:
        raise WrongUsage(f"{error} {error.hint}") from None
    except Conflict:
        raise CommandFailed(f"{chosen.email.strip().lower()} is a user already. Nothing was changed.") from None
    await store.add_audit(by_command("add_user", user=user.id, email=user.email, role=user.role))
    return user


async def list_all(chosen: argparse.Namespace) -> int:
    """List everybody."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            users = await api.listed("/users")
    else:
        async with data_directory(chosen) as (store, _):
            users = [_shown(user) for user in await store.users() if not user.service]
    if chosen.json:
        print_json(users)
    else:
        rows = [(one["email"], one["role"], one["name"], "disabled" if one["disabled"] else "") for one in users]
        print_table(("E-MAIL", "ROLE", "NAME", ""), rows)
    return 0


async def change_role(chosen: argparse.Namespace) -> int:
    """Give somebody another role."""
    async with data_directory(chosen) as (store, _):
        user = await find(store, chosen.email)
        changed = by_command("set_role", user=user.id, before=user.role, after=chosen.role)
        try:
            await store.set_role(user.id, chosen.role, changed)
        except LastAdmin:
            raise _only_admin(user) from None
    if chosen.json:
        print_json({**_shown(user), "role": chosen.role})
    else:
        print(f"{user.email} is {chosen.role} now.")
    return 0


async def enable(chosen: argparse.Namespace) -> int:
    """Let somebody sign in again."""
    async with data_directory(chosen) as (store, _):
        user = await find(store, chosen.email)
        await store.enable_user(user.id, by_command("enable_user", user=user.id))
    if chosen.json:
        print_json({**_shown(user), "disabled": False})
    else:
        print(f"{user.email} may sign in again; tokens that had ended stay so.")
    return 0


async def disable(chosen: argparse.Namespace) -> int:
    """End somebody's sign-ins and tokens, and let them in no more."""
    async with data_directory(chosen) as (store, _):
        user = await find(store, chosen.email)
        try:
            await store.disable_user(user.id, by_command("disable_user", user=user.id))
        except LastAdmin:
            raise _only_admin(user) from None
    if chosen.json:
        print_json({**_shown(user), "disabled": True})
    else:
        print(f"{user.email} is disabled; their sign-ins and tokens have ended.")
    return 0


def _only_admin(user: User) -> CommandFailed:
    hint = "Add another with `vernissage user add --role admin` first."
    return CommandFailed(f"{user.email} is the only admin. {hint}")


async def find(store: Store, email: str) -> User:
    """The user with this e-mail."""
    user = await store.user_by_email(email.strip().lower())
    if user is None:
        raise CommandFailed(f"There is no user {email}. See `vernissage user list`.")
    return user


def _shown(user: User) -> dict[str, Any]:
    """A user in the HTTP API's words."""
    return {"id": user.id, "email": user.email, "name": user.name, "role": user.role, "disabled": user.disabled}
