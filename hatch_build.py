"""Builds the pages when a wheel is built, so that an installed Vernissage needs no Node.

An editable install leaves them alone: there `make` builds them, and only when their sources changed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesBuildHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` in `frontend/` before the files of a wheel are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages, or say in one sentence what is missing for it."""
        if version == "editable":
            return
        root = Path(self.root)
        pages = root / "src" / "vernissage" / "web" / "static"
        frontend = root / "frontend"
        if frontend.is_dir():
            npm = shutil.which("npm")
            if npm is None:
                raise RuntimeError(
                    "A wheel of Vernissage holds its pages, and building them needs Node 20.19 or newer."
                )
            if not (frontend / "node_modules").is_dir():
                subprocess.run([npm, "ci"], cwd=frontend, check=True)
            subprocess.run([npm, "run", "build"], cwd=frontend, check=True)
        if not (pages / "app.html").is_file():
            raise RuntimeError(f"The front-end build left no app.html in {pages}: run `npm run build` in frontend/.")
        build_data["artifacts"].append("src/vernissage/web/static/**")
