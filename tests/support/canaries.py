"""Values whose every text says where it came from, to see which of them get through a projection.

`variants(type)` builds a message type's instances so that every member of every union in it appears, and every string
holds a canary naming its struct and field: a field that somebody adds tomorrow has one too.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union

import msgspec

Given = Mapping[str, Any]
"""`Struct.field` → the value that it has in every instance, in place of a made one."""


def canary(mark: str) -> str:
    """A text that says where it came from."""
    return f"<<{mark}>>"


def canaries(value: Any) -> set[str]:
    """The marks of all canaries in a value, keys included."""
    return set(re.findall(r"<<(.+?)>>", msgspec.json.encode(value).decode()))


def variants(kind: Any, given: Given, mark: str = "", prefix: str = "") -> list[Any]:
    """Instances of a type, so many that each alternative in it appears in one of them."""
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return [value for one in arguments for value in variants(one, given, mark, prefix)]
    if origin is Literal:
        return list(arguments)
    if origin in (tuple, list):
        found = [value for one in arguments if one is not ... for value in variants(one, given, mark, prefix)]
        return [origin(found)]
    if origin is dict:
        values = variants(arguments[1], given, mark, prefix)
        return [{f"<<{prefix}{mark}.key{i}>>": value for i, value in enumerate(values)}]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _structs(kind, given, prefix)
    simple: dict[Any, Callable[[], list[Any]]] = {
        str: lambda: [canary(prefix + mark)],
        Any: lambda: [{"inside": [canary(prefix + mark)]}],
        bool: lambda: [False, True],
        int: lambda: [0],
        float: lambda: [0.5],
        type(None): lambda: [None],
        msgspec.UnsetType: lambda: [msgspec.UNSET],
    }
    return simple[kind]()


def _structs(kind: type[msgspec.Struct], given: Given, prefix: str) -> list[Any]:
    hints = typing.get_type_hints(kind)
    choices: dict[str, list[Any]] = {}
    for field in msgspec.structs.fields(kind):
        mark = f"{kind.__name__}.{field.name}"
        if mark in given:
            choices[field.name] = [given[mark]]
        else:
            choices[field.name] = variants(hints[field.name], given, mark, prefix)
    most = max([len(values) for values in choices.values()], default=1)
    return [kind(**{name: values[i % len(values)] for name, values in choices.items()}) for i in range(most)]
