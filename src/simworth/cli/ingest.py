"""`simworth ingest DATABASE`: raw releases -> clean table and quality report."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.command(epilog="Example: simworth ingest radonpy --raw data/raw/radonpy ... (dvc.yaml gives every path)")
@click.argument("database")
@click.option("--raw", type=_FILE, required=True, help="Folder of the selected releases' files.")
@click.option("--selected", type=_FILE, required=True, help="Entries of the selected releases (JSON).")
@click.option("--pipeline", type=_FILE, default=Path("dvc.yaml"), help="Pipeline whose remotes are checked.")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="Settings.")
@click.option("--clean", type=_FILE, required=True, help="Clean table to write (parquet).")
@click.option("--quality", type=_FILE, required=True, help="Quality report to write (JSON).")
def command(database: str, raw: Path, selected: Path, pipeline: Path, params: Path, clean: Path, quality: Path) -> None:
    """Read, check and clean the selected releases of DATABASE."""
    from simworth.config import load_settings
    from simworth.data.catalogue import Selection
    from simworth.data.files import summary, write_clean, write_json
    from simworth.data.ingest import ingest

    done = ingest(load_settings(params), database, raw, Selection.read(selected), pipeline)
    write_clean(clean, done.clean)
    write_json(quality, done.quality)
    click.echo(summary(done.quality))
