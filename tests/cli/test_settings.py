"""Settings, and the pages about settings and commands: each says what the code says."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.cli.conftest import Command
from vernissage import settings
from vernissage.cli import parser
from vernissage.settings import BadSetting, Settings, load

DOCS = Path(__file__).resolve().parents[2] / "docs"


# --- settings ---------------------------------------------------------------------------------------


def test_cli3_a_setting_that_is_not_right_is_named(command: Command) -> None:
    done = command("serve", VERNISSAGE_PROT="3")
    assert done.returncode == 2
    assert done.stderr == (
        "There is no setting VERNISSAGE_PROT, which stands in the environment. Did you mean VERNISSAGE_PORT? "
        "Correct it, or unset it.\n"
    )


@pytest.mark.parametrize(
    ("toml", "environ", "said"),
    [
        ("port =", {}, "vernissage.toml is no TOML: "),
        ("data = 3", {}, "The setting data cannot be 3: it takes a path, as text. "),
        ("prot = 3", {}, "There is no setting prot, which stands in vernissage.toml. Did you mean port? "),
        ("zzz = 3", {}, "Look for the right name in docs/settings.md, or take it out."),
        ("", {"VERNISSAGE_PORT": "soon"}, "The setting port cannot be 'soon': it takes a whole number. "),
        ("port = 99999", {}, "The setting port cannot be 99999: it takes a whole number <= 65535. "),
        ("log = 'loud'", {}, "The setting log cannot be 'loud': "),
        ("kernel_seconds = 0", {}, "The setting kernel_seconds cannot be 0: "),
    ],
)
def test_cli3_the_sentence_says_which_and_what(
    toml: str, environ: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vernissage.toml").write_text(toml)
    with pytest.raises(BadSetting, match=re.escape(said)):
        load({}, environ)


def test_the_nearer_place_counts_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    (tmp_path / "vernissage.toml").write_text("data = 'kept'\nport = 1\nhost = '::1'\nlog = 'debug'\n")
    (tmp_path / "kept" / "vernissage.toml").write_text("port = 2\nhost = '127.0.0.2'\n")
    environ = {"VERNISSAGE_PORT": "3", "VERNISSAGE_URL": "http://x", "VERNISSAGE_KERNEL_READS": "/a:/b", "PATH": "/"}
    found = load({"port": None}, environ)
    assert (found.data, found.port, found.host, found.log) == (Path("kept"), 3, "127.0.0.2", "debug")
    assert found.kernel_reads == (Path("/a"), Path("/b"))
    over = load({"port": 4, "data": tmp_path / "other"}, environ)
    assert (over.port, over.data) == (4, tmp_path / "other")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"VERNISSAGE_WORKSPACE": "settings"}, "workspace cannot be 'settings'"),
        ({"VERNISSAGE_WORKSPACE": "a/b"}, "workspace cannot be 'a/b'"),
        ({"VERNISSAGE_PROXIES": "10.0.0.0/8, proxy.local"}, "proxies cannot hold 'proxy.local'"),
        ({"VERNISSAGE_SIGN_IN_HEADER": "X-User"}, "sign_in_header needs proxies"),
        ({"VERNISSAGE_OIDC_ISSUER": "https://id.example.com"}, "go together"),
        ({"VERNISSAGE_OIDC_ISSUER": "http://id.example.com", "VERNISSAGE_OIDC_CLIENT_ID": "v"}, "https:// address"),
        ({"VERNISSAGE_FIRST_ROLE": "admin"}, "first_role cannot be 'admin'"),
    ],
)
def test_cli3_settings_that_would_let_in_the_wrong_people_are_refused(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match=re.escape(sentence)):
        load({}, settings)


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    environ = {"VERNISSAGE_PROXIES": "10.0.0.7, 10.0.1.0/24,", "VERNISSAGE_OIDC_DOMAINS": "example.org"}
    found = load({}, environ)
    assert (found.proxies, found.oidc_domains) == (("10.0.0.7", "10.0.1.0/24"), ("example.org",))


def meanings() -> dict[str, str]:
    """What stands below each setting in the source."""
    (tree,) = ast.parse(inspect.getsource(settings.Settings)).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = after.value if isinstance(after, ast.Expr) else None
            found[node.target.id] = str(said.value) if isinstance(said, ast.Constant) else ""
    return found


def test_the_page_of_settings_says_what_the_source_says() -> None:
    means = meanings()
    wanted = [
        f"| `{field.name}` | `VERNISSAGE_{field.name.upper()}` | {shown(field.default)} | {means[field.name]} |"
        for field in msgspec.structs.fields(Settings)
    ]
    assert all(means.values())
    rows = [line for line in (DOCS / "settings.md").read_text().splitlines() if line.startswith("| `")]
    assert rows == wanted


def shown(default: object) -> str:
    match default:
        case "" | ():
            return "none"
        case Path() | str() | int() | float():
            return f"`{default}`"
        case _:
            raise AssertionError(f"how is {default!r} shown?")


# --- commands ---------------------------------------------------------------------------------------


def commands(of: argparse.ArgumentParser, name: str = "vernissage") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, of
    for group in groups:
        for word, command in group.choices.items():
            yield from commands(command, f"{name} {word}")


def rows_of(command: argparse.ArgumentParser) -> list[str]:
    rows = []
    for action in command._actions:
        if action.dest == "help":
            continue
        takes = "" if action.nargs == 0 else action.metavar or ""
        if not takes and action.nargs != 0:
            takes = f"{{{','.join(action.choices)}}}" if action.choices else action.dest
            takes = takes.upper() if action.option_strings and not action.choices else takes
        said = " ".join(filter(None, (", ".join(action.option_strings), str(takes)))).replace("|", "\\|")
        rows.append(f"| `{said}` | {action.help} |" if action.help else f"| `{said}` | |")
    return rows


def test_the_page_of_commands_says_what_the_parser_says() -> None:
    page = (DOCS / "commands.md").read_text()
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page, re.MULTILINE))
    known = dict(commands(parser()))
    assert list(sections) == list(known)
    for name, command in known.items():
        lines = sections[name].splitlines()
        assert command.description in lines, name
        assert [line for line in lines if line.startswith("| `")] == rows_of(command), name


def test_every_command_names_a_function_that_is_there() -> None:
    import importlib

    for name, command in commands(parser()):
        module, function = command.get_default("does").split(":")
        assert inspect.iscoroutinefunction(getattr(importlib.import_module(f"vernissage.cli.{module}"), function)), name
        assert "json" in {action.dest for action in command._actions}, "[CLI2]"
