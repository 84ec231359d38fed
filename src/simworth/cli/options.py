"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)


class Finite(click.FloatRange):
    """A number within bounds, which NaN and infinity are not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As FloatRange, which lets NaN through."""
        number = float(super().convert(value, param, ctx))
        return number if math.isfinite(number) else self.fail(f"{value} is not a finite number", param, ctx)


_Command = Callable[..., Any]
_Decorator = Callable[[_Command], _Command]

params = click.option("--params", type=FILE, default=Path("params.yaml"), show_default=True, help="settings")
pipeline = click.option(
    "--pipeline", type=FILE, default=Path("dvc.yaml"), show_default=True, help="pipeline that names remotes"
)
classes = click.option(
    "--classes", type=FOLDER, default=Path("results/classes"), help="folder with the tables of classes, if any"
)


def together(*options: _Decorator) -> _Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def folder(name: str, what: str, default: str | None = None) -> _Decorator:
    """A folder that must be named, or one that dvc.yaml names unless told otherwise."""
    if default is None:
        return click.option(name, type=FOLDER, required=True, help=what)
    return click.option(name, type=FOLDER, default=Path(default), show_default=True, help=what)


def task_files(features: str = "descriptor table of the task") -> _Decorator:
    """TASK, the settings, the clean tables of its two databases and its descriptor table."""
    return together(
        click.argument("task"),
        params,
        click.option("--source", type=FILE, required=True, help="clean table of the source database"),
        click.option("--target", type=FILE, required=True, help="clean table of the target database"),
        click.option("--features", type=FILE, required=True, help=features),
    )


def prepared_task() -> _Decorator:
    """TASK, the settings and what `simworth prepare` left of it."""
    return together(
        click.argument("task"),
        params,
        click.option("--prepared", type=FOLDER, required=True, help="folder of the prepared task"),
    )


def all_results() -> _Decorator:
    """The settings, and the folders with a file per database or task that ledger and report read."""
    return together(
        params,
        folder("--quality", "quality reports, one per database"),
        folder("--trials", "trial tables, one per task"),
        folder("--predictions", "prediction tables, one per task"),
        folder("--sweeps", "summaries of the sweeps, one per task"),
        folder("--fits", "fits, one per task"),
    )


def tables(trials: str, predictions: str, grid: str = "") -> _Decorator:
    """The folders of trials and predictions that a question about a task is answered from."""
    return together(
        folder("--trials", f"trial tables{grid}, one per task", trials),
        folder("--predictions", f"predictions{grid}, one per task", predictions),
    )
