"""Publishing: a draft becomes a candidate, a candidate becomes a version.

A *candidate* is the draft frozen at a click on Publish. Its preview run starts at once, in a new kernel, with the
default inputs. When the run has ended the candidate may be *promoted*: it gets its number and the published pointer
moves to it, in one step. *Force publish* promotes it while the run goes on.

    RUNNING ──run ends──► READY ──confirm──────────────► PUBLISHED
       │        └───────► FAILED ──confirm, errors accepted──► PUBLISHED
       │ force ─────────────────────────────────────────► PUBLISHED (its run goes on)
       └ given up ► CANCELLED        somebody else published first ► SUPERSEDED

Promises: nothing is promoted over a version that its publisher had not seen; a run that failed never becomes a
publish by accident.

Left alone: running the candidate (`session`), keeping it (`store`), who may publish (`access`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

from vernissage.core.document import Document, Struct, name_of
from vernissage.core.operations import Refused
from vernissage.core.outputs import CellRun, failure

PublishStatus: TypeAlias = Literal["RUNNING", "READY", "FAILED", "PUBLISHED", "SUPERSEDED", "CANCELLED"]
"""RUNNING: its preview run goes on. READY: it ended well. FAILED: cells failed, or the run could not end. PUBLISHED:
promoted. SUPERSEDED: another version was published meanwhile. CANCELLED: given up."""


class PublishError(Struct, frozen=True):
    """A cell that failed in the preview run."""

    cell: str
    name: str
    """The cell's label, or its kind and place."""
    message: str
    """Such as "KeyError: 'mass'"."""


class Candidate(Struct, frozen=True):
    """What deciding needs to know of one."""

    status: PublishStatus
    expected_published: int | None
    """The published version that its dialog was opened against."""
    errors: tuple[PublishError, ...] = ()


def errors_of(document: Document, cells: dict[str, CellRun]) -> tuple[PublishError, ...]:
    """[PUB2] The cells that failed, in notebook order, with what each one said."""
    found = []
    for cell in document.cells:
        run = cells.get(cell.id)
        if run is None or run.state != "error":
            continue
        found.append(PublishError(cell.id, name_of(document, cell), failure(run)))
    return tuple(found)


def ended(candidate: Candidate, errors: tuple[PublishError, ...], complete: bool) -> PublishStatus:
    """[PUB3] The status after the preview run: FAILED where a cell failed or the run was cut off (`complete` False)."""
    match candidate.status:
        case "RUNNING":
            return "READY" if complete and not errors else "FAILED"
        case "READY" | "FAILED" | "PUBLISHED" | "SUPERSEDED" | "CANCELLED":
            return candidate.status
        case never:
            assert_never(never)


def may_promote(candidate: Candidate, published: int | None, *, accept_errors: bool, force: bool) -> Refused | None:
    """[PUB4] Why this candidate may not be promoted now, or None where it may."""
    match candidate.status:
        case "PUBLISHED":
            return Refused("This candidate was published already.")
        case "CANCELLED":
            return Refused("This candidate was given up. Open Publish again to make a new one.")
        case "SUPERSEDED":
            return Refused("Another version was published meanwhile. Open Publish again to see the difference to it.")
        case "RUNNING" if not force:
            return Refused("The preview run has not ended. Wait for it, or use Force publish.")
        case "FAILED" if not (accept_errors or force):
            match len(candidate.errors):
                case 0:
                    return Refused("The preview run was cut off. Preview again, or confirm that it is to be published.")
                case 1:
                    return Refused("1 cell failed in the preview run. Confirm that it is to be published so.")
                case count:
                    return Refused(
                        f"{count} cells failed in the preview run. Confirm that they are to be published so."
                    )
        case "RUNNING" | "READY" | "FAILED":
            if published != candidate.expected_published:
                if published is None:
                    return Refused("The app was unpublished meanwhile. Open Publish again to publish it anew.")
                return Refused(
                    f"Version {published} was published meanwhile. Open Publish again to see the difference to it."
                )
            return None
        case never:
            assert_never(never)
