"""What the source says of a message and its fields: their docstrings, for who reads the types elsewhere (TSDoc in the
front end, descriptions in the OpenAPI document)."""

from __future__ import annotations

import ast
import enum
import functools
import inspect
import textwrap

import msgspec


def own_doc(cls: type) -> str:
    """A class's own docstring; "" = it has none."""
    # An enum without a docstring of its own carries one that Python made up.
    node = _class_node(cls)
    return (ast.get_docstring(node) if node is not None else None) or ""


def field_docs(cls: type) -> dict[str, str]:
    """Field → the string literal beneath it, of the class and of what it inherits from."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        node = _class_node(base)
        for field, after in zip(node.body, node.body[1:], strict=False) if node is not None else ():
            match field, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    docs[name] = text
                case _:
                    pass
    return docs


@functools.cache
def _class_node(cls: type) -> ast.ClassDef | None:
    if not issubclass(cls, msgspec.Struct | enum.Enum) or cls.__module__.split(".")[0] in ("msgspec", "enum"):
        return None
    try:
        source = inspect.getsource(cls)
    except OSError:  # made while the program ran: no source, so no docstrings
        return None
    node = ast.parse(textwrap.dedent(source)).body[0]
    return node if isinstance(node, ast.ClassDef) else None
