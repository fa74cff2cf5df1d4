"""The names of templates and queries: Jinja names, and the tables of a query over data frames.

sqlglot is imported by the first query that is read: it takes longer than all else here, and many documents have none.
Left alone: whether a filter or a table exists, and what a query means; the kernel and DuckDB say so.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, TemplateError, TemplateSyntaxError, meta

from vernissage.core.dataflow.names import NONE, Names

if TYPE_CHECKING:
    from sqlglot import exp


class _AnyFilter(dict[str, Any]):
    """Every filter and test exists: whether one does is the kernel's to say."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default) or str

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> Any:
        return str


_jinja = Environment(autoescape=True)
_jinja.filters = _AnyFilter(_jinja.filters)
_jinja.tests = _AnyFilter(_jinja.tests)


def _template(source: str) -> frozenset[str] | None:
    try:
        return frozenset(meta.find_undeclared_variables(_jinja.parse(source))) - _jinja.globals.keys()
    except (TemplateError, RecursionError):
        return None


def import_ahead() -> None:
    """Import what the first query would import, for those who have the time before it."""
    tables("select 1 as one")


@lru_cache(maxsize=8192)
def markdown(source: str) -> Names | None:
    """The names of a Markdown cell; None if its template cannot be read."""
    names = _template(source)
    return None if names is None else Names(reads=names)


@lru_cache(maxsize=8192)
def query(source: str, frames: bool, result: str) -> Names | None:
    """[DAT5] The names of a SQL cell; `frames`: its tables are data frames. None if its template cannot be read."""
    names = _template(source)
    if names is None:
        return None
    reads, defines, mutates = names, frozenset({result} if result else ()), NONE
    if frames:
        read, made, changed = tables(_without_jinja(source))
        reads, defines, mutates = reads | read | changed, defines | made, changed - defines - made
    return Names(reads=reads, defines=defines, mutates=mutates)


def _without_jinja(source: str) -> str:
    """The text with every `{{ … }}` replaced by a word and both sides of every `{% if %}` kept."""
    parts: list[str] = []
    raw = False
    try:
        for _, kind, text in _jinja.lex(source):
            match kind:
                case "data":
                    parts.append(text)
                case "variable_begin":
                    parts.append("_jinja_")
                case "raw_begin" | "raw_end":
                    raw = not raw
                case _:
                    pass
    except TemplateSyntaxError:
        return source
    return "".join(parts)


def tables(sql: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Tables that a query reads, creates, changes. What sqlglot cannot read is scanned for FROM and JOIN."""
    import sqlglot  # see the head of this module
    from sqlglot import exp

    try:
        trees = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError):
        trees = None
    if trees is None or any(isinstance(tree, exp.Command) for tree in trees):
        return _scanned(sql), NONE, NONE
    reads: set[str] = set()
    made: set[str] = set()
    changed: set[str] = set()
    for tree in trees:
        target = (
            tree.find(exp.Table)
            if isinstance(tree, exp.Create | exp.Insert | exp.Update | exp.Delete | exp.Drop)
            else None
        )
        if isinstance(tree, exp.Create) and tree.kind not in ("TABLE", "VIEW"):
            target = None
        for table in tree.find_all(exp.Table):
            name = table.name
            if not name.isidentifier() or name == "_jinja_" or table.db or isinstance(table.this, exp.Func):
                continue
            if table is target:
                (made if isinstance(tree, exp.Create) else changed).add(name)
            elif not _is_cte(table) and name not in made:
                reads.add(name)
    return frozenset(reads), frozenset(made), frozenset(changed - made)


def _is_cte(table: exp.Table) -> bool:
    """Whether a table's name is a common table expression in sight. `with df as (select * from df)` reads df."""
    from sqlglot import exp  # see the head of this module

    child: Any = table
    while child.parent is not None:
        parent = child.parent
        if isinstance(parent, exp.With):
            visible = parent.expressions if parent.recursive else parent.expressions[: child.index or 0]
            if any(cte.alias == table.name for cte in visible):
                return True
        else:
            with_ = parent.args.get("with_") or parent.args.get("with")
            if with_ is not None and with_ is not child and any(cte.alias == table.name for cte in with_.expressions):
                return True
        child = parent
    return False


# What it cannot read is scanned here and judged by DuckDB; its warnings would tell an operator nothing.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_WORD = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|--[^\n]*|/\*.*?\*/|([A-Za-z_]\w*)|([.,()])""", re.DOTALL)
_AFTER = frozenset({"from", "join", "into", "update", "table", "describe", "summarize", "pivot", "unpivot"})


def _scanned(sql: str) -> frozenset[str]:
    words: list[tuple[str, bool]] = []
    for found in _WORD.finditer(sql):
        quoted, word, mark = found.groups()
        if quoted is not None:
            words.append((quoted, True))
        elif word is not None or mark is not None:
            words.append((word or mark, False))
    ctes = {
        words[i - 1][0]
        for i, (word, q) in enumerate(words[:-1])
        if word.lower() == "as" and not q and i and words[i + 1][0] == "("
    }
    found_names: set[str] = set()
    for i, (word, quoted) in enumerate(words[:-1]):
        if quoted or word.lower() not in _AFTER:
            continue
        j = i + 1
        while j < len(words):
            name, _ = words[j]
            following = words[j + 1][0] if j + 1 < len(words) else ""
            if name.isidentifier() and following not in (".", "(") and name.lower() not in ("select", "lateral"):
                found_names.add(name)
            if following != ",":
                break
            j += 2
    return frozenset(found_names - ctes - {"_jinja_"})
