"""`simworth forecast`: the error at a size not yet run, or the size for a wanted error."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import tables


@click.command(epilog="Example: simworth forecast density --target-mae 0.03")
@click.argument("task")
@click.option("--n", type=click.IntRange(1), help="simulated samples")
@click.option("--target-mae", type=click.FloatRange(0, min_open=True), help="wanted error, in the property's unit")
@click.option("--level", type=click.FloatRange(0.5, 0.999), default=0.9, show_default=True, help="of the interval")
@tables("results/trials", "results/predictions")
def command(task: str, n: int | None, target_mae: float | None, level: float, trials: Path, predictions: Path) -> None:
    """What TASK's law says of --n simulations, or needs for --target-mae, with intervals over measured materials."""
    from simworth.valuation.outlook import forecast_text, task_law

    if n is None and target_mae is None:
        raise click.UsageError("give --n or --target-mae")
    click.echo(forecast_text(task, *task_law(task, trials, predictions), n, target_mae, level))
