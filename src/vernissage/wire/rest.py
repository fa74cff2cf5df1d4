"""Bodies of the HTTP API under `/api/v1`. Field names are Hex's public API's where it has them, in camel case.

Source: https://learn.hex.tech/docs/api/api-reference
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from vernissage.core.access import Access, Role
from vernissage.core.audit import Action
from vernissage.core.diff import Difference, OutputDifference, RowsDifference
from vernissage.core.document import Document, InputCell
from vernissage.core.history import EditedPart
from vernissage.core.notifications import Cause, LetterStatus, Measure, Operator
from vernissage.core.outputs import AnyOutput, CellRun, CellState
from vernissage.core.publishing import PublishError, PublishStatus
from vernissage.core.runs import RunStatus
from vernissage.core.schedule import Cadence, DayOfWeek, Overlap

__all__ = [
    "AccessRequestBody",
    "AccessRequestList",
    "AddressBody",
    "AddressList",
    "AskForAccess",
    "AuditBody",
    "AuditList",
    "CellResult",
    "ConditionBody",
    "Credentials",
    "Decision",
    "DeliveryBody",
    "DeliveryList",
    "DifferenceBody",
    "DifferenceSide",
    "EditGroupBody",
    "EditList",
    "EmbeddingBody",
    "ErrorBody",
    "FileBody",
    "GrantBody",
    "GroupBody",
    "GroupList",
    "GroupName",
    "LinkBody",
    "LinkRequest",
    "NewOwner",
    "NewPassword",
    "NewProject",
    "NewSecret",
    "NewToken",
    "NewUser",
    "NewVersion",
    "NewWorkspaceToken",
    "NotifiableCell",
    "NotificationBody",
    "NotificationCheck",
    "NotificationDoubts",
    "NotificationRequest",
    "NotificationSettings",
    "NotificationTrial",
    "OutputsBody",
    "Pagination",
    "PersonBody",
    "PrincipalBody",
    "PrincipalList",
    "ProjectBody",
    "ProjectLine",
    "ProjectLines",
    "ProjectList",
    "ProjectSharing",
    "PublishBody",
    "PublishConfirm",
    "PublishRequest",
    "PublishStarted",
    "RecipientBody",
    "RevertBody",
    "RevertRequest",
    "RunBody",
    "RunList",
    "RunRequest",
    "RunStarted",
    "ScheduleBody",
    "ScheduleList",
    "SchedulePreview",
    "ScheduleRequest",
    "ScheduledRun",
    "SecretBody",
    "SecretList",
    "SessionsBody",
    "SessionsEnded",
    "SharedGroup",
    "SharedLevel",
    "SharedWithGroup",
    "SharedWithUser",
    "Sharing",
    "ShownBody",
    "SignInLink",
    "StateEvent",
    "StepBody",
    "TakeAccess",
    "TokenBody",
    "TokenList",
    "UserBody",
    "UserChange",
    "UserList",
    "VersionBody",
    "VersionContent",
    "VersionList",
    "VersionTitle",
]


NotificationType: TypeAlias = Literal["ALL", "SUCCESS", "FAILURE", "CONDITION"]
"""When somebody is told; CONDITION is ours."""


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """The habit of every body: camel case outside, snake case here. Times are ISO 8601 UTC."""


class ErrorDetail(Body, frozen=True):
    code: str
    """Such as NOTHING_TO_PUBLISH; stable, for programs."""
    message: str
    """What happened and to which thing."""
    hint: str
    """What to do; "" = nothing is known to help."""
    field: str | None = None


class ErrorBody(Body, frozen=True):
    error: ErrorDetail
    reason: str
    """The message once more, where Hex's clients look for it."""
    details: dict[str, Any]
    trace_id: str


class Pagination(Body, frozen=True):
    after: str | None
    before: str | None


class PersonBody(Body, frozen=True):
    email: str
    name: str = ""


class StatusBody(Body, frozen=True):
    name: str
    """"Published" or "Draft"."""


class InputBody(Body, frozen=True):
    name: str
    kind: str
    label: str
    default: Any
    in_app: bool


class SharedWithUser(Body, frozen=True):
    user: PersonBody
    access: Access


class SharedGroup(Body, frozen=True):
    id: str
    name: str


class SharedWithGroup(Body, frozen=True):
    group: SharedGroup
    access: Access


class SharedLevel(Body, frozen=True):
    access: Access | Literal["NONE"]


class ProjectSharing(Body, frozen=True):
    """Grants as Hex's API tells them; the owner has Full access without one too."""

    users: tuple[SharedWithUser, ...]
    groups: tuple[SharedWithGroup, ...]
    workspace: SharedLevel
    """What everyone in the workspace has."""
    public_web: SharedLevel
    """What everyone has."""


class ProjectBody(Body, frozen=True):
    id: str
    type: Literal["PROJECT"]
    title: str
    description: str
    status: StatusBody
    creator: PersonBody
    owner: PersonBody
    created_at: str
    last_edited_at: str
    last_published_at: str | None
    archived_at: str | None
    trashed_at: str | None
    schedules: tuple[Any, ...]
    sharing: ProjectSharing | None
    """Who has been given what; null for those with App only."""
    categories: tuple[Any, ...]
    """Always empty: Hex's clients read it."""
    published_version: int | None
    unpublished_changes: bool
    personal: bool
    """Of the published version: its code reads who looks, so every visit runs as its viewer."""
    inputs: tuple[InputBody, ...]
    access: Access
    """Of the one who asks."""
    app_url: str
    logic_url: str
    recent_runs: tuple[str, ...] = ()
    """Status of up to ten last runs, oldest first."""


class ProjectList(Body, frozen=True):
    values: tuple[ProjectBody, ...]
    pagination: Pagination


class NewProject(Body, frozen=True):
    title: str


class VersionBody(Body, frozen=True):
    number: int
    title: str
    author: PersonBody
    created_at: str
    kind: Literal["published", "saved", "imported"]
    published: bool
    hash: str
    run_id: str | None
    run_status: str | None
    personal: bool
    """Its code reads who looks: every visit runs as its viewer, and it has no published results."""
    secrets: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """The names of the secrets that its code asks for in plain sight; only where one version was asked for."""


class VersionContent(Body, frozen=True):
    """A version as its logic, to be read."""

    document: Document
    cells: dict[str, CellRun]
    """What its recorded run showed; empty where there is none, and of a personal version."""


class SessionsBody(Body, frozen=True):
    open: int
    """Sessions of the app in which somebody is."""
    older: int
    """Those of them that began on another version than the published one."""


class SessionsEnded(Body, frozen=True):
    ended: int
    """Sessions in which somebody was."""


class StepBody(Body, frozen=True):
    """What was done with the versions beside making new ones."""

    action: Literal["revert", "republish", "unpublish", "end_sessions"]
    """revert: the draft became version `version` again. republish: that version was published again. unpublish: it was
    taken away. end_sessions: people were sent out of the app."""
    at: str
    by: PersonBody
    version: int | None
    """null = it is about none."""
    saved_as: int | None
    """revert: the version that was saved of the draft before; null = one held it already."""
    sessions: int | None
    """end_sessions: how many were ended."""


class VersionList(Body, frozen=True):
    """`pagination.after` leads to older ones, `before` to newer ones."""

    values: tuple[VersionBody, ...]
    pagination: Pagination
    steps: tuple[StepBody, ...]
    """What was done after the oldest version of this page and before the first one of the page before it, newest first.
    At most 200."""


class VersionTitle(Body, frozen=True):
    title: str
    """May be ""."""


class EditGroupBody(Body, frozen=True):
    """What one person edited in one go."""

    by: PersonBody
    since: str
    until: str
    first: int
    """The number of the first of these edits; they are counted from 1 for each project."""
    last: int
    parts: tuple[EditedPart, ...]


class EditList(Body, frozen=True):
    """Newest first; `pagination.after` leads to older ones."""

    values: tuple[EditGroupBody, ...]
    pagination: Pagination


class NewVersion(Body, frozen=True):
    """The draft, saved as a version."""

    title: str
    """What it is kept for; may be ""."""


class RevertRequest(Body, frozen=True):
    version: int
    """Whose content the draft becomes."""


class RevertBody(Body, frozen=True):
    """The draft after a revert."""

    hash: str
    """Of the draft: that of the version, unless somebody typed since."""
    title: str
    unpublished_changes: bool
    saved_as: int | None
    """The version that holds what the draft was before; null = one held it already, or nothing was changed."""


class DifferenceSide(Body, frozen=True):
    """One of two that were compared."""

    kind: Literal["nothing", "draft", "candidate", "version"]
    """nothing: what is published was asked for, and nothing is."""
    version: int | None
    """Its number; null = it is no version."""
    hash: str
    """Of its content; "" = nothing."""
    run_id: str | None
    """The run whose outputs are compared: of what is published its published results, else the one that it was
    published from; null = there is none, or it is the logic view's."""


class DifferenceBody(Body, frozen=True):
    before: DifferenceSide = msgspec.field(name="from")
    after: DifferenceSide = msgspec.field(name="to")
    difference: Difference
    outputs: dict[str, OutputDifference] | None
    """Cell id → how its outputs compare; null = not both have run."""


class OutputsBody(Body, frozen=True):
    """Which cells show something else, without the rest of the difference."""

    outputs: dict[str, OutputDifference] | None
    """Cell id → how its outputs compare; null = not both have run."""


class ShownBody(Body, frozen=True):
    """What one cell showed on both sides."""

    before: CellRun | None
    """null = it has not run there."""
    after: CellRun | None
    tables: tuple[RowsDifference, ...]
    """The n-th table of one beside the n-th of the other."""


class PublishRequest(Body, frozen=True):
    force: bool = False
    expected_published: int | msgspec.UnsetType | None = msgspec.UNSET
    """The published version that the caller saw; absent = whatever is published."""
    version: int | None = None
    """Publish that older one again."""
    title: str = ""


class PublishStarted(Body, frozen=True):
    publish_id: str
    run_id: str
    status: PublishStatus


class PublishBody(Body, frozen=True):
    publish_id: str
    status: PublishStatus
    errors: tuple[PublishError, ...]
    run_id: str
    version: int | None
    expected_published: int | None
    personal: bool
    """As of `VersionBody`."""


class PublishConfirm(Body, frozen=True):
    accept_errors: bool = False
    force: bool = False
    title: str | None = None


class EmbeddingBody(Body, frozen=True):
    origins: tuple[str, ...]
    """Origins whose pages may show this workspace's apps, such as `https://intranet.example.com`."""


class PresignRequest(Body, frozen=True):
    """What a server says of the guest for whom it wants an embed."""

    user_attributes: dict[str, Any] = {}
    """Declared to the code, as `run_context().attributes`."""
    hex_user_attributes: dict[str, Any] = {}
    """The same, under Hex's name."""
    input_parameters: dict[str, Any] = {}
    """Input name → JSON value to start with; the guest may change it where the app shows it."""
    locked_inputs: dict[str, Any] = {}
    """Input name → JSON value that the guest cannot change."""
    expires_in: int = 15_000
    """Milliseconds until the address lets nobody in any more; at most 300 000."""


class PresignedUrl(Body, frozen=True):
    url: str
    """For the `src` of one frame; it works once."""


class GrantBody(Body, frozen=True):
    principal: str
    """`user:{id or e-mail}`, `group:{id}`, `workspace` or `web`."""
    access: Access
    name: str = ""
    """For people to read."""


class ConditionBody(Body, frozen=True):
    """A number at the end of a run that calls for a letter."""

    cell: str
    """The id of a cell."""
    measure: Measure
    operator: Operator
    bound: int | float


class NotificationRequest(Body, frozen=True):
    """Who is told of a run's end. With `webhookUrl` it goes there, with people, groups or e-mails to them; with both it
    stands for two."""

    type: NotificationType = "ALL"
    """CONDITION takes `condition`."""
    condition: ConditionBody | None = None
    user_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    """Of people here, or of addresses outside that an admin has allowed."""
    webhook_url: str = ""
    include_success_screenshot: bool = False
    """With a picture of the app; the name is Hex's, and a run with errors has its picture too."""
    screenshot_format: str | tuple[str, ...] | None = None
    """"png"."""
    tables: tuple[str, ...] = ()
    """Ids of cells in the app whose table comes along as CSV."""
    subject: str | None = None
    body: str | None = None
    slack_channel_ids: tuple[str, ...] = ()
    """Not understood: channels have a webhook."""


class RecipientBody(Body, frozen=True):
    id: str
    """Of a user or group; an address; where a webhook lies."""
    name: str
    is_private: bool = False


class NotificationBody(Body, frozen=True):
    """A notification as it is set, in the form in which it can be sent back."""

    type: NotificationType
    condition: ConditionBody | None
    user_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    emails: tuple[str, ...]
    webhook_url: str
    """Only its host for those without Can edit; "" = it is no webhook."""
    include_success_screenshot: bool
    tables: tuple[str, ...]
    subject: str | None
    body: str | None
    recipients: tuple[RecipientBody, ...]
    """By name, for people to read."""


class DeliveryBody(Body, frozen=True):
    """A notification of a run for one recipient, and what became of it."""

    type: NotificationType
    recipient_type: Literal["USER", "GROUP", "EMAIL", "WEBHOOK"]
    recipient: RecipientBody
    include_success_screenshot: bool
    subject: str | None
    body: str | None
    status: LetterStatus | None = None
    """null: the run has not called for it (yet)."""
    cause: Cause | None = None
    sent_at: str | None = None
    error: str | None = None
    """Why it was not sent, or not yet."""
    left_out: tuple[str, ...] = ()
    """What did not come along."""


class DeliveryList(Body, frozen=True):
    deliveries: tuple[DeliveryBody, ...]


class NotifiableCell(Body, frozen=True):
    """A cell that a notification can speak of."""

    id: str
    name: str
    measures: tuple[Measure, ...]
    """What a condition may be about."""
    table: bool
    """Its table can come along: the app shows it."""


class NotificationSettings(Body, frozen=True):
    """What notifications of a project can be."""

    mail_ready: bool
    """A mail server is set."""
    pictures_ready: bool
    """There is a browser that takes pictures of apps."""
    outside_addresses: bool
    """Addresses outside may be used where an admin has allowed them."""
    allowed_addresses: tuple[str, ...]
    may_allow: bool
    """The one who asks is an admin, and may allow more."""
    webhook_secret: str
    """With what this project's webhooks are signed."""
    cells: tuple[NotifiableCell, ...]
    """Of the published version, in notebook order."""


class NotificationCheck(Body, frozen=True):
    notifications: tuple[NotificationRequest, ...]


class NotificationDoubts(Body, frozen=True):
    """What stands against notifications."""

    refused: str | None
    """Why they cannot be set at all."""
    without_access: tuple[GrantBody, ...]
    """People and groups without access to the app, with the access that would do."""
    not_allowed: tuple[str, ...]
    """Addresses outside that no admin has allowed."""


class NotificationTrial(Body, frozen=True):
    notification: NotificationRequest
    """An e-mail goes to the one who asks, whoever it names; a webhook gets its test."""


class AddressBody(Body, frozen=True):
    address: str


class AddressList(Body, frozen=True):
    values: tuple[AddressBody, ...]


class RunRequest(Body, frozen=True):
    """How the published version is to be run; nothing said: with the defaults."""

    input_params: dict[str, Any] = {}
    """Variable → plain JSON value, of inputs that are in the app; others are passed over and listed in the answer."""
    dry_run: bool = False
    """Check all of it, and run nothing."""
    update_published_results: bool = False
    """The outputs become the published results (Can edit; not with values of one's own)."""
    use_cached_sql_results: bool = False
    """Results of read-only queries that are kept may be used."""
    notifications: tuple[NotificationRequest, ...] = ()
    """Who is told of its end."""
    update_cache: bool = False
    """Older word for updatePublishedResults with fresh queries; passed over where inputParams are given."""
    view_id: str | None = None
    """Saved views are not supported: any is refused."""


class RunStarted(Body, frozen=True):
    project_id: str
    run_id: str
    run_url: str
    run_status_url: str
    trace_id: str
    project_version: int
    notifications: tuple[DeliveryBody, ...]
    ignored_input_params: tuple[str, ...]


class CellResult(Body, frozen=True):
    id: str
    name: str
    state: CellState
    outputs: tuple[AnyOutput, ...]
    error: str | None
    """Such as "KeyError: 'mass'"; null = it did not fail."""
    elapsed: float | None
    """Seconds that it took; null = it has not ended."""


RunTrigger: TypeAlias = Literal["API", "SCHEDULED", "REFRESH", "PREVIEW", "APP"]
"""What started a run: a program, a schedule, a refresh of the published results, a publish, somebody at the app."""


class StateEvent(Body, frozen=True):
    """A step in the life of a run."""

    state: RunStatus
    at: str


class RunBody(Body, frozen=True):
    project_id: str
    project_version: int | None
    """null = a candidate that has no number."""
    run_id: str
    run_url: str
    status: RunStatus
    start_time: str | None
    """null = it waits, or was ended before it started."""
    end_time: str | None
    elapsed_time: int | None
    """Whole milliseconds; null = it goes on, or was ended before it started."""
    trace_id: str
    """Of this request."""
    run_trigger: RunTrigger
    input_params: dict[str, Any]
    """The values that it was given; {} = the defaults."""
    notifications: tuple[DeliveryBody, ...]
    state_events: tuple[StateEvent, ...]
    """Oldest first."""
    created_at: str
    person: PersonBody | None
    """Who started it; null = nobody did (a schedule)."""
    message: str
    """Why it was cut off, as a sentence; "" = it was not."""
    restorable: bool
    """Its outputs can be made the published results again: it ran the published version with the default inputs, ended,
    and is not the one whose outputs they are."""
    cells: tuple[CellResult, ...] | msgspec.UnsetType = msgspec.UNSET
    """Only where outputs were asked for."""


class RunList(Body, frozen=True):
    runs: tuple[RunBody, ...]
    next_page: str | None
    previous_page: str | None
    trace_id: str


class ScheduleRequest(Body, frozen=True):
    """A schedule to be; when one is changed, what is left out stays as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    cadence: Cadence | msgspec.UnsetType = msgspec.UNSET
    cron: str | msgspec.UnsetType | None = msgspec.UNSET
    """CUSTOM: minute, hour, day of the month, month, day of the week."""
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    """An IANA name; absent = the project's."""
    minute: int | msgspec.UnsetType = msgspec.UNSET
    hour: int | msgspec.UnsetType = msgspec.UNSET
    day_of_week: DayOfWeek | tuple[DayOfWeek, ...] | msgspec.UnsetType = msgspec.UNSET
    """WEEKLY: one day or several."""
    day: int | msgspec.UnsetType = msgspec.UNSET
    """MONTHLY: 1 to 31."""
    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    input_params: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    """Plain JSON values, as for runs; any input may be set."""
    update_published_results: bool | msgspec.UnsetType = msgspec.UNSET
    """Absent = yes, where all inputs are defaults."""
    use_cached_sql_results: bool | msgspec.UnsetType = msgspec.UNSET
    overlap: Overlap | msgspec.UnsetType = msgspec.UNSET
    retries: int | msgspec.UnsetType = msgspec.UNSET
    """Further attempts after one that failed, at most ten."""
    time_limit: int | msgspec.UnsetType | None = msgspec.UNSET
    """Seconds; null = none."""
    notifications: tuple[NotificationRequest, ...] | msgspec.UnsetType = msgspec.UNSET


class ScheduledRun(Body, frozen=True):
    """A run of a schedule, in its list."""

    run_id: str
    run_url: str
    status: RunStatus
    skipped: bool
    """The run before it was still going on, so it was KILLED before it began."""
    created_at: str
    due_at: str | None
    """null = somebody pressed Run now."""
    start_time: str | None
    end_time: str | None
    attempt: int
    """From 1."""
    project_version: int | None
    message: str
    """Why it was cut off or skipped; "" = it was not."""


class ScheduleBody(Body, frozen=True):
    id: str
    name: str
    cadence: Cadence
    cron: str | None
    """null = the cadence needs none."""
    timezone: str
    minute: int
    hour: int
    day_of_week: tuple[DayOfWeek, ...]
    day: int
    enabled: bool
    input_params: dict[str, Any]
    """{} = the defaults."""
    update_published_results: bool
    use_cached_sql_results: bool
    overlap: Overlap
    retries: int
    time_limit: int | None
    notifications: tuple[NotificationBody, ...]
    flagged: str | None
    """Why it does not run with the published version, as a sentence; null = it does."""
    words: str
    """When it runs: "Every weekday at 08:00, Europe/Berlin"."""
    next_runs: tuple[str, ...]
    """The next five; none while it is paused."""
    created_at: str
    person: PersonBody | None
    """Who made it."""
    last_runs: tuple[ScheduledRun, ...]
    """Newest first, ten at most."""


class ScheduleList(Body, frozen=True):
    values: tuple[ScheduleBody, ...]
    pagination: Pagination
    published_version: int | None
    """What they run; null = nothing is published, so they wait."""
    unpublished_changes: int
    """How many changes of the draft are not in it; 0 while nothing is published."""
    timezone: str
    """The project's, which a new schedule takes."""
    inputs: tuple[InputCell, ...]
    """What a schedule may set, of the published version, or of the draft while there is none; no run buttons."""


class SchedulePreview(Body, frozen=True):
    """What a schedule would do, before it is kept."""

    words: str
    next_runs: tuple[str, ...]
    """The next five."""


class LinkRequest(Body, frozen=True):
    kind: Literal["PUBLISHED", "CURRENT_INPUTS"]
    inputs: dict[str, Any] = {}
    """CURRENT_INPUTS: input name → JSON value (wire tags are understood)."""


class LinkBody(Body, frozen=True):
    url: str
    not_carried: tuple[str, ...]
    """Labels of inputs whose value the link does not carry: files, tables, those marked *not in links*."""


class FileBody(Body, frozen=True):
    """An uploaded file, as `SetInputs` takes it."""

    name: str
    hash: str
    size: int


class Sharing(Body, frozen=True):
    grants: tuple[GrantBody, ...]
    owner: str = ""
    """`user:{id}` of the owner, who always has Full access; passed over when it is sent."""


class NewOwner(Body, frozen=True):
    owner: str
    """Id or e-mail of the user who gets the project."""


class TakeAccess(Body, frozen=True):
    access: Access = "FULL_ACCESS"


class PrincipalBody(Body, frozen=True):
    """Somebody, or some together, whom a project can be shared with."""

    principal: str
    """`user:{id}` or `group:{id}`."""
    name: str
    detail: str
    """An e-mail, or how many are in the group."""
    kind: Literal["person", "group", "token"]


class PrincipalList(Body, frozen=True):
    values: tuple[PrincipalBody, ...]
    pagination: Pagination


class AskForAccess(Body, frozen=True):
    project: str
    """As it stands in the address: a UUID, a readable slug before it allowed."""


class AccessRequestBody(Body, frozen=True):
    """Somebody asks for access."""

    id: str
    project: str
    project_title: str
    person: PersonBody
    role: Role
    """Theirs in the workspace: a viewer gets App only, whatever is given."""
    at: str


class AccessRequestList(Body, frozen=True):
    values: tuple[AccessRequestBody, ...]
    pagination: Pagination


class Decision(Body, frozen=True):
    access: Access | None
    """What they get; null = nothing, the request is declined."""


class ProjectLine(Body, frozen=True):
    """A project in a list of many: that it exists, and whose it is."""

    id: str
    title: str
    owner: PersonBody
    last_edited_at: str
    trashed_at: str | None
    access: Access | None
    """Of the one who asks; null = none."""


class ProjectLines(Body, frozen=True):
    values: tuple[ProjectLine, ...]
    pagination: Pagination


class Credentials(Body, frozen=True):
    email: str
    password: str


class NewPassword(Body, frozen=True):
    new: str
    current: str = ""
    """The present one; "" where there is none yet."""


class UserBody(Body, frozen=True):
    id: str
    email: str
    name: str
    role: Role
    disabled: bool


class SecretBody(Body, frozen=True):
    """A secret by its name. No message holds its value but the one that sets it."""

    name: str
    scope: Literal["PROJECT", "WORKSPACE"]
    """WORKSPACE: every project may read it, and admins set it."""
    set_at: str
    set_by: PersonBody
    trouble: str
    """Why its value cannot be read, as a sentence; "" = it can."""


class SecretList(Body, frozen=True):
    values: tuple[SecretBody, ...]
    pagination: Pagination


class NewSecret(Body, frozen=True):
    name: str
    value: str

    def __repr__(self) -> str:
        return f"NewSecret({self.name!r})"  # an error's text or a log must not show the value


class UserList(Body, frozen=True):
    values: tuple[UserBody, ...]
    pagination: Pagination


class NewUser(Body, frozen=True):
    email: str
    role: str = "editor"
    name: str = ""
    """"" = named after the e-mail."""
    password: str = ""
    """"" = none: they come by a sign-in link, or by another sign-in."""


class UserChange(Body, frozen=True):
    role: Role


class SignInLink(Body, frozen=True):
    """An address that signs one browser in, once."""

    url: str
    expires_at: str


class GroupBody(Body, frozen=True):
    id: str
    name: str
    members: int
    """How many."""


class GroupList(Body, frozen=True):
    values: tuple[GroupBody, ...]
    pagination: Pagination


class GroupName(Body, frozen=True):
    name: str


class TokenBody(Body, frozen=True):
    id: str
    name: str
    created_at: str
    expires_at: str | None
    token: str | None = None
    """The secret, shown once, when it is made."""
    role: Role | None = None
    """Of a workspace token; null = a personal one, which may do what its person may."""
    principal: str = ""
    """Of a workspace token: `user:{id}`, by which projects are shared with it."""


class TokenList(Body, frozen=True):
    values: tuple[TokenBody, ...]
    pagination: Pagination


class NewToken(Body, frozen=True):
    name: str
    days: int | None = None
    """Until it expires; absent = it does not."""


class NewWorkspaceToken(Body, frozen=True):
    name: str
    role: Role = "editor"
    days: int | None = None
    """Until it expires; absent = it does not."""


class AuditBody(Body, frozen=True):
    """Something that was done, as it was recorded."""

    id: str
    """Its place in the log."""
    at: str
    user: str
    """The id of whoever did it; "" = somebody unknown, or the command line."""
    person: PersonBody
    action: Action
    project: str | None
    """Its id; null = it concerns none."""
    detail: dict[str, Any]
    origin: str
    """Where it came from: an address, or "command line"."""
    names: dict[str, str]
    """Ids that stand in `project` and `detail` → title, e-mail or name, for people to read."""


class AuditList(Body, frozen=True):
    values: tuple[AuditBody, ...]
    pagination: Pagination
