"""Commands that fit laws and answer questions from them: fit, forecast, compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simworth.cli.options import FILE, Finite, classes, params, tables
from simworth.cli.registry import command

if TYPE_CHECKING:
    import pandas as pd

    from simworth.config import Task


def _classes(samples: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Loads the chemistry only where classes are asked for."""
    from simworth.features.material_classes import material_classes, with_distances

    found = material_classes(samples)
    return with_distances(found, samples, task.descriptors) if task.groups == "distance" else found


@command(
    "fit",
    "fit the scaling law of a task",
    "simworth fit density --trials results/trials/density.parquet "
    "--predictions results/predictions/density.parquet --summary results/sweeps/density.json "
    "--surface results/surfaces/density.parquet "
    "--surface-predictions results/surface_predictions/density.parquet "
    "--samples data/prepared/density/samples.parquet --classes results/classes/density.parquet "
    "--fit results/fits/density.json --curve results/curves/density.csv",
)
@click.argument("task")
@params
@click.option("--trials", type=FILE, required=True, help="trial table of the task")
@click.option("--predictions", type=FILE, required=True, help="prediction table of the task")
@click.option("--summary", type=FILE, required=True, help="summary of the task's sweep")
@click.option("--surface", type=FILE, default=None, help="trial table of the n x m grid")
@click.option("--surface-predictions", type=FILE, default=None, help="prediction table of the n x m grid")
@click.option("--samples", type=FILE, default=None, help="samples of the prepared task, for the classes")
@click.option("--classes", type=FILE, default=None, help="where the table of the materials' classes goes")
@click.option("--selected", type=FILE, multiple=True, help="selected releases of a database; give both of the task's")
@click.option("--fit", type=FILE, required=True, help="where the fit goes, as JSON")
@click.option("--curve", type=FILE, required=True, help="where the curve goes, as CSV for dvc plots")
def fit_command(selected: tuple[Path, ...], **paths: Path | str | None) -> None:
    """Fit error = D n^-alpha + C to TASK's trials, the n x m surface to its grid, and a law to every class."""
    from simworth.data.catalogue import Selection
    from simworth.valuation.records import Valued
    from simworth.valuation.stage import FitPaths, fit
    from simworth.valuation.words import verdict_sentence

    private = not all(Selection.read(file).redistribute for file in selected)
    found = fit(FitPaths(**paths, private=private), _classes)  # type: ignore[arg-type]
    entry = found.entry
    if isinstance(entry, Valued):
        click.echo(f"{found.task}: {verdict_sentence(entry.verdict, entry.verdict_reason)}")
    else:
        click.echo(f"{found.task}: {entry.status}: {entry.reason}")


@command(
    "forecast",
    "the error at a size not yet run, or the size for a wanted error",
    "simworth forecast density --target-mae 0.03",
)
@click.argument("task")
@click.option("--n", type=click.IntRange(1), help="simulated samples")
@click.option("--target-mae", type=Finite(0, min_open=True), help="wanted error, in the property's unit")
@click.option("--relative", type=Finite(0, 1, True, True), help="wanted error over today's, e.g. 0.9")
@click.option("--level", type=Finite(0.5, 0.999), default=0.9, show_default=True, help="of the interval")
@tables("results/trials", "results/predictions")
@classes
def forecast_command(
    task: str,
    n: int | None,
    target_mae: float | None,
    relative: float | None,
    level: float,
    trials: Path,
    predictions: Path,
    classes: Path,
) -> None:
    """What TASK's law says of --n simulations, or needs for --target-mae or an error --relative to today's.

    Intervals cover the choice of measured materials. An error relative to today's is known better than an absolute one:
    what all sizes share cancels.
    """
    from simworth.valuation.outlook import forecast_text, task_law

    if n is None and target_mae is None and relative is None:
        raise click.UsageError("give --n, --target-mae or --relative")
    click.echo(forecast_text(task, *task_law(task, trials, predictions, classes), n, target_mae, relative, level))


@command(
    "compare",
    "which of several sources is worth more, on the same test materials",
    "simworth compare density density_other_protocol",
)
@click.argument("tasks", nargs=-1, required=True)
@params
@click.option("--level", type=Finite(0.5, 0.999), default=0.9, show_default=True, help="of the intervals")
@tables("results/trials", "results/predictions")
@classes
def compare_command(tasks: tuple[str, ...], params: Path, level: float, **folders: Path) -> None:
    """The first of TASKS against each other one: the difference of their errors, and how many simulations of one are
    worth those of the other. All need one target and one split, so that they are tested on the same materials."""
    from simworth.config import load_settings
    from simworth.valuation.outlook import comparison_text

    if len(tasks) < 2:
        raise click.UsageError("give two tasks or more")
    click.echo(comparison_text(load_settings(params), tasks, **folders, level=level))
