"""Commands by name: those of this package, of other packages (entry points `simworth.commands`), of a project.

A command is a function in the file of the commands that serve the same purpose, or in a module that params.yaml names
under `modules:`; it imports what it needs when it runs, so that every command starts at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from simworth.errors import SimworthError, did_you_mean
from simworth.registry import Registry, load_modules

COMMANDS: Final[Registry[click.Command]] = Registry("command", "simworth.commands")
_PARAMS: Final = Path("params.yaml")
_OWN: Final = "Of other packages and of this project"


def command(name: str, short_help: str, *examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command of this package: a line for the list of commands, and examples for its own help."""

    def register(function: Callable[..., Any]) -> click.Command:
        epilog = "\n\n".join(f"Example: {one}" for one in examples)
        return COMMANDS.register(name)(click.command(short_help=short_help, epilog=epilog)(function))

    return register


class Commands(click.Group):
    """The group whose commands are registered ones, listed by the module that holds them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        with contextlib.suppress(SimworthError):  # a broken module of the project's own is named when it is needed
            load_own()
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if not COMMANDS.known(cmd_name):
            load_own()
        return COMMANDS[cmd_name] if cmd_name in COMMANDS else None  # noqa: SIM401  (no mapping)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = COMMANDS[name]
            sections.setdefault(_section(command), []).append((name, command.get_short_help_str(100)))
        for title in sorted(sections, key=lambda one: (one == _OWN, one)):
            with formatter.section(title):
                formatter.write_dl(sections[title])

    def invoke(self, ctx: click.Context) -> None:
        """Run a command; what it returns is no exit code, which it says by `ctx.exit` or an error."""
        super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"no command {args[0]!r}{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


def _section(command: click.Command) -> str:
    """simworth.cli.data -> Data."""
    module = str(getattr(command.callback, "__module__", ""))
    return module.rpartition(".")[2].capitalize() if module.startswith("simworth.cli.") else _OWN


def load_own(params: Path = _PARAMS) -> None:
    """Import the modules that `params` names; one that cannot be read is for others to say."""
    from simworth.yaml_files import read_yaml

    try:
        content = read_yaml(params)
    except SimworthError:
        return
    named = content.get("modules") if isinstance(content, dict) else None
    load_modules([str(one) for one in named or ()], params.parent)
