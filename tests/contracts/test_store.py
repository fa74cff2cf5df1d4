"""What every `ports.Store` promises, over SQLite and PostgreSQL (`spec/store.md`).

Nothing here knows which database it speaks to. What only one of them can be asked lies in `tests/store`.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from tests.support.postgres import emptied
from vernissage.core.notifications import EmailNotification, OnEnd, ToAddress, ToPerson
from vernissage.core.publishing import PublishError
from vernissage.core.runs import RunEvent
from vernissage.core.schedule import Timing
from vernissage.ports import (
    AccessRequest,
    AuditEntry,
    AuditQuery,
    Conflict,
    EmbedLink,
    Grant,
    Group,
    Identity,
    LastAdmin,
    Letter,
    OutsideAddress,
    Project,
    PublishRecord,
    RunRecord,
    Schedule,
    ServerRecord,
    SignIn,
    Store,
    StoredOperation,
    StoredSecret,
    StoredSession,
    Token,
    User,
    Version,
)
from vernissage.store import SqlStore, open_store, tables

pytestmark = pytest.mark.anyio

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Iterator[str | Path]:
    """Where an empty store lies."""
    if request.param == "sqlite":
        # In memory where there is such a disk: flushing thousands of commits is not what is tested here.
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
            yield Path(directory) / "data"
    else:
        url = request.getfixturevalue("postgres_store")
        assert isinstance(url, str)
        yield url


@pytest.fixture
async def store(place: str | Path) -> AsyncIterator[Store]:
    """A store of each kind, as `open_store` hands it out."""
    if isinstance(place, str):
        await emptied(place)
    async with await open_store(place) as opened:
        # The assignment is the test that types can make: it keeps the whole port.
        kept: Store = opened
        yield kept


def a_user(id: str = "u1", email: str = "ada@example.org", **other: Any) -> User:
    return User(**{"id": id, "email": email, "name": "Ada", "role": "editor", "created_at": T0, **other})


def a_project(id: str = "p1", **other: Any) -> Project:
    fields = {"title": "Penguins", "description": "", "creator": "u1", "owner": "u1", "created_at": T0}
    return Project(**{"id": id, **fields, "last_edited_at": T0, **other})


def an_operation(seq: int, text: str = "x", seconds: float = 0) -> StoredOperation:
    return StoredOperation(seq, b'{"format":1,"operation":"%s"}' % text.encode(), "u1", at(seconds))


def a_run(id: str = "r1", **other: Any) -> RunRecord:
    fields: dict[str, Any] = {"version": None, "trigger": "preview", "status": "PENDING", "inputs": {}, "by": "u1"}
    return RunRecord(**{"id": id, "project": "p1", **fields, "created_at": T0, **other})


def a_candidate(id: str, expected: int | None, run: str, **other: Any) -> PublishRecord:
    fields: dict[str, Any] = {"document": b'{"format":1,"document":{}}', "hash": "h" * 64, "author": "u1"}
    fields |= {"project": "p1", "created_at": T0, "status": "RUNNING"}
    return PublishRecord(**{"id": id, "expected_published": expected, "run": run, **fields, **other})


def an_entry(action: str = "publish", **other: Any) -> AuditEntry:
    fields: dict[str, Any] = {"at": T0, "who": "u1", "project": "p1", "detail": {}, "origin": "127.0.0.1"}
    return AuditEntry(**{"action": action, **fields, **other})


_ids = itertools.count(1)


async def try_to_publish(
    store: Store, expected: int | None, end: str | None = "COMPLETED", **other: Any
) -> tuple[str, str]:
    """A candidate and its run, ended in that way (None: still running)."""
    publish, run = f"c{next(_ids)}", f"r{next(_ids)}"
    await store.add_publish(a_candidate(publish, expected, run, **other), a_run(run))
    await store.start_run(run, at(1))
    if end:
        await store.finish_run(run, end, at(2), b'{"format":1,"cells":[]}', "")  # type: ignore[arg-type]
    return publish, run


async def promoted(store: Store, publish: str, title: str = "step") -> int:
    return await store.promote(publish, title, "u1", at(3), ("numpy==2.0",), "3.11.7", an_entry())


async def project_of(store: Store, id: str = "p1") -> Project:
    found = await store.project(id)
    assert found is not None
    return found


# --- people -----------------------------------------------------------------------------------------


async def test_sto2_a_user_comes_back_as_it_went_in(store: Store) -> None:
    berlin = timezone(timedelta(hours=2))
    user = a_user(created_at=T0.astimezone(berlin), password_hash="$argon2id$…")
    await store.add_user(user)
    found = await store.user("u1")
    assert found == user
    assert found.created_at is not None and found.created_at.utcoffset() == timedelta(0)
    assert found.created_at == T0
    with pytest.raises(ValueError, match="no time zone"):
        await store.add_user(a_user("u2", "b@example.org", created_at=T0.replace(tzinfo=None)))
    assert await store.user("u2") is None


async def test_sto4_an_email_belongs_to_one_user(store: Store) -> None:
    await store.add_user(a_user())
    with pytest.raises(Conflict, match="Ada@Example"):
        await store.add_user(a_user("u2", "Ada@Example.org"))
    assert await store.user_by_email("ADA@example.ORG") == a_user()
    assert await store.users() == (a_user(),)
    assert await store.user_by_email("nobody@example.org") is None


async def test_sto5_disabling_ends_what_the_user_holds(store: Store) -> None:
    await store.add_user(a_user())
    await store.add_user(a_user("u2", "bob@example.org"))
    for user in ("u1", "u2"):
        await store.add_sign_in(SignIn(f"s-{user}", f"sh-{user}", user, T0, at(99)))
        await store.add_token(Token(f"t-{user}", f"th-{user}", user, "bearer", "mine", T0, None))
    await store.add_sign_in(SignIn("visitor", "vh", "", T0, at(99)))
    await store.disable_user("u1", an_entry("disable_user"))
    found = await store.user("u1")
    assert found is not None and found.disabled
    for user, ended in (("u1", True), ("u2", False)):
        sign_in, token = await store.sign_in_by_hash(f"sh-{user}"), await store.token_by_hash(f"th-{user}")
        assert sign_in is not None and token is not None
        assert (sign_in.revoked, token.revoked) == (ended, ended)
    assert await store.sign_in_by_hash("vh") == SignIn("visitor", "vh", "", T0, at(99))
    with pytest.raises(KeyError):
        await store.disable_user("nobody", an_entry("disable_user"))


async def test_passwords_and_sign_outs(store: Store) -> None:
    await store.add_user(a_user())
    await store.set_password("u1", "new")
    assert await store.user("u1") == a_user(password_hash="new")
    await store.add_sign_in(SignIn("s", "sh", "u1", T0, at(9)))
    await store.revoke_sign_in("s")
    await store.revoke_sign_in("s")
    assert await store.sign_in_by_hash("sh") == SignIn("s", "sh", "u1", T0, at(9), revoked=True)
    assert await store.sign_in_by_hash("other") is None


async def test_sto56_a_new_password_ends_the_other_sign_ins(store: Store) -> None:
    await store.add_user(a_user())
    for id in ("here", "elsewhere"):
        await store.add_sign_in(SignIn(id, f"hash of {id}", "u1", T0, at(9)))
    await store.set_password("u1", "new", keep="here")
    here, elsewhere = await store.sign_in_by_hash("hash of here"), await store.sign_in_by_hash("hash of elsewhere")
    assert here is not None and elsewhere is not None
    assert (here.revoked, elsewhere.revoked) == (False, True)


@pytest.mark.parametrize("how", ["demoted", "disabled", "both"])
async def test_sto57_of_admins_who_end_each_other_at_once_one_stays(store: Store, how: str) -> None:
    ids = ["a", "b", "c", "d"]
    for id in ids:
        await store.add_user(a_user(id, f"{id}@example.org", role="admin"))
    await store.add_user(a_user("token", "token@example.org", role="admin", service=True))
    await store.add_user(a_user("gone", "gone@example.org", role="admin", disabled=True))

    async def end(number: int, id: str) -> None:
        if how == "demoted" or (how == "both" and number % 2):
            await store.set_role(id, "viewer", an_entry("set_role"))
        else:
            await store.disable_user(id, an_entry("disable_user"))

    done = await asyncio.gather(*(end(number, id) for number, id in enumerate(ids)), return_exceptions=True)
    assert [isinstance(one, LastAdmin) for one in done].count(True) == 1
    assert [one for one in done if one is not None and not isinstance(one, LastAdmin)] == []
    able = [user.id for user in await store.users() if user.role == "admin" and not user.disabled and not user.service]
    assert len(able) == 1
    assert len(await store.audit(AuditQuery(), 9)) == 3
    # Enabled again, or with another admin, it goes.
    await store.enable_user("gone", an_entry("enable_user"))
    await store.set_role(able[0], "editor", an_entry("set_role"))
    found = await store.user(able[0])
    assert found is not None and found.role == "editor"
    for change in (store.set_role("u9", "admin", an_entry()), store.enable_user("u9", an_entry())):
        with pytest.raises(KeyError):
            await change


async def test_sto58_a_group_has_one_name_members_and_what_it_was_given(store: Store) -> None:
    for id in ("u1", "u2"):
        await store.add_user(a_user(id, f"{id}@example.org"))
    await store.add_group(Group("g1", "Analysts", T0), an_entry("add_group"))
    await store.add_group(Group("g2", "Board", T0), an_entry("add_group"))
    with pytest.raises(Conflict, match="analysts"):
        await store.add_group(Group("g3", "analysts", T0), an_entry("add_group"))
    with pytest.raises(Conflict):
        await store.rename_group("g2", "ANALYSTS", an_entry("rename_group"))
    both = await asyncio.gather(*(store.set_member("g1", "u1", True, an_entry("add_member")) for _ in range(4)))
    assert sorted(both) == [False, False, False, True]
    assert await store.set_member("g1", "u2", True, an_entry("add_member"))
    assert await store.set_member("g2", "u2", True, an_entry("add_member"))
    assert await store.groups() == (Group("g1", "Analysts", T0, 2), Group("g2", "Board", T0, 1))
    assert [user.id for user in await store.group_members("g1")] == ["u1", "u2"]
    assert await store.groups_of("u2") == ("g1", "g2")
    assert await store.set_member("g1", "u2", False, an_entry("remove_member"))
    assert not await store.set_member("g1", "u2", False, an_entry("remove_member"))
    await store.rename_group("g1", "ANALYSTS", an_entry("rename_group"))
    assert await store.group("g1") == Group("g1", "ANALYSTS", T0, 1)
    await store.add_project(a_project(), b"{}", (Grant("group:g1", "CAN_EDIT"), Grant("group:g2", "CAN_VIEW")))
    await store.remove_group("g1", an_entry("remove_group"))
    assert await store.grants("p1") == (Grant("group:g2", "CAN_VIEW"),)
    assert await store.groups_of("u1") == () and await store.group("g1") is None
    for write in (
        store.remove_group("g1", an_entry()),
        store.rename_group("g1", "x", an_entry()),
        store.set_member("g1", "u1", True, an_entry()),
        store.set_member("g2", "u9", True, an_entry()),
    ):
        with pytest.raises(KeyError):
            await write


async def test_sto59_an_issuer_knows_a_person_by_one_subject(store: Store) -> None:
    for id in ("u1", "u2"):
        await store.add_user(a_user(id, f"{id}@example.org"))
    await store.add_identity(Identity("https://id", "s1", "u1"))
    await store.add_identity(Identity("https://other", "s1", "u2"))
    for taken in (Identity("https://id", "s1", "u2"), Identity("https://id", "s2", "u1")):
        with pytest.raises(Conflict):
            await store.add_identity(taken)
    assert await store.identity("https://id", "s1") == Identity("https://id", "s1", "u1")
    assert await store.identity("https://id", "s2") is None


async def test_sto6_a_sign_in_link_lets_one_in(store: Store) -> None:
    await store.add_user(a_user())
    await store.add_token(Token("t", "h", "u1", "sign_in", "link", T0, at(60)))
    used = await asyncio.gather(*(store.use_token("t", at(i)) for i in range(10)))
    assert sorted(used) == [False] * 9 + [True]
    found = await store.token_by_hash("h")
    assert found is not None and found.used_at is not None


async def test_sto6_ended_and_revoked_links_let_nobody_in(store: Store) -> None:
    await store.add_user(a_user())
    await store.add_token(Token("old", "h1", "u1", "sign_in", "", T0, at(60)))
    await store.add_token(Token("gone", "h2", "u1", "sign_in", "", T0, None))
    assert await store.revoke_token("gone")
    assert not await store.use_token("old", at(60))
    assert not await store.use_token("gone", at(1))
    assert await store.use_token("old", at(59))
    with pytest.raises(KeyError):
        await store.use_token("never", at(1))


async def test_sto18_bearer_tokens_newest_first(store: Store) -> None:
    await store.add_user(a_user())
    await store.add_user(a_user("u2", "bob@example.org"))
    for i, user in enumerate(("u1", "u2", "u1")):
        await store.add_token(Token(f"t{i}", f"h{i}", user, "bearer", "n", T0, None))
    await store.add_token(Token("link", "h", "u1", "sign_in", "n", T0, None))
    assert [t.id for t in await store.tokens()] == ["t2", "t1", "t0"]
    assert [t.id for t in await store.tokens("u1")] == ["t2", "t0"]
    assert await store.use_token("t0", at(1)) and await store.use_token("t0", at(2))
    assert await store.revoke_token("t0")
    assert not await store.revoke_token("nothing")
    assert not await store.use_token("t0", at(3))


# --- projects and drafts ----------------------------------------------------------------------------


async def test_sto3_text_and_numbers_come_back(store: Store) -> None:
    title = "“Größe” 𝒳 👩‍🔬 \n\t ' \" \\ %s :name"
    await store.add_project(a_project(title=title, description="a\0b\ud800c"), b"\0\xff{}", ())
    found = await project_of(store)
    assert found.title == title
    assert found.description == "a\ufffdb\ufffdc"
    assert (await store.draft("p1")).snapshot == b"\0\xff{}"
    inputs = {"n": 2**53 + 1, "big": 10**30, "s": "\0\ud800", "f": 0.1, "none": None, "l": [1, {"a": True}]}
    await store.add_run(a_run(inputs=inputs))
    run = await store.run("r1")
    assert run is not None and run.inputs == inputs
    with pytest.raises(ValueError, match="JSON compliant"):
        await store.add_run(a_run("r2", inputs={"n": float("nan")}))


async def test_projects_and_the_trash(store: Store) -> None:
    await store.add_project(a_project("p1"), b"{}", (Grant("user:u1", "FULL_ACCESS"),))
    await store.add_project(a_project("p2", last_edited_at=at(5)), b"{}", ())
    await store.add_project(a_project("p3", last_edited_at=at(9)), b"{}", ())
    assert [p.id for p in await store.projects()] == ["p3", "p2", "p1"]
    await store.trash_project("p3", at(10))
    assert [p.id for p in await store.projects()] == ["p2", "p1"]
    assert (await project_of(store, "p3")).trashed_at == at(10)
    assert await store.project("p4") is None
    assert await store.grants("p1") == (Grant("user:u1", "FULL_ACCESS"),)


async def test_sto7_operations_have_no_holes(store: Store) -> None:
    await store.add_project(a_project(), b"snap", ())
    await store.append_operations("p1", (an_operation(1), an_operation(2, seconds=7)), "New", "words", "d" * 64)
    await store.append_operations("p1", (an_operation(3, seconds=8),), "Newer", "words", None)
    await store.append_operations("p1", (), "not", "kept", None)
    draft = await store.draft("p1")
    assert (draft.snapshot, draft.snapshot_seq) == (b"snap", 0)
    assert draft.operations == (an_operation(1), an_operation(2, seconds=7), an_operation(3, seconds=8))
    project = await project_of(store)
    assert (project.title, project.description, project.draft_hash) == ("Newer", "words", "d" * 64)
    assert project.last_edited_at == at(8)

    for wrong in (3, 5):
        with pytest.raises(Conflict, match="at edit 3"):
            await store.append_operations("p1", (an_operation(wrong),), "lost", "", "e" * 64)
    with pytest.raises(ValueError, match="follow each other"):
        await store.append_operations("p1", (an_operation(4), an_operation(6)), "lost", "", None)
    assert await project_of(store) == project
    assert await store.draft("p1") == draft


async def test_sto7_of_two_appenders_one_wins(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for seq in range(1, 21):
        answers = await asyncio.gather(
            *(store.append_operations("p1", (an_operation(seq, who),), who, "", None) for who in "ab"),
            return_exceptions=True,
        )
        assert [type(a) for a in answers if a is not None] == [Conflict]
        winner = "ab"[answers.index(None)]
        assert (await store.draft("p1")).operations[-1] == an_operation(seq, winner)
        assert (await project_of(store)).title == winner


async def test_sto9_a_snapshot_shortens_the_draft(store: Store) -> None:
    await store.add_project(a_project(), b"s0", ())
    await store.append_operations("p1", tuple(an_operation(i) for i in range(1, 6)), "t", "", "five")
    await store.save_snapshot("p1", 3, b"s3", "three")
    draft = await store.draft("p1")
    assert (draft.snapshot, draft.snapshot_seq) == (b"s3", 3)
    assert [o.seq for o in draft.operations] == [4, 5]
    # The hash belongs to the whole draft, which a snapshot of its past does not know.
    assert (await project_of(store)).draft_hash == "five"
    await store.save_snapshot("p1", 2, b"s2", "two")
    assert await store.draft("p1") == draft
    with pytest.raises(Conflict):
        await store.save_snapshot("p1", 6, b"s6", "six")
    await store.save_snapshot("p1", 5, b"s5", "whole")
    assert (await store.draft("p1")).operations == ()
    assert (await project_of(store)).draft_hash == "whole"
    await store.append_operations("p1", (an_operation(6),), "t", "", None)
    assert [o.seq for o in (await store.draft("p1")).operations] == [6]


async def test_sto9_a_draft_read_beside_compaction_is_whole(store: Store) -> None:
    await store.add_project(a_project(), b"0", ())

    async def edit() -> None:
        for seq in range(1, 41):
            await store.append_operations("p1", (an_operation(seq),), "t", "", None)
            if seq % 4 == 0:
                await store.save_snapshot("p1", seq, str(seq).encode(), "h")

    editing = asyncio.ensure_future(edit())
    looks = 0
    while not editing.done():
        draft = await store.draft("p1")
        assert int(draft.snapshot) == draft.snapshot_seq
        numbers = [o.seq for o in draft.operations]
        assert numbers == list(range(draft.snapshot_seq + 1, draft.snapshot_seq + 1 + len(numbers)))
        looks += 1
    await editing
    assert looks > 3


# --- versions and publishing ------------------------------------------------------------------------


async def test_sto12_publishing_moves_everything_at_once(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    document = b'{"format":1,"document":{"title":"P"}}'
    publish, run = await try_to_publish(store, None, document=document)
    await store.set_publish(publish, "READY", ())
    assert await promoted(store, publish, "First") == 1

    project = await project_of(store)
    assert (project.published, project.published_hash, project.results_run) == (1, "h" * 64, run)
    assert project.last_published_at == at(3)
    version = Version("p1", 1, "h" * 64, "First", "u1", at(3), "published", run, "3.11.7", ("numpy==2.0",))
    assert await store.version("p1", 1) == (version, document)
    assert await store.versions("p1") == (version,)
    found, record = await store.run(run), await store.publish(publish)
    assert found is not None and found.version == 1
    assert record is not None
    assert (record.status, record.version, record.forced, record.title) == ("PUBLISHED", 1, False, "First")
    assert record.document == document
    assert [e.action for e in await store.audit(AuditQuery("p1"), 9)] == ["publish"]
    assert await store.version("p1", 2) is None


@pytest.mark.parametrize("end", ["ERRORED", "KILLED", None])
async def test_sto12_results_come_from_a_finished_run(store: Store, end: str | None) -> None:
    await store.add_project(a_project(), b"{}", ())
    publish, run = await try_to_publish(store, None, end)
    await promoted(store, publish)
    record = await store.publish(publish)
    assert record is not None and record.forced is (end is None)
    assert (await project_of(store)).results_run == (run if end == "ERRORED" else None)
    if end is None:
        assert [r.id for r in await store.open_publishes("p1")] == [publish]
        await store.finish_run(run, "ERRORED", at(4), b"{}", "")
        assert await store.set_results("p1", 1, run)
        assert (await project_of(store)).results_run == run
    assert await store.open_publishes() == ()


async def test_sto11_a_stale_dialog_changes_nothing(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    first, _ = await try_to_publish(store, None)
    stale, run = await try_to_publish(store, None)
    await promoted(store, first)
    before = (
        await project_of(store),
        await store.versions("p1"),
        await store.audit(AuditQuery(), 9),
        await store.run(run),
    )
    with pytest.raises(Conflict, match="version 1 is the published one"):
        await promoted(store, stale)
    assert before == (
        await project_of(store),
        await store.versions("p1"),
        await store.audit(AuditQuery(), 9),
        await store.run(run),
    )
    record = await store.publish(stale)
    assert record is not None and record.status == "RUNNING" and record.version is None
    with pytest.raises(KeyError):
        await promoted(store, "nothing")


async def test_sto11_of_many_who_publish_an_older_version_one_wins(store: Store) -> None:
    """No new number is given here, so nothing but the pointer's own check stands between them."""
    await store.add_project(a_project(), b"{}", ())
    for expected in (None, 1, 2):
        await promoted(store, (await try_to_publish(store, expected))[0])
    for _ in range(10):
        expected = (await project_of(store)).published
        again = [(await try_to_publish(store, expected, republish=n))[0] for n in (1, 2, 3) if n != expected]
        answers = await asyncio.gather(*(promoted(store, publish) for publish in again), return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "int"]
        assert (await project_of(store)).published in answers


async def test_sto15_a_candidate_is_published_once(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    publish, _ = await try_to_publish(store, None)
    answers = await asyncio.gather(*(promoted(store, publish) for _ in range(6)), return_exceptions=True)
    assert sorted(str(type(a).__name__) for a in answers) == ["Conflict"] * 5 + ["int"]
    errors = (PublishError("c", "Load", "ValueError: no"),)
    await store.set_publish(publish, "FAILED", errors)
    record = await store.publish(publish)
    assert record is not None and (record.status, record.errors, record.version) == ("PUBLISHED", errors, 1)
    # The version it would be promoted against is the one it made: its own status is what stops it.
    again, _ = await try_to_publish(store, 1, republish=1)
    await promoted(store, again)
    with pytest.raises(Conflict, match="PUBLISHED"):
        await promoted(store, again)


async def test_sto15_given_up_candidates_are_not_published(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    cancelled, _ = await try_to_publish(store, None)
    await store.set_publish(cancelled, "CANCELLED", ())
    assert await store.open_publishes("p1") == ()
    with pytest.raises(Conflict, match="CANCELLED"):
        await promoted(store, cancelled)
    assert (await project_of(store)).published is None
    with pytest.raises(KeyError):
        await store.set_publish("nothing", "READY", ())


async def test_open_publishes_newest_first(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_project(a_project("p2"), b"{}", ())
    names = [(await try_to_publish(store, None))[0] for _ in range(3)]
    other, run = "other", "other-run"
    await store.add_publish(a_candidate(other, None, run, project="p2"), a_run(run, project="p2"))
    await store.set_publish(names[0], "FAILED", (PublishError("c", "n", "m"),))
    await store.set_publish(names[1], "READY", ())
    assert [r.id for r in await store.open_publishes("p1")] == names[::-1]
    assert [r.id for r in await store.open_publishes()] == [other, *names[::-1]]


async def test_sto13_publishing_an_older_version_again(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    first, run1 = await try_to_publish(store, None)
    await promoted(store, first)
    second, _ = await try_to_publish(store, 1, hash="2" * 64)
    await promoted(store, second)
    assert (await project_of(store)).published == 2

    # Its run goes on, or fails: the last results stay.
    for end, expected in ((None, 2), ("ERRORED", 1)):
        again, _ = await try_to_publish(store, expected, end, republish=1)
        assert await promoted(store, again) == 1
        project = await project_of(store)
        assert (project.published, project.published_hash, project.results_run) == (1, "h" * 64, run1)
    again, run = await try_to_publish(store, 1, republish=1)
    await promoted(store, again)
    assert (await project_of(store)).results_run == run
    assert [v.number for v in await store.versions("p1")] == [2, 1]
    kept = await store.version("p1", 1)
    assert kept is not None and kept[0].run == run1

    missing, _ = await try_to_publish(store, 1, republish=7)
    with pytest.raises(KeyError):
        await promoted(store, missing)
    assert (await project_of(store)).published == 1


async def test_per4_a_personal_version_never_has_published_results(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    publish, run = await try_to_publish(store, None, personal=True)
    assert (await store.publish(publish)).personal is True  # type: ignore[union-attr]
    assert await promoted(store, publish) == 1
    assert (await project_of(store)).results_run is None
    assert not await store.set_results("p1", 1, run)
    found = await store.version("p1", 1)
    assert found is not None and found[0].personal is True
    other, kept = await try_to_publish(store, 1, hash="2" * 64)
    await promoted(store, other)
    assert (await project_of(store)).results_run == kept
    again, _ = await try_to_publish(store, 2, republish=1, personal=True)
    await promoted(store, again)
    project = await project_of(store)
    assert (project.published, project.results_run) == (1, None)


async def test_sec1_a_secret_is_one_of_its_project_or_of_the_workspace(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_project(a_project("p2"), b"{}", ())
    first = StoredSecret("p1", "db", b"sealed", "u1", at(1))
    for secret in (
        first,
        StoredSecret("", "db", b"everybody's", "u1", at(2)),
        StoredSecret("p1", "api", b"s", "u1", T0),
    ):
        await store.set_secret(secret, an_entry("set_secret", detail={"name": secret.name}))
    assert [one.name for one in await store.secrets("p1")] == ["api", "db"]
    assert [one.sealed for one in await store.secrets("")] == [b"everybody's"]
    assert await store.secrets("p2") == ()
    assert [(one.project, one.name) for one in await store.secrets("p1", "")] == [
        ("", "db"),
        ("p1", "api"),
        ("p1", "db"),
    ]
    replaced = StoredSecret("p1", "db", b"newer", "u2", at(5))
    await store.set_secret(replaced, an_entry("set_secret"))
    assert (await store.secrets("p1"))[1] == replaced
    assert await store.remove_secret("p1", "db", an_entry("remove_secret"))
    assert not await store.remove_secret("p1", "db", an_entry("remove_secret"))
    assert [one.name for one in await store.secrets("p1")] == ["api"]
    assert [one.name for one in await store.secrets("")] == ["db"]
    assert [entry.action for entry in await store.audit(AuditQuery("p1"), 9)] == ["remove_secret", *["set_secret"] * 4]
    with pytest.raises(KeyError):
        await store.set_secret(StoredSecret("p9", "db", b"x", "u1", T0), an_entry())


async def test_sto14_results_never_cross_versions(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await promoted(store, (await try_to_publish(store, None))[0])
    await store.add_run(a_run("fresh", version=1, trigger="refresh"))
    with pytest.raises(ValueError, match="PENDING"):
        await store.set_results("p1", 1, "fresh")
    await store.finish_run("fresh", "COMPLETED", at(9), b"{}", "")
    assert await store.set_results("p1", 1, "fresh")
    assert (await project_of(store)).results_run == "fresh"

    second, run2 = await try_to_publish(store, 1)
    await promoted(store, second)
    assert not await store.set_results("p1", 1, "fresh")
    with pytest.raises(ValueError, match="not one of version 2"):
        await store.set_results("p1", 2, "fresh")
    with pytest.raises(KeyError):
        await store.set_results("p1", 2, "nothing")
    assert (await project_of(store)).results_run == run2


async def test_sto16_unpublishing_deletes_nothing(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    publish, run = await try_to_publish(store, None)
    await promoted(store, publish)
    await store.unpublish("p1", an_entry("unpublish"))
    project = await project_of(store)
    assert (project.published, project.published_hash, project.results_run) == (None, "", None)
    assert [v.number for v in await store.versions("p1")] == [1]
    assert [e.action for e in await store.audit(AuditQuery("p1"), 9)] == ["unpublish", "publish"]
    assert not await store.set_results("p1", 1, run)
    again, _ = await try_to_publish(store, None, None, republish=1)
    await promoted(store, again)
    assert (await project_of(store)).results_run == run
    with pytest.raises(KeyError):
        await store.unpublish("p9", an_entry("unpublish"))


async def test_sto10_numbers_without_holes_however_many_publish(store: Store) -> None:
    """[PUB15] A thousand publishes by eight at once, each of an edit of its own."""
    await store.add_project(a_project(), b"{}", ())
    clients, times = 8, 125
    won: dict[int, str] = {}
    lost = edits = 0
    editing = asyncio.Lock()  # the draft's room makes one edit after the other
    previews = asyncio.Semaphore(2)  # as many as the machine runs at once; the others wait for their turn

    async def edited() -> int:
        nonlocal edits
        async with editing:
            edits += 1
            await store.append_operations("p1", (an_operation(edits),), "t", "", None)
            return edits

    async def client() -> None:
        nonlocal lost
        for _ in range(times):
            edit = await edited()
            document = f"document {edit}"
            while True:
                async with previews:
                    expected = (await project_of(store)).published
                    publish, run = f"c{next(_ids)}", f"r{next(_ids)}"
                    frozen = a_candidate(publish, expected, run, document=document.encode(), hash=document, edits=edit)
                    await store.add_publish(frozen, a_run(run, status="COMPLETED"))
                    try:
                        number = await promoted(store, publish)
                    except Conflict:
                        lost += 1
                        continue
                assert number not in won
                won[number] = document
                break

    async with asyncio.timeout(300):
        await asyncio.gather(*(client() for _ in range(clients)))
    count = clients * times
    versions = await store.versions("p1")
    assert [v.number for v in versions] == list(range(count, 0, -1)) == sorted(won, reverse=True)
    assert {v.number: v.hash for v in versions} == won
    assert sorted(v.edits for v in versions) == list(range(1, count + 1))
    assert lost > 0, "nobody met anybody: this run has shown nothing"
    project = await project_of(store)
    assert (project.published, project.published_hash) == (count, won[count])
    assert project.results_run == versions[0].run
    found = await store.version("p1", count)
    assert found is not None and found[1] == won[count].encode()
    assert len(await store.audit(AuditQuery("p1"), 2 * count)) == count


async def test_sto27_documents_are_kept_once_and_whole(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    document = b'{"format":1,"document":"' + bytes(range(256)) * 40 + b'"}'
    numbers = await asyncio.gather(
        *(
            store.add_version(Version("p1", 0, "h", "", "u1", T0, "saved", None, packages=("a==1", "b==2")), document)
            for _ in range(5)
        )
    )
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    for number in numbers:
        found = await store.version("p1", number)
        assert found is not None and found[1] == document and found[0].packages == ("a==1", "b==2")


async def test_ver13_versions_and_steps_come_in_pages(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_project(a_project("p2"), b"{}", ())
    assert await store.versions("p1", 3) == ()
    for n in range(1, 8):
        one = Version("p1", 0, f"h{n % 3}", f"v{n}", "u1", at(n), "saved", None, edits=10 * n)
        assert await store.add_version(one, b"saved", an_entry("save_version", at=at(n))) == n
    numbers = [[one.number for one in await store.versions("p1", 3, **more)] for more in (
        {}, {"before": 5}, {"before": 2}, {"after": 2}, {"after": 6}, {"after": 7}, {"after": 1, "before": 4}
    )]  # fmt: skip
    assert numbers == [[7, 6, 5], [4, 3, 2], [1], [5, 4, 3], [7], [], [3, 2]]
    assert [one.edits for one in await store.versions("p1", 2)] == [70, 60]
    assert await store.version_with_hash("p1", "h1") == 7
    assert await store.version_with_hash("p1", "h9") is None
    assert await store.version_with_hash("p2", "h1") is None
    assert [one.detail["version"] for one in await store.audit(AuditQuery("p1"), 2)] == [7, 6]
    for n, action in enumerate(("revert", "unpublish", "share", "republish"), 1):
        await store.add_audit(an_entry(action, at=at(n)))
    steps = [[one.action for one in await store.steps("p1", 9, **more)] for more in (
        {}, {"since": at(2)}, {"until": at(2)}, {"since": at(1), "until": at(4)}
    )]  # fmt: skip
    assert steps == [["republish", "unpublish", "revert"], ["republish", "unpublish"], ["revert"],
                     ["unpublish", "revert"]]  # fmt: skip
    assert [one.action for one in await store.steps("p1", 1)] == ["republish"]


async def test_ver11_a_title_is_a_label_beside_a_version(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    one = Version("p1", 1, "h", "First", "u1", T0, "saved", None, edits=3)
    await store.add_version(one, b"saved")
    await store.name_version("p1", 1, "Before the talk", an_entry("name_version"))
    assert await store.version("p1", 1) == (msgspec.structs.replace(one, title="Before the talk"), b"saved")
    assert [e.action for e in await store.audit(AuditQuery("p1"), 9)] == ["name_version"]
    with pytest.raises(KeyError):
        await store.name_version("p1", 2, "x", an_entry("name_version"))
    assert len(await store.audit(AuditQuery("p1"), 9)) == 1


async def test_ver14_a_version_is_as_far_as_its_candidate(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    publish, _ = await try_to_publish(store, None, edits=12)
    await promoted(store, publish)
    assert [one.edits for one in await store.versions("p1")] == [12]
    assert [one.detail["version"] for one in await store.audit(AuditQuery("p1"), 9)] == [1]


async def test_ver12_the_log_of_edits_is_read_in_pieces(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.append_operations("p1", tuple(an_operation(n) for n in range(1, 8)), "t", "", None)
    await store.save_snapshot("p1", 5, b"s", "h")  # what is compacted is still there
    pieces = [[one.seq for one in await store.operations("p1", 3, **more)] for more in (
        {}, {"before": 5}, {"after": 5}, {"after": 2, "before": 5}, {"after": 7}
    )]  # fmt: skip
    assert pieces == [[7, 6, 5], [4, 3, 2], [7, 6], [4, 3], []]


# --- runs and sessions ------------------------------------------------------------------------------


async def test_sto17_only_the_first_end_of_a_run_counts(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_run(a_run(inputs={"n": 4}))
    assert await store.unfinished_runs() == (a_run(inputs={"n": 4}),)
    assert await store.start_run("r1", at(1))
    assert not await store.start_run("r1", at(2))
    stop = "The server was stopped."
    ends = await asyncio.gather(
        store.finish_run("r1", "KILLED", at(3), b"k", stop, step="cut_off"),
        store.finish_run("r1", "COMPLETED", at(4), b"c", ""),
    )
    assert sorted(ends) == [False, True]
    found = await store.run("r1")
    started = a_run(inputs={"n": 4}, started_at=at(1))
    log = RunEvent(at(1), "started")
    killed = {"status": "KILLED", "ended_at": at(3), "cells": b"k", "message": stop}
    completed = {"status": "COMPLETED", "ended_at": at(4), "cells": b"c"}
    assert found in (
        msgspec.structs.replace(started, **killed, events=(log, RunEvent(at(3), "cut_off", stop))),
        msgspec.structs.replace(started, **completed, events=(log, RunEvent(at(4), "ended"))),
    )
    assert not await store.finish_run("r1", "ERRORED", at(5), b"late", "late", retry=a_run("r9"))
    assert await store.run("r9") is None
    assert not await store.start_run("r1", at(6))
    assert await store.run("r1") == found
    assert await store.unfinished_runs() == ()
    assert await store.run("r2") is None
    for change in (store.start_run("r2", T0), store.finish_run("r2", "KILLED", T0, b"", "")):
        with pytest.raises(KeyError):
            await change


async def test_sto18_runs_page_by_page(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_project(a_project("p2"), b"{}", ())
    for i in range(9):
        await store.add_run(a_run(f"r{i}", trigger="api" if i % 2 else "scheduled", cells=b"large"))
    await store.add_run(a_run("else", project="p2"))
    await store.finish_run("r4", "ERRORED", at(2), b"", "")
    pages = [await store.runs("p1", 4, offset) for offset in (0, 4, 8, 12)]
    assert [[r.id for r in page] for page in pages] == [["r8", "r7", "r6", "r5"], ["r4", "r3", "r2", "r1"], ["r0"], []]
    assert {r.cells for page in pages for r in page} == {b""}
    assert [r.id for r in await store.runs("p1", 9, 0, trigger="scheduled")] == ["r8", "r6", "r4", "r2", "r0"]
    assert [r.id for r in await store.runs("p1", 9, 0, status="ERRORED")] == ["r4"]
    assert await store.runs("p1", 9, 0, status="ERRORED", trigger="api") == ()


async def test_sto19_sessions_are_kept_as_saved_last(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    logic = StoredSession("l", "p1", "logic", None, "u1", b"\0data", T0)
    old, new = (StoredSession(f"s{i}", "p1", "app", 1, "visitor", b"first", at(i)) for i in (0, 50))
    for session in (logic, old, new):
        await store.save_session(session)
    changed = msgspec.structs.replace(new, data=b"second", touched_at=at(60))
    await store.save_session(changed)
    assert await store.session("s50") == changed
    assert await store.session("l") == logic
    assert await store.drop_sessions(at(30)) == 1
    assert await store.session("s0") is None
    assert await store.drop_sessions(at(60)) == 0
    assert await store.session("l") == logic and await store.session("s50") == changed


async def test_sto19_the_sessions_that_somebody_left_on_a_version_newest_first(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for i in range(8):
        await store.save_session(StoredSession(f"s{i}", "p1", "app", 1, "visitor", b"data", at(i)))
    await store.save_session(StoredSession("other", "p1", "app", 1, "u1", b"", at(9)))
    await store.save_session(StoredSession("older", "p1", "app", 2, "visitor", b"", at(9)))
    await store.save_session(StoredSession("logic", "p1", "logic", None, "visitor", b"", at(9)))
    assert [one.id for one in await store.sessions_left("p1", "visitor", 1, at(0))] == ["s7", "s6", "s5", "s4", "s3"]
    assert [one.id for one in await store.sessions_left("p1", "visitor", 1, at(6))] == ["s7", "s6"]
    assert await store.sessions_left("p2", "visitor", 1, at(0)) == ()


# --- access -----------------------------------------------------------------------------------------


async def test_sto20_grants_and_their_record_are_one_step(store: Store) -> None:
    await store.add_project(a_project(), b"{}", (Grant("user:u1", "FULL_ACCESS"),))
    given = (Grant("user:u1", "FULL_ACCESS"), Grant("web", "APP_ONLY"), Grant("workspace", "CAN_VIEW"))
    await store.set_grants("p1", given, an_entry("share", detail={"added": ["web"], "n": 2**60}))
    assert await store.grants("p1") == given
    kept = an_entry("share", detail={"added": ["web"], "n": 2**60}, ordinal=1)
    assert await store.audit(AuditQuery("p1"), 5) == (kept,)
    twice = (Grant("web", "APP_ONLY"), Grant("web", "CAN_VIEW"))
    with pytest.raises(Conflict):
        await store.set_grants("p1", twice, an_entry("share"))
    with pytest.raises(KeyError):
        await store.set_grants("p9", (), an_entry("share", project="p9"))
    assert await store.grants("p1") == given
    assert len(await store.audit(AuditQuery(), 9)) == 1
    mixtures = [tuple(Grant(f"user:{who}{i}", "CAN_VIEW") for i in range(3)) for who in "abcd"]
    await asyncio.gather(*(store.set_grants("p1", m, an_entry("share")) for m in mixtures))
    assert await store.grants("p1") in mixtures


async def test_sto18_audit_newest_first(store: Store) -> None:
    for i in range(4):
        await store.add_audit(an_entry(f"a{i}", project="p1" if i % 2 else "", at=T0))
    await store.add_audit(an_entry("early", project="", at=at(-1)))
    assert [e.action for e in await store.audit(AuditQuery(), 10)] == ["early", "a3", "a2", "a1", "a0"]
    assert [e.action for e in await store.audit(AuditQuery("p1"), 10)] == ["a3", "a1"]
    assert [e.action for e in await store.audit(AuditQuery(), 2)] == ["early", "a3"]


async def test_sto50_the_audit_log_is_read_in_pages_and_by_what_fits(store: Store) -> None:
    for i in range(7):
        fields = {"who": f"u{i % 2}", "project": "p1" if i % 3 else "", "at": at(i)}
        await store.add_audit(an_entry("share" if i < 4 else "publish", detail={"n": i}, **fields))

    async def found(**query: Any) -> list[int]:
        return [entry.detail["n"] for entry in await store.audit(AuditQuery(**query), 9)]

    assert await found() == [6, 5, 4, 3, 2, 1, 0]
    assert await found(who="u1") == [5, 3, 1]
    assert await found(action="publish", project="p1") == [5, 4]
    assert await found(since=at(2), until=at(5)) == [4, 3, 2]
    pages, before = [], None
    while page := await store.audit(AuditQuery(before=before), 3):
        pages.append([entry.detail["n"] for entry in page])
        before = page[-1].ordinal
        await store.add_audit(an_entry("share", detail={"n": 99}))  # what comes meanwhile moves no page
    assert pages == [[6, 5, 4], [3, 2, 1], [0]]


async def test_sto51_nothing_in_the_audit_log_is_changed_or_removed(store: Store) -> None:
    await store.add_audit(an_entry("share"))
    assert isinstance(store, SqlStore)
    for change in (update(tables.audit).values(who="nobody"), delete(tables.audit)):
        with pytest.raises(DBAPIError, match="only added to"):
            await store._database.write(lambda c, change=change: c.execute(change), "a forgery")  # type: ignore[misc]
    assert [entry.who for entry in await store.audit(AuditQuery(), 9)] == ["u1"]


async def test_sto52_a_request_is_kept_once_per_person_whether_the_project_exists_or_not(store: Store) -> None:
    await store.add_user(a_user())
    await store.add_user(a_user("u2", "bob@example.org"))
    await store.add_project(a_project(), b"{}", ())
    asked = [AccessRequest("a1", "p1", "u1", at(1)), AccessRequest("a2", "nothing", "u1", at(2))]
    asked.append(AccessRequest("a3", "p1", "u2", at(3)))
    for one in asked:
        await store.request_access(one, an_entry("request_access", project=one.project))
    await store.request_access(AccessRequest("again", "p1", "u1", at(9)), an_entry("request_access"))
    assert await store.open_requests() == tuple(asked)
    assert await store.open_requests("p1") == (asked[0], asked[2])
    declined = await store.decide_request("a1", "boss", at(4), None, an_entry("decline_request"))
    assert (declined.status, declined.decided_by, declined.decided_at) == ("DECLINED", "boss", at(4))
    assert await store.grants("p1") == ()
    await store.request_access(AccessRequest("later", "p1", "u1", at(10)), an_entry("request_access"))
    assert [one.id for one in await store.open_requests("p1")] == ["a3", "later"]
    with pytest.raises(KeyError):
        await store.decide_request("a1", "boss", at(4), "CAN_VIEW", an_entry("accept_request"))
    with pytest.raises(KeyError):  # there is no project to give access to
        await store.decide_request("a2", "boss", at(4), "CAN_VIEW", an_entry("accept_request"))


async def test_sto53_a_request_is_decided_once_and_never_lowers_a_grant(store: Store) -> None:
    for number, grants in enumerate(((), (Grant("user:u1", "APP_ONLY"),), (Grant("user:u1", "CAN_EDIT"),))):
        project = f"p{number}"
        if not number:
            await store.add_user(a_user())
        await store.add_project(a_project(project), b"{}", grants)
        await store.request_access(AccessRequest(project, project, "u1", T0), an_entry("request_access"))
        decisions = [
            store.decide_request(project, by, at(1), "CAN_VIEW", an_entry("accept_request", who=by)) for by in "abc"
        ]
        done = await asyncio.gather(*decisions, return_exceptions=True)
        assert sum(isinstance(one, Conflict) for one in done) == 2
        assert await store.open_requests() == ()
        assert await store.grants(project) == (Grant("user:u1", "CAN_EDIT" if number == 2 else "CAN_VIEW"),)
    assert len(await store.audit(AuditQuery(action="accept_request"), 9)) == 3


async def test_sto53_a_grant_that_is_added_only_raises(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for access, found in (("CAN_VIEW", "CAN_VIEW"), ("APP_ONLY", "CAN_VIEW"), ("FULL_ACCESS", "FULL_ACCESS")):
        await store.add_grant("p1", Grant("user:u1", access), an_entry("take_access"))  # type: ignore[arg-type]
        assert await store.grants("p1") == (Grant("user:u1", found),)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        await store.add_grant("p9", Grant("user:u1", "CAN_VIEW"), an_entry("take_access"))
    assert len(await store.audit(AuditQuery(), 9)) == 3


async def test_sto54_who_hands_a_project_over_keeps_full_access(store: Store) -> None:
    await store.add_project(a_project(), b"{}", (Grant("user:u2", "CAN_VIEW"), Grant("web", "APP_ONLY")))
    await store.set_owner("p1", "u2", an_entry("transfer"))
    assert (await project_of(store)).owner == "u2"
    full = (Grant("user:u1", "FULL_ACCESS"), Grant("user:u2", "FULL_ACCESS"))
    assert await store.grants("p1") == (*full, Grant("web", "APP_ONLY"))
    with pytest.raises(KeyError):
        await store.set_owner("p9", "u2", an_entry("transfer"))
    assert len(await store.audit(AuditQuery(), 9)) == 1


async def test_sto55_a_project_comes_out_of_the_trash_as_it_went_in(store: Store) -> None:
    await store.add_project(a_project(), b"{}", (Grant("web", "APP_ONLY"),))
    await store.add_project(a_project("p2"), b"{}", ())
    await store.trash_project("p1", at(5))
    assert [one.id for one in await store.projects()] == ["p2"]
    assert [one.id for one in await store.trashed_projects(at(4))] == ["p1"]
    assert await store.trashed_projects(at(5)) == ()
    await store.restore_project("p1", an_entry("restore"))
    assert await project_of(store) == a_project()
    assert await store.trashed_projects(T0) == ()
    assert await store.grants("p1") == (Grant("web", "APP_ONLY"),)


async def test_sto21_the_first_answer_is_remembered(store: Store) -> None:
    await store.remember_answer("u1", "k", "f1", 201, b"\0one", T0)
    await store.remember_answer("u1", "k", "f2", 409, b"two", at(1))
    await store.remember_answer("u2", "k", "f3", 200, b"three", at(86_000))
    assert await store.remembered_answer("u1", "k", at(86_400)) == ("f1", 201, b"\0one")
    assert await store.remembered_answer("u1", "k", at(86_401)) is None  # also where nothing was kept since
    assert await store.remembered_answer("u2", "k", at(86_401)) == ("f3", 200, b"three")
    assert await store.remembered_answer("u1", "other", at(2)) is None
    await store.remember_answer("u1", "k2", "f4", 200, b"", at(86_401))
    assert await store.remembered_answer("u1", "k", at(2)) is None
    assert await store.remembered_answer("u2", "k", at(86_401)) is not None


# --- all or nothing ---------------------------------------------------------------------------------


async def test_sto26_what_refers_to_nothing_is_refused(store: Store) -> None:
    for write in (
        store.append_operations("p9", (an_operation(1),), "", "", None),
        store.save_snapshot("p9", 0, b"", ""),
        store.draft("p9"),
        store.trash_project("p9", T0),
        store.add_version(Version("p9", 0, "h", "", "u1", T0, "saved", None), b"{}"),
        store.add_publish(a_candidate("c", None, "r", project="p9"), a_run("r", project="p9")),
        store.add_run(a_run("r", project="p9")),
        store.save_session(StoredSession("s", "p9", "app", 1, "u1", b"", T0)),
        store.add_token(Token("t", "h", "u9", "bearer", "", T0, None)),
        store.add_sign_in(SignIn("s", "h", "u9", T0, T0)),
        store.set_password("u9", ""),
        store.revoke_sign_in("s9"),
    ):
        with pytest.raises(KeyError):
            await write
    assert await store.run("r") is None and await store.session("s") is None
    assert await store.grants("p9") == () and await store.versions("p9") == ()


async def test_sto1_a_write_that_fails_leaves_nothing(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    twice = (Grant("web", "APP_ONLY"), Grant("web", "CAN_VIEW"))
    with pytest.raises(Conflict):
        await store.add_project(a_project("p2"), b"{}", twice)
    assert await store.project("p2") is None
    await store.add_run(a_run("taken"))
    await store.add_publish(a_candidate("c1", None, "r1"), a_run("r1"))
    with pytest.raises(Conflict):
        await store.add_publish(a_candidate("c1", None, "r2"), a_run("r2"))
    with pytest.raises(Conflict):
        await store.add_publish(a_candidate("c2", None, "taken"), a_run("taken"))
    assert await store.run("r2") is None and await store.publish("c2") is None
    with pytest.raises(Conflict):
        await store.add_project(a_project(title="another"), b"{}", ())
    assert (await project_of(store)).title == "Penguins"


async def test_sto25_many_writers_and_readers_at_once(store: Store) -> None:
    for i in range(6):
        await store.add_project(a_project(f"p{i}"), b"{}", ())

    async def edit(project: str) -> None:
        for seq in range(1, 26):
            await store.append_operations(project, (an_operation(seq),), f"{seq}", "", None)
            assert (await project_of(store, project)).title == f"{seq}"

    await asyncio.gather(*(edit(f"p{i}") for i in range(6)))
    assert [len((await store.draft(f"p{i}")).operations) for i in range(6)] == [25] * 6


async def test_sto25_a_caller_who_gives_up_harms_nobody(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    done = 0
    for turn in range(30):
        seq = len((await store.draft("p1")).operations) + 1
        two = (an_operation(seq), an_operation(seq + 1))
        task = asyncio.ensure_future(store.append_operations("p1", two, "t", "", None))
        for _ in range(turn):
            await asyncio.sleep(0)  # hands the loop on, so that each turn is cut off at another place
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Behind it in the same queue, or behind its lock: when this is done, the other is done or will never be.
        await store.save_session(StoredSession("s", "p1", "app", 1, "u1", b"", T0))
        numbers = [o.seq for o in (await store.draft("p1")).operations]
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) % 2 == 0
        done = len(numbers)
    await store.append_operations("p1", (an_operation(done + 1),), "still", "", None)
    assert (await project_of(store)).title == "still"


# --- the outbox -------------------------------------------------------------------------------------


def a_letter(id: str, run: str | None = "r1", due: float = 0, **other: Any) -> Letter:
    fields: dict[str, Any] = {"recipient": ToPerson("u1"), "cause": "SUCCESS", "created_at": T0}
    notification = EmailNotification(on=OnEnd("SUCCESS"), users=("u1",), tables=("rows",))
    return Letter(**{"id": id, "project": "p1", "run": run, "notification": notification, **fields,
                     "next_attempt": at(due), **other})  # fmt: skip


async def a_run_that_goes_on(store: Store, id: str = "r1") -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_run(a_run(id))
    await store.start_run(id, at(1))


async def test_not20_letters_come_with_the_first_end_of_a_run_or_not_at_all(store: Store) -> None:
    await a_run_that_goes_on(store)
    letters = (a_letter("l1"), a_letter("l2", recipient=ToAddress("bo@example.org")))
    await store.finish_run("r1", "COMPLETED", at(2), b"", "", letters=letters)
    assert await store.letters(["r1"]) == letters
    await store.finish_run("r1", "KILLED", at(3), b"", "", letters=(a_letter("l3", cause="FAILURE"),))
    assert await store.letters(["r1"]) == letters
    assert await store.letter("l3") is None


async def test_not20_a_run_whose_letters_cannot_be_kept_has_not_ended(store: Store) -> None:
    await a_run_that_goes_on(store)
    await store.add_letters((a_letter("l1"),))
    with pytest.raises(Conflict):
        await store.finish_run("r1", "COMPLETED", at(2), b"", "", letters=(a_letter("l0"), a_letter("l1")))
    run = await store.run("r1")
    assert run is not None and run.status == "RUNNING"
    assert await store.letter("l0") is None


async def test_not21_a_letter_in_hand_comes_due_again_unless_it_was_settled(store: Store) -> None:
    await a_run_that_goes_on(store)
    await store.add_letters((a_letter("late", due=50), a_letter("first", due=5), a_letter("second", due=10)))
    assert await store.next_letter() == at(5)
    taken = await store.claim_letters("s1", at(20), at(80), 10)
    assert [(letter.id, letter.attempts, letter.next_attempt) for letter in taken] == [
        ("first", 1, at(80)),
        ("second", 1, at(80)),
    ]
    assert await store.claim_letters("s2", at(20), at(80), 10) == ()
    await store.settle_letter("first", "SENT", at(21), left_out=("The picture was left out.",))
    first = await store.letter("first")
    assert first is not None and (first.status, first.sent_at, first.error) == ("SENT", at(21), "")
    assert first.left_out == ("The picture was left out.",)
    await store.settle_letter("first", "FAILED", at(22), "too late")
    assert await store.letter("first") == first
    again = await store.claim_letters("s2", at(90), at(150), 10)
    assert [(letter.id, letter.attempts, letter.claimed_by) for letter in again] == [
        ("late", 1, "s2"),
        ("second", 2, "s2"),
    ]
    await store.settle_letter("second", "PENDING", at(91), "Nobody answers.", at(200))
    second = await store.letter("second")
    assert second is not None and (second.error, second.next_attempt) == ("Nobody answers.", at(200))
    with pytest.raises(KeyError):
        await store.settle_letter("none", "SENT", at(1))


async def test_not21_a_new_start_takes_up_what_its_server_had_in_hand(store: Store) -> None:
    await a_run_that_goes_on(store)
    await store.add_letters((a_letter("mine"), a_letter("other")))
    assert [letter.id for letter in await store.claim_letters("s1", at(1), at(600), 1)] == ["mine"]
    assert [letter.id for letter in await store.claim_letters("s2", at(1), at(600), 1)] == ["other"]
    await store.release_letters("s1", at(2))
    assert [letter.id for letter in await store.claim_letters("s1", at(2), at(600), 9)] == ["mine"]


async def test_not21_each_letter_goes_to_one_of_many_servers(store: Store) -> None:
    await a_run_that_goes_on(store)
    await store.add_letters(tuple(a_letter(f"l{i}") for i in range(12)))
    taken = await asyncio.gather(*(store.claim_letters(f"s{i}", at(1), at(600), 3) for i in range(6)))
    ids = [letter.id for some in taken for letter in some]
    assert len(ids) == len(set(ids))
    rest = await store.claim_letters("s0", at(1), at(600), 12)
    assert {*ids, *(letter.id for letter in rest)} == {f"l{i}" for i in range(12)}


async def test_not12_addresses_outside_are_allowed_and_forbidden_on_record(store: Store) -> None:
    bo = OutsideAddress("bo@example.net", "u1", T0)
    entry = an_entry("allow_address", project="", detail={"address": "bo@example.net"})
    await store.allow_address(bo, entry)
    await store.allow_address(bo, entry)
    assert await store.outside_addresses() == (bo,)
    assert await store.forbid_address("bo@example.net", an_entry("forbid_address", project=""))
    assert not await store.forbid_address("bo@example.net", an_entry("forbid_address", project=""))
    assert await store.outside_addresses() == ()
    assert [one.action for one in await store.audit(AuditQuery(), 10)] == ["forbid_address", "allow_address"]


# --- embeds -----------------------------------------------------------------------------------------


async def test_sto70_origins_are_replaced_as_a_whole(store: SqlStore) -> None:
    assert await store.embed_origins() == ()
    entry = AuditEntry(T0, "admin", "set_embed_origins", "", {}, "here")
    await store.set_embed_origins(("https://b.example", "https://a.example"), entry)
    await store.set_embed_origins(("https://c.example", "https://b.example"), entry)
    assert await store.embed_origins() == ("https://c.example", "https://b.example")
    assert len(await store.audit(AuditQuery(action="set_embed_origins"), 10)) == 2


async def test_sto71_a_pass_is_taken_by_one_and_not_after_its_time(store: SqlStore) -> None:
    await store.add_project(a_project("p"), b"", ())
    for name in ("one", "late"):
        await store.add_embed_link(EmbedLink(name, "p", b"{}", at(10)), T0, None)
    taken = await asyncio.gather(*(store.use_embed_link("one", at(5)) for _ in range(8)))
    assert [one.content for one in taken if one is not None] == [b"{}"]
    assert await store.use_embed_link("late", at(10)) is None
    assert await store.use_embed_link("other", T0) is None
    # One that nobody can use any more goes when the next one comes.
    await store.add_embed_link(EmbedLink("next", "p", b"{}", at(30)), at(20), None)
    assert await store.use_embed_link("late", at(5)) is None
    assert await store.use_embed_link("next", at(25)) is not None


# --- schedules --------------------------------------------------------------------------------------


def a_schedule(id: str = "s1", **other: Any) -> Schedule:
    fields: dict[str, Any] = {"name": "Mornings", "timing": Timing("DAILY", "UTC", 0, 8), "enabled": True, "inputs": {}}
    fields |= {"update_results": True, "use_cached": False, "overlap": "SKIP", "retries": 0, "time_limit": None}
    return Schedule(**{"id": id, "project": "p1", **fields, "creator": "u1", "created_at": T0, "next_due": T0, **other})


def due_run(id: str, schedule: str = "s1", **other: Any) -> RunRecord:
    return a_run(id, **{"trigger": "scheduled", "version": 1, "schedule": schedule, "due_at": T0, **other})


async def test_sch16_a_schedule_and_what_was_done_to_it_are_kept_in_one_step(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    first = a_schedule(timing=Timing("WEEKLY", "Europe/Berlin", 5, 8, ("MONDAY", "FRIDAY")), inputs={"n": 2**60})
    await store.add_schedule(first, an_entry("add_schedule"))
    await store.add_schedule(a_schedule("s2", enabled=False, next_due=None), an_entry("add_schedule"))
    assert await store.schedules("p1") == (first, a_schedule("s2", enabled=False, next_due=None))
    changed = msgspec.structs.replace(first, name="Evenings", retries=3, time_limit=60, overlap="QUEUE")
    await store.change_schedule(changed, an_entry("change_schedule"))
    assert await store.schedule("s1") == changed
    await store.remove_schedule("s2", an_entry("remove_schedule"))
    assert await store.schedule("s2") is None
    with pytest.raises(KeyError):
        await store.remove_schedule("s2", an_entry("remove_schedule"))
    assert [entry.action for entry in await store.audit(AuditQuery("p1"), 9)] == [
        "remove_schedule",
        "change_schedule",
        "add_schedule",
        "add_schedule",
    ]


async def test_sch9_of_all_servers_one_serves_a_due_minute(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for n in range(3):
        await store.add_schedule(a_schedule(f"s{n}"), an_entry("add_schedule"))
    assert await store.claim_schedule("a", at(-1), at(60)) is None
    claims = await asyncio.gather(*(store.claim_schedule(f"server-{n}", at(0), at(60)) for n in range(8)))
    assert sorted(one.id for one in claims if one) == ["s0", "s1", "s2"]
    by = {one.id: f"server-{n}" for n, one in enumerate(claims) if one}
    mine = a_schedule("s0")
    fired = await store.fire(mine, by["s0"], due_run("r1", "s0"), at(86_400))
    assert fired is not None and fired.status == "PENDING"
    assert await store.fire(mine, by["s0"], due_run("r2", "s0"), at(86_400)) is None  # twice
    assert await store.fire(a_schedule("s1"), "server-of-nobody", due_run("r3", "s1"), at(86_400)) is None
    assert await store.run("r2") is None
    assert await store.claim_schedule("late", at(59), at(99)) is None
    taken = await store.claim_schedule("late", at(60), at(99))  # whoever had it in hand has ended
    assert taken is not None and taken.id in ("s1", "s2")
    assert await store.fire(a_schedule(taken.id), by[taken.id], due_run("r4", taken.id), at(86_400)) is None
    with pytest.raises(Conflict):
        await store.add_run(due_run("r5", "s0"))
    await store.add_run(due_run("r6", "s0", attempt=2))
    assert await store.next_due() == at(0)


async def test_sch7_what_is_due_while_another_goes_on_is_skipped_or_waits_for_it(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for id, overlap in (("s1", "SKIP"), ("s2", "QUEUE")):
        schedule = a_schedule(id, overlap=overlap)
        await store.add_schedule(schedule, an_entry("add_schedule"))
        await store.claim_schedule("a", at(0), at(60))
        assert await store.fire(schedule, "a", due_run(f"{id}-first", id), at(60)) is not None
        first = await store.claim_run("a", at(0))
        assert first is not None and first.id == f"{id}-first"
        again = await store.claim_schedule("a", at(60), at(120))
        assert again is not None
        second = await store.fire(again, "a", due_run(f"{id}-second", id, due_at=at(60)), at(120))
        assert second is not None
        if overlap == "SKIP":
            assert (second.status, second.started_at, second.events[-1].step) == ("KILLED", None, "skipped")
            assert second.message.startswith("Skipped")
        else:
            assert second.status == "PENDING"
            assert await store.claim_run("b", at(60)) is None
            await store.start_run(first.id, at(61))
            assert await store.claim_run("b", at(61)) is None
            await store.finish_run(first.id, "COMPLETED", at(62), b"", "")
            waiting = await store.claim_run("b", at(62))
            assert waiting is not None and (waiting.id, waiting.server) == ("s2-second", "b")


async def test_sch11_the_next_attempt_is_kept_in_the_step_that_ends_the_one_before(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.add_schedule(a_schedule(next_due=None), an_entry("add_schedule"))
    await store.add_run(due_run("r1"))
    assert await store.claim_run("a", at(0)) is not None
    log = (RunEvent(at(1), "queued", "Attempt 2."),)
    retry = due_run("r2", attempt=2, retry_of="r1", not_before=at(61), events=log)
    assert await store.finish_run("r1", "ERRORED", at(1), b"", "", retry=retry)
    ended = await store.run("r1")
    assert ended is not None
    assert [event.step for event in ended.events] == ["ended", "retried"]
    assert await store.next_due() == at(61)
    assert await store.claim_run("a", at(60)) is None
    claimed = await store.claim_run("a", at(61))
    assert claimed == msgspec.structs.replace(retry, server="a")
    await store.release_run("r2")
    assert (await store.claim_run("b", at(61))).server == "b"  # type: ignore[union-attr]
    assert [run.id for run in await store.runs_of_schedule("s1", 9)] == ["r2", "r1"]


async def test_sch13_runs_of_servers_that_give_no_sign_of_life_are_lost(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    await store.begin_server(ServerRecord("a", "home-a", at(0)))
    await store.begin_server(ServerRecord("b", "home-b", at(0)))
    for id, server in (("r1", "a"), ("r2", "b"), ("r3", "ended-long-ago"), ("r4", None)):
        await store.add_run(a_run(id, server=server, trigger="api"))
    await store.add_run(due_run("r5"))  # waits for whoever comes first
    assert [run.id for run in await store.lost_runs(at(-30))] == ["r3", "r4"]
    await store.see_server(ServerRecord("b", "home-b", at(40)), at(-1000))
    assert [run.id for run in await store.lost_runs(at(10))] == ["r1", "r3", "r4"]
    await store.begin_server(ServerRecord("b2", "home-b", at(41)))  # the one before has ended, whatever it said last
    assert [run.id for run in await store.lost_runs(at(-30))] == ["r2", "r3", "r4"]
    await store.see_server(ServerRecord("b", "home-b", at(42)), at(30))
    await store.end_server("b2")
    assert [run.id for run in await store.lost_runs(at(-30))] == ["r1", "r3", "r4"]


async def test_sch19_a_publish_flags_the_schedules_that_do_not_fit_it_in_the_same_step(store: Store) -> None:
    await store.add_project(a_project(), b"{}", ())
    for id in ("s1", "s2"):
        await store.add_schedule(a_schedule(id, flagged="before"), an_entry("add_schedule"))
    publish, _ = await try_to_publish(store, None)
    flags = {"s1": "There is no input 'n' in this version.", "s2": ""}
    await store.promote(publish, "step", "u1", at(3), (), "3.11", an_entry(), flags)
    assert [one.flagged for one in await store.schedules("p1")] == [flags["s1"], ""]
    claimed = await store.claim_schedule("a", at(0), at(60))
    assert claimed is not None
    assert await store.pass_over(claimed, "a", at(60), "odd")
    assert not await store.pass_over(claimed, "a", at(120), "odder")
    kept = await store.schedule(claimed.id)
    assert kept is not None and (kept.next_due, kept.flagged) == (at(60), "odd")
    late, _ = await try_to_publish(store, None)
    with pytest.raises(Conflict):
        await store.promote(late, "step", "u1", at(3), (), "3.11", an_entry(), {"s1": "", "s2": ""})
    assert (await store.schedule("s1")).flagged != ""  # type: ignore[union-attr]
