"""`vernissage init`: the data directory and the first admin, without serving. Harmless where they are there."""

from __future__ import annotations

import argparse
import shlex
from datetime import datetime

from vernissage.actors import people
from vernissage.app import opened
from vernissage.cli.common import CommandFailed, WrongUsage, now, password_from_stdin, print_json, settings_of
from vernissage.ports import Store, StoreFull, User
from vernissage.store import CannotOpen, server_key
from vernissage.web.passwords import Passwords

FIRST_ADMIN = "admin@localhost"


async def init(chosen: argparse.Namespace) -> int:
    """Make what is missing, and say what to do next."""
    settings = settings_of(chosen)
    password = password_from_stdin() if chosen.password_stdin else ""
    fresh = not (settings.data / "vernissage.db").exists()
    try:
        async with opened(settings) as (store, _):
            server_key(settings.data)
            admin, made = await first_admin(store, chosen.email or "", password, now())
    except (CannotOpen, StoreFull) as error:
        raise CommandFailed(str(error)) from None
    except people.NotAPerson as error:
        raise WrongUsage(f"{error} {error.hint}") from None
    if chosen.json:
        print_json({"data": str(settings.data.absolute()), "admin": admin.email, "made": made})
        return 0
    print(f"The data directory {settings.data} is {'made' if fresh else 'there already'}.")
    print(f"{admin.email} is {'its first admin' if made else 'its admin; nothing was changed'}.")
    place = "" if chosen.data is None else f" --data {shlex.quote(str(chosen.data))}"
    print(f"Next: `vernissage serve{place}` starts the server and prints a link that signs {admin.email} in.")
    return 0


async def first_admin(store: Store, email: str, password: str, at: datetime) -> tuple[User, bool]:
    """The first admin that there is, or a new one; and whether it is new. Raises NotAPerson."""
    for user in await store.users():
        if user.role == "admin" and not user.disabled:
            if email and user.email != email.strip().lower():
                raise CommandFailed(
                    f"{user.email} is the admin already; nothing was changed. Add others with `vernissage user add "
                    "--role admin`."
                )
            return user, False
    if not email and password:
        raise WrongUsage("Say with --email whose password it is.")
    passwords = Passwords()
    try:
        hash = await passwords.hash(password) if password else ""
    finally:
        passwords.close()
    name = "Admin" if not email else ""
    return await people.add_user(store, email or FIRST_ADMIN, "admin", name, hash, at), True
