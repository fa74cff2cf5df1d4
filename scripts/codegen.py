"""Writes `frontend/src/wire/index.ts` from the structs that `vernissage.wire` names.

`vernissage.wire.TYPES` maps a name to a struct or to a union of structs. Every struct that is reached from
there becomes one interface, every named union one type alias; a field's docstring becomes its TSDoc. The same
types give the same bytes, whatever the order in which Python met them.

    python scripts/codegen.py            writes the file
    python scripts/codegen.py --check    changes nothing; exits 1 when the file is not what would be written

What it leaves alone: validation. The server checks what it receives; the front end trusts what it is sent.
"""

from __future__ import annotations

import argparse
import enum
import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec import inspect as mi

from vernissage.wire.docs import field_docs, own_doc

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "frontend" / "src" / "wire" / "index.ts"
HEAD = "// Written by scripts/codegen.py from src/vernissage/wire. Change it there, then run `make codegen`.\n"


class CannotWrite(Exception):
    """A type that the wire cannot carry to TypeScript; the text names it."""


def generate(types: Mapping[str, Any]) -> str:
    """The whole TypeScript module for these named types."""
    return _Module(types).text()


class _Module:
    """Collects what the named types reach, then prints it in the order of names."""

    def __init__(self, types: Mapping[str, Any]) -> None:
        self.declarations: dict[str, str] = {}
        self.owners: dict[str, Any] = {}
        self.unions: dict[str, tuple[str, ...]] = {}
        infos = dict(zip(types, mi.multi_type_info(types.values()), strict=True))
        # The unions' names first: the fields of the structs are written with them.
        for name, info in infos.items():
            if isinstance(info, mi.UnionType):
                self.unions[name] = tuple(part for member in info.types for part in self._labels(member))
        for name, info in infos.items():
            references = [self.reference(m) for m in (info.types if isinstance(info, mi.UnionType) else [info])]
            if references != [name]:
                self._claim(name, types[name])
                self.declarations[name] = self._alias(name, references)

    def _labels(self, member: mi.Type) -> list[str]:
        return [_name(member.cls)] if isinstance(member, mi.StructType) else _split(self.reference(member))

    def _alias(self, name: str, references: list[str]) -> str:
        members = self._fold(references, besides=name)
        line = f"export type {name} = {' | '.join(members)};\n"
        return line if len(line) <= 110 else f"export type {name} =" + "".join(f"\n  | {m}" for m in members) + ";\n"

    def text(self) -> str:
        """Head and declarations, sorted by name."""
        return HEAD + "".join("\n" + self.declarations[name] for name in sorted(self.declarations))

    def _claim(self, name: str, owner: Any) -> bool:
        """True the first time a name is met; a second owner of the same name is an error."""
        if name in self.owners:
            if self.owners[name] != owner:
                both = " and ".join(sorted(f"{_where(one)}" for one in (self.owners[name], owner)))
                raise CannotWrite(f"Two different types are called {name} ({both}): give one of them another name.")
            return False
        self.owners[name] = owner
        return True

    # --- how a type is written where it is used -----------------------------------------------------

    def reference(self, info: mi.Type) -> str:
        """The TypeScript expression for a type; declares the structs and enums it names."""
        match info:
            case mi.Metadata(type=inner):
                return self.reference(inner)
            case mi.AnyType() | mi.RawType():
                return "unknown"
            case mi.NoneType():
                return "null"
            case mi.BoolType():
                return "boolean"
            case mi.IntType() | mi.FloatType():
                return "number"
            case (
                mi.StrType()
                | mi.BytesType()
                | mi.ByteArrayType()
                | mi.MemoryViewType()
                | mi.DateTimeType()
                | mi.DateType()
                | mi.TimeType()
                | mi.TimeDeltaType()
                | mi.UUIDType()
                | mi.DecimalType()
            ):
                return "string"
            case mi.LiteralType(values=values):
                return " | ".join(sorted(map(_literal, values)))
            case mi.EnumType(cls=cls):
                return self._enum(cls)
            case mi.TupleType(item_types=items):
                return f"readonly [{', '.join(map(self.reference, items))}]"
            case mi.CollectionType(item_type=item):
                reference = self.reference(item)
                return f"readonly ({reference})[]" if _needs_brackets(reference) else f"readonly {reference}[]"
            case mi.DictType(key_type=key, value_type=value):
                return f"Readonly<Record<{self._key(key)}, {self.reference(value)}>>"
            case mi.UnionType():
                return " | ".join(self._fold([self.reference(member) for member in info.types]))
            case mi.StructType():
                return self._struct(info)
            case _:
                kind = type(info).__name__
                raise CannotWrite(f"{kind} has no TypeScript form here: use a struct, a list or a dict instead.")

    def _key(self, key: mi.Type) -> str:
        reference = self.reference(key)
        return "string" if reference == "number" else reference

    def _fold(self, members: Iterable[str], besides: str = "") -> list[str]:
        """Members without repeats, `null` last, and with the names of unions in place of what they name."""
        left: dict[str, None] = dict.fromkeys(part for member in members for part in _split(member))
        names = sorted(self.unions, key=lambda name: (-len(self.unions[name]), name))
        folded: list[str] = []
        for name in names:
            parts = set(self.unions[name])
            # An alias is written by smaller ones only: two of the same members would name each other.
            fits = parts < set(left) if besides else parts <= set(left)
            if len(parts) > 1 and fits:
                folded.append(name)
                left = {member: None for member in left if member not in parts}
        rest = [member for member in left if member != "null"]
        return [*folded, *rest, *(["null"] if "null" in left else [])]

    # --- what is declared ---------------------------------------------------------------------------

    def _enum(self, cls: type[enum.Enum]) -> str:
        if self._claim(cls.__name__, cls):
            values = " | ".join(_literal(member.value) for member in cls)
            self.declarations[cls.__name__] = f"{_tsdoc(own_doc(cls))}export type {cls.__name__} = {values};\n"
        return cls.__name__

    def _struct(self, info: mi.StructType) -> str:
        name = _name(info.cls)
        if not self._claim(name, info.cls):
            return name
        origin = get_origin(info.cls) or info.cls
        docs = field_docs(origin)
        omits = origin.__struct_config__.omit_defaults
        doc = _tsdoc(own_doc(origin))
        if info.array_like:
            parts = [] if info.tag is None else [_literal(info.tag)]
            parts += [self.reference(field.type) for field in info.fields]
            self.declarations[name] = f"{doc}export type {name} = readonly [{', '.join(parts)}];\n"
            return name
        lines = [f"{doc}export interface {name} {{\n"]
        if info.tag_field is not None:
            lines.append(f"  readonly {_property(info.tag_field)}: {_literal(info.tag)};\n")
        for field in info.fields:
            # A default of UNSET is shown as none at all, on a field that is not required.
            unset = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
            optional = not field.required and (omits or unset)
            lines.append(_tsdoc(docs.get(field.name, ""), indent="  "))
            mark = "?" if optional else ""
            lines.append(f"  readonly {_property(field.encode_name)}{mark}: {self.reference(field.type)};\n")
        lines.append("}\n")
        self.declarations[name] = "".join(lines)
        return name


def _split(reference: str) -> list[str]:
    """The members of a reference that is itself a union: `a | b` inside brackets stays whole."""
    parts, depth, start, quoted = [], 0, 0, False
    for at, char in enumerate(reference):
        if char == '"' and reference[at - 1 : at] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        elif char == "|" and depth == 0:
            parts.append(reference[start:at].strip())
            start = at + 1
    return [*parts, reference[start:].strip()]


def _needs_brackets(reference: str) -> bool:
    return len(_split(reference)) > 1 or reference.startswith("readonly ")


def _where(owner: Any) -> str:
    return f"{getattr(owner, '__module__', 'types')}.{getattr(owner, '__qualname__', owner)}"


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _property(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else _literal(name)


def _name(cls: Any) -> str:
    """`Page[Project]` is written PageOfProject."""
    origin = get_origin(cls)
    if origin is None:
        return str(cls.__name__)
    arguments = (str(a) if get_origin(a) else getattr(a, "__name__", str(a)) for a in get_args(cls))
    words = "And".join(re.sub(r"\W+", "", word[:1].upper() + word[1:]) for word in arguments)
    return f"{origin.__name__}Of{words}"


def _tsdoc(text: str, indent: str = "") -> str:
    text = inspect.cleandoc(text).replace("*/", "*\u200b/")
    if not text:
        return ""
    lines = text.splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def main(arguments: list[str] | None = None, target: Path = TARGET, types: Mapping[str, Any] | None = None) -> int:
    """Write the module, or check it; the exit status."""
    parser = argparse.ArgumentParser(description="Write the front end's wire types.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the file is out of date")
    options = parser.parse_args(arguments)
    if types is None:
        from vernissage import wire  # here, so that `--help` and the tests need no server

        types = wire.TYPES
    text = generate(types)
    shown = target.relative_to(ROOT) if target.is_relative_to(ROOT) else target
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print(f"{shown} is not what vernissage.wire says: run `make codegen` and commit the file.", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    print(f"Wrote {shown}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
