"""`simworth featurize`: descriptors of every structure of a task."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import task_files


@click.command(
    epilog="Example: simworth featurize density --source data/clean/radonpy.parquet "
    "--target data/clean/polyinfo.parquet --features data/features/density.parquet"
)
@task_files("where the descriptor table goes")
def command(task: str, params: Path, source: Path, target: Path, features: Path) -> None:
    """Describe every structure of TASK: new ones are computed, known ones come from the store."""
    from simworth.config import load_settings
    from simworth.config.suggest import did_you_mean
    from simworth.errors import SimworthError
    from simworth.features.table import feature_table, read_clean, write_features

    tasks = load_settings(params).tasks
    if task not in tasks:
        raise SimworthError(f"task {task!r}: not in {params}{did_you_mean(task, tasks)}")
    table = feature_table(tasks[task], read_clean(source), read_clean(target))
    write_features(table, features)
    click.echo(f"{task}: {table.summary()}")
