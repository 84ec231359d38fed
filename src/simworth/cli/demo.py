"""`simworth demo`: the whole pipeline on made-up databases."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.run import published, warn


@click.command(epilog="Example: simworth demo --size 1600 --bias 0.8")
@click.option("--size", type=click.IntRange(200, 100_000), default=800, show_default=True, help="simulated polymers")
@click.option(
    "--bias",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="what the simulations get wrong: 0 nothing, 1 everything",
)
@click.option("--trials", type=click.IntRange(2, 10_000), default=10, show_default=True, help="trials of each task")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="of world and trials")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="the demo's workspace",
)
@click.option("--fresh", is_flag=True, help="delete the folder first")
def command(size: int, bias: float, trials: int, seed: int, folder: Path, fresh: bool) -> None:
    """Run the whole pipeline on polymers that SimWorth makes up, whose truth is known, in a workspace of its own.

    The databases, dvc.lock, reports and MLflow store of the repository are left as they are.
    """
    from simworth.demo.run import run_demo
    from simworth.demo.workspace import Demo

    run_demo(Demo(size=size, bias=bias, trials=trials, seed=seed), published, click.echo, warn, folder, fresh)
    click.echo("made up: these numbers show how SimWorth works and say nothing of any database")
