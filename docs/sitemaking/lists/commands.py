"""The options of every command, from the command line itself."""

import click

from gradcheck.commands import main
from sitemaking.lists import Generated, escaped


def command_list(draft: bool) -> Generated:
    """Return a section for each command: its usage, what it does, its options."""
    top = click.Context(main, info_name="gradcheck")
    return Generated(
        "\n".join(_command(name, main.get_command(top, name), top) for name in main.list_commands(top))
    )


def _command(name: str, command: click.Command, top: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=top)
    usage = command.get_usage(context).removeprefix("Usage: ")
    usage = " ".join(usage.split())
    described = "\n\n".join(" ".join(each.split()) for each in (command.help or "").split("\n\n"))
    options = "\n".join(map(_option, _records(command, context)))
    inner = ""
    if isinstance(command, click.Group):
        inner = "\n".join(
            _command(f"{name} {each}", command.get_command(context, each), top)
            for each in command.list_commands(context)
        )
    return f"## gradcheck {name}\n\n```text\n{usage}\n```\n\n{escaped(described)}\n\n{options}\n\n{inner}"


def _records(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    found = [each.get_help_record(context) for each in command.get_params(context)]
    return [each for each in found if each is not None]


def _option(record: tuple[str, str]) -> str:
    names, described = record
    return f"- `{names}`{' ' * bool(described)}{escaped(' '.join(described.split()))}"
