"""The generator of the front end's types, over small structs of its own."""

from __future__ import annotations

import enum
import importlib.util
import sys
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import msgspec
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "codegen.py"
_spec = importlib.util.spec_from_file_location("codegen", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
codegen = importlib.util.module_from_spec(_spec)
sys.modules["codegen"] = codegen
_spec.loader.exec_module(codegen)

T = TypeVar("T")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(msgspec.Struct, frozen=True):
    """A place on the page."""

    x: int
    """From the left edge."""
    y: float = 0.5
    """From the top.

    In pixels.
    """


class Shape(msgspec.Struct, frozen=True, tag_field="kind"):
    """What all shapes share."""

    id: str
    """Stable for life."""


class Circle(Shape, frozen=True, tag="circle"):
    center: Point
    radius: float | None = None


class Polyline(Shape, frozen=True, tag="path"):
    points: tuple[Point, ...]
    first: tuple[int, str]


class Group(Shape, frozen=True, tag="group"):
    members: list[Circle | Polyline | Group]
    by_name: dict[str, Circle | Polyline]
    maybe: Circle | Polyline | None = None


class Renamed(msgspec.Struct, frozen=True, rename="camel", tag="renamed"):
    some_value: bytes
    color: Color = Color.RED
    mode: Literal["b", "a", 3, None] = "a"
    modes: list[Literal["a", "b"]] = []
    anything: Any = None
    nested: list[list[int]] = []


class Sparse(msgspec.Struct, omit_defaults=True):
    needed: int
    left_out: int = 1


class Patch(msgspec.Struct):
    name: str | msgspec.UnsetType = msgspec.UNSET
    size: int | None = None


class Page(msgspec.Struct, Generic[T]):
    values: list[T]


class Pair(msgspec.Struct, array_like=True, tag="pair"):
    left: int
    right: str


class Hyphen(msgspec.Struct, rename="kebab"):
    two_words: int


def written(**types: Any) -> str:
    text: str = codegen.generate(types)
    return text


def test_a_struct_becomes_a_readonly_interface_with_its_docstrings() -> None:
    assert written(Point=Point).endswith(
        """
/** A place on the page. */
export interface Point {
  /** From the left edge. */
  readonly x: number;
  /**
   * From the top.
   *
   * In pixels.
   */
  readonly y: number;
}
"""
    )


def test_a_tag_comes_first_as_a_literal_and_inherited_fields_keep_their_docs() -> None:
    assert """
export interface Circle {
  readonly kind: "circle";
  /** Stable for life. */
  readonly id: string;
  readonly center: Point;
  readonly radius: number | null;
}
""" in written(Circle=Circle)


def test_a_named_union_is_an_alias_and_is_used_by_name_where_it_occurs() -> None:
    text = written(AnyShape=Circle | Polyline | Group, Leaf=Circle | Polyline)
    assert "export type Leaf = Circle | Polyline;\n" in text
    assert "export type AnyShape = Leaf | Group;\n" in text
    assert "readonly members: readonly AnyShape[];" in text
    assert "readonly by_name: Readonly<Record<string, Leaf>>;" in text
    assert "readonly maybe: Leaf | null;" in text


def test_two_names_of_one_union_do_not_name_each_other() -> None:
    text = written(A=Circle | Polyline, B=Circle | Polyline)
    assert "export type A = Circle | Polyline;\n" in text
    assert "export type B = Circle | Polyline;\n" in text


def test_an_unnamed_union_is_written_out() -> None:
    assert "readonly members: readonly (Circle | Polyline | Group)[];" in written(Group=Group)


def test_a_long_union_has_a_line_for_each_member() -> None:
    classes = [msgspec.defstruct(f"MessageWithALongName{n}", [], tag=True) for n in range(6)]
    union = classes[0]
    for cls in classes[1:]:
        union = union | cls  # type: ignore[assignment]
    # Structs made on the fly have no source to read docstrings from, which is no error.
    assert "export type Message =\n  | MessageWithALongName0\n" in written(Message=union)


def test_every_struct_that_is_reached_is_declared() -> None:
    text = written(Group=Group)
    for name in ("Circle", "Polyline", "Point", "Group"):
        assert text.count(f"export interface {name} {{") == 1


def test_sequences_tuples_literals_enums_and_unknowns() -> None:
    text = written(Renamed=Renamed, Polyline=Polyline)
    assert "readonly points: readonly Point[];" in text
    assert "readonly first: readonly [number, string];" in text
    assert "readonly someValue: string;" in text
    assert "readonly color: Color;" in text
    assert 'export type Color = "red" | "blue";' in text
    assert 'readonly mode: "a" | "b" | 3 | null;' in text
    assert 'readonly modes: readonly ("a" | "b")[];' in text
    assert "readonly anything: unknown;" in text
    assert "readonly nested: readonly (readonly number[])[];" in text


def test_names_are_those_on_the_wire() -> None:
    assert 'readonly type: "renamed";' in written(Renamed=Renamed)
    assert 'readonly "two-words": number;' in written(Hyphen=Hyphen)


def test_defaults_are_always_sent_unless_the_struct_leaves_them_out() -> None:
    assert "readonly y: number;" in written(Point=Point)
    assert "readonly left_out?: number;" in written(Sparse=Sparse)
    assert "readonly needed: number;" in written(Sparse=Sparse)


def test_what_may_be_unset_is_optional() -> None:
    text = written(Patch=Patch)
    assert "readonly name?: string;" in text
    assert "readonly size: number | null;" in text


def test_a_generic_is_named_with_what_it_holds() -> None:
    text = written(Page=Page[Point], Numbers=Page[int])
    assert "export interface PageOfPoint {\n  readonly values: readonly Point[];\n}" in text
    assert "export type Page = PageOfPoint;" in text
    assert "export type Numbers = PageOfInt;" in text


def test_an_array_like_struct_is_a_tuple() -> None:
    assert 'export type Pair = readonly ["pair", number, string];' in written(Pair=Pair)


def test_the_order_of_the_names_changes_nothing() -> None:
    types = {"AnyShape": Circle | Polyline | Group, "Renamed": Renamed, "Point": Point}
    assert codegen.generate(types) == codegen.generate(dict(reversed(types.items())))


def test_two_types_of_one_name_are_refused() -> None:
    other = msgspec.defstruct("Point", [("z", int)])
    with pytest.raises(codegen.CannotWrite, match="called Point"):
        written(Point=Point, Other=other)


def test_a_type_without_a_form_is_refused_with_its_name() -> None:
    odd = msgspec.defstruct("Odd", [("value", complex)])
    with pytest.raises(codegen.CannotWrite, match="CustomType"):
        written(Odd=odd)


def test_check_says_when_the_file_is_stale_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "wire" / "index.ts"
    assert codegen.main(["--check"], target, {"Point": Point}) == 1
    assert "make codegen" in capsys.readouterr().err
    assert not target.exists()

    assert codegen.main([], target, {"Point": Point}) == 0
    assert codegen.main(["--check"], target, {"Point": Point}) == 0

    assert codegen.main(["--check"], target, {"Pair": Pair}) == 1
    assert "Point" in target.read_text()
