"""`simworth surface`: a task's trials over n and m, for the two-dimensional law."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="Example: simworth surface density --source data/clean/radonpy.parquet "
    "--target data/clean/polyinfo.parquet --features data/features/density.parquet "
    "--trials results/surfaces/density.parquet --predictions results/surface_predictions/density.parquet"
)
@click.argument("task")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings")
@click.option("--source", type=_FILE, required=True, help="clean table of the source database")
@click.option("--target", type=_FILE, required=True, help="clean table of the target database")
@click.option("--features", type=_FILE, required=True, help="descriptor table of the task")
@click.option("--trials", type=_FILE, required=True, help="where the trial table of the grid goes")
@click.option("--predictions", type=_FILE, required=True, help="where the predictions go")
def command(**paths: Path | str) -> None:
    """Train TASK over n and m; an empty table for a task without `surface` in params.yaml."""
    from simworth.sweep.stage import Paths, surface

    surface(Paths(**paths))  # type: ignore[arg-type]
