"""Every rule of `spec/` is kept by a test, and every test's rule exists.

A rule is a line `**ABC12** sentence` in `spec/*.md`. A test names it as `test_abc12_…`, as `[ABC12]` in its docstring
(its own, or that of its class), or as `[ABC12]` in the title of a vitest test or of the `describe` around it.

Read from the sources, not from a test run, so that it also holds when only part of the tests runs. A test that is
skipped where it is written keeps no rule; one that is skipped by what it finds when it runs does count.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

RULE = re.compile(r"^\s*(?:[-*] )?\*\*([A-Z]{2,5}\d+)\*\*", re.MULTILINE)
BRACKETS = re.compile(r"\[([A-Z]{2,5}\d+(?:[, ]+[A-Z]{2,5}\d+)*)\]")
IN_NAME = re.compile(r"^test_([a-z]{2,5}\d+)(?:_|$)")
VITEST = re.compile(
    r"""(?<![\w.])(?P<call>test|it|describe)(?P<modifiers>(?:\.\w+(?:\([^()]*\))?)*)\s*(?:\([^()]*\))?\s*"""
    r"""\(\s*(?P<quote>["'`])(?P<title>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""",
    re.DOTALL,
)


def rules(texts: Iterable[str]) -> list[str]:
    """The rule numbers these pages state, in order, repeats kept. Examples in code blocks are none."""
    return [rule for text in texts for rule in RULE.findall(_without_code(text))]


def _in_brackets(text: str) -> list[str]:
    return [rule for inside in BRACKETS.findall(text) for rule in re.split(r"[, ]+", inside)]


def _without_code(text: str) -> str:
    fenced = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^ {4}.*$", "", fenced, flags=re.MULTILINE)


def python_rules(source: str) -> Iterator[tuple[str, bool]]:
    """Rule numbers that the tests in this source name, each with whether that test runs."""
    tree = ast.parse(source)
    yield from _tests_of(tree.body, runs=not _marked_module(tree), inherited=())


def _tests_of(body: list[ast.stmt], *, runs: bool, inherited: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    for node in body:
        match node:
            case ast.ClassDef(name=name) if name.startswith("Test"):
                named = (*inherited, *_in_brackets(ast.get_docstring(node) or ""))
                yield from _tests_of(node.body, runs=runs and not _skipped(node.decorator_list), inherited=named)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test"):
                found = set(inherited) | set(_in_brackets(ast.get_docstring(node) or ""))
                if match := IN_NAME.match(name):
                    found.add(match[1].upper())
                here = runs and not _skipped(node.decorator_list)
                yield from ((rule, here) for rule in sorted(found))


def _skipped(decorators: Iterable[ast.expr]) -> bool:
    """`@pytest.mark.skip` and `@pytest.mark.xfail`; `skipif` depends on where the tests run."""
    return any(re.search(r"\bmark\.(skip|xfail)\b", ast.unparse(decorator)) for decorator in decorators)


def _marked_module(tree: ast.Module) -> bool:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value) if _skipped([value]):
                return True
    return False


def vitest_rules(source: str) -> Iterator[tuple[str, bool]]:
    """The same for a vitest file. A title around a test counts for the file: which tests it holds is not read."""
    for match in VITEST.finditer(source):
        runs = not re.search(r"\.(skip|todo|fails)\b", match["modifiers"])
        yield from ((rule, runs) for rule in _in_brackets(match["title"]))


def _named_in_tests() -> Iterator[tuple[str, bool, str]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if path != Path(__file__):
            yield from ((r, runs, str(path.relative_to(ROOT))) for r, runs in python_rules(path.read_text("utf-8")))
    for path in sorted((ROOT / "frontend" / "src").rglob("*.test.ts*")):
        yield from ((r, runs, str(path.relative_to(ROOT))) for r, runs in vitest_rules(path.read_text("utf-8")))


@pytest.fixture(scope="module")
def stated() -> list[str]:
    return rules(path.read_text("utf-8") for path in sorted((ROOT / "spec").glob("*.md")))


@pytest.fixture(scope="module")
def named() -> list[tuple[str, bool, str]]:
    return list(_named_in_tests())


def test_no_two_rules_share_a_number(stated: list[str]) -> None:
    assert [rule for rule, count in Counter(stated).items() if count > 1] == []


def test_every_rule_has_a_test_that_runs(stated: list[str], named: list[tuple[str, bool, str]]) -> None:
    assert stated, "spec/ states no rule"
    kept = {rule for rule, runs, _ in named if runs}
    missing = [rule for rule in dict.fromkeys(stated) if rule not in kept]
    assert not missing, f"no test that runs names these rules: {', '.join(missing)}"


def test_every_rule_that_a_test_names_is_stated(stated: list[str], named: list[tuple[str, bool, str]]) -> None:
    # `test_utf8_…` names no rule: only the subjects that spec/ has are rule numbers.
    subjects = {rule.rstrip("0123456789") for rule in stated}
    unknown = sorted(
        {f"{rule} in {path}" for rule, _, path in named if rule not in stated and rule.rstrip("0123456789") in subjects}
    )
    assert not unknown, f"spec/ does not state: {', '.join(unknown)}"


# --- the reader itself ------------------------------------------------------------------------------


def test_rules_are_lines_that_open_with_a_number_in_bold() -> None:
    page = (
        "# Links\n\n**URL1** One.\n- **URL2** Two; see **URL1**.\n\n    **URL3** an example\n\n```\n**URL4** too\n```\n"
    )
    assert rules([page]) == ["URL1", "URL2"]


def test_python_tests_name_rules_by_name_and_docstring_and_skips_are_seen() -> None:
    source = '''
import pytest

def test_url1_falls_back(): ...

async def test_other():
    """[URL2, URL3] and more. [URL7]"""

@pytest.mark.skip(reason="later")
def test_url4(): ...

class TestLinks:
    """[URL5]"""
    @pytest.mark.parametrize("a", [1])
    def test_inside(self, a): ...

def helper():
    """[URL6]"""

def test_utf8_names(): ...
'''
    assert list(python_rules(source)) == [
        ("URL1", True), ("URL2", True), ("URL3", True), ("URL7", True), ("URL4", False), ("URL5", True), ("UTF8", True),
    ]  # fmt: skip
    assert list(python_rules("pytestmark = pytest.mark.skip\ndef test_url1(): ...")) == [("URL1", False)]


def test_vitest_titles_name_rules_and_skips_are_seen() -> None:
    source = """
test("[URL1] falls back", () => {});
it.each([1, 2])('[URL2] n %i', () => {});
test.skip("[URL3] later", () => {});
describe(`[URL4] all`, () => {});
latest("[URL5]");
"""
    assert list(vitest_rules(source)) == [("URL1", True), ("URL2", True), ("URL3", False), ("URL4", True)]
