"""`simworth fit`: fit the scaling law of a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


def _classes(*given: Any) -> Any:
    """Loads the chemistry only where classes are asked for."""
    from simworth.features.labels import material_classes

    return material_classes(*given)


@click.command(
    epilog="Example: simworth fit density --trials results/trials/density.parquet "
    "--predictions results/predictions/density.parquet --summary results/sweeps/density.json "
    "--surface results/surfaces/density.parquet "
    "--surface-predictions results/surface_predictions/density.parquet "
    "--source data/clean/radonpy.parquet --target data/clean/polyinfo.parquet "
    "--classes results/classes/density.parquet "
    "--fit results/fits/density.json --curve results/curves/density.csv"
)
@click.argument("task")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings")
@click.option("--trials", type=_FILE, required=True, help="trial table of the task")
@click.option("--predictions", type=_FILE, required=True, help="prediction table of the task")
@click.option("--summary", type=_FILE, required=True, help="summary of the task's sweep")
@click.option("--surface", type=_FILE, default=None, help="trial table of the n x m grid")
@click.option("--surface-predictions", type=_FILE, default=None, help="prediction table of the n x m grid")
@click.option("--source", type=_FILE, default=None, help="clean table of the source database, for the classes")
@click.option("--target", type=_FILE, default=None, help="clean table of the target database, for the classes")
@click.option("--classes", type=_FILE, default=None, help="where the table of the materials' classes goes")
@click.option("--fit", type=_FILE, required=True, help="where the fit goes, as JSON")
@click.option("--curve", type=_FILE, required=True, help="where the curve goes, as CSV for dvc plots")
def command(**paths: Path | str | None) -> None:
    """Fit error = D n^-alpha + C to TASK's trials, the n x m surface to its grid, and a law to every class."""
    from simworth.valuation.records import Valued
    from simworth.valuation.stage import FitPaths, fit
    from simworth.valuation.words import verdict_sentence

    found = fit(FitPaths(**paths), _classes)  # type: ignore[arg-type]
    entry = found.entry
    if isinstance(entry, Valued):
        click.echo(f"{found.task}: {verdict_sentence(entry.verdict, entry.verdict_reason)}")
    else:
        click.echo(f"{found.task}: {entry.status}: {entry.reason}")
