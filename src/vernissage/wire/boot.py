"""What a page carries inside its first response, as JSON in `<script type="application/json" id="boot">`."""

from __future__ import annotations

from vernissage.core.document import Struct
from vernissage.core.room import Notice
from vernissage.core.runs import RunStatus
from vernissage.wire.rest import RunTrigger
from vernissage.wire.socket import Snapshot


class Person(Struct, frozen=True):
    """Who is signed in here."""

    id: str
    """"" = a visitor without an account."""
    name: str
    email: str
    """Their own."""
    role: str
    """"admin", "editor", "viewer"; "" for a visitor."""


class SignIn(Struct, frozen=True):
    """Of the sign-in page."""

    provider: str
    """What people call the OpenID provider that they may sign in with; "" = with a password only."""
    trouble: str = ""
    """Why the attempt before did not work, as a sentence; "" = there was none."""
    by_proxy: bool = False
    """True: a proxy in front signs people in, so there is nothing to sign out of here."""


class EditorBoot(Struct, frozen=True):
    """Of `editor.html`: home, logic view, sign-in, and the page for what is not there or not shared."""

    person: Person | None
    """None = signed out: show the sign-in page."""
    workspace: str
    """Its id, `main`."""
    workspace_name: str
    csrf: str
    """Sent back as header `X-CSRF-Token` with every POST, PUT, PATCH, DELETE."""
    sign_in: SignIn
    missing: bool = False
    """True: this address leads nowhere for this person; one page for *does not exist* and *not shared*."""
    unpublished: bool = False
    """True: this is the address of an app that this person may see, and that is not published now."""


class EarlierSession(Struct, frozen=True):
    """A session that the same person left less than half an hour ago."""

    session: str
    summary: str
    """Such as "Species: Gentoo": inputs that differ from the defaults; "" = none does."""
    at: str
    """When they left it, ISO 8601 UTC."""


class PastRun(Struct, frozen=True):
    """A past run, where the page shows the app as it left it."""

    run: str
    status: RunStatus
    trigger: RunTrigger
    version: int | None
    at: str
    """When it ended; of one that goes on, when it began. ISO 8601 UTC."""
    by: str
    """The name of whoever started it; "" = nobody did."""
    inputs: str
    """Such as "Species: Gentoo": inputs that differ from the defaults; "" = none does."""
    message: str
    """Why it was cut off; "" = it was not."""
    published: bool
    """The app has a published version to go to."""
    runs_url: str
    """The run log; "" = not for this person."""
    restorable: bool
    """This person can make its outputs the published results again."""


class EmbedBoot(Struct, frozen=True):
    """What a framed page needs beside the app."""

    key: str
    """Goes with each of its requests (`Authorization: Bearer …`) and into its socket's Hello; kept in memory only."""
    origins: tuple[str, ...]
    """Whose pages it speaks with."""
    locked: tuple[str, ...] = ()
    """Inputs that whoever made the embed has set for good."""


class EmbedDoor(Struct, frozen=True):
    """Of `app.html` in a frame, where nobody is known yet: it offers to sign in, in a window of its own."""

    door: str
    """The address of that window; it hands a `Handover` back to the frame."""
    origins: tuple[str, ...]
    sentence: str = ""
    """Why one stands before it, where there is more to say."""


class Handover(Struct, frozen=True):
    """Of `app.html` in the window where somebody signed in for a frame."""

    handover: str
    """A pass: the frame loads its own address again with it."""


class AppBoot(Struct, frozen=True):
    """Of `app.html`: the published app, its results already in it."""

    person: Person | None
    workspace: str
    project: str
    csrf: str
    snapshot: Snapshot
    """What to paint at once. `snapshot.session` is "" for a plain visit, which gets its session over the socket; it is
    set where the address carried input values."""
    parameters: tuple[str, ...]
    """Names of all query parameters that mean an input; those that the address has are taken out of it once the page
    has loaded."""
    notices: tuple[Notice, ...]
    can_edit: bool
    past: PastRun | None = None
    """Set on the page of a past run, which shows and changes nothing."""
    still: bool = False
    """True: a picture of the page is taken; it asks the server for nothing more."""
    embed: EmbedBoot | None = None
    """None = the page is no embed."""
    earlier: EarlierSession | None = None
    """Offered quietly on a plain visit; None where there is none."""
