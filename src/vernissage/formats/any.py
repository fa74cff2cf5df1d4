"""A document from a file whose kind is not known: a notebook or a project file, by its content.

A project file may be written as JSON, which is YAML too; so not the first brace tells, but the keys.
"""

from __future__ import annotations

import json
import re

from vernissage.core.document import Document
from vernissage.formats import ipynb, project_file


def read(text: str, name: str) -> Document:
    """[FMT14] The document in a file of this name. Raises FormatError, with the line where there is one."""
    if text.lstrip().startswith("{") and not _is_project(text):
        return ipynb.read(text, title=re.sub(r"\.ipynb$", "", name) or "Imported notebook")
    return project_file.read(text)


def _is_project(text: str) -> bool:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):  # `ipynb` says what is wrong with it
        return False
    return isinstance(content, dict) and "vernissage" in content and "nbformat" not in content
