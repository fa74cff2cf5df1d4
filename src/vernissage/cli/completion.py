"""`vernissage completion SHELL`: a script by which bash, zsh or fish completes commands, their options and choices.

Made of what the command line understands, so that it cannot go stale: words after which to offer which words, and files
where none fits.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from vernissage.cli.common import print_json


async def completion(chosen: argparse.Namespace) -> int:
    """Print the script."""
    from vernissage.cli.arguments import parser

    offers = dict(_offers(parser(), ()))
    text = {"bash": _bash, "zsh": _zsh, "fish": _fish}[chosen.shell](offers)
    if chosen.json:
        print_json({"shell": chosen.shell, "script": text})
    else:
        print(text, end="")
    return 0


def _offers(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Words that were typed → what may come next."""
    found: list[str] = []
    for action in parser._actions:
        found += action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            found += action.choices
            for name, command in action.choices.items():
                yield from _offers(command, (*words, name))
        elif action.choices and not action.option_strings:
            found += map(str, action.choices)
    yield words, found


def _cases(offers: dict[tuple[str, ...], list[str]]) -> str:
    return "\n".join(f'    "{" ".join(words)}") words="{" ".join(found)}" ;;' for words, found in offers.items())


def _bash(offers: dict[tuple[str, ...], list[str]]) -> str:
    return f"""# Load it: source <(vernissage completion bash)
_vernissage() {{
  local typed="" word words=""
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do [[ $word == -* ]] || typed="$typed $word"; done
  typed="${{typed# }}"
  while :; do
    case "$typed" in
{_cases(offers)}
    esac
    [[ -n $words || -z $typed ]] && break
    [[ $typed == *" "* ]] && typed="${{typed% *}}" || typed=""
  done
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _vernissage vernissage
"""


def _zsh(offers: dict[tuple[str, ...], list[str]]) -> str:
    return "# Load it: source <(vernissage completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n" + _bash(
        offers
    ).partition("\n")[2].replace("${COMP_WORDS[@]:1:COMP_CWORD-1}", "${(@)COMP_WORDS[2,COMP_CWORD]}").replace(
        "${COMP_WORDS[COMP_CWORD]}", "${COMP_WORDS[COMP_CWORD+1]}"
    )


def _fish(offers: dict[tuple[str, ...], list[str]]) -> str:
    lines = ["# Load it: vernissage completion fish | source"]
    for words, found in offers.items():
        seen = [f"__fish_seen_subcommand_from {word}" for word in words]
        if len(words) < 2 and any(len(other) == len(words) + 1 and other[: len(words)] == words for other in offers):
            nexts = [other[-1] for other in offers if len(other) == len(words) + 1 and other[: len(words)] == words]
            seen.append(f"not __fish_seen_subcommand_from {' '.join(nexts)}")
        when = "; and ".join(seen) or "true"
        plain = " ".join(word for word in found if not word.startswith("-"))
        if plain:
            lines.append(f'complete -c vernissage -n "{when}" -a "{plain}"')
        lines += [f'complete -c vernissage -n "{when}" -l {word[2:]}' for word in found if word.startswith("--")]
    return "\n".join(lines) + "\n"
