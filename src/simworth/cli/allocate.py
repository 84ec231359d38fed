"""`simworth allocate`: simulations or experiments, for a budget and two prices."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import tables

_MONEY = click.FloatRange(0, min_open=True)


@click.command(epilog="Example: simworth allocate density --budget 10000 --cost-simulation 5 --cost-experiment 200")
@click.argument("task")
@click.option("--budget", type=_MONEY, required=True, help="to spend in one step")
@click.option("--cost-simulation", type=_MONEY, required=True, help="of one simulated material")
@click.option("--cost-experiment", type=_MONEY, required=True, help="of one measured material")
@click.option("--steps", type=click.IntRange(1, 20), default=1, show_default=True, help="budgets to plan ahead")
@tables("results/surfaces", "results/surface_predictions", " over n and m")
def command(
    task: str,
    budget: float,
    cost_simulation: float,
    cost_experiment: float,
    steps: int,
    trials: Path,
    predictions: Path,
) -> None:
    """Split a budget between simulations and experiments so that TASK's error falls most, by its surface."""
    from simworth.valuation.outlook import allocation_text, task_surface

    surface, n, m = task_surface(task, trials, predictions)
    click.echo(allocation_text(task, surface, n, m, budget, (cost_simulation, cost_experiment), steps))
