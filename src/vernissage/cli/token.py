"""`vernissage token`: bearer tokens, in the data directory or one's own on a server. A secret is printed once."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import timedelta
from typing import Any

from vernissage.actors import people
from vernissage.cli.api import asking
from vernissage.cli.common import (
    CommandFailed,
    WrongUsage,
    by_command,
    data_directory,
    now,
    print_json,
    print_table,
    server_of,
    stamp,
)
from vernissage.cli.user import find
from vernissage.ports import Token

HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def lifetime(text: str | None) -> timedelta | None:
    """How long a token lives; None = it does not end."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text.strip())
    if match is None:
        raise WrongUsage(f"{text!r} is no time. Write it like 12h, 30d or 8w.")
    return timedelta(hours=int(match[1]) * HOURS[match[2]])


async def create(chosen: argparse.Namespace) -> int:
    """Make a token, and print its secret."""
    lives = lifetime(chosen.expires)
    if url := server_of(chosen):
        if chosen.user:
            raise WrongUsage("A server makes only tokens of your own. Leave --user out, or work with --data.")
        if lives is not None and lives % timedelta(days=1):
            raise WrongUsage("A server counts in days. Write the time like 30d.")
        async with asking(chosen, url) as api:
            made = await api.call("POST", "/tokens", {"name": chosen.name, "days": lives.days if lives else None})
        secret = made["token"]
    else:
        if not chosen.user:
            raise WrongUsage("Say with --user whose token it is, by e-mail.")
        async with data_directory(chosen) as (store, _):
            user = await find(store, chosen.user)
            if user.disabled:
                raise CommandFailed(f"{user.email} is disabled, and a token would not let them in.")
            token, secret = await people.create_token(store, user.id, chosen.name, now(), lives)
            await store.add_audit(by_command("create_token", token=token.id, name=token.name, user=user.id))
        made = {**_shown(token, user.email), "token": secret}
    if chosen.json:
        print_json(made)
        return 0
    until = f"It ends on {made['expiresAt'][:10]}. " if made["expiresAt"] else "It does not end by itself. "
    print(f"{until}It is shown this once: keep it where you keep passwords.", file=sys.stderr)
    print(secret)  # alone on standard output, so that a script can take it
    return 0


async def list_all(chosen: argparse.Namespace) -> int:
    """List the tokens that work, without their secrets."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            tokens = await api.listed("/tokens")
    else:
        async with data_directory(chosen) as (store, _):
            emails = {user.id: user.email for user in await store.users()}
            tokens = [_shown(one, emails.get(one.user, "")) for one in await store.tokens() if not one.revoked]
    if chosen.json:
        print_json(tokens)
    else:
        rows = [
            (one["id"], one.get("user", ""), one["name"], one["createdAt"][:10], (one["expiresAt"] or "never")[:10])
            for one in tokens
        ]
        print_table(("ID", "USER", "NAME", "MADE", "ENDS"), rows)
    return 0


async def revoke(chosen: argparse.Namespace) -> int:
    """End a token."""
    if url := server_of(chosen):
        async with asking(chosen, url) as api:
            await api.call("DELETE", f"/tokens/{chosen.id}")
    else:
        async with data_directory(chosen) as (store, _):
            known = {one.id for one in await store.tokens()}
            if chosen.id not in known or not await store.revoke_token(chosen.id):
                raise CommandFailed(f"There is no token {chosen.id} that works. See `vernissage token list`.")
            await store.add_audit(by_command("revoke_token", token=chosen.id))
    if chosen.json:
        print_json({"id": chosen.id, "revoked": True})
    else:
        print(f"The token {chosen.id} is revoked.")
    return 0


def _shown(token: Token, email: str) -> dict[str, Any]:
    """A token in the HTTP API's words."""
    return {
        "id": token.id,
        "user": email,
        "name": token.name,
        "createdAt": stamp(token.created_at),
        "expiresAt": stamp(token.expires_at),
    }
