"""Commands that turn releases into tables: ingest, featurize, prepare."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, FOLDER, params, pipeline, task_files
from simworth.cli.registry import command


@command(
    "ingest",
    "read a database's raw release into its clean table",
    "simworth ingest radonpy --raw data/raw/radonpy ... (dvc.yaml gives every path)",
)
@click.argument("database")
@click.option("--raw", type=FOLDER, required=True, help="Folder of the selected releases' files.")
@click.option("--selected", type=FILE, required=True, help="Entries of the selected releases (JSON).")
@pipeline
@params
@click.option("--clean", type=FILE, required=True, help="Clean table to write (parquet).")
@click.option("--quality", type=FILE, required=True, help="Quality report to write (JSON).")
def ingest_command(
    database: str, raw: Path, selected: Path, pipeline: Path, params: Path, clean: Path, quality: Path
) -> None:
    """Read, check and clean the selected releases of DATABASE."""
    from simworth.config import load_settings
    from simworth.data.catalogue import Selection
    from simworth.data.ingest import ingest
    from simworth.data.quality import in_words
    from simworth.files import write_whole

    done = ingest(load_settings(params), database, raw, Selection.read(selected), pipeline)
    write_whole(clean, done.clean.to_parquet(index=False))
    done.quality.write(quality)
    click.echo(in_words(done.quality.releases.items()))


@command(
    "featurize",
    "compute the descriptors a task needs",
    "simworth featurize density --source data/clean/radonpy.parquet "
    "--target data/clean/polyinfo.parquet --features data/features/density.parquet",
)
@task_files("where the descriptor table goes")
def featurize_command(task: str, params: Path, source: Path, target: Path, features: Path) -> None:
    """Describe every structure of TASK: new ones are computed, known ones come from the store."""
    from simworth.columns import CLEAN_COLUMNS
    from simworth.config import settings_with
    from simworth.features.table import feature_table, write_features
    from simworth.files import read_table

    settings, columns = settings_with(params, task), list(CLEAN_COLUMNS)
    table = feature_table(settings.tasks[task], read_table(source, columns), read_table(target, columns))
    write_features(table, features)
    click.echo(f"{task}: {table.summary()}")


@command(
    "prepare",
    "choose, scale and transform what a task learns from",
    "simworth prepare density --source data/clean/radonpy.parquet "
    "--target data/clean/polyinfo.parquet --features data/features/density.parquet --prepared data/prepared/density",
)
@task_files()
@click.option("--prepared", "folder", type=FOLDER, required=True, help="folder that the task's samples go to")
def prepare_command(task: str, params: Path, folder: Path, **files: Path) -> None:
    """Choose TASK's samples, put them on their scale, count what is left out and transform their descriptors."""
    from simworth.config.resolve import task_of
    from simworth.prepare.stage import prepare

    found = prepare(task_of(params, task), **files)
    found.write(folder)
    click.echo(found.record.sentence())
