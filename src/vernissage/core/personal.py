"""Whether a document's code reads who looks: its app is then *personal*.

What `vernissage.run_context()` says of the viewer (`viewer`, `attributes`) may come into any output, so such a version
has no results that could be shown to somebody else. The rest of the context is the same for everybody and may be used
freely: `run_context().trigger`, or `c = run_context()` where `c` is only asked for what stands in `EVERYBODYS`.
**Doubt counts as yes**: the object passed on, printed or kept elsewhere, a name spelled in a string, a text that cannot
be read.

Pure, and decided by text alone. What hides from it (`exec` of built-up text, a package that asks) learns nothing: a
kernel is told of its viewer only where the version was found to be personal (`actors.rooms`).

Left alone: reading the project's own modules (`actors.publisher`), what follows for results (`store.publishing`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from vernissage.core.dataflow.python import parsed
from vernissage.core.document import (
    ChartCell,
    Document,
    DropdownInput,
    InputCell,
    MarkdownCell,
    MultiselectInput,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
)

EVERYBODYS = frozenset({"trigger", "timezone", "project", "version"})
"""Fields of the context that say nothing of who looks."""

VIEWERS = frozenset({"viewer", "attributes"})

_OFFERED = frozenset({"run_context", "secrets", "AppError", "__version__"})
"""What `import vernissage` has, as anybody may read it."""

_SUSPECT = re.compile(r"vernissage|run_context")

_SPELLED = re.compile(r"run_context|\b(?:import|from)\s+vernissage|^\s*vernissage\w*\s*$")
"""A string that may be code, or the name of a module."""

_BLOCK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def is_personal(document: Document, modules: Mapping[str, str] | None = None) -> bool:
    """[PER1] [PER2] Whether code of this document may read the viewer. `modules`: the text of the project's own Python
    files by name."""
    cells = list(_python(document))
    templates = [cell.source for cell in document.cells if isinstance(cell, SqlCell | MarkdownCell)]
    files = list((modules or {}).values())
    if not any(map(_SUSPECT.search, (*cells, *templates, *files))):
        return False
    reader = _Reader()
    try:
        for text in files:
            reader.learn(text, module=True)
        for text in cells:
            reader.learn(text, module=False)
        return reader.doubts() or any(map(reader.doubts_template, templates))
    except RecursionError:  # nested too deep to walk, and it speaks of the context
        return True


def _python(document: Document) -> Iterator[str]:
    """Every text of a document that is run as Python."""
    for cell in document.cells:
        match cell:
            case PythonCell():
                yield cell.source
            case ChartCell() | TableCell():
                yield cell.dataframe.strip()
            case ValueCell():
                yield cell.value.strip()
                yield cell.compare.strip()
            case InputCell(input=DropdownInput() | MultiselectInput() as input):
                yield input.options_from.strip()
            case InputCell() | SqlCell() | MarkdownCell():
                pass
            case never:
                assert_never(never)


class _Reader:
    """What the texts call the module, the function and its answer; and whether one of them is used in doubt.

    Names are taken to mean the same in every text and scope, which can only add doubt.
    """

    def __init__(self) -> None:
        self._trees: list[tuple[ast.Module, bool]] = []
        self._module = {"vernissage"}
        self._function = {"run_context"}
        self._answer: set[str] = set()
        self._asks = False
        """The function stands somewhere."""
        self._doubt = False

    def learn(self, text: str, *, module: bool) -> None:
        """Take in one text. `module`: a file of the project, whose names others may import."""
        tree = parsed(text)
        if tree is None:
            self._doubt = self._doubt or bool(_SUSPECT.search(text))
            return
        self._trees.append((tree, module))
        for node in ast.walk(tree):
            match node:
                case ast.Import(names):
                    for one in names:
                        self._imported(one)
                case ast.ImportFrom(module=str(source), names=names) if source.partition(".")[0].startswith(
                    "vernissage"
                ):
                    for one in names:
                        self._doubt |= source != "vernissage" or one.name not in (*_OFFERED, "*")
                        if one.name == "run_context":
                            self._function.add(one.asname or one.name)
                            self._doubt |= module and one.asname is not None  # others may import it by any name
                case _:
                    pass

    def _imported(self, alias: ast.alias) -> None:
        if alias.name == "vernissage":
            self._module.add(alias.asname or alias.name)
        elif alias.name.partition(".")[0].startswith("vernissage"):
            self._doubt = True

    def doubts(self) -> bool:
        """Whether some Python may read the viewer."""
        for tree, _ in self._trees:
            for node in ast.walk(tree):
                self._asks = self._asks or self._is_function(node)
                match node:
                    case ast.Assign(targets, ast.Call(func)) if self._is_function(func):
                        self._answer.update(target.id for target in targets if isinstance(target, ast.Name))
                    case ast.AnnAssign(target=ast.Name(id), value=ast.Call(func)) if self._is_function(func):
                        self._answer.add(id)
                    case _:
                        pass
        return self._doubt or any(self._doubts_tree(tree, module) for tree, module in self._trees)

    def _is_function(self, node: ast.AST) -> bool:
        match node:
            case ast.Attribute(attr="run_context"):
                return True
            case ast.Name(id, ast.Load()):
                return id in self._function
            case _:
                return False

    def _doubts_tree(self, tree: ast.Module, module: bool) -> bool:
        above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        return any(self._doubts_node(node, above, module) for node in ast.walk(tree))

    def _doubts_node(self, node: ast.AST, above: Mapping[ast.AST, ast.AST], module: bool) -> bool:
        match node:
            case _ if self._is_function(node):
                return not self._used_well(node, above, module)
            case ast.Constant(value=str(text)):
                return bool(_SPELLED.search(text)) or (self._asks and text in VIEWERS)
            case ast.Attribute(attr=attr):
                return self._asks and attr in VIEWERS  # of whatever it is: the answer may have come there
            case ast.Name(id=id, ctx=ast.Load()):
                if id in self._module and not _reads(above[node], node, _OFFERED):
                    return True
                return id in self._answer and not _reads(above[node], node, EVERYBODYS)
            case _:
                return False

    def _used_well(self, function: ast.AST, above: Mapping[ast.AST, ast.AST], module: bool) -> bool:
        """Whether the function is called, and only what is everybody's is read from the answer."""
        call = above[function]
        if not (isinstance(call, ast.Call) and call.func is function):
            return False
        user = above[call]
        match user:
            case ast.Assign(targets=targets) if not module:
                return all(isinstance(target, ast.Name) for target in targets)
            case ast.AnnAssign(target=ast.Name()) if not module:
                return True
            case _:
                return _reads(user, call, EVERYBODYS)

    def doubts_template(self, text: str) -> bool:
        """Whether a template of a SQL or Markdown cell may read the viewer."""
        fields = "|".join(EVERYBODYS)
        module, function, answer = (
            "|".join(map(re.escape, sorted(names))) or "(?!)" for names in (self._module, self._function, self._answer)
        )
        well = re.compile(
            rf"(?<![\w.])(?:(?:(?:{module})\s*\.\s*)?(?:{function})\s*\(\s*\)|(?:{answer}))\s*\.\s*(?:{fields})\b"
        )
        mentioned = re.compile(rf"(?<![\w.])(?:{module}|{function}|{answer})\b")
        return any(mentioned.search(well.sub("", block)) for block in _BLOCK.findall(text))


def _reads(user: ast.AST, node: ast.AST, names: Iterable[str]) -> bool:
    """Whether `user` does nothing with `node` but read one of these attributes."""
    return (
        isinstance(user, ast.Attribute) and user.value is node and user.attr in names and isinstance(user.ctx, ast.Load)
    )
