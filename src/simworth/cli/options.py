"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)

_Command = Callable[..., Any]

params = click.option("--params", type=FILE, default=Path("params.yaml"), show_default=True, help="settings")


def task_files(features: str = "descriptor table of the task") -> Callable[[_Command], _Command]:
    """TASK, the settings, the clean tables of its two databases and its descriptor table."""

    def decorate(command: _Command) -> _Command:
        for option in (
            click.option("--features", type=FILE, required=True, help=features),
            click.option("--target", type=FILE, required=True, help="clean table of the target database"),
            click.option("--source", type=FILE, required=True, help="clean table of the source database"),
            params,
            click.argument("task"),
        ):
            command = option(command)
        return command

    return decorate
