"""Tables."""

from __future__ import annotations

from typing import Any

from vernissage_kernel.frames import TableHead


def is_table(value: Any) -> bool:
    return False


def plain_head(head: TableHead) -> dict[str, Any]:
    raise NotImplementedError


def text(head: TableHead) -> str:
    raise NotImplementedError
