"""Every setting, with its default and the reason for it.

Settings come from the environment (`VERNISSAGE_*`) or from `vernissage.toml` in the data directory or the working
directory; the environment counts more. A setting that is not known is an error that names it.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: Path = Path("data")
    """The data directory: database, blobs, keys. One server holds it at a time."""
    host: str = "127.0.0.1"
    """Where to listen. On a loopback address the server prints a one-time sign-in link at each start."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    """The port there; 0 = any free one, which the printed line names."""
    database_url: str = ""
    """`postgresql://…`; "" = SQLite in the data directory, which needs nothing and serves a team."""
    server_key: str = ""
    """The server's own key, 64 hexadecimal digits; "" = the file `keys/server` in the data directory."""
    base_url: str = ""
    """How people reach this server, such as `https://apps.example.com`; "" = as their requests say."""
    workspace: str = "main"
    """The workspace's id in addresses."""
    workspace_name: str = "Workspace"
    """The workspace's name, as people read it."""
    kernel_memory_mb: Annotated[int, msgspec.Meta(ge=64)] = 4096
    """Private memory of one kernel; a cell that takes more ends it with a sentence."""
    kernel_seconds: Annotated[float, msgspec.Meta(gt=0)] = 600.0
    """Wall clock of one execution of a cell."""
    kernel_output_kb: Annotated[int, msgspec.Meta(ge=1)] = 1024
    """Printed text of one execution; what comes after is dropped, and says so."""
    kernel_reads: tuple[Path, ...] = ()
    """Paths that user code may read beside its own directory: where your data lie."""
    kernel_writes: tuple[Path, ...] = ()
    """Paths that user code may write."""
    kernels: Annotated[int, msgspec.Meta(ge=1)] = 32
    """Kernels at once; who comes later waits in a queue, and sees their place in it."""
    kernels_per_user: Annotated[int, msgspec.Meta(ge=1)] = 8
    """The same for one person, and for one project's own kernels, so that nobody takes all."""
    run_starts_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 60
    """Runs that one token may start within a minute; who asks for more is told when to come again."""
    reads_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 1_200
    """The same for what a token only reads."""
    lease_seconds: Annotated[float, msgspec.Meta(ge=1)] = 30.0
    """Seconds without a sign of life after which another server on the same database takes this one for dead."""
    drain_seconds: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    """Seconds that runs may go on after SIGTERM; what has not ended by then is killed, and recorded so."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks of the proxies in front; only what comes from one of them may say for whom it asks."""
    sign_in_header: str = ""
    """The header in which a proxy names by e-mail who signed in there, such as `X-Forwarded-Email`; "" = none does."""
    oidc_issuer: str = ""
    """Address of an OpenID provider to sign in with, such as `https://login.example.com`; "" = passwords only."""
    oidc_client_id: str = ""
    """What this server is called at the provider. Its redirect address there is `{base_url}/sign-in/openid/back`."""
    oidc_client_secret: str = ""
    """The secret that the provider gave for it; "" = a public client."""
    oidc_name: str = "single sign-on"
    """What people call the provider: the button reads *Sign in with …*."""
    oidc_domains: tuple[str, ...] = ()
    """Domains of e-mail addresses that may come in through the provider; none = all that it vouches for."""
    first_role: Literal["editor", "viewer"] = "viewer"
    """The role of whoever signs in for the first time through a provider or a proxy."""
    current_inputs_links: bool = True
    """Share menus offer links that carry the present inputs, which stand readable in the address."""
    smtp_host: str = ""
    """The mail server that letters of runs are handed to; "" = no e-mail is sent."""
    smtp_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """Its port; 0 = 587, 465 or 25, as `smtp_security` says."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is kept private: `starttls`, `tls` from the beginning, or `none`."""
    smtp_user: str = ""
    """As whom to sign in there; "" = without."""
    smtp_password: str = ""
    """The password for it."""
    mail_from: str = ""
    """Who letters are from: an address, or `Name <address>`. Needed for e-mail."""
    mail_megabytes: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """Picture and tables of one e-mail together; what is larger is left out, and the letter says so."""
    outside_addresses: bool = True
    """Letters may go to addresses of nobody in the workspace, each of which an admin has to allow."""
    webhook_private: bool = False
    """Webhooks may go to this machine and to private networks."""
    notification_retry_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    """Until a letter that could not be sent is tried again for the first time; later waits double, up to an hour."""
    chromium: str = ""
    """The browser that takes pictures of apps for letters; "" = the Chromium on the PATH, `none` = no pictures."""
    log: Literal["debug", "info", "warning", "error"] = "warning"
    """How much the server says on stderr: debug, info, warning or error."""
    log_format: Literal["text", "json"] = "text"
    """How: as text for people, or one JSON object in a line for machines."""


class BadSetting(ValueError):
    """A setting that is not known or does not fit; the text names it."""


def load(overrides: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. `overrides`: from the command line, which counts most; None there means not given."""
    given = {name: value for name, value in overrides.items() if value is not None}
    here = _read(Path("vernissage.toml"))
    data = Path(given.get("data") or environ.get("VERNISSAGE_DATA") or str(here.get("data", "data")))
    values = here | _read(data / "vernissage.toml")
    for name, text in environ.items():
        key = name.removeprefix("VERNISSAGE_").lower()
        if not name.startswith("VERNISSAGE_") or key in _NOT_SETTINGS:
            continue
        if key not in KNOWN:
            raise _unknown(name, key, "the environment", "unset it")
        between = _LISTS.get(key)
        values[key] = [part.strip() for part in text.split(between) if part.strip()] if between else text
    values |= given
    for key, value in values.items():
        try:  # each by itself, so that the sentence can name it
            msgspec.convert({key: value}, Settings, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            said = re.sub(r", got `\w+`", "", str(error).partition(" - at")[0])
            said = said.replace("Expected `int`", "it takes a whole number").replace(
                "Expected `float`", "it takes a number"
            )
            raise BadSetting(f"The setting {key} cannot be {value!r}: {said}. See docs/settings.md.") from None
    return _checked(msgspec.convert(values, Settings, strict=False, dec_hook=_path))


def _checked(settings: Settings) -> Settings:
    """What no type says. Raises BadSetting."""
    if settings.workspace in RESERVED or "/" in settings.workspace or not settings.workspace:
        taken = f"The setting workspace cannot be {settings.workspace!r}: that word stands in other addresses."
        raise BadSetting(f"{taken} Choose another.")
    for proxy in settings.proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            sentence = f"The setting proxies cannot hold {proxy!r}: it is neither an address nor a network."
            raise BadSetting(f"{sentence} Write it like 10.0.0.7 or 10.0.0.0/24.") from None
    if settings.sign_in_header and not settings.proxies:
        raise BadSetting(
            "The setting sign_in_header needs proxies: else everybody could name themselves. "
            "Set proxies to the address from which your proxy asks."
        )
    if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
        raise BadSetting("The settings oidc_issuer and oidc_client_id go together. Set both, or none.")
    if settings.oidc_issuer and not _SAFE_ISSUER.match(settings.oidc_issuer):
        sentence = f"The setting oidc_issuer cannot be {settings.oidc_issuer!r}: it takes an https:// address."
        raise BadSetting(f"{sentence} See docs/settings.md.")
    return settings


_SAFE_ISSUER = re.compile(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)")
"""Over TLS, or on this very machine."""

RESERVED = frozenset({"api", "healthz", "readyz", "metrics", "sign-in", "settings", "static", "o", "missing"})
"""First words of addresses that are no workspace's."""

_LISTS = {"kernel_reads": ":", "kernel_writes": ":", "proxies": ",", "oidc_domains": ","}
"""Settings that are lists, and what stands between their parts in the environment."""


def _path(wanted: type, value: Any) -> Any:
    """A path in its text; msgspec knows none."""
    if wanted is Path and isinstance(value, str | Path):
        return Path(value)
    raise msgspec.ValidationError("it takes a path, as text")


def _read(place: Path) -> dict[str, Any]:
    """The settings in a file; {} where there is none."""
    try:
        found = tomllib.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{place} cannot be read ({error}). Correct it, or take it away.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"{place} is no TOML: {error}. Correct it, or take it away.") from None
    for key in found:
        if key not in KNOWN:
            raise _unknown(key, key, str(place), "take it out")
    return found


def _unknown(name: str, key: str, where: str, else_do: str) -> BadSetting:
    near = difflib.get_close_matches(key, KNOWN, 1)
    spelled = f"VERNISSAGE_{near[0].upper()}" if near and name != key else near[0] if near else ""
    meant = f"Did you mean {spelled}? Correct it" if near else "Look for the right name in docs/settings.md"
    return BadSetting(f"There is no setting {name}, which stands in {where}. {meant}, or {else_do}.")


KNOWN = tuple(field.name for field in msgspec.structs.fields(Settings))
"""The names of all settings."""

_NOT_SETTINGS = frozenset({"url", "token", "test_browser", "email", "password"})
"""Variables of that prefix that are for the command line or for tests."""
