"""The names of Python: one walk over a cell in the order in which it runs.

What a magic or a shell command does to names is read from what IPython's own transformer makes of it. Text that is
Python as it stands means the same to IPython, so only other text is given to it, and IPython is imported by the first.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from vernissage.core.dataflow.names import Late, Names, both
from vernissage.core.dataflow.sql import tables

STATEMENT_METHODS = frozenset(
    {"append", "appendleft", "extend", "extendleft", "insert", "remove", "clear", "sort", "reverse", "rotate"}
) | {"update", "add", "discard", "difference_update", "intersection_update", "symmetric_difference_update"}
"""They give None on Python's containers, so they mutate where their value is not used; where it is
(`total = df.add(1)`), they are another library's method that gives a new object."""

VALUE_METHODS = frozenset({"pop", "popleft", "popitem", "setdefault", "__setitem__", "__delitem__"})
"""They mutate whether or not their value is used."""


@cache
def _transform() -> Callable[[str], str]:
    from IPython.core.inputtransformer2 import TransformerManager  # see the head of this module

    return TransformerManager().transform_cell  # type: ignore[no-untyped-call]


@lru_cache(maxsize=8192)
def python(source: str) -> Names | None:
    """[DAT2] [DAT3] [DAT4] The names of a Python cell; None if it cannot be read."""
    tree = parsed(source)
    if tree is None:
        return None
    reader = _Reader()
    try:
        reader.statements(tree.body)
    except RecursionError:
        return None  # nested too deep to walk: a generated text
    return reader.names()


@lru_cache(maxsize=8192)
def expressions(*texts: str) -> Names | None:
    """The names of expressions, empty ones left out; None if one cannot be read."""
    reader = _Reader()
    for expression in texts:
        if not expression.strip():
            continue
        try:
            tree = ast.parse(expression.strip(), mode="eval")
            reader.visit(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return reader.names()


def parsed(source: str) -> ast.Module | None:
    """The tree of a Python cell, magics and all; None if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a cell is the kernel's to report
            if "In [" not in source:  # a pasted prompt, `In [1]: x = 1`, is Python too, and means something else
                try:
                    return ast.parse(source)
                except SyntaxError:
                    pass
            return ast.parse(_transform()(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # MemoryError: the parser's stack is full
        return None


class _Sink:
    """Collects the late names of one function, lambda or class."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.methods: set[str] = set()
        self.via: set[str] = set()
        self.called: set[str] = set()
        self.gives = False

    def take(self, late: Late) -> None:
        self.reads |= late.reads - late.mutates
        self.writes |= late.mutates - late.methods
        self.methods |= late.methods
        self.via |= late.via
        self.called |= late.called

    def late(self) -> Late:
        return Late(
            frozenset(self.reads | self.writes | self.methods),
            frozenset(self.writes | self.methods),
            frozenset(self.methods - self.writes),
            frozenset(self.via),
            frozenset(self.called),
            self.gives,
        )


class _Scope:
    """A function's, comprehension's or class's own names."""

    def __init__(self, kind: str, own: Iterable[str] = (), shared: Iterable[str] = ()) -> None:
        self.kind = kind
        self.own = set(own)
        self.shared = set(shared)
        """Declared `global`."""


class _Reader(ast.NodeVisitor):
    """Walks a cell in the order in which it runs, keeping the names that are surely bound by now.

    Outside function bodies (`sink` is None) a read of an unbound name is a read of the cell; inside, all
    goes to the sink of the function that the body belongs to.
    """

    def __init__(self) -> None:
        self.scopes: list[_Scope] = []
        self.sink: _Sink | None = None
        self.class_sink: _Sink | None = None
        self.bound: set[str] = set()
        self.dead = False
        """True after raise, break, continue: nothing that follows on this path runs."""
        self.reads: set[str] = set()
        self.written: set[str] = set()
        self.mutated: set[str] = set()
        self.by_method: set[str] = set()
        self.deleted: set[str] = set()
        self.imported: set[str] = set()
        self.late: dict[str, Late] = {}
        self.star = False
        self.branches = 0
        self.effects: set[int] = set()
        """ids of calls whose value nobody uses."""

    def names(self) -> Names:
        defines = (self.written & self.bound) - self.deleted
        mutates = self.mutated - defines - self.deleted
        deletes = frozenset(self.deleted)
        return Names(
            reads=frozenset(self.reads),
            defines=frozenset(defines),
            mutates=frozenset(mutates),
            deletes=deletes,
            perhaps=frozenset(self.written - defines - mutates - deletes),
            imports=frozenset(self.imported & self.written),
            methods=frozenset(mutates & (self.by_method)),
            star=self.star,
            late={name: late for name, late in sorted(self.late.items()) if name in self.written and late != Late()},
        )

    # names, as they are met

    def is_global(self, name: str) -> bool:
        inner = True
        for scope in reversed(self.scopes):
            if scope.kind == "class" and not inner:
                continue  # a method does not see its class's names
            if name in scope.shared:
                return True
            if name in scope.own:
                return False
            if scope.kind != "comprehension":
                inner = False
        return True

    def read(self, name: str) -> None:
        if not self.is_global(name):
            return
        if self.sink is not None:
            self.sink.reads.add(name)
            return
        if name not in self.bound:
            self.reads.add(name)
        self.use(name, set(), called=False)

    def use(self, name: str, seen: set[str], called: bool) -> None:
        """A function of this very cell is used by it: what its body touches is touched now."""
        late = self.late.get(name)
        if late is None or name in seen or (called and not late.gives):
            return
        seen.add(name)
        for other in sorted(late.reads):
            if other not in self.bound:
                self.reads.add(other)
            self.use(other, seen, called=False)
        for other in sorted(late.mutates):
            self.mutate(other, method=other in late.methods)
        for other in sorted(late.via):
            self.use(other, seen, called=False)
        for other in sorted(late.called):
            self.use(other, seen, called=True)

    def bind(self, name: str, imported: bool = False) -> None:
        scope = next((s for s in reversed(self.scopes) if s.kind != "comprehension"), None)
        if scope is not None and name not in scope.shared:
            scope.own.add(name)
            return
        if self.sink is not None:
            self.sink.writes.add(name)
            return
        self.bound.add(name)
        self.written.add(name)
        self.deleted.discard(name)
        if name in self.late and not self.branches:
            del self.late[name]
        if imported:
            self.imported.add(name)
        else:
            self.imported.discard(name)

    def mutate(self, name: str, method: bool = False) -> None:
        if not self.is_global(name):
            return
        if self.sink is not None:
            (self.sink.methods if method else self.sink.writes).add(name)
            return
        if name in self.bound:
            return
        self.reads.add(name)
        self.written.add(name)
        if not method:
            self.by_method.discard(name)
        elif name not in self.mutated:
            self.by_method.add(name)
        self.mutated.add(name)

    def record(self, name: str, late: Late) -> None:
        if self.sink is not None or late == Late():
            return
        if self.scopes:
            if self.class_sink is not None:
                self.class_sink.take(late)  # an attribute of a class: whoever uses the class may use it
            return
        if name in self.late:  # on another path it may be the earlier one
            late = both(self.late[name], late)
        self.late[name] = late

    # paths

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def branch(self, *paths: Any) -> None:
        """Each path starts from here; afterwards that is bound which every path that goes on has bound."""
        start, dead = set(self.bound), self.dead
        ends: list[set[str]] = []
        self.branches += 1
        for path in paths:
            self.bound, self.dead = set(start), False
            path()
            if not self.dead:
                ends.append(self.bound)
        self.branches -= 1
        self.dead = dead or not ends
        self.bound = set.intersection(*ends) if ends else start

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        if _always(node.test):
            self.statements(node.body)
            return
        self.branch(lambda: self.statements(node.body), lambda: self.statements(node.orelse))

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self.branch(lambda: self.visit(node.body), lambda: self.visit(node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        for value in node.values[1:]:
            self.branch(lambda value=value: self.visit(value), lambda: None)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)

        def once() -> None:
            self.visit(node.target)
            self.statements(node.body)
            self.dead = False

        self.branch(once, lambda: None)
        self.branch(lambda: self.statements(node.orelse), lambda: None)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)

        def once() -> None:
            self.statements(node.body)
            self.dead = False

        self.branch(once, lambda: None)
        self.branch(lambda: self.statements(node.orelse), lambda: None)

    def visit_Try(self, node: Any) -> None:
        start = set(self.bound)

        def body() -> None:
            self.statements(node.body)
            self.statements(node.orelse)

        def handle(handler: ast.ExceptHandler) -> None:
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name is not None:
                self.bind(handler.name)
            self.statements(handler.body)
            if handler.name is not None and not self.scopes:
                self.bound.discard(handler.name)  # Python deletes it at the handler's end

        self.branch(body, *(lambda handler=handler: handle(handler) for handler in node.handlers))
        if node.finalbody:
            after = self.bound
            self.bound = set(start)
            self.statements(node.finalbody)
            self.bound |= after

    visit_TryStar = visit_Try  # noqa: N815

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)

        def take(case: ast.match_case) -> None:
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            self.statements(case.body)

        paths: list[Any] = [lambda case=case: take(case) for case in node.cases]
        last = node.cases[-1]
        if last.guard is not None or not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None):
            paths.append(lambda: None)
        self.branch(*paths)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name is not None:
            self.bind(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name is not None:
            self.bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest is not None:
            self.bind(node.rest)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.generic_visit(node)
        self.dead = True

    def visit_Break(self, _: ast.Break) -> None:
        self.dead = True

    def visit_Continue(self, _: ast.Continue) -> None:
        self.dead = True

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        self.dead = True

    # statements that bind

    def visit_Name(self, node: ast.Name) -> None:
        match node.ctx:
            case ast.Load():
                self.read(node.id)
            case ast.Store():
                self.bind(node.id)
            case ast.Del():
                self.delete(node.id)
            case _:
                raise AssertionError(node.ctx)

    def delete(self, name: str) -> None:
        if not self.is_global(name):
            return
        if self.sink is not None:
            self.sink.writes.add(name)
            return
        if name not in self.bound or self.branches:
            self.reads.add(name)
        self.bound.discard(name)
        self.written.add(name)
        self.deleted.add(name)

    def visit_Global(self, node: ast.Global) -> None:
        if self.scopes:
            self.scopes[-1].shared.update(node.names)

    def visit_Assign(self, node: ast.Assign) -> None:
        late = self.value(node.value)
        for target in node.targets:
            self.visit(target)
            for name in _stored(target):
                self.record(name, late)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is None:
            if not isinstance(node.target, ast.Name):
                self.visit(node.target)
            return
        late = self.value(node.value)
        self.visit(node.target)
        for name in _stored(node.target):
            self.record(name, late)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        late = self.value(node.value)
        name = node.target.id
        known = name in self.bound
        self.bind(name)
        if not known and any(s.kind == "comprehension" for s in self.scopes) and self.sink is None:
            self.bound.discard(name)  # the comprehension may be empty
        self.record(name, late)

    def value(self, node: ast.expr) -> Late:
        """Visits the value of an assignment; gives what using the assigned name will touch."""
        if isinstance(node, ast.Lambda):
            return self.body_of(node)
        carried = _Sink()
        for name, called in _held_by(node):
            if self.is_global(name):
                (carried.called if called else carried.via).add(name)
        lates = (
            [Late(via=frozenset(carried.via), called=frozenset(carried.called), gives=True)]
            if carried.via | carried.called
            else []
        )
        for inner in ast.walk(node):
            if isinstance(inner, ast.Lambda | ast.GeneratorExp) and self.sink is None:
                lates.append(self.quietly(inner))
        self.visit(node)
        joined = Late()
        for late in lates:
            joined = both(joined, late)
        return joined

    def quietly(self, node: ast.Lambda | ast.GeneratorExp) -> Late:
        """The late names of a body, without visiting it for the cell."""
        sink, self.sink = self.sink, _Sink()
        self.visit(node)
        found, self.sink = self.sink, sink
        return found.late()

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.change(node.target)
        else:
            self.visit(node.target)

    def change(self, node: ast.Name) -> None:
        scope = self.scopes[-1] if self.scopes else None
        if scope is not None and scope.kind == "class" and node.id not in scope.shared:
            self.read(node.id)
            scope.own.add(node.id)
            return
        if self.is_global(node.id):
            self.mutate(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.place(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.place(node)

    def place(self, node: ast.Attribute | ast.Subscript) -> None:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            root = _root(node)
            if root is not None:
                self.mutate(root)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bind(alias.asname or alias.name.split(".")[0], imported=True)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = True
            else:
                self.bind(alias.asname or alias.name, imported=True)

    # calls

    def visit_Expr(self, node: ast.Expr) -> None:
        self.effects.update(id(call) for call in _unused(node.value))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if self.magic(node):
            return
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=target, attr=method):
                root = _root(target) if not isinstance(target, ast.Name) else target.id
                if root is None:
                    return
                in_place = any(
                    k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value is True
                    for k in node.keywords
                )
                if in_place or method in VALUE_METHODS or (method in STATEMENT_METHODS and id(node) in self.effects):
                    self.mutate(root, method=not in_place)
                if method in ("query", "eval"):
                    for text in _texts(node):
                        for name in re.findall(r"@([A-Za-z_]\w*)", text):
                            self.read(name)
                if method == "sql" or (root == "duckdb" and method in ("query", "execute")):
                    for text in _texts(node):
                        for name in sorted(tables(text)[0]):
                            self.read(name)
            case ast.Name(id="setattr" | "delattr") if node.args:
                root = node.args[0].id if isinstance(node.args[0], ast.Name) else _root(node.args[0])
                if root is not None:
                    self.mutate(root)

    def magic(self, node: ast.Call) -> bool:
        """What IPython's transformer made of `%magic`, `%%magic` and `!command`."""
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=kind):
                pass
            case _:
                return False
        texts = _texts(node)
        match kind, texts:
            case ("run_line_magic", ["time" | "timeit" | "prun", code, *_]):
                self.code(_without_flags(code), bound=texts[0] == "time")
            case ("run_cell_magic", ["time" | "timeit" | "prun" | "capture" as name, line, body, *_]):
                if name == "capture":
                    for word in line.split():
                        if word.isidentifier():
                            self.bind(word)
                else:
                    self.code(_without_flags(line), bound=name == "time")
                self.code(body, bound=name in ("time", "capture"))
            case ("system" | "getoutput" | "run_line_magic", [*parts]):
                for part in parts:
                    for name in re.findall(r"(?<!\$)\$([A-Za-z_]\w*)", part):
                        self.read(name)
                    for expression in re.findall(r"(?<!\{)\{([^{}]+)\}(?!\})", part):
                        self.code(expression, bound=False)
            case _:
                pass
        return True

    def code(self, text: str, bound: bool) -> None:
        tree = parsed(text)
        if tree is None:
            return
        if bound:
            self.statements(tree.body)
            return
        inner = _Reader()
        inner.statements(tree.body)
        found = inner.names()
        for name in sorted(found.reads):
            self.read(name)
        for name in sorted(found.mutates):
            self.mutate(name, method=name in found.methods)

    # bodies

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        late = self.body_of(node)
        self.bind(node.name)
        carried = frozenset(name for d in node.decorator_list for name, _ in _held_by(d) if self.is_global(name))
        self.record(node.name, both(late, Late(via=carried)) if carried else late)
        if node.decorator_list:
            self.use(node.name, set(), called=False)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        # Not assigned as it is, so somebody gets it and may call it at once.
        late = self.body_of(node)
        if self.sink is None:
            for name in sorted(late.reads):
                if name not in self.bound:
                    self.reads.add(name)
                self.use(name, set(), called=False)
            for name in sorted(late.mutates):
                self.mutate(name, method=name in late.methods)

    def body_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Late:
        arguments = node.args
        for default in [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]:
            self.visit(default)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        typed = [p.name for p in getattr(node, "type_params", [])]
        self.scopes.append(_Scope("comprehension", typed))
        for argument in every:
            if argument.annotation is not None:
                self.visit(argument.annotation)
        if not isinstance(node, ast.Lambda) and node.returns is not None:
            self.visit(node.returns)
        body: list[ast.stmt] = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
        own, shared = _bound_in(body)
        outer, bound, dead, branches = self.sink, self.bound, self.dead, self.branches
        if outer is None:
            self.sink = _Sink()
        else:
            outer.gives = True
        sink = self.sink
        assert sink is not None
        self.bound, self.dead = set(bound), False
        self.scopes.append(_Scope("function", (own | {a.arg for a in every}) - shared, shared))
        self.statements(body)
        self.scopes.pop()
        self.scopes.pop()
        self.sink, self.bound, self.dead, self.branches = outer, bound, dead, branches
        return sink.late() if outer is None else Late()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]:
            self.visit(part)
        methods = _Sink()
        methods.gives = True
        typed = [p.name for p in getattr(node, "type_params", [])]
        self.scopes += [_Scope("comprehension", typed), _Scope("class")]
        outer, self.class_sink = self.class_sink, methods
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in statement.decorator_list:
                    self.visit(decorator)
                methods.take(self.body_of(statement))
                self.scopes[-1].own.add(statement.name)
            else:
                self.visit(statement)
        self.scopes.pop()
        self.scopes.pop()
        self.class_sink = outer
        if self.sink is not None:
            self.sink.gives = True
        self.bind(node.name)
        for part in [*node.decorator_list, *node.bases]:
            methods.via |= {name for name, _ in _held_by(part) if self.is_global(name)}
        late = methods.late()
        self.record(node.name, late if late != Late(gives=True) else Late())

    def visit_TypeAlias(self, node: Any) -> None:
        self.visit(node.name)
        self.scopes.append(_Scope("comprehension", [p.name for p in node.type_params]))
        self.visit(node.value)
        self.scopes.pop()

    def comprehension(self, node: Any, *parts: ast.expr) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        own = {name for g in node.generators for name in _stored(g.target)}
        self.scopes.append(_Scope("comprehension", own))
        for generator in [first, *others]:
            if generator is not first:
                self.visit(generator.iter)
            if not isinstance(generator.target, ast.Name):
                for part in ast.walk(generator.target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                        self.read(part.id)
            for condition in generator.ifs:
                self.visit(condition)
        for part in parts:
            self.visit(part)
        self.scopes.pop()

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self.comprehension(node, node.elt)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.comprehension(node, node.elt)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.comprehension(node, node.elt)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self.comprehension(node, node.key, node.value)


def _always(test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
        case _:
            return False


def _root(node: ast.expr) -> str | None:
    """The name at the root of `df.loc[…].x`; None where a call stands between."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _stored(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _stored(part)
        case ast.Starred(value=inner):
            yield from _stored(inner)
        case _:
            return


def _held_by(node: ast.expr) -> Iterator[tuple[str, bool]]:
    """Names that a value may hold on to, and whether by what calling them gives."""
    match node:
        case ast.Name(id=name):
            yield name, False
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            yield name, True
            for part in [*args, *(k.value for k in keywords)]:
                yield from _held_by(part)
        case ast.Lambda() | ast.Constant():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _held_by(child)
                elif isinstance(child, ast.keyword):
                    yield from _held_by(child.value)


def _unused(node: ast.expr) -> Iterator[ast.Call]:
    """The calls in an expression statement whose values nobody uses."""
    match node:
        case ast.Call():
            yield node
        case ast.BoolOp(values=values):
            for value in values:
                yield from _unused(value)
        case ast.IfExp(body=body, orelse=other):
            yield from _unused(body)
            yield from _unused(other)
        case ast.Await(value=value) | ast.UnaryOp(operand=value):
            yield from _unused(value)
        case ast.ListComp(elt=elt) | ast.SetComp(elt=elt):
            yield from _unused(elt)
        case _:
            return


class _Binds(ast.NodeVisitor):
    """The names that a function body binds, nested scopes left out."""

    def __init__(self) -> None:
        self.own: set[str] = set()
        self.shared: set[str] = set()
        self.inside = 0

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self.inside:
            self.own.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.own.add(node.target.id)
        self.visit(node.value)

    def visit_FunctionDef(self, node: Any) -> None:
        self.own.add(node.name)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, _: ast.Lambda) -> None:
        return

    def visit_ListComp(self, node: Any) -> None:
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp  # noqa: N815

    def visit_Global(self, node: ast.Global) -> None:
        self.shared.update(node.names)

    def visit_Nonlocal(self, _: ast.Nonlocal) -> None:
        return

    def visit_alias(self, node: ast.alias) -> None:
        self.own.add(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.own.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: Any) -> None:
        if node.name is not None:
            self.own.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self.own.add(node.rest)
        self.generic_visit(node)


def _bound_in(body: Iterable[ast.stmt]) -> tuple[set[str], set[str]]:
    finder = _Binds()
    for statement in body:
        finder.visit(statement)
    return finder.own, finder.shared


def _texts(node: ast.Call) -> list[str]:
    return [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def _without_flags(line: str) -> str:
    return re.sub(r"^(\s*-\w+(\s*\d+)?\b)*\s*", "", line)
