"""What lies where. The columns carry the names of the fields of `ports`, so a row reads as its struct.

Nothing here is ever changed in place where a promise says *immutable*: `documents`, `versions` (but for
`results_run`, and for `title`, a label beside the content) and `operations` are only added to.

Ids of people in `creator`, `owner`, `author` and `by` refer to no table: a visitor without an account and the command
line write there too. People are never deleted, so such an id cannot come to mean somebody else.

`ordinal` columns give rows of the same instant an order, so that paging shows each row once.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from vernissage.store.columns import Instant, Json, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of type INTEGER.
Ordinal = BigInteger().with_variant(Integer(), "sqlite")

# --- people -----------------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Instant),
    Column("service", Boolean, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user", Text, ForeignKey("users.id"), nullable=False),
    # One person is one subject of an issuer: a second one with the same e-mail is somebody else.
    UniqueConstraint("issuer", "user"),
)

groups = Table(
    "groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Words, nullable=False),
    # The name in lower case: two that differ in case only would be taken for one another.
    Column("folded", Words, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("group", Text, ForeignKey("groups.id"), primary_key=True),
    Column("user", Text, ForeignKey("users.id"), primary_key=True, index=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    # NULL: a visitor without an account.
    Column("user", Text, ForeignKey("users.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked", Boolean, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("user", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Column("revoked", Boolean, nullable=False),
)

# --- projects and their drafts ----------------------------------------------------------------------

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("creator", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_edited_at", Instant, nullable=False),
    Column("last_published_at", Instant),
    # The published pointer: moved by compare-and-swap only.
    Column("published", Integer),
    Column("published_hash", Text, nullable=False),
    Column("results_run", Text),
    Column("draft_hash", Text, nullable=False),
    Column("trashed_at", Instant),
    # The last operation's number. Here and not in `drafts`, so that an edit writes one small row and its log entry.
    Column("seq", BigInteger, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("project", Text, ForeignKey("projects.id"), primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
    Column("snapshot_seq", BigInteger, nullable=False),
)

operations = Table(
    "operations",
    metadata,
    Column("project", Text, ForeignKey("projects.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("operation", LargeBinary, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # One tree to write at each edit instead of two.
    sqlite_with_rowid=False,
)

# --- versions and publishing ------------------------------------------------------------------------

documents = Table(
    "documents",
    metadata,
    # SHA-256 of the canonical bytes, before compression: a candidate and its version share one row.
    Column("hash", Text, primary_key=True),
    # 1 = zlib. A reader refuses what it does not know.
    Column("format", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("project", Text, ForeignKey("projects.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("title", Words, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run", Text),
    Column("python", Text, nullable=False),
    Column("packages", Json, nullable=False),
    Column("document", Text, ForeignKey("documents.hash"), nullable=False),
    # Its code reads who looks: it has no published results, ever.
    Column("personal", Boolean, nullable=False),
    # The run whose outputs were this version's published results last: what a version published again shows at first.
    Column("results_run", Text),
    # The draft's last edit that is in it.
    Column("edits", BigInteger, nullable=False),
    CheckConstraint("number > 0", name="number"),
)

publishes = Table(
    "publishes",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False, index=True),
    Column("document", Text, ForeignKey("documents.hash"), nullable=False),
    Column("hash", Text, nullable=False),
    Column("expected_published", Integer),
    Column("author", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("errors", Json, nullable=False),
    Column("version", Integer),
    Column("republish", Integer),
    Column("personal", Boolean, nullable=False),
    Column("edits", BigInteger, nullable=False),
)

# --- runs and sessions ------------------------------------------------------------------------------

runs = Table(
    "runs",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False),
    Column("version", Integer),
    Column("trigger", Text, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("inputs", Json, nullable=False),
    Column("by", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("message", Words, nullable=False),
    Column("update_results", Boolean, nullable=False),
    Column("use_cached", Boolean, nullable=False),
    Column("schedule", Text),
    Column("due_at", Instant),
    Column("attempt", Integer, nullable=False),
    Column("retry_of", Text),
    Column("time_limit", Integer),
    Column("not_before", Instant),
    Column("server", Text),
    Column("notifications", Json, nullable=False),
    Column("events", Json, nullable=False),
    # Last, since it may be large and lists pass it over.
    Column("cells", LargeBinary, nullable=False),
    Index(None, "project", "created_at", "ordinal"),
    # A due minute has one run, whatever happens: the databases let any number of rows without `due_at` stand.
    Index(None, "schedule", "due_at", "attempt", unique=True),
)

schedules = Table(
    "schedules",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("timing", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("update_results", Boolean, nullable=False),
    Column("use_cached", Boolean, nullable=False),
    Column("overlap", Text, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("time_limit", Integer),
    Column("creator", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_due", Instant, index=True),
    Column("flagged", Words, nullable=False),
    Column("notifications", Json, nullable=False),
    # The server that sees to what is due, and until when nobody else does.
    Column("claimed_by", Text),
    Column("claimed_until", Instant),
)

servers = Table(
    "servers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False),
    Column("run", Text, ForeignKey("runs.id"), index=True),
    Column("notification", Json, nullable=False),
    Column("recipient", Json, nullable=False),
    Column("cause", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("sent_at", Instant),
    Column("left_out", Json, nullable=False),
    Column("claimed_by", Text),
    Index(None, "status", "next_attempt"),
)

outside_addresses = Table(
    "outside_addresses",
    metadata,
    Column("address", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer),
    Column("owner", Text, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index(None, "kind", "touched_at"),
    Index(None, "project", "owner", "touched_at"),
)

# --- access -----------------------------------------------------------------------------------------

grants = Table(
    "grants",
    metadata,
    Column("project", Text, ForeignKey("projects.id"), primary_key=True),
    Column("principal", Text, primary_key=True),
    Column("access", Text, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    # "" = the workspace's own, so no reference.
    Column("project", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    # Only `store.vault` can read it, with a key that is not in the database.
    Column("sealed", LargeBinary, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

access_requests = Table(
    "access_requests",
    metadata,
    # No reference: what is asked for may not exist, and nobody is told.
    Column("project", Text, primary_key=True),
    Column("user", Text, ForeignKey("users.id"), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Instant),
)

# Only added to: a trigger of the database refuses every change and removal (migration 0003).
audit = Table(
    "audit",
    metadata,
    Column("ordinal", Ordinal, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    # "" where it concerns no project; no reference, since the record outlives what it speaks of.
    Column("project", Text, nullable=False, index=True),
    Column("detail", Json, nullable=False),
    Column("origin", Text, nullable=False),
)

# --- embeds -----------------------------------------------------------------------------------------

embed_origins = Table(
    "embed_origins",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("place", Integer, nullable=False),
)

embed_links = Table(
    "embed_links",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("project", Text, ForeignKey("projects.id"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# --- answers to repeated requests -------------------------------------------------------------------

answers = Table(
    "answers",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)
