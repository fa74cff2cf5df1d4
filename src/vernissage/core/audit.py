"""What the audit log records: every act by which somebody's access, the published app, or the workspace changes.

An action is named once here; whoever does it records it with `ports.AuditEntry`, and the page of the audit log has a
sentence for each (`frontend/src/admin/audit.ts`, which does not compile without one).

Left alone: keeping entries (`store`), which nothing changes afterwards.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Action: TypeAlias = Literal[
    "sign_in",
    "sign_in_refused",
    "sign_out",
    "add_user",
    "set_role",
    "disable_user",
    "enable_user",
    "set_password",
    "sign_in_link",
    "create_token",
    "revoke_token",
    "add_group",
    "rename_group",
    "remove_group",
    "add_member",
    "remove_member",
    "share",
    "transfer",
    "take_access",
    "request_access",
    "accept_request",
    "decline_request",
    "publish",
    "republish",
    "unpublish",
    "restore_results",
    "save_version",
    "name_version",
    "end_sessions",
    "revert",
    "trash",
    "restore",
    "add_schedule",
    "change_schedule",
    "remove_schedule",
    "set_secret",
    "remove_secret",
    "allow_address",
    "forbid_address",
    "set_embed_origins",
    "create_embed",
]
"""What was done. `detail` says the rest: what it was before and is now, whom it concerns."""
