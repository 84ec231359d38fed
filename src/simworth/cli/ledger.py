"""`simworth ledger`: enter new valuations in the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import all_results, folder


@click.command(
    epilog="Example: simworth ledger --quality data/quality --trials results/trials --predictions results/predictions "
    "--sweeps results/sweeps --fits results/fits --ledger reports/ledger"
)
@all_results()
@folder("--ledger", "the ledger, to which entries are added")
def command(**paths: Path) -> None:
    """Add an entry for every valuation that the ledger does not hold; entries are never changed."""
    from simworth.ledger.stage import LedgerPaths, append

    click.echo("\n".join(append(LedgerPaths(**paths))))
