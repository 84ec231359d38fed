"""`simworth model`: collect a task's ensemble at the largest n."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="Example: simworth model density --source data/clean/radonpy.parquet --target data/clean/polyinfo.parquet "
    "--features data/features/density.parquet --summary results/sweeps/density.json --models models/density"
)
@click.argument("task")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings")
@click.option("--source", type=_FILE, required=True, help="clean table of the source database")
@click.option("--target", type=_FILE, required=True, help="clean table of the target database")
@click.option("--features", type=_FILE, required=True, help="descriptor table of the task")
@click.option("--summary", type=_FILE, required=True, help="summary of the task's sweep")
@click.option("--models", type=click.Path(file_okay=False, path_type=Path), required=True, help="where the model goes")
def command(**paths: Path | str) -> None:
    """Write TASK's ensemble of all trials at the largest n as safetensors and JSON."""
    from simworth.model.stage import ModelPaths, build

    click.echo(build(ModelPaths(**paths)))  # type: ignore[arg-type]
