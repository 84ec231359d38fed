"""`simworth audit`: check the ledger."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(epilog="Example: simworth audit --recompute v1")
@click.option("--root", type=_FOLDER, default=Path(), show_default=True, help="of the project")
@click.option("--ledger", default="reports/ledger", show_default=True, help="the ledger, below the root")
@click.option(
    "--recompute", "revision", metavar="REV", help="refit the laws of a commit, tag or branch from its trials"
)
@click.option("--retrain", is_flag=True, help="with --recompute: train the trials anew from the data of that commit")
@click.option("--quiet", is_flag=True, help="only what is wrong or could not be checked")
def command(root: Path, ledger: str, revision: str | None, retrain: bool, quiet: bool) -> None:
    """Check the chain, every entry against git and the data it names, and raw files against the newest entries."""
    from simworth.errors import SimworthError
    from simworth.ledger.check import findings

    if retrain and not revision:
        raise SimworthError("--retrain: needs --recompute REV, to say which revision to train anew")
    wrong = total = 0
    for finding in findings(root, ledger, revision, retrain):
        total, wrong = total + 1, wrong + (finding.ok is False)
        if not quiet or not finding.ok:
            click.echo(str(finding))
    click.echo(f"{total} checks, {wrong} wrong")
    if wrong:
        raise click.exceptions.Exit(1)
