"""Who may do what, and who sees what: one table.

PLACEHOLDER head, types first.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Access: TypeAlias = Literal["FULL_ACCESS", "CAN_EDIT", "CAN_VIEW", "APP_ONLY"]
"""A person's level on a project, each including the next."""

Role: TypeAlias = Literal["admin", "editor", "viewer"]
"""In the workspace. admin: everything about people, may give themselves access. editor: may create projects. viewer: never more than App only."""
