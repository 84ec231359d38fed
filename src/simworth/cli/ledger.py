"""`simworth ledger`: enter new valuations in the ledger."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    epilog="Example: simworth ledger --quality data/quality --trials results/trials --predictions results/predictions "
    "--sweeps results/sweeps --fits results/fits --ledger reports/ledger"
)
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings")
@click.option("--quality", type=_FOLDER, required=True, help="quality reports, one per database")
@click.option("--trials", type=_FOLDER, required=True, help="trial tables, one per task")
@click.option("--predictions", type=_FOLDER, required=True, help="prediction tables, one per task")
@click.option("--sweeps", type=_FOLDER, required=True, help="summaries of the sweeps, one per task")
@click.option("--fits", type=_FOLDER, required=True, help="fits, one per task")
@click.option("--ledger", type=_FOLDER, required=True, help="the ledger, to which entries are added")
def command(**paths: Path) -> None:
    """Add an entry for every valuation that the ledger does not hold; entries are never changed."""
    from simworth.ledger.stage import LedgerPaths, append

    click.echo("\n".join(append(LedgerPaths(**paths))))
