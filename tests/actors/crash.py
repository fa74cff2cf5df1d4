"""A server that dies while it publishes, right after its n-th call of the store, for every n until it comes through.

`python -m tests.actors.crash TEMPLATE PROJECT gate|force`: copies the data directory for each n to `TEMPLATE-n`, and
prints how the process ended that worked on it: 42 where it died, 0 where it came through.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import traceback
from pathlib import Path

from tests.support.plain import PlainKernels
from tests.support.worlds import World
from vernissage.ports import Project


async def publish(data: Path, project_id: str, calls: int, force: bool) -> None:
    """Publish, and die after that many calls."""
    world = await World.made(data, PlainKernels())
    project = await world.store.project(project_id)
    assert isinstance(project, Project)
    world.store.exit_at = calls
    await world.published(project, force=force)
    async with asyncio.timeout(20):  # a forced publish has its results a little later
        while (await world.store.real.project(project_id)).results_run is None:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # past the counter, which must not count this
    world.store.exit_at = 0
    await world.close()


def main(template: Path, project: str, how: str) -> None:
    for calls in range(1, 100):
        data = template.with_name(f"{template.name}-{calls}")
        shutil.copytree(template, data)
        child = os.fork()  # nothing runs here yet: no loop, no thread
        if not child:
            try:
                asyncio.run(publish(data, project, calls, how == "force"))
            except BaseException:  # noqa: BLE001 - a child must never come back into the loop above
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, flush=True)
        if code != 42:
            break


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
