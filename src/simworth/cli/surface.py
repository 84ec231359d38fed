"""`simworth surface`: a task's trials over n and m, for the two-dimensional law."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, task_files


@click.command(
    epilog="Example: simworth surface density --source data/clean/radonpy.parquet "
    "--target data/clean/polyinfo.parquet --features data/features/density.parquet "
    "--trials results/surfaces/density.parquet --predictions results/surface_predictions/density.parquet"
)
@task_files()
@click.option("--trials", type=FILE, required=True, help="where the trial table of the grid goes")
@click.option("--predictions", type=FILE, required=True, help="where the predictions go")
def command(**paths: Path | str) -> None:
    """Train TASK over n and m; an empty table for a task without `surface` in params.yaml."""
    from simworth.store import ensure_writable
    from simworth.sweep.paths import Paths
    from simworth.sweep.surface import surface

    ensure_writable(*(Path(paths[name]) for name in ("trials", "predictions")))
    surface(Paths(**paths))  # type: ignore[arg-type]
