"""`simworth model`: collect a task's ensemble at the largest n."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, FOLDER, task_files


@click.command(
    epilog="Example: simworth model density --source data/clean/radonpy.parquet --target data/clean/polyinfo.parquet "
    "--features data/features/density.parquet --summary results/sweeps/density.json --models models/density"
)
@task_files()
@click.option("--summary", type=FILE, required=True, help="summary of the task's sweep")
@click.option("--models", type=FOLDER, required=True, help="where the model goes")
def command(**paths: Path | str) -> None:
    """Write TASK's ensemble of all trials at the largest n as safetensors and JSON."""
    from simworth.model.stage import ModelPaths, build

    click.echo(build(ModelPaths(**paths)))  # type: ignore[arg-type]
