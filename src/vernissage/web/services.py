"""What routes work with: the parts of the running server, handed in by `app.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from litestar.connection import ASGIConnection

from vernissage.actors.outbox import Outbox
from vernissage.actors.passes import Passes
from vernissage.actors.permissions import Permissions
from vernissage.actors.publisher import Publisher
from vernissage.actors.results import Results
from vernissage.actors.rooms import Rooms
from vernissage.actors.runner import Runner
from vernissage.actors.schedules import Schedules
from vernissage.actors.secrets import Secrets
from vernissage.actors.versions import Versions
from vernissage.core.access import Role
from vernissage.metrics import Metrics
from vernissage.ports import Blobs, Clock, Store
from vernissage.web.attendance import Attendance
from vernissage.web.once import Once
from vernissage.web.openid import OpenID
from vernissage.web.pace import Pace
from vernissage.web.passwords import Passwords
from vernissage.web.proxies import Proxies


@dataclass(frozen=True)
class Services:
    store: Store
    blobs: Blobs
    rooms: Rooms
    publisher: Publisher
    versions: Versions
    runner: Runner
    schedules: Schedules
    results: Results
    permissions: Permissions
    outbox: Outbox
    passes: Passes
    secrets: Secrets
    clock: Clock
    passwords: Passwords
    pace: Pace
    key: bytes
    """The server's own secret: signs CSRF tokens and addresses of outputs."""
    workspace: str = "main"
    workspace_name: str = "Workspace"
    base_url: str = ""
    """How people reach this server, without a slash at the end; "" = as each request says."""
    mail_ready: bool = False
    """A mail server and a sender are set."""
    pictures_ready: bool = False
    """There is a browser that takes pictures of apps."""
    outside_addresses: bool = True
    """Letters may go to addresses outside that an admin has allowed."""
    current_inputs_links: bool = True
    """Links that carry the present inputs are made."""
    proxies: Proxies = field(default_factory=Proxies)
    openid: OpenID | None = None
    """The provider that people may sign in with; None = by password only."""
    first_role: Role = "viewer"
    """Of whoever signs in for the first time through a provider or a proxy."""
    warnings: tuple[str, ...] = ()
    """What admins should know about this installation."""
    meter: Metrics = field(default_factory=Metrics)
    """What `/metrics` shows."""
    attendance: Attendance = field(default_factory=Attendance)
    once: Once = field(default_factory=Once)


def services_of(connection: ASGIConnection) -> Services:  # type: ignore[type-arg]
    """The services of the server that took this connection."""
    services = connection.app.state["services"]
    assert isinstance(services, Services)
    return services
