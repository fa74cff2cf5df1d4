"""What the command line understands, in one place. Loads nothing but argparse, so that `--help` comes at once.

`does` of what was parsed names the function that does it, as `module:function` under `vernissage.cli`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vernissage import __version__

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ROLES = ("admin", "editor", "viewer")


def parser() -> argparse.ArgumentParser:
    """What the command line understands."""
    root = argparse.ArgumentParser(
        prog="vernissage", description="Turns notebooks into apps: write, arrange, preview, publish."
    )
    root.add_argument("--version", action="version", version=f"vernissage {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    _serve(commands)
    _init(commands)
    _user(commands)
    _token(commands)
    _secret(commands)
    _project(commands)
    _import(commands, "import", "short for project import")
    _export(commands, "export", "short for project export")
    _publish(commands)
    _run(commands)
    _doctor(commands)
    _backup(commands)
    _completion(commands)
    return root


def _command(
    commands: Commands, name: str, help: str, does: str, *, data: bool = True, server: bool = False
) -> argparse.ArgumentParser:
    """A command with the options that all of them take. `server`: it may ask a running server instead."""
    command = commands.add_parser(name, help=help, description=f"{help[:1].upper()}{help[1:]}.")
    if data:
        command.add_argument("--data", type=Path, help="the data directory (default: VERNISSAGE_DATA, else data)")
    if server:
        command.add_argument("--url", help="ask the server at this address (default: VERNISSAGE_URL)")
        command.add_argument("--token", help="the bearer token for it (default: VERNISSAGE_TOKEN)")
    command.add_argument("--json", action="store_true", help="answer for machines")
    command.set_defaults(does=does)
    return command


def _group(commands: Commands, name: str, help: str) -> Commands:
    group = commands.add_parser(name, help=help, description=f"{help[:1].upper()}{help[1:]}.")
    return group.add_subparsers(dest="subcommand", required=True, metavar="command")


def _serve(commands: Commands) -> None:
    command = _command(commands, "serve", "run the server; SIGTERM drains and stops it", "serve:serve")
    command.add_argument("--host", help="where to listen (default: 127.0.0.1)")
    command.add_argument("--port", type=int, help="where to listen (default: 8000; 0 = any free one)")
    command.add_argument("--examples", action="store_true", help="load and publish the example projects")


def _init(commands: Commands) -> None:
    command = _command(commands, "init", "make the data directory and the first admin, without serving", "init:init")
    command.add_argument("--email", help="the first admin's e-mail (default: admin@localhost)")
    command.add_argument("--password-stdin", action="store_true", help="read the admin's password from standard input")


def _user(commands: Commands) -> None:
    group = _group(commands, "user", "add and list people, change what they may do")
    command = _command(group, "add", "add somebody", "user:add", server=True)
    command.add_argument("email")
    command.add_argument("--role", choices=ROLES, default="editor", help="what they may do (default: editor)")
    command.add_argument("--name", default="", help="what others call them")
    command.add_argument("--password-stdin", action="store_true", help="read their password from standard input")
    _command(group, "list", "list everybody", "user:list_all", server=True)
    command = _command(group, "role", "give somebody another role", "user:change_role")
    command.add_argument("email")
    command.add_argument("role", choices=ROLES)
    command = _command(group, "disable", "end somebody's sign-ins and tokens, at once", "user:disable")
    command.add_argument("email")
    command = _command(group, "enable", "let somebody sign in again", "user:enable")
    command.add_argument("email")


def _token(commands: Commands) -> None:
    group = _group(commands, "token", "make, list and revoke bearer tokens")
    command = _command(group, "create", "make a token; its secret is printed this once", "token:create", server=True)
    command.add_argument("--user", help="whose token, by e-mail; on a server it is always your own")
    command.add_argument("--name", default="", help="what it is for")
    command.add_argument("--expires", metavar="30d", help="when it ends: 12h, 30d, 8w (default: it does not)")
    _command(group, "list", "list the tokens, without their secrets", "token:list_all", server=True)
    command = _command(group, "revoke", "end a token, at once", "token:revoke", server=True)
    command.add_argument("id", metavar="ID")


def _secret(commands: Commands) -> None:
    group = _group(commands, "secret", "set, list and remove secrets")
    command = _command(group, "set", "add a secret, or replace its value", "secret:set_one", server=True)
    command.add_argument("name", metavar="NAME")
    command.add_argument("--value-stdin", action="store_true", help="read the value from standard input, all of it")
    _of_project(command)
    _of_project(_command(group, "list", "list the names of secrets", "secret:list_all", server=True))
    command = _command(group, "remove", "remove a secret", "secret:remove", server=True)
    command.add_argument("name", metavar="NAME")
    _of_project(command)


def _of_project(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", metavar="ID", help="of this project (default: of the workspace)")


def _project(commands: Commands) -> None:
    group = _group(commands, "project", "list, show, import and export projects")
    _command(group, "list", "list the projects", "project:list_all", server=True)
    command = _command(group, "show", "show one project", "project:show", server=True)
    command.add_argument("id", metavar="ID")
    _import(group, "import", "make a project of a .vernissage.yaml or .ipynb file")
    _export(group, "export", "write a project as a file")


def _import(commands: Commands, name: str, help: str) -> None:
    command = _command(commands, name, help, "project:take_in", server=True)
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument("--name", default="", help="the project's title (default: as the file says)")
    command.add_argument("--user", help="whose project, by e-mail (default: the first admin's; on a server yours)")


def _export(commands: Commands, name: str, help: str) -> None:
    command = _command(commands, name, help, "project:give_out", server=True)
    command.add_argument("id", metavar="ID")
    command.add_argument("--version", default="draft", metavar="N|draft|latest", help="which one (default: draft)")
    command.add_argument("--format", choices=("yaml", "ipynb"), default="yaml", help="the kind of file (default: yaml)")
    command.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to (default: standard output)")


def _publish(commands: Commands) -> None:
    command = _command(
        commands,
        "publish",
        "publish a project's draft on a server, once its preview run went well",
        "publish:publish",
        data=False,
        server=True,
    )
    command.add_argument("id", metavar="ID")
    command.add_argument("--force", action="store_true", help="publish at once, whatever becomes of the run")
    command.add_argument("--wait", action="store_true", help="with --force: wait for the end of the run all the same")
    command.add_argument("--title", default="", help="what this step is called in the list of versions")


def _run(commands: Commands) -> None:
    command = _command(
        commands,
        "run",
        "run a project file here, or a published project on a server, top to bottom in a new kernel",
        "run:run",
        server=True,
    )
    command.add_argument("what", metavar="ID_or_FILE")
    command.add_argument(
        "-i", "--input", action="append", default=[], metavar="name=value", help="set an input; may be given again"
    )
    command.add_argument("--draft", action="store_true", help="run the project's draft, here")


def _doctor(commands: Commands) -> None:
    _command(commands, "doctor", "say what is wrong with this installation and what to do", "doctor:doctor")


def _backup(commands: Commands) -> None:
    command = _command(
        commands,
        "backup",
        "write all that the data directory keeps into one file, beside a running server",
        "backup:backup",
    )
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument(
        "--without-key", action="store_true", help="leave the server's key out; it opens the secrets in the backup"
    )
    command = _command(commands, "restore", "make a new data directory of a backup", "backup:restore")
    command.add_argument("file", metavar="FILE", type=Path)


def _completion(commands: Commands) -> None:
    command = _command(
        commands,
        "completion",
        "print a script by which a shell completes commands and options",
        "completion:completion",
        data=False,
    )
    command.add_argument("shell", choices=("bash", "zsh", "fish"))
