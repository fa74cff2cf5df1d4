"""Renaming variables in a document: where cells use them, and what their texts read afterwards.

    renamed(document, {"n": "year"}) → cell id → the cell as it reads now, and the change of its text

Uses are found, not guessed: Python by its syntax tree and scopes (a parameter, a local or a comprehension's own `n` is
another thing, and so are attributes, keyword arguments and strings; the `{n}` of an f-string is a use), SQL by the
tables that it reads, templates by their expressions. A text that cannot be read is changed word by word outside of
strings and comments, as far as it falls into words; else it stays as it is.

Promises: a fresh run of the renamed document gives the same outputs; renaming back gives the same texts, byte for
byte (but for an author's own quotes around a table, under a new name that SQL takes only in quotes); where neither can
be had (a function has a variable of the new name where it uses the old one), `Stuck` says which cell stands in the way,
and nothing is changed.

Left alone: names in strings (`globals()["n"]`, `eval("n")`), in cells of other languages (`%%bash`), in versions and in
deleted cells, which keep the name that they had. What becomes of the new text (`operations`).

sqlglot is imported by the first query that is read, as `dataflow.sql` does.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, assert_never

from jinja2 import Environment, TemplateSyntaxError
from msgspec.structs import replace

from vernissage.core.dataflow import BUILTINS, names_of
from vernissage.core.document import (
    Cell,
    ChartCell,
    Document,
    DropdownInput,
    InputCell,
    MarkdownCell,
    MultiselectInput,
    PythonCell,
    SourceCell,
    SqlCell,
    TableCell,
    ValueCell,
    name_of,
    variables,
)
from vernissage.core.text import ChangeSet, units

if TYPE_CHECKING:
    from sqlglot import exp

Renames: TypeAlias = Mapping[str, str]
"""Old variable → new variable; all at once."""


class Edit(NamedTuple):
    """What stands from one place to another (characters) gives way to a text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rewritten:
    """A cell that uses a renamed variable."""

    cell: Cell
    """As it reads now."""
    changes: ChangeSet | None
    """What that does to its source; None: the source stays (or it has none)."""
    configured: bool
    """True: something other than its source changed."""


@dataclass(frozen=True)
class Stuck:
    """The variable cannot be renamed so; the sentence says why and what to do."""

    sentence: str


class _Capture(Exception):
    """At a use of the old name the new one means something else. Carries both, old first."""

    def __init__(self, old: str, new: str, why: str = "") -> None:
        super().__init__(old, new)
        self.old, self.new, self.why = old, new, why


# --- the document -----------------------------------------------------------------------------------


def renames(old: InputCell, new: InputCell) -> dict[str, str]:
    """The variables that an input defined under its old settings → those that it defines now, where they differ.

    Empty where a date became a range or a range a date: then no variable means what another meant.
    """
    before, after = variables(old), variables(new)
    if len(before) != len(after):
        return {}
    return {one: other for one, other in zip(before, after, strict=True) if one != other}


def clash(document: Document, cell: InputCell, names: Iterable[str]) -> Stuck | None:
    """[REN7] The cell that stands against an input taking these names: it defines one of them itself, or uses one that
    Python has. Other inputs are not looked at (`operations` keeps their names apart)."""
    wanted = frozenset(names)
    for other in document.cells:
        if other.id == cell.id or isinstance(other, InputCell):
            continue
        found = names_of(other)
        late = found.late.values()
        written = found.writes().union(*(one.mutates for one in late)) & wanted
        if written:
            name = min(written)
            return Stuck(
                f"{name_of(document, other)} already gives {name!r} a value, which would take the place of the "
                "input's. Choose another name for the input."
            )
        read = found.reads.union(*(one.reads for one in late))
        if isinstance(other, MarkdownCell | SqlCell):
            read |= _jinja_globals(other.source)
        if own := read & wanted & (BUILTINS | _jinja.globals.keys()):
            return Stuck(
                f"{name_of(document, other)} uses {min(own)!r}, which an input of that name would hide. "
                "Choose another name for the input."
            )
    return None


def renamed(document: Document, names: Renames) -> dict[str, Rewritten] | Stuck:
    """[REN1] The cells that use these variables, as they read under the new names, in notebook order."""
    known = frozenset[str]().union(*(names_of(cell).writes() for cell in document.cells))
    found: dict[str, Rewritten] = {}
    for cell in document.cells:
        try:
            rewritten = _rewritten(cell, names, known)
        except _Capture as met:
            return Stuck(
                f"{name_of(document, cell)} {met.why or f'has another {met.new!r} where it uses {met.old!r}'}. "
                "Choose another name, or change that cell first."
            )
        if rewritten is not None:
            found[cell.id] = rewritten
    return found


def _rewritten(cell: Cell, names: Renames, known: frozenset[str]) -> Rewritten | None:
    match cell:
        case PythonCell():
            return _with_source(cell, _python(cell.source, names))
        case MarkdownCell():
            return _with_source(cell, _jinja_edits(cell.source, names))
        case SqlCell():
            edits = _jinja_edits(cell.source, names)
            if cell.connection == "dataframes":
                edits = [*edits, *_sql(cell.source, names, known)]
            told = replace(cell, result=names.get(cell.result, cell.result))
            return _with_source(told, edits, configured=told != cell)
        case InputCell(input=DropdownInput() | MultiselectInput() as input):
            options_from = _in_expression(input.options_from, names)
            return _settings(cell, replace(cell, input=replace(input, options_from=options_from)))
        case ChartCell() | TableCell():
            return _settings(cell, replace(cell, dataframe=_in_expression(cell.dataframe, names)))
        case ValueCell():
            value, compare = (_in_expression(text, names) for text in (cell.value, cell.compare))
            return _settings(cell, replace(cell, value=value, compare=compare))
        case InputCell():
            return None
        case never:
            assert_never(never)


def _settings(old: Cell, new: Cell) -> Rewritten | None:
    return None if new == old else Rewritten(new, None, True)


def _with_source(cell: SourceCell, edits: Iterable[Edit], configured: bool = False) -> Rewritten | None:
    edits = sorted(set(edits))
    if not edits:
        return Rewritten(cell, None, True) if configured else None
    return Rewritten(replace(cell, source=_edited(cell.source, edits)), _changes(cell.source, edits), configured)


def _edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that are in order and do not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += text[at:start], new
        at = end
    return "".join([*parts, text[at:]])


def _changes(text: str, edits: Iterable[Edit]) -> ChangeSet:
    """The edits as a change set that touches nothing between them, so that what others type there stays."""
    changes: ChangeSet = []
    at = 0
    for start, end, new in edits:
        if start > at:
            changes.append(units(text[at:start]))
        changes.append([units(text[start:end]), new])
        at = end
    if at < len(text):
        changes.append(units(text[at:]))
    return changes


# --- Python -----------------------------------------------------------------------------------------


def _python(source: str, names: Renames) -> list[Edit]:
    """[REN2] The uses in a Python cell."""
    if not any(name in source for name in names):
        return []
    if (tree := _parsed(source)) is not None:
        return _Uses(source, names).of(tree)
    text, aside = _without_magics(source)
    if aside and (tree := _parsed(text)) is not None:
        uses = _Uses(text, names).of(tree)
    else:
        uses = _by_word(text, names)
    for start, kind in aside:
        line = source[start:].split("\n", 1)[0]
        if kind == "code":
            uses += [Edit(start + a, start + b, new) for a, b, new in _by_word(line, names)]
        else:
            uses += [Edit(start + a, start + b, new) for a, b, new in _interpolated(line, names)]
    return uses


def _in_expression(text: str, names: Renames) -> str:
    """[REN5] An expression as it reads under the new names."""
    inner = text.strip()
    at = text.find(inner)
    tree = _parsed(f"({inner}\n)") if inner else None
    edits = _by_word(inner, names) if tree is None else _Uses(f"({inner}\n)", names, -1).of(tree)
    return text[:at] + _edited(inner, sorted(set(edits))) + text[at + len(inner) :]


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass
class _Scope:
    kind: Literal["function", "class", "comprehension"]
    own: set[str]
    """Of a class: those bound so far; a class's code sees the global before that."""
    shared: set[str] = field(default_factory=set)
    """Declared `global`."""


class _Uses(ast.NodeVisitor):
    """Collects where global names stand, walking in the order in which the code runs."""

    def __init__(self, text: str, names: Renames, base: int = 0, scopes: list[_Scope] | None = None) -> None:
        self.text, self.names, self.base = text, names, base
        self.scopes = [] if scopes is None else scopes
        self.edits: list[Edit] = []
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def of(self, tree: ast.AST) -> list[Edit]:
        """All uses in a tree of this text."""
        try:
            self.visit(tree)
        except RecursionError:
            return []  # a generated text, nested too deep to walk
        return self.edits

    # places

    def place(self, line: int, column: int) -> int:
        """The tree counts bytes of UTF-8."""
        text = self.lines[line - 1]
        return self.starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def span(self, node: Any) -> tuple[int, int]:
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def use(self, old: str, start: int, end: int, text: str | None = None) -> None:
        """A use of the global `old`: its place, and what stands there then if not just the new name."""
        new = self.names[old]
        if not self.is_global(new):
            raise _Capture(old, new)
        self.edits.append(Edit(self.base + start, self.base + end, new if text is None else text))

    def find(self, pattern: str, start: int, end: int) -> tuple[int, int]:
        """The group of a pattern between two places: for names of which the tree does not tell the place."""
        found = re.compile(pattern).search(self.text, start, end)
        assert found is not None, (pattern, self.text[start:end])
        return found.span(1)

    # scopes

    def is_global(self, name: str) -> bool:
        inner = False
        for scope in reversed(self.scopes):
            if scope.kind == "class" and inner:
                continue  # a method does not see its class's names
            if name in scope.shared:
                return True
            if name in scope.own:
                return False
            inner = True
        return True

    def wanted(self, name: str | None) -> bool:
        return name is not None and name in self.names and self.is_global(name)

    def bind(self, name: str) -> bool:
        """A name is bound here; True where it is a global one to be renamed."""
        scope = next((one for one in reversed(self.scopes) if one.kind != "comprehension"), None)
        if scope is not None and scope.kind == "class" and name not in scope.shared:
            scope.own.add(name)
            return False
        return self.wanted(name)

    # names

    def visit_Name(self, node: ast.Name) -> None:
        target = not isinstance(node.ctx, ast.Load)
        own_target = target and self.scopes and self.scopes[-1].kind == "comprehension"
        if self.wanted(node.id) if not target or own_target else self.bind(node.id):
            self.use(node.id, *self.span(node))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.annotation)
        self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            name = node.target.id
            in_class = bool(self.scopes) and self.scopes[-1].kind == "class" and name not in self.scopes[-1].shared
            if in_class and self.wanted(name):
                raise _Capture(name, self.names[name], f"makes an attribute of a class out of {name!r}")
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self.all(node.body)
        self.all(node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        if self.bind(node.target.id):
            self.use(node.target.id, *self.span(node.target))

    def visit_Global(self, node: ast.Global) -> None:
        start, end = self.span(node)
        for name in node.names:
            if name in self.names:
                self.use(name, *self.find(rf"\W({name})\b", start, end))

    def all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # definitions

    def visit_FunctionDef(self, node: Any) -> None:
        self.all(node.decorator_list)
        self.outside(node.args)
        self.all([one.annotation for one in _arguments(node.args)])
        self.all([node.returns])
        if self.bind(node.name):
            start = node.lineno - 1
            self.use(node.name, *self.find(rf"\bdef\s+({node.name})\b", self.starts[start], self.span(node)[1]))
        self.function(node.args, node.body, getattr(node, "type_params", ()))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.outside(node.args)
        self.function(node.args, [node.body])

    def outside(self, arguments: ast.arguments) -> None:
        """Defaults are computed where the function is defined."""
        self.all([*arguments.defaults, *arguments.kw_defaults])

    def function(self, arguments: ast.arguments, body: Iterable[ast.AST], types: Iterable[Any] = ()) -> None:
        own, shared = _bound(body)
        own |= {one.arg for one in _arguments(arguments)} | {one.name for one in types}
        self.scopes.append(_Scope("function", own - shared, shared))
        self.all(body)
        self.scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.all([*node.decorator_list, *node.bases, *node.keywords])
        self.scopes.append(_Scope("class", set(), _bound(node.body)[1]))
        self.all(node.body)
        self.scopes.pop()
        if self.bind(node.name):
            start = self.starts[node.lineno - 1]
            self.use(node.name, *self.find(rf"\bclass\s+({node.name})\b", start, self.span(node)[1]))

    def visit_ListComp(self, node: Any) -> None:
        first, *rest = node.generators
        self.visit(first.iter)
        own = {n.id for one in node.generators for n in ast.walk(one.target)
               if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
        self.scopes.append(_Scope("comprehension", own))
        self.all([first.target, *first.ifs])
        for one in rest:
            self.all([one.iter, one.target, *one.ifs])
        self.all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scopes.pop()

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp  # noqa: N815

    # names of which the tree gives no node

    def visit_alias(self, node: ast.alias) -> None:
        bound = node.asname or node.name.split(".")[0]
        if node.name == "*" or not self.bind(bound):
            return
        start, end = self.span(node)
        new = self.names[bound]
        if node.asname is None and "." in node.name:
            raise _Capture(bound, new, f"imports the module {bound!r} under its own name")
        if node.asname is None:
            self.use(bound, end, end, f" as {new}")
        elif node.name == new:
            self.use(bound, start, end)
        else:
            self.use(bound, end - len(node.asname), end)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.all([node.type])
        if node.name is not None and self.bind(node.name):
            after = self.span(node.type)[1] if node.type is not None else self.span(node)[0]
            self.use(node.name, *self.find(rf"\bas\s+({node.name})\b", after, self.span(node)[1]))
        self.all(node.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.all([node.pattern])
        self.at_the_end(node, node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self.at_the_end(node, node.name)

    def at_the_end(self, node: ast.AST, name: str | None) -> None:
        if name is not None and self.bind(name):
            end = self.span(node)[1]
            self.use(name, end - len(name), end)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.all([*node.keys, *node.patterns])
        if node.rest is not None and self.bind(node.rest):
            after = self.span(node.patterns[-1])[1] if node.patterns else self.span(node)[0]
            self.use(node.rest, *self.find(rf"\*\*\s*({node.rest})\b", after, self.span(node)[1]))

    # f-strings

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """The places of what stands in an f-string are not to be trusted before Python 3.12: it is read anew."""
        for start, end in _fields(self.text, *self.span(node)):
            text = f"({self.text[start:end]}\n)"
            tree = _parsed(text)
            if tree is not None:
                inner = _Uses(text, self.names, self.base + start - 1, self.scopes)
                inner.visit(tree)
                self.edits += inner.edits


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*named, *(one for one in (arguments.vararg, arguments.kwarg) if one is not None)]


def _bound(body: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that a function's or class's code binds itself, and those that it declares global."""
    own: set[str] = set()
    shared: set[str] = set()
    todo: list[tuple[ast.AST, bool]] = [(node, False) for node in body]
    while todo:
        node, inside = todo.pop()  # inside: a comprehension, whose targets are its own
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if not inside:
                own.add(name)
            case ast.NamedExpr(target=ast.Name(id=name)):
                own.add(name)
                todo.append((node.value, inside))
                continue
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                own.add(name)
                todo += [(one, inside) for one in (*node.decorator_list, *_defaults(node.args))]
                continue
            case ast.ClassDef(name=name):
                own.add(name)
                todo += [(one, inside) for one in (*node.decorator_list, *node.bases, *node.keywords)]
                continue
            case ast.Lambda():
                todo += [(one, inside) for one in _defaults(node.args)]
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inside = True
            case ast.Global(names=names):
                shared.update(names)
            case ast.alias(name=name, asname=asname):
                own.add(asname or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                own.add(name)
            case ast.MatchMapping(rest=str(name)):
                own.add(name)
            case _:
                pass
        todo += [(child, inside) for child in ast.iter_child_nodes(node)]
    return own, shared


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]


# --- f-strings, by their text -----------------------------------------------------------------------

_LITERAL = re.compile(r"""(?<![\w])(br|rb|fr|rf|[rubf])?('''|\"\"\"|'|")""", re.IGNORECASE)


def _fields(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the expressions of the f-strings between two places stand; there are only literals between them."""
    found: list[tuple[int, int]] = []
    at = start
    while at < end:
        if literal := _LITERAL.match(text, at):
            at = _literal(text, literal, found)
        elif text[at] == "#":
            at = text.find("\n", at) % (len(text) + 1)
        else:
            at += 1
    return found


def _literal(text: str, literal: re.Match[str], found: list[tuple[int, int]]) -> int:
    """The place behind a string literal; what its fields hold goes into `found`."""
    prefix, quote = (literal[1] or "").lower(), literal[2]
    at = literal.end()
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        if text[at] == "\\":
            if "f" in prefix and "r" not in prefix and text.startswith("N{", at + 1):
                at = text.find("}", at) + 1
            else:
                at += 1 if text[at + 1 : at + 2] in ("{", "}") else 2
        elif "f" in prefix and text[at] == "{":
            at = at + 2 if text.startswith("{{", at) else _field(text, at + 1, found)
        else:
            at += 1
    return at


def _field(text: str, start: int, found: list[tuple[int, int]]) -> int:
    """The place behind a replacement field that begins here, behind its brace."""
    at, depth = start, 0
    while at < len(text):
        mark = text[at]
        if literal := _LITERAL.match(text, at):
            at = _literal(text, literal, [])
        elif text[at : at + 2] in ("!=", "==", "<=", ">="):
            at += 2
        elif mark in "([{":
            at, depth = at + 1, depth + 1
        elif depth and mark in ")]}":
            at, depth = at + 1, depth - 1
        elif not depth and mark in "!:=}":
            break
        else:
            at += 1
    found.append((start, at))
    while at < len(text) and text[at] not in ":}":
        at += 1
    if text[at : at + 1] == ":":
        at += 1
        while at < len(text) and text[at] != "}":
            at = _field(text, at + 1, found) if text[at] == "{" else at + 1
    return at + 1


# --- text that cannot be read as Python -------------------------------------------------------------


def _by_word(text: str, names: Renames) -> list[Edit]:
    """[REN6] The words outside of strings and comments; none where the text does not fall into words."""
    found: list[Edit] = []
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    tokens: list[tokenize.TokenInfo] = []
    try:
        tokens.extend(tokenize.generate_tokens(io.StringIO(text).readline))
    except tokenize.TokenError as error:
        if "multi-line statement" not in str(error):  # an open bracket: every word has been seen
            return []
    except (SyntaxError, ValueError):
        return []
    words = [one for one in tokens if one.type not in (tokenize.NL, tokenize.COMMENT)]
    depth = 0
    broken = 0
    """The line of a string that does not end."""
    for place, token in enumerate(words):
        if token.type == tokenize.ERRORTOKEN and token.string in ("'", '"'):
            broken = token.start[0]
        if token.start[0] == broken:
            continue
        before = words[place - 1].string if place else ""
        after = words[place + 1].string if place + 1 < len(words) else ""
        start = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        elif token.type == tokenize.STRING:
            for a, b in _fields(text, start, end):
                found += [Edit(a + c, a + d, new) for c, d, new in _by_word(text[a:b], names)]
        elif token.type == tokenize.NAME and token.string in names and before != ".":
            if depth <= 0 or after != "=":
                found.append(Edit(start, end, names[token.string]))
    return found


_CODE_MAGIC = re.compile(r"%%?(time|timeit|prun|capture)\b([ \t]+-\w+([ \t]*\d+)?\b)*")
_MAGIC_LINE = re.compile(r"[ \t]*([%!?].*|.*\?)[ \t]*$")
_MAGIC_VALUE = re.compile(r"([ \t]*[\w.,\[\] \t\"']+?=[ \t]*)([%!].*)$")


def _without_magics(source: str) -> tuple[str, list[tuple[int, str]]]:
    """The text with magics and shell commands as plain values of the same length, and where those stood: *code* are
    those that run Python, *other* put variables in by `{name}` and `$name`."""
    lines: list[str] = []
    aside: list[tuple[int, str]] = []
    at = 0
    for place, line in enumerate(source.split("\n")):
        if line.startswith("%%") and not "".join(lines).strip():
            code = _CODE_MAGIC.match(line)
            if code is None:
                return "\n".join(
                    [*lines, "#" * len(line), *("#" * len(s) for s in source.split("\n")[place + 1 :])]
                ), []
            aside.append((at + code.end(), "code"))
            line = "#" * len(line)
        elif found := _MAGIC_VALUE.match(line) or _MAGIC_LINE.match(line):
            start = found.start(found.lastindex or 1)
            code = _CODE_MAGIC.match(line, start)
            plain = code is not None or line.rstrip().endswith("?")
            aside.append((at + (code.end() if code is not None else start), "code" if plain else "other"))
            line = line[:start] + "0" + " " * (len(line) - start - 1)
        lines.append(line)
        at += len(line) + 1
    return "\n".join(lines), aside


def _interpolated(line: str, names: Renames) -> list[Edit]:
    """The variables that a shell command or magic puts into its text."""
    found: list[Edit] = []
    for match in re.finditer(r"\{([^{}]*)\}|(?<![\\$])\$(\w+)", line):
        if match[2] in names:
            found.append(Edit(*match.span(2), names[match[2]]))
        elif match[1]:
            found += [Edit(match.start(1) + a, match.start(1) + b, new) for a, b, new in _by_word(match[1], names)]
    return found


# --- templates --------------------------------------------------------------------------------------

_jinja = Environment(keep_trailing_newline=True, autoescape=True)

_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"})
_GIVEN = {"for": {"loop"}, "macro": {"caller", "varargs", "kwargs"}, "call": {"caller", "varargs", "kwargs"}}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


def _lexed(source: str) -> list[_Token]:
    """The tokens of a template with their places. Raises TemplateSyntaxError.

    Jinja leaves out white space that a `-` takes away, and nothing else.
    """
    found: list[_Token] = []
    at = 0
    for _, kind, text in _jinja.lex(source):
        while not source.startswith(text, at):
            at += 1
        found.append(_Token(kind, text, at))
        at += len(text)
    return found


def _jinja_globals(source: str) -> frozenset[str]:
    """The functions of Jinja's own that a template uses."""
    try:
        return frozenset(one.text for one in _lexed(source) if one.kind == "name") & _jinja.globals.keys()
    except TemplateSyntaxError:
        return frozenset()


def _jinja_edits(source: str, names: Renames) -> list[Edit]:
    """[REN4] The uses in the `{{ }}` and `{% %}` of a template; none where it cannot be read."""
    if not any(name in source for name in names):
        return []
    try:
        tokens = _lexed(source)
    except TemplateSyntaxError:
        return []
    reader = _Template(names)
    inside: list[_Token] = []
    for token in tokens:
        match token.kind:
            case "variable_begin" | "block_begin":
                inside = []
            case "variable_end":
                reader.expression(inside)
            case "block_end":
                reader.statement(inside)
            case "whitespace" | "comment" | "comment_begin" | "comment_end" | "data" | "raw_begin" | "raw_end":
                pass
            case _:
                inside.append(token)
    for old, new in names.items():
        if new in reader.bound and any(edit.text == new for edit in reader.edits):
            raise _Capture(old, new)
    return reader.edits


class _Template:
    """Walks the tokens of a template, keeping the names that its loops, macros and `with` have for themselves."""

    def __init__(self, names: Renames) -> None:
        self.names = names
        self.edits: list[Edit] = []
        self.scopes: list[tuple[str, set[str]]] = [("", set())]
        self.bound: set[str] = set()
        """What the template binds by `set` and `macro`: like a cell of Python, it gives the variable another value."""

    def own(self, name: str) -> bool:
        return any(name in names for _, names in self.scopes)

    def expression(self, tokens: list[_Token]) -> None:
        depth = 0
        for place, token in enumerate(tokens):
            before = tokens[place - 1].text if place else ""
            after = tokens[place + 1].text if place + 1 < len(tokens) else ""
            if token.kind == "operator":
                depth += (token.text in "([{") - (token.text in ")]}")
            if token.kind != "name" or token.text not in self.names or before in (".", "|"):
                continue
            test = before == "is" or (before == "not" and place > 1 and tokens[place - 2].text == "is")
            if test or (depth and after == "=") or token.text in _WORDS or self.own(token.text):
                continue
            new = self.names[token.text]
            if self.own(new):
                raise _Capture(token.text, new)
            self.edits.append(Edit(token.start, token.start + len(token.text), new))

    def statement(self, tokens: list[_Token]) -> None:
        if not tokens:
            return
        word, rest = tokens[0].text, tokens[1:]
        match word:
            case "for":
                at = next((i for i, one in enumerate(rest) if one.text == "in"), len(rest))
                only = next((i for i, one in enumerate(rest) if one.text == "if" and i > at and not _else(rest, i)), 0)
                self.expression(rest[at + 1 : only or len(rest)])
                self.push("for", _names(rest[:at]))
                if only:
                    self.expression(rest[only + 1 :])
            case "else" if self.scopes[-1][0] == "for":
                self.scopes[-1] = ("for", set())
            case "set":
                at = next((i for i, one in enumerate(rest) if one.text in ("=", "|")), len(rest))
                self.expression(rest)
                self.bound |= _names(rest[:at])
            case "macro":
                self.expression(rest[:1])
                self.bound |= _names(rest[:1])
                self.push("macro", _parameters(rest[1:]))
                self.expression(rest[1:])
            case "call":
                end = _closing(rest) if rest and rest[0].text == "(" else 0
                self.expression(rest[end:])
                self.push("call", _parameters(rest[:end]))
                self.expression(rest[:end])
            case "with":
                given, depth = set(), 0
                for place, token in enumerate(rest):
                    depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
                    if not depth and token.kind == "name" and rest[place + 1 : place + 2] and (
                        rest[place + 1].text == "=" and (not place or rest[place - 1].text == ",")
                    ):  # fmt: skip
                        given.add(token.text)
                        self.expression(_value(rest[place + 2 :]))
                self.push("with", given)
            case "filter" | "block":
                self.push(word, set())
                self.expression(rest[1:])
            case "import" | "from":
                at = next((i for i, one in enumerate(rest) if one.text in ("as", "import")), len(rest))
                self.expression(rest[:at])
                self.scopes[-1][1].update(_names(rest[at + 1 :]))
            case "endblock" | "endmacro" | "endcall" | "endwith" | "endfilter" | "endfor":
                if len(self.scopes) > 1:
                    self.scopes.pop()
            case _:
                self.expression(rest)

    def push(self, kind: str, names: set[str]) -> None:
        self.scopes.append((kind, names | _GIVEN.get(kind, set())))


def _names(tokens: Iterable[_Token]) -> set[str]:
    return {one.text for one in tokens if one.kind == "name"} - _WORDS


def _parameters(tokens: list[_Token]) -> set[str]:
    """The names that stand first in the brackets or behind a comma of theirs."""
    found: set[str] = set()
    depth = 0
    for before, token in pairwise(tokens):
        depth += (before.text in ("(", "[", "{")) - (before.text in (")", "]", "}"))
        if depth == 1 and before.text in ("(", ",") and token.kind == "name":
            found.add(token.text)
    return found


def _closing(tokens: list[_Token]) -> int:
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if not depth:
            return place + 1
    return len(tokens)


def _value(tokens: list[_Token]) -> list[_Token]:
    """The tokens up to the comma that ends a value."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if not depth and token.text == ",":
            return tokens[:place]
    return tokens


def _else(tokens: list[_Token], place: int) -> bool:
    """Whether the `if` of a for statement belongs to `a if b else c`."""
    return any(one.text == "else" for one in tokens[place:])


# --- SQL --------------------------------------------------------------------------------------------

_RESERVED = """
all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
collate collation column concurrently constraint create cross default deferrable desc describe distinct do else end
except false fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull
join lambda lateral leading left like limit natural not notnull null offset on only or order outer overlaps pivot
pivot_longer pivot_wider placing positional primary qualify references returning right select semi show similar some
summarize symmetric table tablesample then to trailing true union unique unpack unpivot using variadic verbose when
where window with
"""

RESERVED = frozenset(_RESERVED.split())
"""DuckDB's words that can name a table only in quotes."""


def _sql(source: str, names: Renames, known: frozenset[str]) -> list[Edit]:
    """[REN3] The data frames that a query names. `known`: the variables of the document, of which an exact name wins
    over one that differs in the case of its letters."""
    import sqlglot  # see the head of this module
    from sqlglot import exp

    text = _without_templates(source)

    def old(word: str) -> str | None:
        if word in names:
            return word
        if word in known:
            return None
        return next((name for name in names if name.casefold() == word.casefold()), None)

    try:
        trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError):
        return _scanned(text, old, names)
    if any(isinstance(tree, exp.Command) for tree in trees):
        return _scanned(text, old, names)
    return [edit for tree in trees for edit in _tables(text, tree, old, names)]


def _without_templates(source: str) -> str:
    """The query with every `{{ }}` as a word, and every tag and comment as blanks, of the same length."""
    try:
        tokens = _lexed(source)
    except TemplateSyntaxError:
        return source
    out = list(source)
    begin = ""
    at = 0
    for token in [*tokens, _Token("data", "", len(source))]:
        if token.kind == "data" and not begin:
            at = token.start + len(token.text)
        elif token.kind in ("variable_begin", "block_begin", "comment_begin", "raw_begin", "raw_end"):
            begin = token.kind
            at = token.start
            if begin.startswith("raw"):
                out[at : at + len(token.text)] = " " * len(token.text)
                begin = ""
        elif token.kind in ("variable_end", "block_end", "comment_end"):
            end = token.start + len(token.text)
            out[at:end] = ("_" * (end - at)) if begin == "variable_begin" else (" " * (end - at))
            begin = ""
    return "".join(out)


def _tables(text: str, tree: exp.Expr, old: Callable[[str], str | None], names: Renames) -> Iterator[Edit]:
    """The tables of a statement that are data frames, and the columns that are qualified by them."""
    from sqlglot import exp  # see the head of this module

    queries = (exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge)
    sight: dict[int, dict[str, str | None]] = {}
    """Query → name of a source in sight there → the data frame that it is by its own name, else None."""
    spots: list[tuple[exp.Expr, str, str]] = []
    for source in tree.find_all(exp.Table, exp.Subquery, exp.Lateral, exp.Unnest):
        query = source.find_ancestor(*queries)
        here = sight.setdefault(id(query), {})
        if not isinstance(source, exp.Table) or source.db or not isinstance(source.this, exp.Identifier):
            here.setdefault(source.alias.casefold(), None)
            continue
        frame = None if _is_cte(source, source.name) else old(source.name)
        if frame is not None:
            if _is_cte(source, names[frame]):
                raise _Capture(frame, names[frame])
            spots.append((source.this, frame, names[frame]))
        here.setdefault(source.alias_or_name.casefold(), None if source.alias else frame)
    for column in tree.find_all(exp.Column):
        qualifier = column.args.get("table")
        if not isinstance(qualifier, exp.Identifier) or column.args.get("db"):
            continue
        query = column.find_ancestor(*queries)
        while query is not None:
            here = sight.get(id(query), {})
            if qualifier.name.casefold() in here:
                frame = here[qualifier.name.casefold()]
                if frame is not None:
                    spots.append((qualifier, frame, names[frame]))
                break
            query = query.find_ancestor(*queries)
    for here in sight.values():
        for frame in filter(None, here.values()):
            if names[frame].casefold() in here and here[names[frame].casefold()] not in names:
                raise _Capture(frame, names[frame])
    for identifier, frame, new in spots:
        start, end = identifier.meta.get("start"), identifier.meta.get("end")
        if isinstance(start, int) and isinstance(end, int) and old(text[start : end + 1].strip('"')) == frame:
            yield Edit(start, end + 1, _quoted(text[start : end + 1], frame, new))


def _quoted(before: str, old: str, new: str) -> str:
    """A new name as SQL takes it: in quotes where it is a reserved word, and where the old one was in quotes that it
    did not need."""
    quotes = new.casefold() in RESERVED or (before.startswith('"') and old.casefold() not in RESERVED)
    return f'"{new}"' if quotes else new


def _is_cte(table: exp.Expr, name: str) -> bool:
    """Whether a name at this place is a common table expression in sight. `with df as (select * from df)` reads df."""
    from sqlglot import exp  # see the head of this module

    child: Any = table
    while child.parent is not None:
        parent = child.parent
        with_ = parent if isinstance(parent, exp.With) else parent.args.get("with_") or parent.args.get("with")
        if isinstance(with_, exp.With) and with_ is not child:
            visible = with_.expressions
            if parent is with_ and not with_.recursive:
                visible = visible[: child.index or 0]
            if any(cte.alias.casefold() == name.casefold() for cte in visible):
                return True
        child = parent
    return False


_SQL_WORD = re.compile(
    r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|(?P<quoted>"(?:[^"]|"")*")|(?P<word>[^\W\d]\w*)|(?P<mark>[.,()])""", re.DOTALL
)
_BEFORE_TABLE = frozenset({"from", "join", "into", "update", "table", "describe", "summarize", "pivot", "unpivot"})


def _scanned(text: str, old: Callable[[str], str | None], names: Renames) -> list[Edit]:
    """[REN6] Of a query that cannot be read: the words behind FROM, JOIN and their like, and before a point."""
    words = [one for one in _SQL_WORD.finditer(text) if one.lastgroup]
    found: list[Edit] = []
    listing = False
    for place, word in enumerate(words):
        before = words[place - 1] if place else None
        after = words[place + 1][0] if place + 1 < len(words) else ""
        if word.lastgroup == "mark":
            listing = listing and word[0] == ","
            continue
        frame = old(word[0].strip('"'))
        behind = before is not None and before.lastgroup == "word" and before[0].casefold() in _BEFORE_TABLE
        listed = listing and before is not None and before[0] == ","
        free = before is None or before[0] != "."
        if frame is not None and free and after != "(" and (after == "." or behind or listed):
            found.append(Edit(*word.span(), _quoted(word[0], frame, names[frame])))
        listing = behind or listed or (listing and word.lastgroup == "word" and before is not None)
    return found
